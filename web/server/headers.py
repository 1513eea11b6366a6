"""What browsers are told about every answer: how to treat it, and which other pages may read it."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from execution.options import ServerOptions
from web.server.packed import NOT_WORTH_IT
from web.server.table import Handler

ALWAYS = {"X-Content-Type-Options": "nosniff"}
# What only a document heeds; the page has many small files, each with headers of its own.
FOR_DOCUMENTS = {"Referrer-Policy": "same-origin", "X-Frame-Options": "SAMEORIGIN"}
PARTS_OF_PAGES = ("text/javascript", "text/css", "application/json", "image/")
FOR_OWN_PAGES = {"Cross-Origin-Resource-Policy": "same-origin"}
# Of a request for a file that anyone can read where Skein comes from: nothing in it is to be kept from other pages.
PART_OF_PAGE = "part_of_page"
METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
REQUEST_HEADERS = "Content-Type, Authorization, Comfy-User, Range"
COMPRESSED_TYPES = ("application/json", "text/")

OnPrepare = Callable[[web.Request, web.StreamResponse], Awaitable[None]]


def make_headers(options: ServerOptions) -> OnPrepare:
    """The signal handler that completes an answer before it is sent."""

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        own = {} if response.content_type.startswith(PARTS_OF_PAGES) else FOR_DOCUMENTS
        readers = _cors_headers(options) or ({} if request.get(PART_OF_PAGE) else FOR_OWN_PAGES)
        for name, value in (ALWAYS | own | readers).items():
            response.headers.setdefault(name, value)
        response.headers.popall("Server", None)  # Whoever asks need not know what answers.

    return add_headers


@web.middleware
async def compress(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The middleware that packs long texts for clients that can unpack them."""
    response = await handler(request)
    if _is_worth_compressing(response):
        response.enable_compression()
    return response


def make_preflight(options: ServerOptions) -> Middleware:
    """The middleware that answers browsers which ask, on behalf of another page, what that page may do."""

    @web.middleware
    async def answer_preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
        if options.cors_origin is not None and request.method == "OPTIONS":
            return web.Response(status=204)
        return await handler(request)

    return answer_preflight


def _cors_headers(options: ServerOptions) -> dict[str, str]:
    if options.cors_origin is None:
        return {}
    allowed = {
        "Access-Control-Allow-Origin": options.cors_origin,
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": REQUEST_HEADERS,
        "Vary": "Origin",
    }
    # A browser sends the token's cookie along only to an origin that is named.
    return allowed if options.cors_origin == "*" else {**allowed, "Access-Control-Allow-Credentials": "true"}


def _is_worth_compressing(response: web.StreamResponse) -> bool:
    length = response.content_length
    if isinstance(response, web.FileResponse) or response.prepared or "Content-Encoding" in response.headers:
        return False
    is_long = length is not None and length >= NOT_WORTH_IT
    return is_long and response.content_type.startswith(COMPRESSED_TYPES)
