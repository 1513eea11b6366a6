"""How files that users made or uploaded are handed out, so that none of them can act on the page's behalf."""

from pathlib import Path
from urllib.parse import quote

from aiohttp import web

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
HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'; media-src 'self'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def file_reply(path: Path, name: str, extra_types: dict[str, str] | None = None) -> web.StreamResponse:
    """A file, answering conditional and range requests; shown only when its type is known to be harmless."""
    media_type = INLINE_TYPES.get(path.suffix.lower()) or (extra_types or {}).get(path.suffix.lower())
    headers = {
        **HARMLESS,
        "Content-Type": media_type or "application/octet-stream",
        "Content-Disposition": disposition(name, is_inline=media_type is not None),
        "Cache-Control": "no-cache",
    }
    return web.FileResponse(path, headers=headers)


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
