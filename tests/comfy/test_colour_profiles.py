"""Pictures with a colour profile come in as sRGB, whatever their depth."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

from comfy.colour_profiles import floats_in_srgb
from comfy.colour_spaces import REC709
from comfy.image_files import read_picture
from comfy.picture_writers import PngWriter
from tests.comfy.small_profiles import (
    SRGB_CURVE,
    display_p3,
    formula_curve,
    matrix_profile,
    power_curve,
    table_curve,
)

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def save(path: Path, colour: tuple[float, ...], profile: bytes | None, mode: str = "RGB") -> Path:
    numbers = tuple(round(number * 255) for number in colour)
    Image.new(mode, (2, 2), numbers + (128,) * (mode == "RGBA")).save(path, icc_profile=profile)
    return path


def expected(colour: tuple[float, ...]) -> list[float]:
    """By CSS Color 4: linear light, P3's matrix to XYZ and sRGB's back, the curve; what is beyond is cut off."""
    to_xyz = np.array(
        [[0.48657095, 0.26566769, 0.19821729], [0.22897456, 0.69173852, 0.07928691], [0, 0.04511338, 1.04394437]]
    )
    from_xyz = np.array(
        [
            [3.24096994, -1.53738318, -0.49861076],
            [-0.96924364, 1.8759675, 0.04155506],
            [0.05563008, -0.20397696, 1.05697151],
        ]
    )
    numbers = np.array(colour)
    linear = np.where(numbers <= 0.04045, numbers / 12.92, ((numbers + 0.055) / 1.055) ** 2.4)
    out = np.clip(from_xyz @ to_xyz @ linear, 0, 1)
    return list(np.where(out <= 0.0031308, out * 12.92, 1.055 * out ** (1 / 2.4) - 0.055))


COLOURS = ((0.5, 0.5, 0.5), (0.6, 0.4, 0.3), (0.4, 0.7, 0.5), (0.0, 1.0, 0.0), (0.2, 0.4, 0.9))


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("ending", ["png", "webp", "tiff"])
def test_display_p3_becomes_srgb(tmp_path: Path, colour: tuple[float, ...], ending: str) -> None:
    quantised = tuple(round(number * 255) / 255 for number in colour)
    file = tmp_path / f"a.{ending}"
    numbers = tuple(round(number * 255) for number in colour)
    Image.new("RGB", (2, 2), numbers).save(
        file, icc_profile=display_p3(), **({"lossless": True} if ending == "webp" else {})
    )
    assert read_picture(file).images[0, 0, 0].tolist() == pytest.approx(expected(quantised), abs=1.6 / 255)


def test_opacity_stays_beside_converted_colours(tmp_path: Path) -> None:
    picture = read_picture(save(tmp_path / "a.png", (0.4, 0.7, 0.5), display_p3(), "RGBA"))
    assert picture.masks[0, 0, 0].item() == pytest.approx(1 - 128 / 255)
    assert picture.images[0, 0, 0].tolist() == pytest.approx(expected((0.4, 0.7, 0.5)), abs=2 / 255)


def test_a_picture_turned_by_its_exif_data_keeps_its_profile(tmp_path: Path) -> None:
    picture = Image.new("RGB", (4, 2), (102, 178, 128))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "a.png", exif=exif, icc_profile=display_p3())
    images = read_picture(tmp_path / "a.png").images
    assert images.shape == (1, 4, 2, 3)
    assert images[0, 0, 0].tolist() == pytest.approx(expected((0.4, 0.7, 0.5)), abs=2 / 255)


@pytest.mark.parametrize("profile", [None, SRGB.tobytes(), b"broken"])
def test_without_another_usable_profile_numbers_stay_as_they_are(tmp_path: Path, profile: bytes | None) -> None:
    colours = torch.rand(8, 8, 3)
    numbers = (colours * 255).to(torch.uint8)
    Image.fromarray(numbers.numpy()).save(tmp_path / "a.png", icc_profile=profile)
    assert torch.equal(read_picture(tmp_path / "a.png").images[0], numbers / 255)


def test_inks_become_colours_by_their_profile_or_without(tmp_path: Path) -> None:
    Image.new("CMYK", (2, 2), (0, 255, 255, 0)).save(tmp_path / "a.jpg")
    red, green, blue = read_picture(tmp_path / "a.jpg").images[0, 0, 0].tolist()
    assert red > 0.9 > 0.2 > max(green, blue)


CURVES: dict[str, tuple[bytes, Callable[[np.ndarray], np.ndarray]]] = {
    "a power": (power_curve(2.0), lambda x: x**2.0),
    "a table": (table_curve(np.linspace(0, 1, 1024) ** 2.2), lambda x: x**2.2),
    "a formula of a power": (formula_curve(0, 1.8), lambda x: x**1.8),
    "sRGB's formula": (formula_curve(3, *SRGB_CURVE), lambda x: x),
}


@pytest.mark.parametrize("name", CURVES)
def test_deep_colours_agree_with_little_cms_and_are_finer(name: str) -> None:
    profile = matrix_profile(name, REC709, CURVES[name][0])
    ramp = np.linspace(0, 1, 256, dtype=np.float32)
    found = floats_in_srgb(np.stack([ramp, ramp[::-1], ramp], axis=-1)[None], profile)
    assert found is not None
    bytes_ = (np.stack([ramp, ramp[::-1], ramp], axis=-1)[None] * 255 + 0.5).astype(np.uint8)
    transform = ImageCms.ImageCmsTransform(ImageCms.ImageCmsProfile(BytesIO(profile)), SRGB, "RGB", "RGB")
    theirs = np.asarray(transform.apply(Image.fromarray(bytes_))) / 255
    assert np.abs(found - theirs).max() < 1.5 / 255
    assert len(np.unique(found[..., 0])) > len(np.unique(theirs[..., 0])) or name == "sRGB's formula"


def test_sixteen_bits_with_a_profile_keep_their_shades(tmp_path: Path) -> None:
    ramp = torch.linspace(0.2, 0.21, 600)[None, :, None].expand(2, -1, 3)
    with (tmp_path / "a.png").open("wb") as file:
        writer = PngWriter(file, 600, 2, 3, 16, {})
        writer.write(ramp)
        writer.finish()
    content = (tmp_path / "a.png").read_bytes()
    data = b"P3\0\0" + zlib.compress(display_p3())
    chunk = struct.pack(">I", len(data)) + b"iCCP" + data + struct.pack(">I", zlib.crc32(b"iCCP" + data))
    (tmp_path / "a.png").write_bytes(content[:33] + chunk + content[33:])
    shades = read_picture(tmp_path / "a.png").images[0, 0, :, 0]
    assert len(shades.unique()) > 500
    assert shades.tolist() == pytest.approx(ramp[0, :, 0].tolist(), abs=1e-4)
