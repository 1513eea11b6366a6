"""The page's own files: the editor, or another front end that the flags name."""

import asyncio
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Middleware

from web.server.headers import PART_OF_PAGE
from web.server.packed import NOT_WORTH_IT, PackedTexts, coding_for, has_already, packed_reply, tag_of
from web.server.replies import error_body, json_reply
from web.server.table import Handler
from web.server.templates import answer_template
from web.server.together import SENT, SentText, Together

EDITOR = Path(__file__).resolve().parent.parent / "editor"
# Written out, because some systems register other types for these.
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".ico": "image/x-icon",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
    ".wasm": "application/wasm",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".md": "text/markdown; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}


TEXTS = ("text/", "application/json", "image/svg+xml")
# Where packs' scripts expect modules of the page, among those of packs.
OF_PAGE = "/extensions/core/"
A_DAY = "public, max-age=86400"
# For our own page only: another front end may need what this forbids.
POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)


def make_page(root: Path) -> Middleware:
    """The middleware that looks for what no route answers among the files below one folder.

    A middleware, because a route for every path would make any known path seem to take GET.
    """
    page = Page(root)

    @web.middleware
    async def serve_page(request: web.Request, handler: Handler) -> web.StreamResponse:
        is_unknown = isinstance(request.match_info.http_exception, web.HTTPNotFound)
        if (is_unknown or request.path.startswith(OF_PAGE)) and request.method in ("GET", "HEAD"):
            return await page.answer(request)
        return await handler(request)

    return serve_page


class Page:
    """Serves the files below one folder; a browser asks each time whether its copy is still right, but of pictures."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._packed = PackedTexts()
        self._together = Together(self._root) if self._root == EDITOR else None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The file that the path names, the start page for none."""
        name = request.path.removeprefix("/") or "index.html"
        path = await asyncio.to_thread(self._find, name)
        if path is None and self._together is None:
            template = await asyncio.to_thread(answer_template, request.path, EDITOR / "templates")
            if template is not None:
                return template  # Another front end without templates of its own.
        if path is None:
            return json_reply(error_body("not_found", f"There is nothing at {request.path}."), 404)
        media_type = TYPES.get(path.suffix.lower(), "application/octet-stream")
        is_picture = media_type.startswith("image/")
        headers = {"Content-Type": media_type, "Cache-Control": A_DAY if is_picture else "no-cache"}
        if path.suffix == ".html" and self._together is not None:
            headers["Content-Security-Policy"] = POLICY
        request[PART_OF_PAGE] = self._together is not None and path.suffix != ".html"
        coding = coding_for(request)
        is_whole = coding is not None and media_type.startswith(TEXTS) and "Range" not in request.headers
        text = await asyncio.to_thread(self._text_of, path, is_whole)
        if text is not None:
            return await self._answer_text(request, text, coding, headers)
        return web.FileResponse(path, headers=headers)

    def _text_of(self, path: Path, is_whole: bool) -> SentText | None:
        """What is sent other than as it is on disk: our own scripts always, texts that are long enough to be packed."""
        name = path.relative_to(self._root).as_posix()
        if self._together is not None and (path.suffix == ".js" or name in SENT):
            return self._together.find(name)
        stat = path.stat()
        if not is_whole or stat.st_size < NOT_WORTH_IT:
            return None
        return SentText(str(path), (stat.st_mtime_ns, stat.st_size), path.read_bytes)

    async def _answer_text(
        self, request: web.Request, text: SentText, coding: str | None, headers: dict[str, str]
    ) -> web.StreamResponse:
        """A text packed, where the client can unpack it: a page of long scripts is there much sooner."""
        etag = tag_of(text.version, coding)
        about = {**headers, "ETag": f'"{etag}"'}
        if has_already(request, etag):
            return web.Response(status=304, headers={**about, "Vary": "Accept-Encoding"})
        if coding is None:
            body = await asyncio.to_thread(text.write)
            return web.Response(body=body, headers={**about, "Vary": "Accept-Encoding"})
        packed = self._packed.find(text.name, text.version, coding)
        if packed is None:
            packed = await asyncio.to_thread(lambda: self._packed.pack(text.name, text.version, coding, text.write()))
        return packed_reply(packed, coding, about)

    def _find(self, name: str) -> Path | None:
        if self._together is not None and name in SENT:
            return self._root / name  # It is made of others.
        try:
            path = (self._root / name).resolve()
        except (OSError, ValueError):
            return None
        return path if self._root in path.parents and path.is_file() else None
