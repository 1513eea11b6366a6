"""Puts the routes and the checks together."""

from collections.abc import Iterator
from dataclasses import replace

from aiohttp import web

from execution.options import ServerOptions
from web.server import (
    file_routes,
    job_routes,
    log_routes,
    model_routes,
    prompt_routes,
    queue_routes,
    socket_routes,
    system_routes,
    userdata_routes,
)
from web.server.errors import answer_errors
from web.server.guard import make_guard
from web.server.headers import compress, make_headers, make_preflight
from web.server.page import EDITOR, Page
from web.server.table import Route

TABLES = (
    socket_routes.ROUTES,
    prompt_routes.ROUTES,
    queue_routes.ROUTES,
    job_routes.ROUTES,
    system_routes.ROUTES,
    file_routes.ROUTES,
    model_routes.ROUTES,
    userdata_routes.ROUTES,
    log_routes.ROUTES,
)
FORM_OVERHEAD = 2**20


def make_application(options: ServerOptions) -> web.Application:
    """The application without its services."""
    checks = [answer_errors, make_preflight(options), make_guard(options)]
    app = web.Application(
        middlewares=[compress, *checks] if options.compress else checks,
        client_max_size=options.max_upload_bytes + FORM_OVERHEAD,
    )
    app.on_response_prepare.append(make_headers(options))
    for route in all_routes():
        app.router.add_route(route.method, route.path, route.handler)
    page = Page(options.front_end_root or EDITOR)
    app.router.add_get("/", page)
    app.router.add_get("/{file:.+}", page)
    return app


def all_routes() -> Iterator[Route]:
    """Every route at every path it is served at."""
    for table in TABLES:
        for route in table:
            yield route
            if not route.is_internal:
                yield replace(route, path=f"/api{route.path}")
