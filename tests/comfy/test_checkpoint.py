"""Checkpoints: precisions and formats that load to the same model, and files that are something else."""

import pytest
import torch
from safetensors.torch import save_file

from comfy.checkpoint import load_checkpoint, load_unet, load_vae
from comfy.errors import ArchitectureError
from comfy.models.autoencoder import VAE_PREFIX
from comfy.models.clip_text import CLIP_PREFIX
from comfy.models.unet import UNET_PREFIX, UNet
from tests.comfy.small_sd1 import CLIP, UNET, VAE, small_state_dict, write_small_checkpoint


@pytest.fixture
def inputs():
    torch.manual_seed(3)
    return torch.randn(2, 4, 8, 8), torch.tensor([500, 3]), torch.randn(2, 77, UNET.context_dim)


def test_sizes_are_read_from_shapes(tmp_path):
    checkpoint = load_checkpoint(write_small_checkpoint(tmp_path / "small.safetensors"))
    assert (checkpoint.model.config, checkpoint.clip.config, checkpoint.vae.config) == (UNET, CLIP, VAE)
    assert checkpoint.model.prediction == "eps"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("ending", ["safetensors", "ckpt"])
def test_every_precision_and_format_gives_the_same_prediction(tmp_path, inputs, dtype, ending):
    state_dict = small_state_dict(torch.bfloat16)  # what bfloat16 can hold, here all three can
    state_dict = {name: tensor.to(dtype) for name, tensor in state_dict.items()}
    path = tmp_path / f"small.{ending}"
    if ending == "ckpt":
        torch.save({"state_dict": state_dict}, path)
    else:
        save_file(state_dict, path)
    plain = UNet(UNET).eval()
    plain.load_state_dict(
        {name.removeprefix(UNET_PREFIX): weight for name, weight in state_dict.items() if name.startswith(UNET_PREFIX)}
    )
    with torch.no_grad():
        expected = plain(*inputs)
    torch.testing.assert_close(load_checkpoint(path).model.apply(*inputs), expected, atol=2e-5, rtol=1e-4)


def test_an_older_layout_of_the_text_encoder_loads(tmp_path):
    older = {name.replace("transformer.text_model.", "transformer."): t for name, t in small_state_dict().items()}
    save_file(older, tmp_path / "older.safetensors")
    newer = load_checkpoint(write_small_checkpoint(tmp_path / "newer.safetensors"))
    clip = load_checkpoint(tmp_path / "older.safetensors").clip
    assert torch.equal(clip.encode("a cat")[0][0], newer.clip.encode("a cat")[0][0])


@pytest.mark.parametrize(("prefix", "part"), [(VAE_PREFIX, "vae"), (CLIP_PREFIX, "clip")])
def test_a_part_that_a_checkpoint_lacks_is_none(tmp_path, prefix, part):
    rest = {name: tensor for name, tensor in small_state_dict().items() if not name.startswith(prefix)}
    save_file(rest, tmp_path / "part.safetensors")
    assert getattr(load_checkpoint(tmp_path / "part.safetensors"), part) is None


def test_preview_colours_can_be_stated_in_the_file(tmp_path):
    factors = "[[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]"
    save_file(small_state_dict(), tmp_path / "x.safetensors", metadata={"latent_rgb_factors": factors})
    latent_format = load_checkpoint(tmp_path / "x.safetensors").model.latent_format
    assert latent_format.rgb_factors[0] == (1.0, 0.0, 0.0)
    assert latent_format.scale == 0.18215


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        ({"lora_unet_x.lora_down.weight": torch.ones(1)}, "is a LoRA"),
        ({"conditioner.embedders.0.x": torch.ones(1)}, "Stable Diffusion XL"),
        ({"cond_stage_model.model.ln_final.weight": torch.ones(1)}, "Stable Diffusion 2"),
        ({"control_model.x": torch.ones(1)}, "is a ControlNet"),
        ({"decoder.conv_in.weight": torch.ones(1)}, "is an autoencoder"),
        ({"emb_params": torch.ones(1)}, "is an embedding"),
        ({"vision_model.x": torch.ones(1)}, "is a CLIP picture encoder"),
        ({"position_net.x": torch.ones(1), "input_blocks.x": torch.ones(1)}, "is a GLIGEN text box model"),
        ({"style_embedding": torch.ones(1)}, "is a style adapter"),
        ({"id_encoder.x": torch.ones(1)}, "is PhotoMaker's network"),
        ({"something": torch.ones(1)}, "is not a checkpoint"),
        ({}, "is not a checkpoint"),
    ],
)
def test_a_file_of_another_kind_is_told_by_what_is_in_it(tmp_path, tensors, words):
    save_file(tensors, tmp_path / "other.safetensors")
    with pytest.raises(ArchitectureError, match=words) as raised:
        load_checkpoint(tmp_path / "other.safetensors")
    assert str(raised.value).startswith("other.safetensors ")


@pytest.mark.parametrize("prefix", ["", UNET_PREFIX, "transformer."])
@pytest.mark.parametrize(
    ("family", "tensors"),
    [
        ("Flux", ["double_blocks.0.img_attn.qkv.weight", "single_blocks.0.linear1.weight"]),
        ("Flux", ["transformer_blocks.0.attn.norm_added_q.weight", "single_transformer_blocks.0.attn.to_q.weight"]),
        ("Stable Diffusion 3", ["joint_blocks.0.x_block.attn.qkv.weight"]),
        ("Stable Video Diffusion", ["input_blocks.0.0.weight", "input_blocks.1.0.time_stack.in_layers.0.weight"]),
        ("Wan", ["head.modulation", "patch_embedding.weight"]),
    ],
)
def test_a_model_of_another_family_is_called_by_its_name(tmp_path, prefix, family, tensors):
    path = tmp_path / "big.safetensors"
    save_file({prefix + name: torch.ones(1) for name in tensors}, path)
    for load in (load_checkpoint, load_unet):
        with pytest.raises(
            ArchitectureError, match=rf"big\.safetensors is of the family {family}, .*: Stable Diffusion 1,"
        ):
            load(path)


@pytest.mark.parametrize("lost", [f"{UNET_PREFIX}out.2.weight", f"{UNET_PREFIX}output_blocks.3.0.in_layers.2.weight"])
def test_a_missing_tensor_is_named(tmp_path, lost):
    state_dict = small_state_dict()
    del state_dict[lost]
    save_file(state_dict, tmp_path / "cut.safetensors")
    with pytest.raises(ArchitectureError, match=rf"cut\.safetensors.*{lost}.*missing"):
        load_checkpoint(tmp_path / "cut.safetensors")


def test_a_tensor_of_another_shape_is_named(tmp_path):
    state_dict = small_state_dict()
    state_dict[f"{UNET_PREFIX}time_embed.0.weight"] = torch.ones(3, 3)
    save_file(state_dict, tmp_path / "odd.safetensors")
    with pytest.raises(ArchitectureError, match=r"time_embed\.0\.weight is \[3, 3\] instead of \[128, 32\]"):
        load_checkpoint(tmp_path / "odd.safetensors")


@pytest.mark.parametrize("prefix", [VAE_PREFIX, ""])
def test_an_autoencoder_loads_from_a_file_of_its_own_or_out_of_a_checkpoint(tmp_path, prefix):
    vae = {name.removeprefix(VAE_PREFIX): tensor for name, tensor in small_state_dict().items() if VAE_PREFIX in name}
    save_file({prefix + name: tensor for name, tensor in vae.items()}, tmp_path / "vae.safetensors")
    assert load_vae(tmp_path / "vae.safetensors").config == VAE


def test_a_vae_file_that_is_none_is_named(tmp_path):
    save_file({"x": torch.ones(1)}, tmp_path / "x.safetensors")
    with pytest.raises(ArchitectureError, match=r"x\.safetensors is not an autoencoder"):
        load_vae(tmp_path / "x.safetensors")
