"""Pictures made in bands come out as the whole ones do, a few rows at a time."""

import pytest
import torch

from comfy import bands as bands_module
from comfy.bands import bands, whole


def doubled(x: torch.Tensor) -> torch.Tensor:
    return x.repeat_interleave(2, -1).repeat_interleave(2, -2)


@pytest.mark.parametrize(("height", "width"), [(40, 24), (70, 70), (16, 100)])
def test_bands_put_together_are_the_picture_and_none_is_high(
    height: int, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bands_module, "ROWS", 10)
    x = torch.rand(1, 3, height, width)
    made = list(bands(doubled, x, 32, 8, 2))
    assert max(band.shape[-2] for band in made) <= 10
    assert torch.allclose(torch.cat(made, dim=-2), doubled(x)[0], atol=1e-6)
    assert torch.allclose(whole(doubled, x, 32, 8, 2), doubled(x), atol=1e-6)
