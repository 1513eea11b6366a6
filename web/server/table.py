"""What a row of the route table is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Route:
    """One method of one path; it is served at `path` and, unless `is_internal`, also below /api."""

    method: str
    path: str
    handler: Handler
    is_internal: bool = False
