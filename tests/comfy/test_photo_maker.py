"""PhotoMaker fuses pictures with the word before the trigger, as its paper's program does."""

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from comfy.checkpoint import Checkpoint, load_checkpoint
from comfy.errors import ArchitectureError
from comfy.models.photo_maker import PhotoMaker
from comfy.photo_maker import load_photo_maker
from comfy.vision import as_seen
from tests.comfy.small_families import XL_PARTS, tensors_of, write
from tests.comfy.small_models import photo_maker_tensors

WIDTH = 128


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return load_checkpoint(write(tmp_path_factory.mktemp("xl") / "xl.safetensors", tensors_of(XL_PARTS)))


@pytest.fixture(scope="module")
def tensors() -> dict[str, torch.Tensor]:
    return photo_maker_tensors(WIDTH)


@pytest.fixture
def model(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> Any:
    return load_photo_maker(write(tmp_path / "photomaker.safetensors", tensors))


def transformers_vision(tensors: dict[str, torch.Tensor]) -> Any:
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 1}
    vision = CLIPVisionModelWithProjection(
        CLIPVisionConfig(**sizes, image_size=56, patch_size=14, projection_dim=16, hidden_act="gelu")
    ).eval()
    own = {name.removeprefix("id_encoder."): tensor for name, tensor in tensors.items()}
    known = vision.state_dict()
    vision.load_state_dict({name: own.get(name, known[name]) for name in known})
    return vision


def fused(tensors: dict[str, torch.Tensor], words: torch.Tensor, person: torch.Tensor) -> torch.Tensor:
    """The published layers, written out."""

    def of(name: str) -> tuple[torch.Tensor, torch.Tensor]:
        return tensors[f"id_encoder.fuse_module.{name}.weight"], tensors[f"id_encoder.fuse_module.{name}.bias"]

    def normed(x: torch.Tensor, name: str) -> torch.Tensor:
        return F.layer_norm(x, x.shape[-1:], *of(name))

    def through(x: torch.Tensor, name: str) -> torch.Tensor:
        h = F.linear(normed(x, f"{name}.layernorm"), *of(f"{name}.fc1"))
        return F.linear(F.gelu(h), *of(f"{name}.fc2"))

    stacked = through(torch.cat([words, person], dim=-1), "mlp1") + words
    return normed(stacked + through(stacked, "mlp2"), "layer_norm")


@torch.no_grad()
def test_the_network_gives_what_the_published_layers_give(model: Any, tensors: dict[str, torch.Tensor]) -> None:
    pixels, words = as_seen(torch.rand(2, 70, 60, 3), 56), torch.randn(2, WIDTH)
    vision = transformers_vision(tensors)
    seen = vision.vision_model(pixel_values=pixels).pooler_output
    second = F.linear(seen, tensors["id_encoder.visual_projection_2.weight"])
    expected = fused(tensors, words, torch.cat([vision.visual_projection(seen), second], dim=-1))
    network = PhotoMaker(model.weights.module.config)
    network.load_state_dict(model.weights.module.state_dict())
    torch.testing.assert_close(network.eval()(pixels, words), expected, atol=1e-4, rtol=1e-4)


def test_the_word_before_the_trigger_is_changed_and_no_other(model: Any, checkpoint: Checkpoint) -> None:
    image = torch.rand(1, 70, 60, 3)
    ((made, options),) = model.encode(checkpoint.clip, "photograph of a woman photomaker in rain", image)
    ((plain, own),) = checkpoint.clip.encode("photograph of a woman in rain")
    differs = (made != plain).any(dim=-1)[0].nonzero()[:, 0].tolist()
    assert differs == [4]  # behind the start token: photograph, of, a, woman
    assert torch.equal(options["pooled_output"], own["pooled_output"])


def test_several_pictures_give_the_word_several_forms(model: Any, checkpoint: Checkpoint) -> None:
    images = torch.rand(2, 56, 56, 3)
    ((made, _),) = model.encode(checkpoint.clip, "a woman photomaker", images)
    ((one, _),) = model.encode(checkpoint.clip, "a woman photomaker", images[1:])
    assert made.shape == (1, 77, WIDTH)
    torch.testing.assert_close(made[:, 3], one[:, 2])
    torch.testing.assert_close(made[:, 4:], one[:, 3:-1])


def test_without_the_trigger_the_prompt_is_its_own(model: Any, checkpoint: Checkpoint) -> None:
    made = model.encode(checkpoint.clip, "a woman", torch.rand(1, 56, 56, 3))
    assert torch.equal(made[0][0], checkpoint.clip.encode("a woman")[0][0])


def test_what_cannot_work_is_said(model: Any, checkpoint: Checkpoint, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must follow the word"):
        model.encode(checkpoint.clip, "photomaker", torch.rand(1, 56, 56, 3))
    narrow = load_photo_maker(write(tmp_path / "narrow.safetensors", photo_maker_tensors(64)))
    with pytest.raises(ArchitectureError, match="64 wide"):
        narrow.encode(checkpoint.clip, "a woman photomaker", torch.rand(1, 56, 56, 3))
    with pytest.raises(ArchitectureError, match="is not PhotoMaker's network"):
        load_photo_maker(write(tmp_path / "other.safetensors", {"a": torch.zeros(1)}))
