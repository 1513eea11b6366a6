"""Binary websocket messages that packs ask for: pictures, texts, bytes of their own."""

import io
import struct
from collections.abc import Mapping
from typing import Any

from execution.plain import to_json
from web.packs.protocol import BinaryEventTypes

FORMATS = {"JPEG": 1, "PNG": 2}
QUALITY = 95


def binary_message(event: int, content: Any) -> bytes:
    """The message of one of `BinaryEventTypes`, or of a pack's own number with bytes.

    A picture to be encoded is `(format, PIL picture, longest side or None)`; with metadata it is a pair of that and
    a mapping. Raises `TypeError` for anything else.
    """
    if event == BinaryEventTypes.UNENCODED_PREVIEW_IMAGE:
        picture, kind = _encode(content)
        return struct.pack(">II", BinaryEventTypes.PREVIEW_IMAGE, FORMATS[kind]) + picture
    if event == BinaryEventTypes.PREVIEW_IMAGE_WITH_METADATA and isinstance(content, tuple):
        shown, metadata = content
        return _with_metadata(shown, metadata)
    if isinstance(content, (bytes, bytearray, memoryview)):
        return struct.pack(">I", event) + bytes(content)
    raise TypeError(f"A binary message needs bytes or a picture, not {type(content).__name__}.")


def text_message(text: str | bytes, node_id: str) -> bytes:
    """A text that is shown on a node's card while it runs."""
    name = node_id.encode()
    body = text.encode() if isinstance(text, str) else bytes(text)
    return struct.pack(">II", BinaryEventTypes.TEXT, len(name)) + name + body


def _with_metadata(shown: Any, metadata: Mapping[str, Any] | None) -> bytes:
    picture, kind = _encode(shown)
    header = to_json({**(metadata or {}), "image_type": f"image/{kind.lower()}"}).encode()
    return struct.pack(">II", BinaryEventTypes.PREVIEW_IMAGE_WITH_METADATA, len(header)) + header + picture


def _encode(shown: Any) -> tuple[bytes, str]:
    kind, picture, longest = shown
    kind = "PNG" if str(kind).upper() == "PNG" else "JPEG"
    if longest is not None:
        picture = picture.copy()
        picture.thumbnail((longest, longest))
    if kind == "JPEG" and picture.mode not in ("RGB", "L"):
        picture = picture.convert("RGB")
    target = io.BytesIO()
    picture.save(target, kind, quality=QUALITY, compress_level=1)
    return target.getvalue(), kind
