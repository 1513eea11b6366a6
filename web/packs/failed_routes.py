"""The answer of a pack's route that failed: which route of which pack, in JSON; the log has the rest."""

import asyncio
import logging
from typing import Any

from aiohttp import web

log = logging.getLogger(__name__)

BEGUN = "skein_answer_has_begun"
PARENT = "custom_nodes."


@web.middleware
async def tell_failed_routes(request: web.Request, handler: Any) -> web.StreamResponse:
    """Let answers pass; a route that raises, or tries to end the process, is answered for."""
    try:
        response: web.StreamResponse = await handler(request)
    except (web.HTTPException, asyncio.CancelledError):
        raise
    except BaseException as error:
        if request.get(BEGUN):
            raise ConnectionAbortedError(f"{_named(request)} broke off its answer.") from error
        log.exception("%s failed", _named(request))
        return _answer(request, f"failed: {type(error).__name__}. The server's log says where")
    if not isinstance(response, web.StreamResponse):
        log.error("%s returned %s in place of an answer", _named(request), type(response).__name__)
        return _answer(request, f"returned {type(response).__name__} in place of a web.Response")
    return response


async def note_begun(request: web.Request, response: web.StreamResponse) -> None:
    """Once a head is on its way, no other answer can be given."""
    request[BEGUN] = True


def _answer(request: web.Request, what: str) -> web.Response:
    message = f"{_named(request)} {what}. Report it to the pack's author."
    error = {"type": "pack_route_failed", "message": message, "details": "", "extra_info": {}}
    return web.json_response({"error": error, "node_errors": {}}, status=500)


def _named(request: web.Request) -> str:
    module = getattr(request.match_info.handler, "__module__", None) or ""
    pack = module.removeprefix(PARENT).partition(".")[0] if module.startswith(PARENT) else ""
    return f"The route {request.method} {request.path} of {f'the pack {pack}' if pack else 'a pack'}"
