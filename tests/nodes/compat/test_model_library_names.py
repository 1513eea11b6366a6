"""Names by which packs read models' tensors, round weights and make networks: each does what its name says."""

from typing import Any

import pytest
import torch

from comfy.models.autoencoder import Autoencoder
from comfy.state_dict import read_state_dict
from tests.comfy.small_sd1 import write_small_checkpoint
from tests.nodes.compat.studio import Studio, name


@pytest.fixture(scope="module")
def tensors(tmp_path_factory: pytest.TempPathFactory) -> dict[str, torch.Tensor]:
    path = write_small_checkpoint(tmp_path_factory.mktemp("models") / "small.safetensors")
    return dict(read_state_dict(path))


def test_a_checkpoints_tensors_are_a_checkpoint(studio: Studio, tensors: dict[str, torch.Tensor]) -> None:
    sd = name("comfy.sd")
    model, clip, vae, seer = sd.load_state_dict_guess_config(tensors, output_clipvision=True)
    assert torch.equal(studio.sample(model), studio.plain)
    assert torch.equal(clip.encode("x")[0][0], studio.clip.encode("x")[0][0])
    assert (vae.downscale, seer) == (8, None)
    nothing = {"output_vae": False, "output_clip": False, "output_model": False}
    assert sd.load_state_dict_guess_config(tensors, **nothing) == (None,) * 4
    assert sd.load_state_dict_guess_config({"no.such": torch.zeros(1)}) is None


def test_text_encoders_are_made_of_tensors(studio: Studio, tensors: dict[str, torch.Tensor]) -> None:
    sd, prefix = name("comfy.sd"), "cond_stage_model.transformer."
    text = {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}
    clip = sd.load_text_encoder_state_dicts([text])
    assert torch.equal(clip.encode("x")[0][0], studio.clip.encode("x")[0][0])
    parts = ("embeddings.token_embedding.weight", "encoder.layers.0.mlp.fc1.weight")
    kinds = [
        sd.detect_te_model({f"text_model.{part}": torch.zeros(4, width) for part in parts})
        for width in (768, 1024, 1280)
    ]
    assert kinds == [sd.TEModel.CLIP_L, sd.TEModel.CLIP_H, sd.TEModel.CLIP_G]
    assert sd.detect_te_model({"t5": torch.zeros(1)}) is None
    with pytest.raises(ValueError, match="is not a CLIP text encoder"):
        sd.load_text_encoder_state_dicts([{}])


def test_a_style_adapter_is_asked_by_the_name_that_packs_know(monkeypatch: pytest.MonkeyPatch) -> None:
    from nodes.compat.values import opened

    plain = name("comfy.style_model").StyleModel(weights=object())
    style = opened("STYLE_MODEL", plain)
    assert isinstance(style, name("comfy.sd").StyleModel)
    assert (style.weights, opened("STYLE_MODEL", style)) == (plain.weights, style)
    monkeypatch.setattr(type(plain), "words", lambda self, picture: torch.full((1, 2, 3), picture))
    assert torch.equal(style.get_cond(5), torch.full((1, 2, 3), 5))


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2])
def test_rounding_by_chance_takes_neighbours_and_keeps_the_mean(dtype: torch.dtype) -> None:
    rounding = name("comfy.float").stochastic_rounding
    every = torch.arange(256, dtype=torch.uint8).view(dtype).float()
    exact = every[every.isfinite()]
    assert torch.equal(rounding(exact, dtype).float(), exact)
    low, high = exact[exact > 1].sort().values[:2].tolist()
    value = torch.full((20_000,), low * 0.75 + high * 0.25)
    rounded = rounding(-value, dtype, seed=3).float()
    assert set(rounded.tolist()) == {-low, -high}
    assert abs(float((rounded == -high).float().mean()) - 0.25) < 0.02
    assert torch.equal(rounded, rounding(-value, dtype, seed=3).float())
    assert not torch.equal(rounded, rounding(-value, dtype, seed=4).float())
    largest = torch.finfo(dtype).max
    assert rounding(torch.tensor([1e9, -1e9]), dtype).float().tolist() == [largest, -largest]
    assert rounding(torch.tensor([1.0001]), torch.bfloat16).tolist() == [1.0]


def test_unipc_is_called_as_a_function(studio: Studio) -> None:
    module, samplers = name("comfy.extra_samplers.uni_pc"), name("comfy.samplers")
    sampler = samplers.KSAMPLER(module.sample_unipc)
    (sigmas,) = name("nodes").NODE_CLASS_MAPPINGS["BasicScheduler"]().get_sigmas(studio.model, "normal", 4, 1.0)
    sampled = [
        samplers.sample(studio.model, studio.noise(), studio.positive, studio.negative, 4.0, None, one, sigmas, seed=5)
        for one in (sampler, samplers.sampler_object("uni_pc"), samplers.KSAMPLER(module.sample_unipc_bh2))
    ]
    assert torch.equal(sampled[0], sampled[1])
    assert not torch.equal(sampled[0], sampled[2])


def test_an_autoencoders_network_is_made_of_its_sizes(studio: Studio) -> None:
    module = name("comfy.ldm.models.autoencoder")
    own = studio.vae.first_stage_model
    config: Any = own.config
    sizes = {"ch": config.channels, "ch_mult": config.multipliers, "num_res_blocks": config.res_blocks}
    sizes |= {"z_channels": config.latent_channels}
    made = module.AutoencoderKL(embed_dim=config.embed_channels, ddconfig=sizes)
    made.load_state_dict(own.state_dict())
    picture = torch.rand(1, 3, 16, 16) * 2 - 1
    torch.testing.assert_close(made(picture), own(picture))
    assert isinstance(made, Autoencoder)
    assert isinstance(own, module.AutoencoderKL)
    assert not isinstance(made.encoder, module.AutoencoderKL)


def test_tensors_of_a_network_are_known_by_their_names_in_diffusers(studio: Studio) -> None:
    sizes = studio.model.model.model_config.unet_config
    names = name("comfy.utils").unet_to_diffusers(sizes)
    own = set(studio.model.model.diffusion_model.state_dict())
    assert {names["conv_in.weight"], names["mid_block.attentions.0.transformer_blocks.0.attn1.to_q.weight"]} <= own
    assert own <= set(names.values())
    weights = {
        theirs: studio.model.model.diffusion_model.state_dict()[ours] for theirs, ours in names.items() if ours in own
    }
    detection = name("comfy.model_detection")
    found = detection.unet_config_from_diffusers_unet(weights)
    assert (found["model_channels"], found["context_dim"]) == (sizes["model_channels"], sizes["context_dim"])
    assert name("comfy.utils").unet_to_diffusers({}) == {}
    assert detection.unet_config_from_diffusers_unet({}) is None


def test_diffusers_names_become_the_original_ones(tensors: dict[str, torch.Tensor]) -> None:
    diffusers = pytest.importorskip("diffusers")
    network = diffusers.AutoencoderKL(
        block_out_channels=(32, 64), down_block_types=("DownEncoderBlock2D",) * 2, norm_num_groups=32,
        up_block_types=("UpDecoderBlock2D",) * 2, layers_per_block=1,
    )  # fmt: skip
    converted = name("comfy.diffusers_convert").convert_vae_state_dict(network.state_dict())
    sizes = {"ch": 32, "ch_mult": (1, 2), "num_res_blocks": 1}
    made = name("comfy.ldm.models.autoencoder").AutoencoderKL(ddconfig=sizes)
    made.load_state_dict(converted)
    picture = torch.rand(1, 3, 16, 16) * 2 - 1
    with torch.no_grad():
        torch.testing.assert_close(made(picture), network.decode(network.encode(picture).latent_dist.mode()).sample)
    assert name("comfy.diffusers_convert").convert_text_enc_state_dict(tensors) is tensors
