"""A compiled model gives what the model gives, and stays compiled from step to step."""

from pathlib import Path

import pytest
import torch

from comfy.checkpoint import load_checkpoint
from comfy.compiling import KEPT, CompilerError
from comfy.diffusion_model import DiffusionModel
from tests.comfy.small_sd1 import write_small_checkpoint

X, TIMESTEP, TEXT = torch.randn(1, 4, 8, 8), torch.tensor([500.0]), torch.randn(1, 77, 64)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> DiffusionModel:
    path: Path = tmp_path_factory.mktemp("compiled") / "a.safetensors"
    return load_checkpoint(write_small_checkpoint(path, torch.float32)).model


@pytest.mark.parametrize("backend", ["eager", pytest.param("inductor", marks=pytest.mark.slow)])
def test_a_compiled_model_gives_what_the_model_gives(model: DiffusionModel, backend: str) -> None:
    compiled = model.compiled_by(backend)
    expected = model.apply(X, TIMESTEP, TEXT)
    torch.testing.assert_close(compiled.apply(X, TIMESTEP, TEXT), expected, atol=1e-4, rtol=1e-4)
    with compiled.prepare() as unet:
        first = dict(vars(unet)[KEPT])
    compiled.apply(X, TIMESTEP, TEXT)
    with compiled.prepare() as unet:
        assert vars(unet)[KEPT] == first


def test_patches_are_compiled_in(model: DiffusionModel) -> None:
    from tests.comfy.small_models import small_lora

    changed = model.compiled_by("eager").with_lora(small_lora(), 1.0)
    expected = model.with_lora(small_lora(), 1.0).apply(X, TIMESTEP, TEXT)
    torch.testing.assert_close(changed.apply(X, TIMESTEP, TEXT), expected, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(expected, model.apply(X, TIMESTEP, TEXT))


def test_what_cannot_be_compiled_is_said(model: DiffusionModel) -> None:
    def fails(graph: object, inputs: object) -> None:
        raise ValueError("no such device")

    torch._dynamo.register_backend(compiler_fn=fails, name="fails_for_a_test")
    with pytest.raises(CompilerError, match="fails_for_a_test could not compile the model"):
        model.compiled_by("fails_for_a_test").apply(X, TIMESTEP, TEXT)
