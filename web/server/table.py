"""What a row of the route table is: a handler, where it is served, and what it takes and answers."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from web.server.shapes import ANY, TEXT, Shape

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
JSON = "application/json"
BYTES = "application/octet-stream"


@dataclass(frozen=True)
class Param:
    """A value in the path, when the path names it in braces, or else in the query."""

    name: str
    meaning: str = ""
    shape: Shape = field(default_factory=lambda: TEXT)
    is_required: bool = False


@dataclass(frozen=True)
class Body:
    """What a request carries."""

    shape: Shape = field(default_factory=lambda: ANY)
    media_type: str = JSON
    is_required: bool = True
    example: object = None


@dataclass(frozen=True)
class Reply:
    """One way to answer well. Without a media type the answer has no body."""

    shape: Shape | None = None
    meaning: str = "Done."
    status: int = 200
    media_type: str | None = None


def answers(shape: Shape, meaning: str = "As asked.") -> tuple[Reply, ...]:
    """The replies of a route that always answers JSON of one shape."""
    return (Reply(shape, meaning, media_type=JSON),)


@dataclass(frozen=True)
class Route:
    """One method of one path; it is served at `path` and, unless `is_internal`, also below /api.

    The handler's docstring says what it does. `refusals` are the statuses of its errors, besides 401 and 403, which
    every route may answer; their bodies are the errors that `replies.error_body` makes.
    """

    method: str
    path: str
    handler: Handler
    is_internal: bool = False
    params: tuple[Param, ...] = ()
    body: Body | None = None
    replies: tuple[Reply, ...] = (Reply(),)
    refusals: tuple[int, ...] = ()

    @property
    def meaning(self) -> str:
        """What the route does, in the words of its handler."""
        return inspect.getdoc(self.handler) or ""
