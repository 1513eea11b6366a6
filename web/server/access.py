"""Who asks: the secrets that a request carries, and the user in whose name it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from web.server.places import parse_place
from web.server.services import Services, services_of
from web.server.users import DEFAULT

USER_HEADER = "Comfy-User"


class UnknownUser(Exception):
    """A request in the name of a user whom this server does not know."""


@dataclass(frozen=True)
class Visitor:
    """Whom a request claims to come from, if anybody. A bound token says so for certain; a header may lie."""

    user: str | None
    is_bound: bool


def user_of(request: web.Request) -> str:
    """The id of the user whose settings and files are meant; raises `UnknownUser`."""
    services = services_of(request)
    user = read_visitor(request, services).user or DEFAULT
    if user not in services.users.names():
        raise UnknownUser(f"There is no user {user!r}; GET /users lists them, POST /users adds one.")
    return user


def owner_of(request: web.Request) -> str:
    """The id of the user who queues a prompt; programs that name nobody are one user together."""
    is_named = read_visitor(request, services_of(request)).user is not None
    return user_of(request) if is_named else DEFAULT


def visible_users(request: web.Request) -> Mapping[str, str]:
    """The users' names by id, as far as they are the asker's business."""
    services = services_of(request)
    visitor = read_visitor(request, services)
    return {user: name for user, name in services.users.names().items() if not visitor.is_bound or user == visitor.user}


def read_visitor(request: web.Request, services: Services) -> Visitor:
    """Whom a request claims to come from, whether or not there is such a user."""
    if not services.users.are_many:
        return Visitor(None, is_bound=False)
    token = services.tokens.find(secrets_of(request))
    if token is not None and token.user is not None:
        return Visitor(token.user, is_bound=True)
    return Visitor(request.headers.get(USER_HEADER) or None, is_bound=False)


def secrets_of(request: web.Request) -> list[str]:
    """What a request carries that may be a token: in the Authorization header, the cookie, or the query."""
    given = [request.query.get("token"), request.cookies.get(cookie_name(request))]
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        given.append(credentials.strip())
    return [secret for secret in given if secret]


def cookie_name(request: web.Request) -> str:
    """Cookies are shared by all ports of a host, so each server needs a name of its own."""
    place = parse_place(request.headers.get("Host", ""))
    return f"skein_token_{place.port if place and place.port else 'standard'}"
