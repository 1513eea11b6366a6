"""The description of the interface: for programs at /openapi.json, for people at /api."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from aiohttp import web

from execution.plain import to_json
from web.server.replies import text_reply
from web.server.shapes import OBJECT, TEXT
from web.server.table import Reply, Route, answers


class Description:
    """Describes the routes when somebody asks for the first time."""

    def __init__(self, tables: Mapping[str, Iterable[Route]]) -> None:
        self._tables = tables

    @cached_property
    def text(self) -> str:
        """OpenAPI 3.1 as JSON text."""
        return to_json(self._described)

    @cached_property
    def page(self) -> str:
        """The same as HTML."""
        from web.server.api_page import render

        return render(self._described)

    @cached_property
    def _described(self) -> dict[str, Any]:
        from web.server.openapi import describe

        return describe(self._tables)


DESCRIPTION: web.AppKey[Description] = web.AppKey("description", Description)


async def get_description(request: web.Request) -> web.Response:
    """This description (OpenAPI 3.1); made from the routes themselves."""
    return text_reply(request.app[DESCRIPTION].text)


async def get_page(request: web.Request) -> web.Response:
    """The page that shows this description."""
    from web.server.api_page import POLICY

    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    return web.Response(text=request.app[DESCRIPTION].page, content_type="text/html", headers=headers)


ROUTES = (
    Route("GET", "/openapi.json", get_description, replies=answers(OBJECT)),
    Route("GET", "/api", get_page, is_internal=True, replies=(Reply(TEXT, "The page.", media_type="text/html"),)),
)
