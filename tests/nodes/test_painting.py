"""A painting lies on a ground of one colour or on a picture, and what was painted on is masked."""

import numpy as np
import pytest
import torch
from PIL import Image

from execution import paths
from nodes.painting import Painter, check_painting, painting_fingerprint


def painting(folders: paths.Paths, name: str = "p.png") -> str:
    """Two pixels high, three wide: one red, one half red, the rest unpainted but black underneath."""
    pixels = np.zeros((2, 3, 4), dtype=np.uint8)
    pixels[0, 0] = (255, 0, 0, 255)
    pixels[0, 1] = (255, 0, 0, 51)
    Image.fromarray(pixels).save(folders.input / name)
    return name


def test_nothing_painted_is_the_ground_and_an_empty_mask(folders: paths.Paths) -> None:
    image, mask = Painter().paint("", 5, 4, "#ff8000")
    assert image.shape == (1, 4, 5, 3)
    assert image[0, 0, 0].tolist() == pytest.approx([1, 128 / 255, 0])
    assert mask.shape == (1, 4, 5)
    assert mask.sum() == 0


def test_paint_covers_the_ground_as_far_as_it_is_opaque(folders: paths.Paths) -> None:
    image, mask = Painter().paint(painting(folders), 3, 2, "#fff")
    assert image[0, 0, 0].tolist() == [1, 0, 0]
    assert image[0, 0, 1].tolist() == pytest.approx([1, 0.8, 0.8])
    assert image[0, 1].tolist() == [[1, 1, 1]] * 3
    assert mask[0].tolist()[0] == pytest.approx([1, 0.2, 0])


def test_a_linked_picture_is_painted_on_in_its_own_size_whatever_the_ground(folders: paths.Paths) -> None:
    pictures = torch.full((2, 4, 6, 3), 0.5)
    image, mask = Painter().paint(painting(folders), 512, 512, "#000000", pictures)
    assert image.shape == (2, 4, 6, 3)
    assert mask.shape == (2, 4, 6)
    assert image[1, 0, 0].tolist() == pytest.approx([1, 0, 0])
    assert image[:, 3, 5].tolist() == [[0.5] * 3] * 2


def test_a_painting_without_opacity_covers_everything(folders: paths.Paths) -> None:
    Image.new("RGB", (3, 2), (0, 0, 255)).save(folders.input / "opaque.png")
    image, mask = Painter().paint("opaque.png", 3, 2, "#ffffff")
    assert image.reshape(-1, 3).unique(dim=0).tolist() == [[0, 0, 1]]
    assert mask.min() == 1


def test_what_is_wrong_with_a_painting_is_said_before_it_runs(folders: paths.Paths) -> None:
    assert check_painting("", "#ffffff") is True
    assert "gone.png" in str(check_painting("gone.png", "#ffffff"))
    assert "#ffffff" in str(check_painting("", "white"))


def test_a_changed_painting_is_told_from_the_one_before(folders: paths.Paths) -> None:
    before = painting_fingerprint(painting(folders))
    Image.new("RGB", (3, 2)).save(folders.input / "p.png")
    assert painting_fingerprint("p.png") != before
    assert painting_fingerprint("") is None
