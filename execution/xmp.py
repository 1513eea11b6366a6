"""The texts of pictures in XMP: where other programs put settings, and where EXIF has no room or there is none.

XMP (ISO 16684-1) is XML. Here all texts are one property of a namespace of our own, a JSON object by name. Of other
programs the user comment and the description are read.
"""

import hashlib
import json
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

PARAMETERS = "parameters"
PNG_KEYWORD = "XML:com.adobe.xmp"
JPEG_START = b"http://ns.adobe.com/xap/1.0/\0"
JPEG_MORE_START = b"http://ns.adobe.com/xmp/extension/\0"
LARGEST_JPEG_PART = 65000

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
OWN = "https://skein.example/picture-texts/1.0/"
NOTE = "http://ns.adobe.com/xmp/note/"
COMMENTS = ("{http://ns.adobe.com/exif/1.0/}UserComment", "{http://purl.org/dc/elements/1.1/}description")

RDF_END = "</rdf:RDF>"
_WRAPPED = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{rdf}">{inner}</rdf:RDF></x:xmpmeta>'
_OWN_DESCRIPTION = re.compile(
    rf'<rdf:Description rdf:about="" xmlns:(?:skein="{re.escape(OWN)}">.*?|xmpNote="{re.escape(NOTE)}"'
    r' xmpNote:HasExtendedXMP="[0-9A-F]{32}">)</rdf:Description>',
    re.DOTALL,
)
# Draw Things keeps its settings as JSON under short names.
_SHORT_NAMES = {"steps": "Steps", "sampler": "Sampler", "scale": "CFG scale", "seed": "Seed", "size": "Size"}
_NAMED = re.compile(r"\s*(prompt|workflow):\s*(?=\{)", re.IGNORECASE)


def packet(texts: Mapping[str, str], others: str = "") -> bytes:
    """An XMP packet of texts, beside what `others_in` found; `texts_of_packet` gives the texts back as they were."""
    if not texts:
        return others.encode()
    if others:
        return _joined(others, _description(texts)).encode()
    return f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>{_own(texts)}<?xpacket end="w"?>'.encode()


def others_in(content: bytes | str) -> str:
    """A packet without the texts; empty where nothing of other programs is left, or where that is what holds them."""
    text = content.decode("utf-8", errors="replace") if isinstance(content, bytes) else content
    text = _OWN_DESCRIPTION.sub("", text).strip("\0")
    return text if RDF_END in text and "<rdf:Description" in text and not texts_of_packet(text) else ""


def texts_of_packet(content: bytes | str) -> dict[str, str]:
    """The texts in a packet; none where it is damaged or is about other things."""
    text = content.decode("utf-8", errors="replace") if isinstance(content, bytes) else content
    if "<!DOCTYPE" in text or "<!ENTITY" in text:  # No packet has these; they are how small files grow large.
        return {}
    try:
        root = ElementTree.fromstring(text.strip("\0 \r\n\t\ufeff"))  # noqa: S314 - see above
    except ElementTree.ParseError:
        return {}
    for own in root.iter(f"{{{OWN}}}Texts"):
        return _named_texts(own.text or "")
    found: dict[str, str] = {}
    for comment in _comments(root):
        found = meant(comment) | found
    return found


def meant(comment: str) -> dict[str, str]:
    """What a free text holds: a workflow, a prompt or settings; nothing where it is a mere caption."""
    comment = comment.strip().rstrip("\0")
    if named := _NAMED.match(comment):
        return {named.group(1).lower(): comment[named.end() :]}
    if not comment.startswith("{"):
        return {PARAMETERS: comment} if re.search(r"\bSteps: *\d", comment) else {}
    try:
        told: Any = json.loads(comment)
    except ValueError:
        return {}
    if "nodes" in told and "links" in told:
        return {"workflow": comment}
    if told and all(isinstance(node, dict) and "class_type" in node for node in told.values()):
        return {"prompt": comment}
    carried = {name: json.dumps(told[name]) for name in ("prompt", "workflow") if isinstance(told.get(name), dict)}
    return carried or _settings(told)


def others_in_jpeg(segments: Iterable[bytes]) -> tuple[str, list[bytes]]:
    """What other programs have in the APP1 segments of a JPEG: their packet, and the segments in which it goes on."""
    held = list(segments)
    packets = (others_in(segment[len(JPEG_START) :]) for segment in held if segment.startswith(JPEG_START))
    others = next((each for each in packets if each), "")
    return others, [each for each in held if each.startswith(JPEG_MORE_START)] if "HasExtendedXMP" in others else []


def jpeg_segments(texts: Mapping[str, str], others: str = "") -> list[bytes]:
    """What the APP1 segments of a JPEG hold for texts of any length (XMP specification, part 3, 1.1.3.1)."""
    whole = packet(texts, others)
    if len(whole) <= LARGEST_JPEG_PART:
        return [JPEG_START + whole] if whole else []
    more = _own(texts).encode()
    mark = hashlib.md5(more, usedforsecurity=False).hexdigest().upper()
    note = f'<rdf:Description rdf:about="" xmlns:xmpNote="{NOTE}" xmpNote:HasExtendedXMP="{mark}"></rdf:Description>'
    # Only one packet can go on elsewhere.
    head = _joined(others, note) if others and "HasExtendedXMP" not in others else _WRAPPED.format(rdf=RDF, inner=note)
    parts = [more[start : start + LARGEST_JPEG_PART] for start in range(0, len(more), LARGEST_JPEG_PART)]
    return [JPEG_START + head.encode()] + [
        JPEG_MORE_START + mark.encode() + struct.pack(">II", len(more), at * LARGEST_JPEG_PART) + part
        for at, part in enumerate(parts)
    ]


def texts_of_jpeg_segments(segments: Iterable[bytes]) -> dict[str, str]:
    """The texts in what the APP1 segments of a JPEG hold, those of other kinds among them."""
    found: dict[str, str] = {}
    parts: dict[bytes, dict[int, bytes]] = {}
    for segment in segments:
        if segment.startswith(JPEG_START):
            found = texts_of_packet(segment[len(JPEG_START) :]) | found
        elif segment.startswith(JPEG_MORE_START):
            rest = segment[len(JPEG_MORE_START) :]
            parts.setdefault(rest[:32], {})[struct.unpack_from(">I", rest, 36)[0]] = rest[40:]
    for pieces in parts.values():
        found = texts_of_packet(b"".join(pieces[at] for at in sorted(pieces))) | found
    return found


def is_jpeg_xmp(segment: bytes) -> bool:
    """Whether what an APP1 segment holds is XMP."""
    return segment.startswith((JPEG_START, JPEG_MORE_START))


def _own(texts: Mapping[str, str]) -> str:
    return _WRAPPED.format(rdf=RDF, inner=_description(texts))


def _description(texts: Mapping[str, str]) -> str:
    # ASCII JSON: no character that XML could not hold.
    held = escape(json.dumps(dict(texts)))
    return f'<rdf:Description rdf:about="" xmlns:skein="{OWN}"><skein:Texts>{held}</skein:Texts></rdf:Description>'


def _joined(others: str, description: str) -> str:
    before, end, after = others.rpartition(RDF_END)
    return before + description + end + after


def _named_texts(text: str) -> dict[str, str]:
    try:
        told: Any = json.loads(text)
    except ValueError:
        return {}
    return (
        {str(name): value for name, value in told.items() if isinstance(value, str)} if isinstance(told, dict) else {}
    )


def _comments(root: ElementTree.Element) -> Iterator[str]:
    """The user comment before the description, as attributes, plain texts, or the first of several languages."""
    for name in COMMENTS:
        for description in root.iter(f"{{{RDF}}}Description"):
            if name in description.attrib:
                yield description.attrib[name]
        for element in root.iter(name):
            first = next(element.iter(f"{{{RDF}}}li"), element)
            yield first.text or ""


def _settings(told: Mapping[str, Any]) -> dict[str, str]:
    if "c" not in told:
        return {}
    lines = [str(told["c"])]
    if told.get("uc"):
        lines.append(f"Negative prompt: {told['uc']}")
    lines.append(", ".join(f"{label}: {told[name]}" for name, label in _SHORT_NAMES.items() if name in told))
    return {PARAMETERS: "\n".join(lines)}
