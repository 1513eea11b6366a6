"""Long texts packed once and kept, for clients that can unpack them."""

import gzip
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable, Hashable
from hashlib import blake2b

from aiohttp import web

try:
    import brotli
except ImportError:  # Where there is no wheel of it, gzip does alone.
    brotli = None

NOT_WORTH_IT = 400
MOST_KEPT = 2048
# From here on the best of Brotli's levels takes longer than what it saves.
LONG = 50_000


def _with_brotli(text: bytes) -> bytes:
    packed: bytes = brotli.compress(text, mode=brotli.MODE_TEXT, quality=11 if len(text) < LONG else 9)
    return packed


def _with_gzip(text: bytes) -> bytes:
    return gzip.compress(text, compresslevel=9, mtime=0)


# The best first: Brotli knows common words beforehand, which makes short scripts a seventh smaller than gzip does.
CODINGS: dict[str, Callable[[bytes], bytes]] = {"br": _with_brotli, "gzip": _with_gzip}
if brotli is None:
    del CODINGS["br"]


class PackedTexts:
    """Keeps the packed forms of texts by name, each until its text has another version."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], tuple[Hashable, bytes]] = OrderedDict()

    def find(self, name: str, version: Hashable, coding: str) -> bytes | None:
        """The packed text, if this version of it is kept."""
        kept = self._kept.get((name, coding))
        return kept[1] if kept is not None and kept[0] == version else None

    def pack(self, name: str, version: Hashable, coding: str, text: bytes) -> bytes:
        """Pack the text and keep it; takes some milliseconds, so call it beside the event loop."""
        packed = CODINGS[coding](text)
        self._kept[name, coding] = (version, packed)
        self._kept.move_to_end((name, coding))
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return packed


def coding_for(request: web.Request) -> str | None:
    """The best of `CODINGS` that the client says it can unpack; None when it can unpack none."""
    weights = dict(map(_weighed, request.headers.get("Accept-Encoding", "").split(",")))
    wanted = max(CODINGS, key=lambda coding: weights.get(coding, 0.0))
    return wanted if weights.get(wanted, 0.0) > 0 else None


def _weighed(part: str) -> tuple[str, float]:
    """A coding and how much it is wanted, 0 to 1, such as of `br;q=0.5` (RFC 9110, 12.5.3)."""
    coding, _, weight = part.partition(";")
    name, _, number = weight.partition("=")
    if name.strip() != "q":
        return coding.strip(), 1.0
    try:
        wanted = float(number)
    except ValueError:
        return coding.strip(), 0.0
    return coding.strip(), wanted if 0 <= wanted <= 1 else 0.0


def tag_of(*version: object) -> str:
    """A short name of a version: every module has one, and they are longer than what some modules say."""
    return urlsafe_b64encode(blake2b(repr(version).encode(), digest_size=9).digest()).decode()


def has_already(request: web.Request, tag: str) -> bool:
    """Whether the client says that it has the version of this tag (RFC 9110, 13.1.2)."""
    return any(known.value in (tag, "*") for known in request.if_none_match or ())


def packed_reply(packed: bytes, coding: str, headers: dict[str, str]) -> web.Response:
    """A packed text as an answer; `headers` name its type."""
    return web.Response(body=packed, headers={**headers, "Content-Encoding": coding, "Vary": "Accept-Encoding"})
