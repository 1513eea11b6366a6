"""A small random model of every kind that nodes load, in the folders where they look for it."""

import json
from importlib.util import find_spec
from pathlib import Path

import torch

from comfy.models.autoencoder import VAE_PREFIX
from comfy.models.clip_text import CLIP_PREFIX
from comfy.models.clip_vision import ClipVisionConfig
from comfy.models.control_net import ControlNet, ControlNetConfig
from comfy.models.photo_maker import PhotoMaker, PhotoMakerConfig
from comfy.models.style_adapter import StyleAdapter, StyleAdapterConfig
from comfy.models.unet import UNET_PREFIX
from tests.comfy.in_diffusers import empty_unet, empty_vae
from tests.comfy.small_families import XL_PARTS, text_tensors, write
from tests.comfy.small_gligen import file_tensors
from tests.comfy.small_sd1 import UNET, VAE, randomise, small_state_dict
from tests.comfy.small_upscalers import write_upscaler
from tests.comfy.small_vision import transformers_encoder, transformers_tensors

HAS_UPSCALERS = find_spec("torchvision") is not None
"""Whether the library that upscalers need is there."""

LORA_MODULE = "lora_unet_input_blocks_1_1_transformer_blocks_0_attn2_to_k"


def write_small_models(models: Path) -> None:
    """Write them below a models folder; where a node takes several they fit together."""
    whole = small_state_dict(torch.float32)
    _write(models, "checkpoints/tiny", whole)
    _write(models, "diffusion_models/tiny", _below(whole, UNET_PREFIX))
    _write(models, "vae/tiny", _below(whole, VAE_PREFIX))
    _write(models, "text_encoders/l", {f"text_model.{n}": t for n, t in _below(whole, CLIP_PREFIX).items()})
    _write(models, "text_encoders/g", text_tensors("", XL_PARTS.texts[1][1], True, 3))
    _write(models, "clip_vision/tiny", transformers_tensors(transformers_encoder("gelu")))
    _write(models, "loras/tiny", small_lora())
    _write(models, "gligen/tiny", file_tensors())
    _write(models, "photomaker/tiny", photo_maker_tensors())
    control, style = ControlNet(ControlNetConfig(UNET, kinds=6)), StyleAdapter(StyleAdapterConfig(128, 64, 2, 1))
    for name, module in (("controlnet/tiny", control), ("style_models/tiny", style)):
        randomise(module)
        _write(models, name, module.state_dict())
    (models / "hypernetworks").mkdir(parents=True)
    torch.save(small_hypernetwork(), models / "hypernetworks" / "tiny.pt")
    (models / "upscale_models").mkdir(parents=True)
    if HAS_UPSCALERS:
        write_upscaler(models / "upscale_models" / "tiny.safetensors")
    write_small_folder(models / "diffusers" / "tiny", whole)


def _below(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _write(models: Path, name: str, tensors: dict[str, torch.Tensor]) -> None:
    path = models / f"{name}.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, {key: tensor.detach() for key, tensor in tensors.items()})


def photo_maker_tensors(text_width: int = 64) -> dict[str, torch.Tensor]:
    """PhotoMaker's network for a text of a width, by its published names."""
    network = PhotoMaker(PhotoMakerConfig(ClipVisionConfig(64, 2, 128, 14, 56, 16, "quick_gelu"), text_width))
    randomise(network)

    def published(name: str) -> str:
        below = name.removeprefix("vision.")
        return name if below == name else below if below.startswith("visual_projection") else f"vision_model.{below}"

    return {f"id_encoder.{published(name)}": tensor.detach() for name, tensor in network.state_dict().items()}


def small_lora(seed: int = 0) -> dict[str, torch.Tensor]:
    """A LoRA for one layer of the small U-Net, by kohya's names."""
    generator = torch.Generator().manual_seed(seed)
    down, up = torch.randn(4, 64, generator=generator), torch.randn(32, 4, generator=generator)
    return {f"{LORA_MODULE}.lora_down.weight": down, f"{LORA_MODULE}.lora_up.weight": up}


def small_hypernetwork() -> dict[object, object]:
    """A hypernetwork as A1111 writes it, for the widths of the small U-Net's text and first resolution."""

    def network(width: int, seed: int) -> dict[str, torch.Tensor]:
        generator = torch.Generator().manual_seed(seed)
        wide = width * 2
        return {
            "linear.0.weight": torch.randn(wide, width, generator=generator) / width**0.5,
            "linear.0.bias": torch.randn(wide, generator=generator) * 0.1,
            "linear.2.weight": torch.rand(wide, generator=generator) + 0.5,
            "linear.2.bias": torch.randn(wide, generator=generator) * 0.1,
            "linear.3.weight": torch.randn(width, wide, generator=generator) / wide**0.5,
            "linear.3.bias": torch.randn(width, generator=generator) * 0.1,
        }

    pairs = {width: (network(width, width), network(width, width + 1)) for width in (32, 64)}
    return {**pairs, "activation_func": "relu", "activate_output": False, "is_layer_norm": True}


def write_small_folder(
    folder: Path, tensors: dict[str, torch.Tensor], scheduler: dict[str, object] | None = None
) -> None:
    """Write the small checkpoint's tensors as diffusers and transformers lay a model out in a folder."""
    from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint, convert_ldm_vae_checkpoint

    unet, vae = empty_unet(UNET), empty_vae(VAE)
    _part(folder / "unet" / "diffusion_pytorch_model", convert_ldm_unet_checkpoint(dict(tensors), unet.config))
    _part(folder / "vae" / "diffusion_pytorch_model", convert_ldm_vae_checkpoint(dict(tensors), vae.config))
    texts = {f"text_model.{name}": tensor for name, tensor in _below(tensors, CLIP_PREFIX).items()}
    _part(folder / "text_encoder" / "model", texts)
    (folder / "scheduler").mkdir()
    told = {"prediction_type": "epsilon", **(scheduler or {})}
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(told), encoding="utf-8")
    (folder / "model_index.json").write_text("{}", encoding="utf-8")


def _part(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    path.parent.mkdir(parents=True)
    write(path.with_name(path.name + ".safetensors"), tensors)
