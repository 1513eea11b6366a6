"""Pictures made for a page: smaller ones, single channels, and an upload's alpha put on another picture."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.PngImagePlugin import PngInfo

MOST_PIXELS = 100_000_000
PREVIEW_FORMATS = {"webp": "image/webp", "jpeg": "image/jpeg"}
CHANNELS = ("rgba", "rgb", "a")


class PictureError(Exception):
    """A file that is not a picture, or one too large to open."""


def make_preview(path: Path, kind: str, quality: int, size: int | None = None) -> bytes:
    """The picture encoded as webp or jpeg of a quality from 1 to 100, its longer side at most `size` pixels."""
    picture = _open(path)
    if size is not None and max(picture.size) > size:
        if picture.mode in ("P", "1"):
            picture = picture.convert("RGBA" if _has_alpha(picture) else "RGB")
        picture.thumbnail((size, size))
    is_jpeg = kind == "jpeg"
    if is_jpeg or picture.mode not in ("RGB", "RGBA"):
        picture = picture.convert("RGB" if is_jpeg or not _has_alpha(picture) else "RGBA")
    return _encode(picture, "JPEG" if is_jpeg else "WEBP", quality=quality)


def extract_channels(path: Path, channel: str) -> bytes:
    """The picture's colour without alpha (rgb), or its alpha alone (a), as PNG, the way up that its EXIF data says."""
    picture = _upright(_open(path))
    if channel == "rgb":
        return _encode(picture.convert("RGB"), "PNG", compress_level=1)
    from PIL import Image

    alpha = picture.convert("RGBA").getchannel("A")
    shown = Image.new("RGBA", picture.size)
    shown.putalpha(alpha)
    return _encode(shown, "PNG", compress_level=1)


def put_alpha(original: Path, upload: bytes) -> bytes:
    """The original, the way up that its EXIF data says, with the upload's alpha, as PNG that keeps its texts."""
    picture = _upright(_open(original))
    mask = _open(io.BytesIO(upload)).convert("RGBA").getchannel("A")
    texts = _texts(picture)
    result = picture.convert("RGBA")
    result.putalpha(mask.resize(result.size) if mask.size != result.size else mask)
    return _encode(result, "PNG", compress_level=4, pnginfo=texts)


def _open(source: "Path | io.BytesIO") -> "Image":
    from PIL import Image  # Here, so that the port answers without it.

    try:
        picture = Image.open(source)
        # Before any pixel is decoded: a small file may claim a giant picture.
        if picture.width * picture.height > MOST_PIXELS:
            raise PictureError(f"The picture has more than {MOST_PIXELS:,} pixels.")
        picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise PictureError(f"The file is not a picture that can be read: {error}") from error
    return _in_eight_bits(picture)


def _in_eight_bits(picture: "Image") -> "Image":
    """Grey of 16 or 32 bits or floats by its own range, which Pillow would cut off at 255; others as they are."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    import numpy as np
    from PIL import Image

    values = np.asarray(picture).astype(np.float64)
    is_long = picture.mode == "I" and values.max() > 65535
    white = 1.0 if picture.mode == "F" else 2.0**31 - 1 if is_long else 65535.0
    grey = Image.fromarray(np.rint(np.nan_to_num(values / white).clip(0, 1) * 255).astype(np.uint8))
    grey.info = picture.info
    if texts := getattr(picture, "text", None):
        grey.text = texts  # type: ignore[attr-defined]
    return grey


def _upright(picture: "Image") -> "Image":
    """The picture as pages and nodes show it, turned as a camera has noted."""
    from PIL import ImageOps

    texts = getattr(picture, "text", None)
    turned = ImageOps.exif_transpose(picture)
    if texts:
        turned.text = texts  # type: ignore[attr-defined]
    return turned


def _texts(picture: "Image") -> "PngInfo":
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    for key, value in getattr(picture, "text", {}).items():
        texts.add_text(key, value)
    return texts


def _encode(picture: "Image", kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def _has_alpha(picture: "Image") -> bool:
    return "A" in picture.getbands() or "transparency" in picture.info
