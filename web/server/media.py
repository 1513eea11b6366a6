"""How files that users made or uploaded are handed out, so that none of them can act on the page's behalf."""

import re
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from web.server.replies import error_body, json_reply

# Only these are shown inside a page; a browser runs nothing that they may contain.
INLINE_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
    ".avif": "image/avif",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".mov": "video/quicktime",
    ".mp3": "audio/mpeg",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".m4a": "audio/mp4",
}
# Of a user's own files also these: the page reads them, and a browser shows them as plain text at most.
USER_TYPES = {".json": "application/json", ".css": "text/css", ".txt": "text/plain"}
NO_LAST_BYTES = re.compile(r"bytes=-0+")
HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'; media-src 'self'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def file_reply(
    request: web.Request, path: Path, name: str, extra_types: dict[str, str] | None = None
) -> web.StreamResponse:
    """A file, answering conditional and range requests; shown only when its type is known to be harmless."""
    media_type = INLINE_TYPES.get(path.suffix.lower()) or (extra_types or {}).get(path.suffix.lower())
    headers = {
        **HARMLESS,
        "Content-Type": media_type or "application/octet-stream",
        "Content-Disposition": disposition(name, is_inline=media_type is not None),
        "Cache-Control": "no-cache",
    }
    if "Range" in request.headers and not _can_be_continued(request, path):
        whole = web.Response(body=path.open("rb"), headers={**headers, "Accept-Ranges": "bytes", "ETag": _tag(path)})
        whole.last_modified = path.stat().st_mtime
        return whole
    if _has_nothing_of(request, path):
        reply = json_reply(error_body("range_not_satisfiable", "The file has no such range of bytes."), 416)
        reply.headers["Content-Range"] = f"bytes */{path.stat().st_size}"
        return reply
    return web.FileResponse(path, headers=headers)


def _has_nothing_of(request: web.Request, path: Path) -> bool:
    """Whether a range is asked for of which the file has nothing: one after its end, or its last 0 bytes."""
    if "Range" not in request.headers:
        return False
    if NO_LAST_BYTES.fullmatch(request.headers["Range"]):
        return True
    start = request.http_range.start
    return start is not None and start >= max(path.stat().st_size, 1)


def _can_be_continued(request: web.Request, path: Path) -> bool:
    """Whether a part may be sent: not of another version than the one that the client has begun (RFC 9110, 13.1.5)."""
    version = request.headers.get("If-Range", "")
    # An entity tag is compared here; for a date the file's reply does it by itself.
    is_other = '"' in version and version != _tag(path)
    try:
        return not is_other and request.http_range is not None
    except ValueError:
        return False  # What cannot be read as one part asks for the whole.


def _tag(path: Path) -> str:
    """The entity tag that aiohttp gives a file."""
    stat = path.stat()
    return f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'


def bytes_reply(body: bytes, media_type: str, name: str) -> web.Response:
    """A picture that was made for this request."""
    headers = {**HARMLESS, "Content-Disposition": disposition(name, is_inline=True)}
    return web.Response(body=body, content_type=media_type, headers=headers)


def disposition(name: str, is_inline: bool) -> str:
    """A Content-Disposition value for any file name (RFC 6266)."""
    kind = "inline" if is_inline else "attachment"
    simple = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)
    encoded = "" if simple == name else f"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"
    return f'{kind}; filename="{simple}"{encoded}'
