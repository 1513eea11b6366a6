"""How large a request may be, by what it says of itself: nobody waits for a body that will be refused."""

from aiohttp import web
from aiohttp.typedefs import Middleware

from execution.options import ServerOptions
from web.server.table import Handler

FORM_OVERHEAD = 2**20


def largest_body(options: ServerOptions) -> int:
    """How many bytes a request may carry: a file of the largest size, and the form around it."""
    return options.max_upload_bytes + FORM_OVERHEAD


def make_limit(most: int) -> Middleware:
    """The middleware that refuses a request to a route of the server which announces more than so many bytes."""

    @web.middleware
    async def limit(request: web.Request, handler: Handler) -> web.StreamResponse:
        announced = request.content_length or 0
        if announced > most and request.match_info.http_exception is None:
            raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=announced)
        return await handler(request)

    return limit
