"""Picture encoders give what transformers' give, from both layouts; style adapters what torch's own layers give."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from comfy.errors import ArchitectureError
from comfy.models.clip_text import quick_gelu
from comfy.models.clip_vision import ClipVisionConfig
from comfy.models.style_adapter import StyleAdapter, StyleAdapterConfig
from comfy.style_model import load_style_model
from comfy.vision import EncodedPicture, as_seen, load_picture_encoder
from tests.comfy.small_sd1 import randomise
from tests.comfy.small_vision import in_open_clips_layout, transformers_encoder, transformers_tensors


def picture(height: int = 90, width: int = 120) -> torch.Tensor:
    coarse = torch.rand(1, 3, 6, 8, generator=torch.Generator().manual_seed(0))
    return nn.functional.interpolate(coarse, (height, width), mode="bicubic").clamp(0, 1).movedim(1, -1)


@pytest.mark.parametrize("activation", ["quick_gelu", "gelu"])
@pytest.mark.parametrize("is_open_clip", [False, True])
def test_an_encoder_gives_what_transformers_gives(tmp_path: Path, activation: str, is_open_clip: bool) -> None:
    theirs = transformers_encoder(activation)
    tensors = transformers_tensors(theirs)
    path = tmp_path / "vision.safetensors"
    save_file(in_open_clips_layout(tensors) if is_open_clip else tensors, path)
    encoder = load_picture_encoder(path)
    assert (encoder.config.side, encoder.config.patch, encoder.config.projection) == (56, 14, 48)
    network = type(encoder.weights.module)(replace(encoder.config, activation=activation))
    network.load_state_dict(encoder.weights.module.state_dict())
    pixels = as_seen(picture(), 56)
    with torch.no_grad():
        ours = network(pixels)
        expected = theirs(pixel_values=pixels, output_hidden_states=True)
    torch.testing.assert_close(ours.pooled, expected.image_embeds, atol=2e-5, rtol=1e-4)
    torch.testing.assert_close(ours.hidden[-1], expected.last_hidden_state, atol=2e-5, rtol=1e-4)
    torch.testing.assert_close(ours.hidden[-2], expected.hidden_states[-2], atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize(("width", "layers", "heads"), [(1024, 24, 16), (1280, 32, 16), (1664, 48, 16), (768, 12, 12)])
def test_published_sizes_have_the_published_number_of_heads(width: int, layers: int, heads: int) -> None:
    assert ClipVisionConfig(width=width, layers=layers).head_count == heads


def test_what_leaves_the_encoder_is_named_as_in_transformers(tmp_path: Path) -> None:
    theirs = transformers_encoder("gelu")
    save_file(transformers_tensors(theirs), tmp_path / "vision.safetensors")
    encoded = load_picture_encoder(tmp_path / "vision.safetensors").encode(picture().repeat(2, 1, 1, 1))
    with torch.no_grad():
        expected = theirs(pixel_values=as_seen(picture(), 56), output_hidden_states=True)
    for made, wanted in (
        (encoded.image_embeds, expected.image_embeds),
        (encoded.last_hidden_state, expected.last_hidden_state),
        (encoded.penultimate_hidden_states, expected.hidden_states[-2]),
    ):
        assert made.shape == (2, *wanted.shape[1:])
        assert float((made[1:] - wanted).abs().max() / wanted.std()) < 2e-2  # its weights are kept in float16


@pytest.mark.parametrize(("height", "width"), [(112, 168), (224, 224), (448, 336)])
def test_a_picture_is_cut_as_transformers_cuts_it(height: int, width: int) -> None:
    from transformers import CLIPImageProcessor

    image = picture(height, width)
    shades = Image.fromarray((image[0] * 255).round().byte().numpy())
    expected = CLIPImageProcessor()(shades, return_tensors="pt")["pixel_values"]
    ours = as_seen(image, 224)
    assert ours.shape == expected.shape
    assert (ours - expected).abs().max() < 0.1  # of a range of 4: Pillow rounds between its two passes
    assert (ours - expected).abs().mean() < 0.02


def test_a_picture_can_be_squeezed_instead() -> None:
    image = torch.zeros(1, 100, 200, 3)
    image[:, :, :20] = 1  # at the edge, which cutting loses
    assert as_seen(image, 56, crops=True)[0, 0, :, 0].max() < 0
    assert as_seen(image, 56, crops=False)[0, 0, :, 0].min() > 0


def test_another_file_is_refused_by_name(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ArchitectureError, match=r"other\.safetensors is not a CLIP picture encoder"):
        load_picture_encoder(tmp_path / "other.safetensors")


def test_a_style_adapter_gives_what_torchs_own_layers_give(tmp_path: Path) -> None:
    config = StyleAdapterConfig(width=256, text_width=64, tokens=4, layers=2)
    adapter = StyleAdapter(config)
    randomise(adapter)
    save_file(adapter.state_dict(), tmp_path / "style.safetensors")
    model = load_style_model(tmp_path / "style.safetensors")
    assert model.weights.module.config == config
    seen = torch.randn(2, 17, 256, generator=torch.Generator().manual_seed(1))
    expected = _by_torchs_layers(adapter, seen)
    with torch.no_grad():
        torch.testing.assert_close(adapter(seen), expected, atol=1e-4, rtol=1e-4)
    words = model.words(EncodedPicture(seen, seen, seen[:, 0]))
    assert words.shape == (1, 8, 64)
    assert float((words.view(2, 4, 64) - expected).abs().max() / expected.std()) < 1e-2


@torch.no_grad()
def _by_torchs_layers(adapter: StyleAdapter, seen: torch.Tensor) -> torch.Tensor:
    width, heads = adapter.config.width, adapter.config.heads
    x = adapter.ln_pre(torch.cat([seen, adapter.style_embedding.expand(len(seen), -1, -1)], dim=1))
    for block in adapter.transformer_layes:
        layer = nn.TransformerEncoderLayer(
            width, heads, width * 4, 0.0, quick_gelu, batch_first=True, norm_first=True
        ).eval()
        own = block.state_dict()
        layer.load_state_dict(
            {
                **{name.replace("attn.", "self_attn."): own[name] for name in own if name.startswith("attn.")},
                **{f"norm{n}.{leaf}": own[f"ln_{n}.{leaf}"] for n in (1, 2) for leaf in ("weight", "bias")},
                **{f"linear1.{leaf}": own[f"mlp.c_fc.{leaf}"] for leaf in ("weight", "bias")},
                **{f"linear2.{leaf}": own[f"mlp.c_proj.{leaf}"] for leaf in ("weight", "bias")},
            }
        )
        x = layer(x)
    return adapter.ln_post(x[:, -adapter.config.tokens :]) @ adapter.proj
