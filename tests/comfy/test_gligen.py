"""GLIGEN's layers, read from a file, do to a U-Net what diffusers' do, and only where a conditioning names boxes."""

from pathlib import Path
from typing import Any

import pytest
import torch

from comfy.checkpoint import load_checkpoint
from comfy.errors import ArchitectureError
from comfy.gligen import MOST_BOXES, GligenModel, WordBox, bind, load_gligen
from comfy.models.unet import UNet
from comfy.sampling import sample
from comfy.sampling.asking import Asking, Batch, Shown
from comfy.sampling.estimates import estimate_clean
from tests.comfy.in_diffusers import diffusers_unet, empty_unet
from tests.comfy.small_families import write
from tests.comfy.small_gligen import BLOCKS, TEXT_WIDTH, file_tensors
from tests.comfy.small_sd1 import UNET, write_small_checkpoint


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> GligenModel:
    return load_gligen(write(tmp_path_factory.mktemp("gligen") / "gligen.safetensors", file_tensors()))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load_checkpoint(write_small_checkpoint(tmp_path_factory.mktemp("sd1") / "a.safetensors", torch.float32))


def gated_unet(unet: UNet) -> Any:
    """diffusers' U-Net with the same weights and the file's layers."""
    plain = diffusers_unet(unet)
    gated = empty_unet(unet.config, attention_type="gated")
    tensors = file_tensors()
    added = {}
    for ours, theirs, _ in BLOCKS:
        added |= {
            name.replace(ours, theirs): tensor for name, tensor in tensors.items() if name.startswith(f"{ours}.fuser.")
        }
    added |= {name: tensor for name, tensor in tensors.items() if name.startswith("position_net.")}
    gated.load_state_dict(plain.state_dict() | added, assign=True)
    return gated


def words(seed: int) -> torch.Tensor:
    return torch.randn(1, TEXT_WIDTH, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def test_boxes_change_the_unet_as_in_diffusers(model: GligenModel, checkpoint: Any) -> None:
    x, context, sigma = torch.randn(2, 4, 8, 12), torch.randn(2, 77, UNET.context_dim), 3.0
    options = bind(bind({}, model, WordBox(words(0), 4, 6, 2, 3)), model, WordBox(words(1), 8, 3, 0, 9))
    seen: list[tuple[Asking, torch.Tensor, torch.Tensor]] = []

    def watch(asking: Asking, shown: Shown, network: Any) -> torch.Tensor:
        seen.append((asking, shown.x, network(shown)))
        return seen[-1][2]

    watched = checkpoint.model.clone_with(around_network=(watch,))
    estimate_clean(watched, Batch(x, sigma, context, ("positive",), (options,)))
    estimate_clean(watched, Batch(x, sigma, context, ("positive",), ({},)))
    asking, shown, ours = seen[0]
    boxes, there = torch.zeros(2, MOST_BOXES, 4), torch.zeros(2, MOST_BOXES)
    embeddings = torch.zeros(2, MOST_BOXES, TEXT_WIDTH)
    boxes[:, 0], boxes[:, 1] = torch.tensor([3 / 12, 2 / 8, 9 / 12, 6 / 8]), torch.tensor([9 / 12, 0, 1, 1])
    there[:, :2], embeddings[:, 0], embeddings[:, 1] = 1, words(0), words(1)
    told = {"gligen": {"boxes": boxes, "positive_embeddings": embeddings, "masks": there}}
    unet = gated_unet(checkpoint.model.unet)
    theirs = unet(shown, asking.timesteps.long(), context, cross_attention_kwargs=told).sample
    assert (ours - theirs).abs().max() <= 5e-5 * theirs.std()
    assert (seen[1][2] - theirs).abs().max() > 1e-2 * theirs.std()


def test_a_negative_without_boxes_gets_the_positives(model: GligenModel, checkpoint: Any) -> None:
    text = checkpoint.clip.encode("a cat")[0][0]
    asked: list[list[bool]] = []

    def watch(asking: Asking, shown: Shown, network: Any) -> torch.Tensor:
        asked.append(["gligen" in options for options in asking.batch.options])
        return network(shown)

    sample(
        checkpoint.model.clone_with(around_network=(watch,)),
        seed=1,
        steps=1,
        cfg=4.0,
        sampler_name="euler",
        scheduler="normal",
        positive=[[text, bind({}, model, WordBox(words(0), 4, 4, 0, 0))]],
        negative=[[text, {}]],
        latent={"samples": torch.zeros(1, 4, 8, 8)},
    )
    assert asked == [[True, True]]


def test_a_box_of_another_models_words_and_too_many_boxes_are_refused(model: GligenModel) -> None:
    with pytest.raises(ArchitectureError, match="vectors of 64 numbers"):
        bind({}, model, WordBox(torch.zeros(1, 32), 1, 1, 0, 0))
    options: dict[str, Any] = {}
    for number in range(MOST_BOXES):
        options = bind(options, model, WordBox(words(number), 1, 1, 0, 0))
    with pytest.raises(ValueError, match="30 boxes at most"):
        bind(options, model, WordBox(words(0), 1, 1, 0, 0))


def test_another_file_is_refused_by_name(tmp_path: Path) -> None:
    path = write(tmp_path / "other.safetensors", {"a": torch.zeros(1)})
    with pytest.raises(ArchitectureError, match=r"other\.safetensors is not a GLIGEN text box model"):
        load_gligen(path)
