"""Every change of a model changes the picture, gives the same one again, and leaves the model given as it was."""

from typing import Any

import pytest
import torch

from comfy.checkpoint import Checkpoint, load_checkpoint
from comfy.residents import residents
from comfy.sampling import sample
from nodes import guidance, unet_changes
from tests.comfy.small_models import small_lora
from tests.comfy.small_sd1 import write_small_checkpoint


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return load_checkpoint(write_small_checkpoint(tmp_path_factory.mktemp("models") / "a.safetensors"))


@pytest.fixture(scope="module")
def plain(checkpoint: Checkpoint) -> torch.Tensor:
    return picture(checkpoint, checkpoint.model)


def picture(checkpoint: Checkpoint, model: Any) -> torch.Tensor:
    assert checkpoint.clip is not None
    return sample(
        model,
        seed=1,
        steps=3,
        cfg=7.0,
        sampler_name="euler",
        scheduler="normal",
        positive=checkpoint.clip.encode("a cat"),
        negative=checkpoint.clip.encode(""),
        latent={"samples": torch.zeros(1, 4, 16, 16), "noise_mask": torch.linspace(0, 1, 16).expand(1, 16, 16)},
    )["samples"]


CHANGES = {
    "FreeU": lambda m: unet_changes.FreeU().patch(m, 1.1, 1.2, 0.9, 0.2),
    "FreeU_V2": lambda m: unet_changes.FreeU_V2().patch(m, 1.3, 1.4, 0.9, 0.2),
    "HyperTile": lambda m: unet_changes.HyperTile().patch(m, 64, 2, 0, False),
    "shrink": lambda m: unet_changes.PatchModelAddDownscale().patch(m, 3, 2.0, 0.0, 0.9, True, "bicubic", "bicubic"),
    "ToMe": lambda m: unet_changes.TomePatchModel().patch(m, 0.3),
    "PAG": lambda m: unet_changes.PerturbedAttentionGuidance().patch(m, 3.0),
    "SAG": lambda m: unet_changes.SelfAttentionGuidance().patch(m, 0.5, 2.0),
    "differential": lambda m: unet_changes.DifferentialDiffusion().apply(m),
    "APG": lambda m: guidance.APG().patch(m, 0.5, 5.0, -0.5),
    "Mahiro": lambda m: guidance.Mahiro().patch(m),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_felt_repeatable_and_leaves_the_model_alone(
    checkpoint: Checkpoint, plain: torch.Tensor, name: str
) -> None:
    (changed,) = CHANGES[name](checkpoint.model)
    once = picture(checkpoint, changed)
    assert once.isfinite().all()
    assert not torch.allclose(once, plain)
    assert torch.equal(picture(checkpoint, changed), once)


def changed_by_all(checkpoint: Checkpoint) -> Any:
    """The model with a LoRA and every change at once."""
    model = checkpoint.model.with_lora(small_lora(), 0.8)
    for change in CHANGES.values():
        (model,) = change(model)
    return model


def test_all_changes_together_give_the_same_bits_again_and_none_when_they_are_gone(
    checkpoint: Checkpoint, plain: torch.Tensor
) -> None:
    together = picture(checkpoint, changed_by_all(checkpoint))
    assert together.isfinite().all()
    assert not torch.allclose(together, plain)
    assert torch.equal(picture(checkpoint, checkpoint.model), plain)
    assert torch.equal(picture(checkpoint, changed_by_all(checkpoint)), together)
    residents.unload_all()
    assert torch.equal(picture(checkpoint, changed_by_all(checkpoint)), together)
    assert torch.equal(picture(checkpoint, checkpoint.model), plain)


def test_a_change_is_felt_among_all_others(checkpoint: Checkpoint) -> None:
    together = picture(checkpoint, changed_by_all(checkpoint))
    # HyperTile and PAG's, SAG's and ToMe's places in attention overlap; each must still have its say.
    for left_out in ("FreeU", "shrink", "ToMe", "PAG", "SAG", "APG", "differential"):
        model = checkpoint.model.with_lora(small_lora(), 0.8)
        for name, change in CHANGES.items():
            if name != left_out:
                (model,) = change(model)
        assert not torch.equal(picture(checkpoint, model), together), left_out
