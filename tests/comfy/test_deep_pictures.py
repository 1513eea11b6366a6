"""Pictures of more than 8 bits come in with all their shades."""

import struct
import zlib
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
import torch
from PIL import Image

from comfy import image_files
from comfy.colour_spaces import encode_srgb
from comfy.image_files import PictureError, read_channel, read_picture
from comfy.picture_writers import PngWriter, TiffWriter
from tests.comfy.small_profiles import DISPLAY_P3


def noise(channels: int) -> torch.Tensor:
    """Numbers that 16 bits hold exactly, [5, 7, channels]."""
    return torch.from_numpy(np.random.default_rng(1).integers(0, 65536, (5, 7, channels)).astype(np.float32)) / 65535


def write(path: Path, pixels: torch.Tensor) -> Path:
    height, width, channels = pixels.shape
    kind = PngWriter if path.suffix == ".png" else TiffWriter
    with path.open("wb") as file:
        writer = (
            PngWriter(file, width, height, channels, 16, {})
            if kind is PngWriter
            else TiffWriter(file, width, height, channels, 16)
        )
        writer.write(pixels)
        writer.finish()
    return path


@pytest.mark.parametrize("ending", ["png", "tiff"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_go_out_and_come_back_exactly(tmp_path: Path, ending: str, channels: int) -> None:
    pixels = noise(channels)
    picture = read_picture(write(tmp_path / f"a.{ending}", pixels))
    assert torch.allclose(picture.images[0], pixels[..., :3].expand(-1, -1, 3), atol=1e-7)
    if channels == 4:
        assert torch.allclose(picture.masks[0], 1 - pixels[..., 3], atol=1e-7)


def test_grey_with_opacity_of_sixteen_bits_is_read_whole(tmp_path: Path) -> None:
    numbers = np.random.default_rng(3).integers(0, 65536, (5, 7, 2)).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in numbers)
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", 7, 5, 16, 4, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    coded = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(coded))
    picture = read_picture(tmp_path / "a.png")
    grey, opacity = torch.from_numpy(numbers.astype(np.float32) / 65535).unbind(-1)
    assert torch.equal(picture.images[0], grey[..., None].expand(-1, -1, 3))
    assert torch.equal(picture.masks[0], 1 - opacity)


def tiff(data: bytes, order: str, bits: int, *more: tuple[int, int, int, int]) -> bytes:
    """A TIFF of three channels, 7 by 5, in one unpacked strip."""
    entries = [(256, 3, 1, 7), (257, 3, 1, 5), (258, 3, 3, 8), (259, 3, 1, 1), (262, 3, 1, 2), (273, 4, 1, 14)]
    entries += [(277, 3, 1, 3), (278, 3, 1, 5), (279, 4, 1, len(data)), *more]
    start = 14 + len(data)
    head = (
        (b"II" if order == "<" else b"MM")
        + struct.pack(f"{order}HI", 42, start)
        + struct.pack(f"{order}3H", bits, bits, bits)
    )
    rows = b"".join(
        struct.pack(f"{order}HHI", tag, kind, count)
        + (struct.pack(f"{order}HH", value, 0) if kind == 3 and count == 1 else struct.pack(f"{order}I", value))
        for tag, kind, count, value in entries
    )
    return head + data + struct.pack(f"{order}H", len(entries)) + rows + bytes(4)


@pytest.mark.parametrize("order", ["<", ">"])
def test_unpacked_tiff_of_either_byte_order_is_read(tmp_path: Path, order: str) -> None:
    pixels = noise(3)
    data = (pixels.numpy() * 65535 + 0.5).astype(f"{order}u2").tobytes()
    (tmp_path / "a.tif").write_bytes(tiff(data, order, 16))
    assert torch.allclose(read_picture(tmp_path / "a.tif").images[0], pixels, atol=1e-7)


def test_a_tiff_of_floating_point_colours_is_refused_with_what_to_save_instead(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(tiff(noise(3).numpy().astype("<f4").tobytes(), "<", 32, (339, 3, 1, 3)))
    with pytest.raises(PictureError, match=r"a\.tif is a TIFF .* floating-point colours\. Save it as TIFF of 8 or 16"):
        read_picture(tmp_path / "a.tif")


def test_a_damaged_picture_of_sixteen_bits_is_named(tmp_path: Path) -> None:
    file = write(tmp_path / "a.png", torch.rand(64, 64, 3))
    file.write_bytes(file.read_bytes()[:9000])
    with pytest.raises(PictureError, match=r"a\.png cannot be read as a picture"):
        read_picture(file)


def exr(path: Path, channels: dict[str, np.ndarray], **header: object) -> Path:
    OpenEXR.File({"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, **header}, channels).write(
        str(path)
    )
    return path


@pytest.mark.parametrize("kind", ["float16", "float32"])
def test_light_of_open_exr_becomes_srgb(tmp_path: Path, kind: str) -> None:
    light = np.random.default_rng(2).random((5, 7, 3)).astype(kind)
    light[0, 0] = (4.0, -1.0, np.inf)
    images = read_picture(exr(tmp_path / "a.exr", {"RGB": light})).images
    assert images.shape == (1, 5, 7, 3)
    assert images[0, 0, 0].tolist() == pytest.approx([1, 0, 1])
    middle = light.astype(np.float32)[1:]
    assert np.abs(images[0, 1:].numpy() - encode_srgb(middle)).max() < 1e-6
    # Half of all light is far more than half of the way to white.
    assert encode_srgb(np.array([0.2140411])).item() == pytest.approx(0.5, abs=1e-5)


def test_opacity_of_open_exr_is_a_mask_and_no_longer_in_the_colours(tmp_path: Path) -> None:
    opacity = np.full((2, 2, 1), 0.25, np.float32)
    pixels = np.concatenate([np.full((2, 2, 3), 0.8, np.float32) * opacity, opacity], axis=-1)
    file = exr(tmp_path / "a.exr", {"RGBA": pixels})
    picture = read_picture(file)
    assert picture.masks[0, 0, 0].item() == pytest.approx(0.75)
    assert picture.images[0, 0, 0, 0].item() == pytest.approx(float(encode_srgb(np.array(0.8))), abs=1e-6)
    assert read_channel(file, "alpha")[0, 0, 0].item() == pytest.approx(0.75)


def test_open_exr_of_one_channel_is_grey_and_of_other_primaries_converted(tmp_path: Path) -> None:
    grey = read_picture(exr(tmp_path / "y.exr", {"Y": np.full((2, 3), 0.5, np.float32)})).images
    assert grey.shape == (1, 2, 3, 3)
    wide = exr(tmp_path / "p3.exr", {"RGB": np.full((2, 2, 3), 0.2, np.float32)}, chromaticities=DISPLAY_P3)
    assert read_picture(wide).images[0, 0, 0].tolist() == pytest.approx(
        [float(encode_srgb(np.array(0.2)))] * 3, abs=1e-4
    )
    colour = exr(tmp_path / "g.exr", {"RGB": np.array([[[0.1, 0.5, 0.1]]], np.float32)}, chromaticities=DISPLAY_P3)
    red, green, _ = read_picture(colour).images[0, 0, 0].tolist()
    assert red < float(encode_srgb(np.array(0.1)))
    assert green > float(encode_srgb(np.array(0.5)))


def test_open_exr_without_colours_or_damaged_says_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"depth\.exr has the channels Z, but none of R, G, B or Y"):
        read_picture(exr(tmp_path / "depth.exr", {"Z": np.ones((2, 2), np.float32)}))
    file = exr(tmp_path / "a.exr", {"RGB": np.random.default_rng(3).random((64, 64, 3)).astype(np.float32)})
    file.write_bytes(file.read_bytes()[:3000])
    with pytest.raises(PictureError, match=r"a\.exr cannot be read as a picture"):
        read_picture(file)


@pytest.mark.parametrize("ending", ["png", "tiff", "exr"])
def test_deep_pictures_that_are_too_large_are_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    file = tmp_path / f"a.{ending}"
    if ending == "exr":
        exr(file, {"RGB": np.zeros((20, 20, 3), np.float32)})
    else:
        write(file, torch.zeros(20, 20, 3))
    monkeypatch.setattr(image_files, "MOST_PIXELS", 100)
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("decoded"))
    with pytest.raises(PictureError, match="claims more than"):
        read_picture(file)
