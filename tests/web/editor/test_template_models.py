"""Templates that need a download name every file with its folder and address, and run once such files lie there."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from comfy.models.control_net import ControlNet, ControlNetConfig
from comfy.models.style_adapter import StyleAdapter, StyleAdapterConfig
from comfy.models.t2i_adapter import Adapter, AdapterConfig
from comfy.models.tiny_autoencoder import TinyAutoencoder
from comfy.models.unet import UNET_PREFIX
from execution import paths
from execution.folders import MODEL_KINDS
from execution.prompt import Prompt
from execution.validate import validate
from execution.workflow import convert
from nodes.registry import built_in_nodes
from scripts.template_pictures import Gallery, template_names
from tests.comfy.small_families import OPEN_CLIP, SD2_PARTS, XL, XL_PARTS, Parts, tensors_of, text_tensors
from tests.comfy.small_gligen import file_tensors
from tests.comfy.small_models import HAS_UPSCALERS, photo_maker_tensors, small_hypernetwork, small_lora
from tests.comfy.small_sd1 import UNET, randomise, small_state_dict
from tests.comfy.small_upscalers import write_upscaler
from tests.comfy.small_vision import in_open_clips_layout, transformers_encoder, transformers_tensors
from tests.comfy.test_upscaler_model import PARTS as X4_PARTS

Tensors = Mapping[str, torch.Tensor]
NAMES = template_names(is_download=True)
SIDE = 128
ADAPTER = AdapterConfig((32, 64, 128, 128), 2, 192, 1, is_light=False, has_convolved_down=False)
LAMA = "remove_things"  # LaMa is of one size only, and large; a slow test of upscaling runs it
REFINER = "sdxl_refiner"  # told by the width of its text, so that a small one is not small
OF_TENSORS = set(MODEL_KINDS) - {"upscale_models", "hypernetworks"}
NEEDING_UPSCALERS = ("restore_face", "two_upscalers")


def of_module(module: torch.nn.Module) -> Tensors:
    randomise(module)
    return {name: tensor.detach() for name, tensor in module.state_dict().items()}


@cache
def xl() -> Tensors:
    return tensors_of(XL_PARTS)


def unclip() -> Tensors:
    parts = replace(SD2_PARTS, unet=replace(SD2_PARTS.unet, vector_dim=2 * 48))
    vision = in_open_clips_layout(transformers_tensors(transformers_encoder("gelu")), "embedder.model.")
    return tensors_of(parts) | vision | {"noise_augmentor.betas": torch.zeros(1000)}


def refiner() -> Tensors:
    text = replace(OPEN_CLIP, width=1280, layers=2, projection=1280)
    unet = replace(XL, context_dim=1280, vector_dim=2560, transformer_depth=(0, 1, 1), middle_depth=1)
    return tensors_of(Parts(unet, (("conditioner.embedders.0.model.", text, True),)))


def pix2pix() -> Tensors:
    tensors = dict(small_state_dict())
    name = UNET_PREFIX + "input_blocks.0.0.weight"
    return tensors | {name: tensors[name].repeat(1, 2, 1, 1)}


def taesd(half: str) -> Tensors:
    torch.manual_seed(0)
    return dict(getattr(TinyAutoencoder(), half).state_dict())


def part_of_xl(prefix: str) -> Tensors:
    return {n.removeprefix(prefix): t for n, t in xl().items() if n.startswith(prefix)}


# What a file holds, small and random, by its name.
KINDS: dict[str, Callable[[], Tensors]] = {
    "v1-5-pruned-emaonly-fp16.safetensors": small_state_dict,
    "sd_xl_base_1.0.safetensors": xl,
    "sd_xl_turbo_1.0_fp16.safetensors": xl,
    "sd_xl_refiner_1.0.safetensors": refiner,
    "v2-1_768-ema-pruned.safetensors": lambda: tensors_of(SD2_PARTS),
    "512-inpainting-ema.safetensors": lambda: tensors_of(SD2_PARTS, in_channels=9),
    "instruct-pix2pix-00-22000.safetensors": pix2pix,
    "sd21-unclip-h.safetensors": unclip,
    "x4-upscaler-ema.safetensors": lambda: tensors_of(X4_PARTS),
    "sdxl_unet_fp16.safetensors": lambda: part_of_xl(UNET_PREFIX),
    "sdxl_vae.safetensors": lambda: part_of_xl("first_stage_model."),
    "clip_l.safetensors": lambda: part_of_xl("conditioner.embedders.0.transformer."),
    "clip_g.safetensors": lambda: text_tensors("", OPEN_CLIP, True, 3),
    "lcm-lora-sdv1-5.safetensors": small_lora,
    "pixel-art-xl.safetensors": small_lora,
    "gligen_sd14_textbox_pruned.safetensors": file_tensors,
    "t2iadapter_canny_sd15v2.pth": lambda: of_module(
        Adapter(AdapterConfig((32, 64, 128, 128), 2, 192, 1, False, False))
    ),
    "control_v11p_sd15_canny_fp16.safetensors": lambda: of_module(ControlNet(ControlNetConfig(UNET))),
    "control_v11p_sd15_scribble_fp16.safetensors": lambda: of_module(ControlNet(ControlNetConfig(UNET))),
    "controlnet-union-sdxl-1.0-promax.safetensors": lambda: of_module(ControlNet(ControlNetConfig(XL, kinds=8))),
    "t2iadapter_style_sd14v1.pth": lambda: of_module(StyleAdapter(StyleAdapterConfig(128, 64, 2, 1))),
    "clip-vit-large-patch14.safetensors": lambda: transformers_tensors(transformers_encoder("quick_gelu")),
    "EasyNegative.safetensors": lambda: {"emb_params": torch.randn(2, 64)},
    "taesd_encoder.pth": lambda: taesd("encoder"),
    "taesd_decoder.pth": lambda: taesd("decoder"),
    "photomaker-v1.bin": lambda: photo_maker_tensors(128),
}


def named_models(name: str) -> list[dict[str, str]]:
    return [model for node in Gallery.workflow(name)["nodes"] for model in node["properties"].get("models", ())]


def write_models(models: Path, name: str) -> None:
    """Write what a template names, each file small and random and where the template says."""
    for model in named_models(name):
        path = models / model["directory"] / model["name"]
        if not path.exists():
            write_model(path)


def write_model(path: Path) -> None:
    """A file of the kind that has this name, with a note of what it was trained on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".pt" and path.parent.name == "hypernetworks":
        torch.save(small_hypernetwork(), path)
    elif path.parent.name == "upscale_models" and "lama" not in path.name and HAS_UPSCALERS:
        write_upscaler(path)
    else:
        tensors = KINDS.get(path.name, dict)()
        texts = {"modelspec.trigger_phrase": "pixel art"}
        save_file({key: tensor.contiguous().clone() for key, tensor in tensors.items()}, path, texts)


def write_picture(path: Path) -> None:
    """A picture of noise, transparent on the right, where templates that need a mask have it."""
    picture = Image.effect_noise((64, 64), 90).convert("RGB")
    picture.putalpha(Image.new("L", (64, 64), 255))
    picture.paste((0, 0, 0, 0), (32, 0, 64, 64))
    picture.save(path)


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    base = tmp_path_factory.mktemp("templates")
    before, paths._installed = paths._installed, paths.Paths(paths.PathOptions(base_directory=base))
    (base / "input").mkdir(exist_ok=True)
    write_picture(base / "input" / "example.png")
    yield Gallery()
    paths._installed = before


def small(prompt: dict[str, Any]) -> dict[str, Any]:
    """The prompt with few steps and a small picture."""
    for node in prompt.values():
        inputs = node["inputs"]
        if node["class_type"] in ("EmptyLatentImage", "ImageScale"):
            inputs |= {"width": SIDE, "height": SIDE}
        if "steps" in inputs and node["class_type"] != "KSamplerAdvanced":
            inputs["steps"] = min(2, inputs["steps"])
    return prompt


def test_the_table_of_kinds_is_what_templates_name() -> None:
    named = {model["name"] for name in NAMES for model in named_models(name) if model["directory"] in OF_TENSORS}
    assert named == set(KINDS)


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] if n == REFINER else []) for n in NAMES])
def test_a_template_that_needs_a_download_runs_once_its_files_are_there(name: str, gallery: Gallery) -> None:
    if name in NEEDING_UPSCALERS and not HAS_UPSCALERS:
        pytest.skip("spandrel needs torchvision")
    nodes = built_in_nodes()
    write_models(paths.current().models, name)
    prompt = small(convert(gallery.workflow(name), gallery.descriptions))
    found = validate(Prompt.parse(prompt), dict(nodes))
    assert found.error is None, found.node_errors
    if name == LAMA:
        return
    pictures = [np.asarray(picture).astype(float) for picture in gallery.run_prompt(prompt)]
    assert pictures
    assert all(min(picture.shape[:2]) >= 64 and picture.std() > 5 for picture in pictures)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_says_where_its_files_are_had(name: str) -> None:
    models = named_models(name)
    assert models
    assert all(model["directory"] in MODEL_KINDS for model in models)
    without = [model["name"] for model in models if not model.get("url", "").startswith("https://")]
    assert without == (["style.pt"] if name == "hypernetwork" else [])


def test_templates_that_run_with_what_ships_name_no_files() -> None:
    assert not [name for name in template_names(is_download=False) if named_models(name)]
