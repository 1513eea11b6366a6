"""Who may ask: the Host, Origin and token checks that every request passes, the websocket's too."""

import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from execution.options import ServerOptions, is_loopback
from web.server import token_page
from web.server.access import cookie_name, secrets_of
from web.server.places import is_own, parse_place
from web.server.replies import error_body, json_reply
from web.server.services import services_of
from web.server.table import Handler
from web.server.tokens import Tokens

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SAME_PLACE = ("same-origin", "none")
A_YEAR = 365 * 24 * 3600


class Refused(Exception):
    """A request from where none is taken."""


class TokenMissing(Exception):
    """A request without the secret that is asked for."""


def make_guard(options: ServerOptions) -> Middleware:
    """The middleware that lets requests through or refuses them."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            check_host(request.headers.get("Host"), options)
            check_origin(request, options)
            check_token(request, options, services_of(request).tokens)
        except Refused as refused:
            return json_reply(error_body("forbidden", str(refused)), 403)
        except TokenMissing as missing:
            if token_page.is_wanted(request):
                return token_page.token_page(request)
            return json_reply(error_body("unauthorized", str(missing)), 401)
        if _carries_token_to_page(request):
            return _hand_over(request, options, services_of(request).tokens)
        return await handler(request)

    return guard


def check_host(host: str | None, options: ServerOptions) -> None:
    """Refuse names that are not ours: a page whose name was made to lead here would otherwise pass as our own."""
    place = parse_place(host or "")
    if place is None:
        raise Refused("The Host header is missing or cannot be read.")
    if place.name in LOOPBACK_NAMES or is_loopback(place.name):
        return
    if place.name in _allowed_names(options) or (listens_beyond(options) and _is_address(place.name)):
        return
    raise Refused(f"This server is not known as {place.name!r}; --allow-host adds a name.")


def check_origin(request: web.Request, options: ServerOptions) -> None:
    """Refuse what another site's page sends, whatever it claims to be."""
    if options.cors_origin == "*":
        return
    origin = request.headers.get("Origin")
    if origin is not None:
        if origin != options.cors_origin and not is_own(origin, request.headers.get("Host", "")):
            raise Refused(f"Pages of {origin} may not use this server; --enable-cors-header lets an origin in.")
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in SAME_PLACE and not _opens_page(request):
        raise Refused("Pages of other sites may not use this server.")
    referer = request.headers.get("Referer")
    if referer and site is None and request.method not in ("GET", "HEAD"):
        parts = urlsplit(referer)
        if not is_own(f"{parts.scheme}://{parts.netloc}", request.headers.get("Host", "")):
            raise Refused("Pages of other sites may not use this server.")


def check_token(request: web.Request, options: ServerOptions, tokens: Tokens) -> None:
    """Let through whoever has a token, where one is asked for."""
    if is_token_needed(options, tokens) and not is_known(secrets_of(request), options, tokens):
        raise TokenMissing(
            "A token is needed: open the address that the server printed, or send Authorization: Bearer."
        )


def is_token_needed(options: ServerOptions, tokens: Tokens) -> bool:
    """Beyond loopback always; on loopback once there are tokens."""
    return options.token is not None or listens_beyond(options) or tokens.are_used


def listens_beyond(options: ServerOptions) -> bool:
    """Whether other machines can reach the server."""
    return not all(map(is_loopback, options.listen))


def is_known(given: Iterable[str], options: ServerOptions, tokens: Tokens) -> bool:
    """Whether one of these secrets lets in."""
    given = list(given)
    return any(_is_main_token(secret, options) for secret in given) or tokens.find(given) is not None


def _is_main_token(secret: str, options: ServerOptions) -> bool:
    # Headers may hold what is no text at all.
    given = secret.encode("utf-8", "replace")
    return options.token is not None and hmac.compare_digest(given, options.token.encode())


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


def _carries_token_to_page(request: web.Request) -> bool:
    return request.method == "GET" and request.path == "/" and "token" in request.query


def _hand_over(request: web.Request, options: ServerOptions, tokens: Tokens) -> web.Response:
    """Keep the token in a cookie and take it out of the address, where it could be read by others."""
    response = web.Response(status=303, headers={"Location": str(request.rel_url.without_query_params("token"))})
    token, name = request.query["token"], cookie_name(request)
    comes_from_elsewhere = request.headers.get("Sec-Fetch-Site", "none") not in SAME_PLACE
    # A link on another site must not turn somebody who is in already into another user.
    is_wanted = not comes_from_elsewhere or not is_known([request.cookies.get(name, "")], options, tokens)
    if is_wanted and is_known([token], options, tokens):
        response.set_cookie(
            name, token, max_age=A_YEAR, httponly=True, samesite="Strict", secure=request.secure, path="/"
        )
    return response
