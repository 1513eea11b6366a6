"""Upscalers: tiles that cannot be told from the whole, bounded memory, mixtures, and what is no upscaler."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from comfy import upscaling
from comfy.bands import bands, whole
from comfy.errors import ArchitectureError
from tests.comfy.small_upscalers import write_upscaler


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("upscalers")
    return [write_upscaler(folder / f"{seed}.safetensors", seed=seed) for seed in range(2)]


def test_tiles_give_what_the_whole_picture_gives(files: list[Path]) -> None:
    model = upscaling.load_picture_model(files[0])
    images = torch.rand(2, 40, 50, 3, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = model(images.movedim(-1, 1)).clamp(0, 1).movedim(1, -1)
    told: list[tuple[int, int]] = []
    tiled = upscaling.upscale(model, images, lambda done, total: told.append((done, total)), tile=40)
    assert tiled.shape == (2, 80, 100, 3)
    assert (tiled - expected).abs().mean() < 1e-2  # a tile sees nothing of what is beyond its edge
    assert told == [(done, len(told)) for done in range(1, len(told) + 1)]
    assert torch.allclose(upscaling.upscale(model, images), expected, atol=1e-5)


@pytest.mark.parametrize(("height", "width", "tile", "overlap"), [(33, 70, 16, 4), (16, 16, 16, 8), (5, 90, 32, 16)])
def test_bands_of_a_pointwise_network_are_exactly_the_picture(height: int, width: int, tile: int, overlap: int) -> None:
    x = torch.rand(1, 3, height, width)
    doubled = x.repeat_interleave(2, -1).repeat_interleave(2, -2)

    def double(part: torch.Tensor) -> torch.Tensor:
        return part.repeat_interleave(2, -1).repeat_interleave(2, -2)

    found = list(bands(double, x, tile, overlap, 2))
    assert torch.allclose(torch.cat(found, dim=1), doubled[0], atol=1e-6)
    assert max(band.shape[1] for band in found) <= 2 * tile
    assert torch.allclose(whole(double, x, tile, overlap, 2), doubled, atol=1e-6)


def test_when_memory_is_short_tiles_become_smaller(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    model, sides = upscaling.load_picture_model(files[0]), []

    def network_of(model: object) -> object:
        def run(x: torch.Tensor) -> torch.Tensor:
            sides.append(max(x.shape[-2:]))
            if max(x.shape[-2:]) > 130:
                raise RuntimeError("not enough memory: you tried to allocate")
            return model(x)  # type: ignore[operator, no-any-return]

        return run

    monkeypatch.setattr(upscaling, "network_of", network_of)
    assert upscaling.upscale(model, torch.rand(1, 140, 140, 3)).shape == (1, 280, 280, 3)
    assert sides[0] == 140
    assert sides[-1] <= 128


def test_any_factor_is_reached(files: list[Path]) -> None:
    model = upscaling.load_picture_model(files[0])
    assert upscaling.upscale_to(model, torch.rand(1, 10, 20, 3), 3.0).shape == (1, 30, 60, 3)
    assert upscaling.upscale_to(model, torch.rand(1, 10, 20, 3), 1.5).shape == (1, 15, 30, 3)


def test_a_mixture_of_two_upscalers_has_weights_between_theirs(files: list[Path], tmp_path: Path) -> None:
    one, two = (upscaling.load_picture_model(file).model.state_dict() for file in files)
    mixed = upscaling.interpolated(*files, 0.25).model.state_dict()
    for name, weight in mixed.items():
        assert torch.allclose(weight, one[name] * 0.75 + two[name] * 0.25, atol=1e-6)
    wider = write_upscaler(tmp_path / "wider.safetensors", width=16)
    with pytest.raises(ArchitectureError, match=r"0\.safetensors and wider\.safetensors are not of one architecture"):
        upscaling.interpolated(files[0], wider, 0.5)


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    save_file({"a.weight": torch.zeros(2)}, tmp_path / "other.safetensors")
    pytest.importorskip("torchvision")
    with pytest.raises(ArchitectureError, match=r"other\.safetensors is of no architecture known"):
        upscaling.load_picture_model(tmp_path / "other.safetensors")


class Filler:
    """A network of the kind that fills holes, here with white."""

    def to(self, _device: object) -> "Filler":
        return self

    def eval(self) -> "Filler":
        return self

    def __call__(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        assert image.shape[-2:] == mask.shape[-2:]
        return torch.ones_like(image)


def test_filling_a_hole_leaves_the_rest_as_it_was() -> None:
    images, mask = torch.rand(2, 8, 8, 3), torch.zeros(1, 16, 16)
    mask[:, :, 8:] = 1
    filled = upscaling.inpaint(Filler(), images, mask)
    assert torch.equal(filled[:, :, :4], images[:, :, :4])
    assert (filled[:, :, 4:] == 1).all()


@pytest.mark.slow
def test_a_network_that_fills_holes_is_told_from_upscalers(tmp_path: Path) -> None:
    pytest.importorskip("torchvision")
    from spandrel.architectures.LaMa.__arch.LaMa import LaMa

    save_file(
        {name: weight.contiguous() for name, weight in LaMa(in_nc=4).state_dict().items()},
        tmp_path / "lama.safetensors",
    )
    model = upscaling.load_picture_model(tmp_path / "lama.safetensors")
    assert upscaling.is_inpainter(model)
    mask = torch.zeros(1, 60, 52)
    mask[:, 20:40, 20:40] = 1
    images = torch.rand(1, 60, 52, 3)
    filled = upscaling.inpaint(model, images, mask)
    assert torch.equal(filled[mask == 0], images[mask == 0])
    assert not torch.equal(filled, images)


def test_a_network_for_grey_pictures_takes_each_channel_of_a_colour_one() -> None:
    class Doubler(torch.nn.Module):
        input_channels, scale = 1, 2

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            assert x.shape[1] == 1
            return x.repeat_interleave(2, -1).repeat_interleave(2, -2)

    images = torch.rand(2, 8, 10, 3)
    doubled = upscaling.upscale(Doubler(), images)
    assert torch.allclose(doubled, images.repeat_interleave(2, 1).repeat_interleave(2, 2), atol=1e-6)
