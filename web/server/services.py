"""What handlers work with; one set per running server."""

from dataclasses import dataclass

from aiohttp import web

from execution.database import Database
from execution.dispatch import Dispatcher
from execution.options import Options
from execution.paths import Paths
from web.server.catalog import Catalog
from web.server.fetching.fetches import ModelFetches
from web.server.hub import Hub
from web.server.settings import SettingsOfUsers
from web.server.thumbnails import Thumbnails
from web.server.tokens import Tokens
from web.server.users import Users


@dataclass(frozen=True)
class Services:
    """The parts of the server, passed to every handler through the application."""

    options: Options
    paths: Paths
    database: Database
    dispatcher: Dispatcher
    hub: Hub
    catalog: Catalog
    settings: SettingsOfUsers
    users: Users
    tokens: Tokens
    thumbnails: Thumbnails
    fetches: ModelFetches
    arguments: tuple[str, ...] = ()


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)


def services_of(request: web.Request) -> Services:
    """The parts of the server that answers this request."""
    return request.app[SERVICES]
