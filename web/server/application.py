"""Puts the routes and the checks together."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from aiohttp import web

from execution.options import ServerOptions
from web.server import (
    api_routes,
    conversion_routes,
    fetch_routes,
    file_routes,
    job_routes,
    log_routes,
    model_routes,
    pack_routes,
    prompt_routes,
    queue_routes,
    socket_routes,
    system_routes,
    text_routes,
    user_routes,
    userdata_routes,
)
from web.server.api_routes import DESCRIPTION, Description
from web.server.errors import answer_errors
from web.server.guard import make_guard
from web.server.headers import compress, make_headers, make_preflight
from web.server.limits import largest_body, make_limit
from web.server.packs import make_pack_routes
from web.server.page import EDITOR, make_page
from web.server.table import Route

# Each under the heading that the description of the interface gives it.
TABLES: dict[str, tuple[Route, ...]] = {
    "Running": (*prompt_routes.ROUTES, *conversion_routes.ROUTES),
    "Queue and history": queue_routes.ROUTES,
    "Jobs": job_routes.ROUTES,
    "Websocket": socket_routes.ROUTES,
    "The server": system_routes.ROUTES,
    "Models": (*model_routes.ROUTES, *fetch_routes.ROUTES),
    "Prompt text": text_routes.ROUTES,
    "Pictures": file_routes.ROUTES,
    "Users": user_routes.ROUTES,
    "The user's files and settings": userdata_routes.ROUTES,
    "Packs": pack_routes.ROUTES,
    "Log and folders": log_routes.ROUTES,
    "This description": api_routes.ROUTES,
}


def make_application(options: ServerOptions) -> web.Application:
    """The application without its services."""
    most = largest_body(options)
    checks = [answer_errors, make_preflight(options), make_guard(options), make_limit(most)]
    elsewhere = [make_pack_routes(), make_page(options.front_end_root or EDITOR)]
    app = web.Application(
        middlewares=[*([compress] if options.compress else []), *checks, *elsewhere],
        client_max_size=most,
    )
    app.on_response_prepare.append(make_headers(options))
    app[DESCRIPTION] = Description(served_tables())
    for route in all_routes():
        if route.method == "GET":
            app.router.add_get(route.path, route.handler)  # And HEAD.
        else:
            app.router.add_route(route.method, route.path, route.handler)
    return app


def all_routes() -> Iterator[Route]:
    """Every route at every path it is served at."""
    return chain.from_iterable(served_tables().values())


def served_tables() -> dict[str, list[Route]]:
    """The same by heading."""
    return {heading: [twin for route in routes for twin in _twins(route)] for heading, routes in TABLES.items()}


def _twins(route: Route) -> list[Route]:
    return [route] if route.is_internal else [route, replace(route, path=f"/api{route.path}")]
