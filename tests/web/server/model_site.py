"""A site of models for tests: files that can be asked for in parts, and every way to answer badly."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

TAG = '"one"'
SIZE = 2_000_000
HALF = SIZE // 2


def safetensors(size: int, filling: int = 7) -> bytes:
    """A safetensors file of exactly so many bytes."""
    header = {"w": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}}
    text = b""
    for _ in range(3):  # The header's length is part of the file's.
        held = max(0, size - 8 - len(text))
        header = {"w": {"dtype": "U8", "shape": [held], "data_offsets": [0, held]}}
        text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes([filling]) * (size - 8 - len(text))


MODEL = safetensors(SIZE)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class UntilItCloses(web.StreamResponse):
    """An answer that neither says how long it is nor marks its end."""

    _length_check = False


@dataclass
class ModelSite:
    """The site, its address, and what was asked of it. While `gate` is shut, /slow sends half of its file and waits."""

    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    content: bytes = MODEL
    tag: str = TAG
    breaks: bool = True

    def headers_of(self, path: str) -> list[dict[str, str]]:
        """The headers of each request for a path."""
        return [headers for asked, headers in self.asked if asked == path]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Whatever stands at a path."""
        self.asked.append((request.path, dict(request.headers)))
        way: Handler = getattr(self, request.match_info["way"])
        return await way(request)

    async def whole(self, request: web.Request, part: int | None = None) -> web.StreamResponse:
        """The file, or its rest; of it only as many bytes as `part` says, then the connection breaks."""
        start = 0
        if request.headers.get("If-Range") == self.tag and (asked := request.http_range.start):
            start = asked
        body = self.content[start:]
        reply = web.StreamResponse(status=206 if start else 200, headers={"ETag": self.tag})
        reply.content_length = len(body)
        if start:
            reply.headers["Content-Range"] = f"bytes {start}-{len(self.content) - 1}/{len(self.content)}"
        await reply.prepare(request)
        await reply.write(body[:part])
        if part is None:
            return reply
        await self.gate.wait()
        if self.breaks and request.transport is not None:
            request.transport.close()  # What was written before is sent.
        else:
            await reply.write(body[part:])
        return reply

    async def breaking(self, request: web.Request) -> web.StreamResponse:
        """The first time half of the file; then the rest."""
        self.gate.set()
        return await self.whole(request, None if "Range" in request.headers else HALF)

    async def slow(self, request: web.Request) -> web.StreamResponse:
        """Half of the file, and when the gate is opened the rest."""
        self.breaks = False
        return await self.whole(request, None if "Range" in request.headers else HALF)

    async def leading(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": request.query["url"]})

    async def circle(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "/circle"})

    async def page(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text="<!DOCTYPE html><title>Log in</title>", content_type="text/html")

    async def hidden_page(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"\n<html><title>Log in</title>", content_type="application/octet-stream")

    async def packed(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=gzip.compress(bytes(2**20)), headers={"Content-Encoding": "gzip"})

    async def large(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=safetensors(5 * 2**20))

    async def endless(self, request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse()
        await reply.prepare(request)
        await reply.write(self.content[:1000])
        while True:
            await reply.write(bytes(2**18))

    async def cut(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=self.content[:60])

    async def short(self, request: web.Request) -> web.StreamResponse:
        """A file that ends before its last tensor does."""
        return web.Response(body=self.content[:HALF])

    async def unmeasured(self, request: web.Request) -> web.StreamResponse:
        """The whole without its length, which ends with the connection; the first time half of it."""
        if "Range" in request.headers:
            return await self.whole(request)
        reply = UntilItCloses(headers={"ETag": self.tag} if "tag" in request.query else {})
        await reply.prepare(request)
        await reply.write(self.content[:HALF] if len(self.headers_of(request.path)) == 1 else self.content)
        reply.force_close()
        return reply

    async def half_zip(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"PK\x03\x04" + bytes(5000))

    async def text(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"error": "no such model"})

    async def pickle(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"\x80\x02}q\x00." * 100)

    async def shut(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=401)

    async def gone(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=404)


@asynccontextmanager
async def model_site(port: int = 0) -> AsyncIterator[ModelSite]:
    """A site on this machine, listening as long as the block lasts."""
    site = ModelSite()
    app = web.Application()
    app.router.add_get("/{way}/{name:.*}", site.answer)
    app.router.add_get("/{way}", site.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    site.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield site
    site.gate.set()
    await runner.cleanup()
