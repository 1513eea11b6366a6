"""Long texts packed once and kept, for clients that can unpack them."""

import gzip
from collections import OrderedDict
from collections.abc import Hashable

from aiohttp import web

NOT_WORTH_IT = 400
MOST_KEPT = 1024


class PackedTexts:
    """Keeps the packed form of texts by name, each until its text has another version."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Hashable, bytes]] = OrderedDict()

    def find(self, name: str, version: Hashable) -> bytes | None:
        """The packed text, if this version of it is kept."""
        kept = self._kept.get(name)
        return kept[1] if kept is not None and kept[0] == version else None

    def pack(self, name: str, version: Hashable, text: bytes) -> bytes:
        """Pack the text and keep it; slow for long ones, so call it beside the event loop."""
        packed = gzip.compress(text, compresslevel=9, mtime=0)
        self._kept[name] = (version, packed)
        self._kept.move_to_end(name)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return packed


def unpacks(request: web.Request) -> bool:
    """Whether the client says that it can unpack gzip."""
    coding = request.headers.get("Accept-Encoding", "")
    return any(part.split(";")[0].strip() == "gzip" and "q=0" not in part.split(";")[1:] for part in coding.split(","))


def packed_reply(packed: bytes, headers: dict[str, str]) -> web.Response:
    """A packed text as an answer; `headers` name its type."""
    return web.Response(body=packed, headers={**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"})
