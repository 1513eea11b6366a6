"""The texts that picture files carry, read and changed in place: pixels are copied as they are, never decoded.

PNG keeps texts in chunks of their own (PNG specification, third edition, 11.3.3). JPEG and WebP keep them in EXIF: the
settings as the user comment, as AUTOMATIC1111's web UI does, and every other as `name:text` in the tags from Model
downwards, as ComfyUI does. What EXIF has no room for goes into XMP, which is read everywhere; TIFF is only read. What
cameras and other programs have put into EXIF and XMP stays.
"""

import json
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from execution import xmp
from execution.errors import SkeinError

if TYPE_CHECKING:
    from PIL import Image

PARAMETERS = "parameters"
KNOWN = ("prompt", "workflow", PARAMETERS)
TEXT_CHUNKS = (b"tEXt", b"iTXt", b"zTXt")
MODEL_TAG, EXIF_DIRECTORY, USER_COMMENT = 0x0110, 0x8769, 0x9286
# Above them are a camera's own notes, such as the date, which has colons as well.
TEXT_TAGS = range(MODEL_TAG, 0, -1)
DESCRIPTION_TAG, XMP_TAG = 0x010E, 0x02BC
APP1, LARGEST_JPEG_SEGMENT = 0xE1, 65533
EXIF_FLAG, XMP_FLAG = 8, 4
EXIF_START = b"Exif\0\0"
MOST_TEXT = 2**26


class PictureTextError(SkeinError):
    """A picture's texts cannot be read or changed; the message says why."""


@dataclass(frozen=True)
class Format:
    """How one kind of file is told and handled."""

    name: str
    start: bytes
    read: Callable[[bytes], dict[str, str]]
    write: Callable[[bytes, Mapping[str, str]], bytes]


def read_texts(content: bytes) -> dict[str, str]:
    """The texts of a PNG, JPEG, WebP or TIFF file by name; raises `PictureTextError` for another or a damaged file."""
    return _handled(content, lambda kind: kind.read(content))


def with_texts(content: bytes, texts: Mapping[str, str]) -> bytes:
    """The file with these texts in place of all that it has; none strips it. Raises `PictureTextError`."""
    return _handled(content, lambda kind: kind.write(content, texts))


def xmp_of(texts: Mapping[str, str]) -> bytes:
    """The texts as an XMP packet, for files that are written with it; empty for none."""
    return xmp.packet(texts) if texts else b""


def _handled(content: bytes, work: Callable[[Format], Any]) -> Any:
    kind = next((kind for kind in FORMATS if content.startswith(kind.start)), None)
    if kind is None:
        raise PictureTextError("This is no PNG, JPEG, WebP or TIFF picture. Save it as one of these first.")
    try:
        return work(kind)
    except (struct.error, IndexError, ValueError, zlib.error, KeyError) as error:
        raise PictureTextError(f"This {kind.name} file is damaged: {error}. Save the picture again.") from error


# PNG


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Each chunk's kind, its data, and the whole of it."""
    at = 8
    while at + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, at)
        if at + 12 + length > len(content):
            raise ValueError("a chunk is cut off")
        yield content[at + 4 : at + 8], content[at + 8 : at + 8 + length], content[at : at + 12 + length]
        at += 12 + length


def _read_png(content: bytes) -> dict[str, str]:
    texts = dict(_png_text(kind, data) for kind, data, _ in _png_chunks(content) if kind in TEXT_CHUNKS)
    return xmp.texts_of_packet(texts.pop(xmp.PNG_KEYWORD, "")) | texts


def _png_text(kind: bytes, data: bytes) -> tuple[str, str]:
    name, _, rest = data.partition(b"\0")
    key = name.decode("latin-1")
    if kind == b"tEXt":
        return key, rest.decode("latin-1")
    if kind == b"zTXt":
        return key, _inflated(rest[1:]).decode("latin-1")
    is_packed = rest[0] == 1
    _language, _, rest = rest[2:].partition(b"\0")
    _translated, _, text = rest.partition(b"\0")
    return key, (_inflated(text) if is_packed else text).decode("utf-8")


def _inflated(data: bytes) -> bytes:
    text = zlib.decompressobj().decompress(data, MOST_TEXT)
    if len(text) >= MOST_TEXT:
        raise ValueError("a text is larger than any that belongs here")
    return text


def _write_png(content: bytes, texts: Mapping[str, str]) -> bytes:
    parts = [content[:8]]
    for kind, data, whole in _png_chunks(content):
        if kind in TEXT_CHUNKS:
            name, text = _png_text(kind, data)
            if name == xmp.PNG_KEYWORD and (others := xmp.others_in(text)):
                parts.append(_png_chunk(b"iTXt", name.encode() + b"\0\0\0\0\0" + others.encode()))
            continue
        parts.append(whole)
        if kind == b"IHDR":
            parts += [_png_text_chunk(name, text) for name, text in texts.items()]
    return b"".join(parts)


def _png_text_chunk(name: str, text: str) -> bytes:
    key = name.encode("latin-1", errors="replace")
    if text.isascii():
        return _png_chunk(b"tEXt", key + b"\0" + text.encode("ascii"))
    return _png_chunk(b"iTXt", key + b"\0\0\0\0\0" + text.encode("utf-8"))


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# EXIF


def exif_of(texts: Mapping[str, str], before: bytes = b"") -> bytes:
    """EXIF data that holds texts, and what `before` holds besides texts; empty for nothing."""
    from PIL import TiffTags  # Only needed for these.

    exif = _without_texts(before)
    names = [*(name for name in ("prompt",) if name in texts), *(n for n in texts if n not in ("prompt", PARAMETERS))]
    # Tags that hold numbers, of which there are some below Model, are passed over.
    free = [tag for tag in TEXT_TAGS if tag not in exif and TiffTags.lookup(tag).type in (None, TiffTags.ASCII)]
    for tag, name in zip(free, names, strict=False):
        exif[tag] = _exif_text(f"{name}:", texts[name])
    if PARAMETERS in texts:
        exif.get_ifd(EXIF_DIRECTORY)[USER_COMMENT] = b"UNICODE\0" + texts[PARAMETERS].encode("utf-16-be")
    return exif.tobytes() if len(exif) or exif.get_ifd(EXIF_DIRECTORY) else b""


def _without_texts(data: bytes) -> "Image.Exif":
    from PIL import Image

    exif = Image.Exif()
    if data:
        exif.load(data)
    for tag in TEXT_TAGS:
        if tag in exif and ":" in _told_by_exif(exif[tag]):
            del exif[tag]
    notes = exif.get_ifd(EXIF_DIRECTORY)
    notes.pop(USER_COMMENT, None)
    if not notes and EXIF_DIRECTORY in exif:
        del exif[EXIF_DIRECTORY]
    return exif


def _exif_text(start: str, text: str) -> str | bytes:
    """A text for a tag of ASCII: what is JSON with escapes, anything else in UTF-8, which readers of today expect."""
    if (start + text).isascii():
        return start + text
    try:
        json.loads(text)
    except ValueError:
        return (start + text).encode("utf-8")
    # In JSON only strings hold such characters, and these may be escaped anywhere in them.
    escaped = "".join(each if each.isascii() else json.dumps(each)[1:-1] for each in text)
    return start + escaped if start.isascii() else (start + escaped).encode("utf-8")


def _told_by_exif(value: Any) -> str:
    """The text of a tag; Pillow takes what is no ASCII for Latin-1."""
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if not isinstance(value, str):
        return ""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def texts_of_exif(data: bytes) -> dict[str, str]:
    """The texts that EXIF data holds."""
    from PIL import Image

    exif = Image.Exif()
    exif.load(data)
    texts = {}
    for tag in TEXT_TAGS:
        name, colon, text = _told_by_exif(exif.get(tag)).partition(":")
        if colon:
            # Programs differ in how they spell these, others are names that somebody gave.
            texts[name.lower() if name.lower() in KNOWN else name] = text.rstrip("\0")
    comment = exif.get_ifd(EXIF_DIRECTORY).get(USER_COMMENT)
    if isinstance(comment, bytes) and len(comment) > 8:
        text = comment[8:].decode(_encoding_of(comment), errors="replace").rstrip("\0")
        texts = (xmp.meant(text) or {PARAMETERS: text}) | texts
    return texts


def _encoding_of(comment: bytes) -> str:
    """How a user comment is written: its first eight bytes say, but not which byte of a pair comes first."""
    if not comment.startswith(b"UNICODE\0"):
        return "utf-8"
    # Most letters have a zero as their high byte.
    return "utf-16-le" if comment[9:10] == b"\0" and comment[8:9] != b"\0" else "utf-16-be"


# JPEG


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Each segment's marker and the whole of it; the last is everything from the start of scan."""
    at = 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            raise ValueError("a segment does not begin where it should")
        marker = content[at + 1]
        if marker == 0xDA:
            yield marker, content[at:]
            return
        (length,) = struct.unpack_from(">H", content, at + 2)
        yield marker, content[at : at + 2 + length]
        at += 2 + length


def _holds_texts(marker: int, segment: bytes) -> bool:
    return marker == APP1 and (segment[4:].startswith(EXIF_START) or xmp.is_jpeg_xmp(segment[4:]))


def _jpeg_texts(texts: Mapping[str, str], held: list[bytes]) -> list[bytes]:
    """What segments hold the texts: EXIF what goes into it, the settings before all else, and XMP what is left.

    `held` is what such segments hold now; what other programs have put there stays.
    """
    before = next((segment for segment in held if segment.startswith(EXIF_START)), b"")
    others, more = xmp.others_in_jpeg(held)
    settings = {name: text for name, text in texts.items() if name == PARAMETERS}
    for within in (texts, settings, {}):
        exif = exif_of(within, before)
        if len(exif) + 2 <= LARGEST_JPEG_SEGMENT:
            left = {name: text for name, text in texts.items() if name not in within}
            return [*([exif] if exif else []), *xmp.jpeg_segments(left, others), *(more if not left else [])]
    raise ValueError("its EXIF data is larger than a segment holds")


def _read_jpeg(content: bytes) -> dict[str, str]:
    held = [segment[4:] for marker, segment in _jpeg_segments(content) if marker == APP1]
    found = [segment for segment in held if segment.startswith(EXIF_START)]
    return xmp.texts_of_jpeg_segments(held) | (texts_of_exif(found[0]) if found else {})


def _write_jpeg(content: bytes, texts: Mapping[str, str]) -> bytes:
    if content.rfind(b"\xff\xd9") < 0:
        raise ValueError("it is cut off")
    found = list(_jpeg_segments(content))
    segments = [segment for marker, segment in found if not _holds_texts(marker, segment)]
    now = _jpeg_texts(texts, [segment[4:] for marker, segment in found if _holds_texts(marker, segment)])
    own = [b"\xff\xe1" + struct.pack(">H", len(held) + 2) + held for held in now]
    # A JFIF header, where there is one, has to be first.
    first = 1 if segments and segments[0][1] == 0xE0 else 0
    return b"".join([content[:2], *segments[:first], *own, *segments[first:]])


# WebP


def _webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    if content[8:12] != b"WEBP":
        raise ValueError("it is another kind of RIFF file")
    at = 12
    while at + 8 <= len(content):
        (length,) = struct.unpack_from("<I", content, at + 4)
        yield content[at : at + 4], content[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _read_webp(content: bytes) -> dict[str, str]:
    found = {kind: data for kind, data in _webp_chunks(content) if kind in (b"EXIF", b"XMP ")}
    texts = xmp.texts_of_packet(found[b"XMP "]) if b"XMP " in found else {}
    exif = found.get(b"EXIF")
    return texts | texts_of_exif(EXIF_START + exif.removeprefix(EXIF_START)) if exif else texts


def _write_webp(content: bytes, texts: Mapping[str, str]) -> bytes:
    if struct.unpack_from("<I", content, 4)[0] + 8 > len(content):
        raise ValueError("it is cut off")
    held = dict(_webp_chunks(content))
    chunks = [(kind, data) for kind, data in _webp_chunks(content) if kind not in (b"EXIF", b"XMP ")]
    before = EXIF_START + held[b"EXIF"].removeprefix(EXIF_START) if b"EXIF" in held else b""
    exif = exif_of(texts, before).removeprefix(EXIF_START)
    others = xmp.others_in(held.get(b"XMP ", b"")).encode()
    added = [(kind, data) for kind, data in ((b"EXIF", exif), (b"XMP ", others)) if data]
    if chunks and chunks[0][0] != b"VP8X" and added:
        chunks.insert(0, (b"VP8X", _extended_header(content)))
    if chunks and chunks[0][0] == b"VP8X":
        header = chunks[0][1]
        flags = header[0] & ~(EXIF_FLAG | XMP_FLAG) | (EXIF_FLAG if exif else 0) | (XMP_FLAG if others else 0)
        chunks[0] = (b"VP8X", bytes([flags]) + header[1:])
    chunks += added
    body = b"".join(kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _extended_header(content: bytes) -> bytes:
    """The header that a file with more than pixels must have: flags and size less one (WebP container, 2023)."""
    from io import BytesIO

    from PIL import Image

    with Image.open(BytesIO(content)) as picture:
        width, height, has_alpha = picture.width, picture.height, picture.mode == "RGBA"
    flags = 16 if has_alpha else 0
    return bytes([flags, 0, 0, 0]) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]


# TIFF


def _read_tiff(content: bytes) -> dict[str, str]:
    """The XMP and the description in a file's first directory (TIFF 6.0, section 2)."""
    order = "<" if content.startswith(b"II") else ">"
    (start,) = struct.unpack_from(f"{order}I", content, 4)
    (count,) = struct.unpack_from(f"{order}H", content, start)
    found: dict[int, bytes] = {}
    for entry in range(start + 2, start + 2 + 12 * count, 12):
        tag, _kind, length, place = struct.unpack_from(f"{order}HHII", content, entry)
        if tag in (DESCRIPTION_TAG, XMP_TAG):
            found[tag] = content[place : place + length] if length > 4 else content[entry + 8 : entry + 8 + length]
    texts = xmp.texts_of_packet(found.get(XMP_TAG, b""))
    return xmp.meant(found.get(DESCRIPTION_TAG, b"").decode("utf-8", errors="replace")) | texts


def _write_tiff(content: bytes, texts: Mapping[str, str]) -> bytes:
    raise PictureTextError("The texts of a TIFF can be read, but not changed. Save the picture as PNG first.")


FORMATS = (
    Format("TIFF", b"II*\0", _read_tiff, _write_tiff),
    Format("TIFF", b"MM\0*", _read_tiff, _write_tiff),
    Format("PNG", b"\x89PNG\r\n\x1a\n", _read_png, _write_png),
    Format("JPEG", b"\xff\xd8\xff", _read_jpeg, _write_jpeg),
    Format("WebP", b"RIFF", _read_webp, _write_webp),
)
STARTS = tuple(kind.start for kind in FORMATS)
