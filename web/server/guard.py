"""Who may ask: the Host, Origin and token checks that every request passes, the websocket's too."""

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from execution.options import ServerOptions, is_loopback
from web.server.replies import error_body, json_reply
from web.server.table import Handler

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SAME_PLACE = ("same-origin", "none")
STANDARD_PORTS = {"http": 80, "https": 443}
A_YEAR = 365 * 24 * 3600


class Refused(Exception):
    """A request from where none is taken."""


class TokenMissing(Exception):
    """A request without the secret that is asked for."""


@dataclass(frozen=True)
class Place:
    """A host name in lower case, without brackets, and a port where one is named."""

    name: str
    port: int | None


def make_guard(options: ServerOptions) -> Middleware:
    """The middleware that lets requests through or refuses them."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            check_host(request.headers.get("Host"), options)
            check_origin(request, options)
            if options.token is not None:
                check_token(request, options.token)
        except Refused as refused:
            return json_reply(error_body("forbidden", str(refused)), 403)
        except TokenMissing as missing:
            return json_reply(error_body("unauthorized", str(missing)), 401)
        if _carries_token_to_page(request, options):
            return _hand_over(request, options.token or "")
        return await handler(request)

    return guard


def check_host(host: str | None, options: ServerOptions) -> None:
    """Refuse names that are not ours: a page whose name was made to lead here would otherwise pass as our own."""
    place = parse_place(host or "")
    if place is None:
        raise Refused("The Host header is missing or cannot be read.")
    if place.name in LOOPBACK_NAMES or is_loopback(place.name):
        return
    listens_beyond = not all(map(is_loopback, options.listen))
    if place.name in _allowed_names(options) or (listens_beyond and _is_address(place.name)):
        return
    raise Refused(f"This server is not known as {place.name!r}; --allow-host adds a name.")


def check_origin(request: web.Request, options: ServerOptions) -> None:
    """Refuse what another site's page sends, whatever it claims to be."""
    if options.cors_origin == "*":
        return
    origin = request.headers.get("Origin")
    if origin is not None:
        if origin != options.cors_origin and not _is_own(origin, request.headers.get("Host", "")):
            raise Refused(f"Pages of {origin} may not use this server; --enable-cors-header lets an origin in.")
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in SAME_PLACE and not _opens_page(request):
        raise Refused("Pages of other sites may not use this server.")
    referer = request.headers.get("Referer")
    if referer and site is None and request.method not in ("GET", "HEAD"):
        parts = urlsplit(referer)
        if not _is_own(f"{parts.scheme}://{parts.netloc}", request.headers.get("Host", "")):
            raise Refused("Pages of other sites may not use this server.")


def check_token(request: web.Request, token: str) -> None:
    """Let through whoever has the token: in the Authorization header, the cookie, or the query."""
    given = [request.query.get("token"), request.cookies.get(cookie_name(request))]
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        given.append(credentials.strip())
    if not any(text and hmac.compare_digest(text.encode(), token.encode()) for text in given):
        raise TokenMissing(
            "A token is needed: open the address that the server printed, or send Authorization: Bearer."
        )


def cookie_name(request: web.Request) -> str:
    """Cookies are shared by all ports of a host, so each server needs a name of its own."""
    place = parse_place(request.headers.get("Host", ""))
    return f"skein_token_{place.port if place and place.port else 'standard'}"


def parse_place(text: str) -> Place | None:
    """The parts of a Host header; None when it is not one."""
    try:
        parts = urlsplit(f"//{text}")
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.path or parts.query or parts.fragment or "@" in text:
        return None
    return Place(parts.hostname.lower().rstrip("."), port)


def _is_own(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return False
    place = parse_place(host)
    if parts.scheme not in STANDARD_PORTS or place is None or not parts.hostname:
        return False
    standard = STANDARD_PORTS[parts.scheme]
    return (parts.hostname.lower().rstrip("."), port or standard) == (place.name, place.port or standard)


def _opens_page(request: web.Request) -> bool:
    """Following a link to the page is harmless; only there may another site send someone."""
    is_visit = (
        request.headers.get("Sec-Fetch-Mode") == "navigate" and request.headers.get("Sec-Fetch-Dest") == "document"
    )
    return request.method == "GET" and request.path == "/" and is_visit


def _allowed_names(options: ServerOptions) -> set[str]:
    return {name.lower().rstrip(".") for name in (*options.allowed_hosts, *options.listen)}


def _is_address(name: str) -> bool:
    """A bare address cannot be made to lead elsewhere as a name can."""
    import ipaddress

    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _carries_token_to_page(request: web.Request, options: ServerOptions) -> bool:
    return options.token is not None and request.method == "GET" and request.path == "/" and "token" in request.query


def _hand_over(request: web.Request, token: str) -> web.Response:
    """Keep the token in a cookie and take it out of the address, where it could be read by others."""
    rest = request.rel_url.without_query_params("token")
    response = web.Response(status=303, headers={"Location": str(rest)})
    response.set_cookie(
        cookie_name(request), token, max_age=A_YEAR, httponly=True, samesite="Strict", secure=request.secure, path="/"
    )
    return response
