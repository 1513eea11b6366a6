"""Fetching models: starting, looking on, cancelling."""

import asyncio

from aiohttp import web

from execution.fetch_options import hash_problem
from web.server.fetching.bring import LONGEST_ADDRESS, want
from web.server.fetching.fetches import STATES
from web.server.fetching.refusals import FetchingIsOff
from web.server.replies import BadRequest, json_reply, read_object
from web.server.services import services_of
from web.server.shapes import COUNT, FLAG, TEXT, WORD, Shape, array, maybe, one_of, record
from web.server.table import Body, Param, Route, answers

SHA256: Shape = {"type": "string", "pattern": "^([0-9a-fA-F]{64}|[0-9a-fA-F]{10})$"}
ADDRESS: Shape = {**WORD, "maxLength": LONGEST_ADDRESS}


async def get_fetches(request: web.Request) -> web.Response:
    """The models that are being fetched and those that were, the newest first; from which hosts they may come."""
    services = services_of(request)
    rules = services.fetches.hosts.rules
    return json_reply(
        {
            "is_allowed": not services.options.server.fetching.is_off,
            "hosts": [f"{rule.scheme}://{rule.host}:{rule.port}" if rule.is_own else rule.host for rule in rules],
            "fetches": [fetch.wire() for fetch in services.fetches.all()],
        }
    )


async def start_fetch(request: web.Request) -> web.Response:
    """Begin to fetch a model into the folder of its kind; progress is told over the websocket as `model_fetch`."""
    services = services_of(request)
    body = await read_object(request)
    url, kind, name = (_text(body.get(field), field) for field in ("url", "kind", "name"))
    sha256 = body.get("sha256")
    if sha256 is not None and (problem := hash_problem(_text(sha256, "sha256"))):
        raise BadRequest(f"sha256 cannot be checked: {problem}.")
    if len(url) > LONGEST_ADDRESS:
        raise BadRequest(f"url must have at most {LONGEST_ADDRESS} characters.")
    if services.options.server.fetching.is_off:
        raise FetchingIsOff("This server fetches no models: it was started with --disable-model-fetch.")
    wanted = await asyncio.to_thread(want, services.paths, services.fetches.hosts, url, kind, name, sha256)
    return json_reply(services.fetches.start(wanted).wire())


async def cancel_fetch(request: web.Request) -> web.Response:
    """Stop a fetch, or give one up that has failed; what has come of the file is removed."""
    fetch = await services_of(request).fetches.cancel(request.match_info["id"])
    return json_reply(fetch.wire())


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadRequest(f"{name} must be a text.")
    return value


FETCH = record(
    {
        "id": TEXT,
        "kind": TEXT,
        "name": TEXT,
        "url": TEXT,
        "state": one_of(*STATES),
        "bytes": COUNT,
        "total": maybe(COUNT),
        "message": TEXT,
    },
    "ModelFetch",
)
FETCHES = record({"is_allowed": FLAG, "hosts": array(TEXT), "fetches": array(FETCH)}, "ModelFetches")
WANTED = record({"url": ADDRESS, "kind": WORD, "name": WORD, "sha256?": maybe(SHA256)})

ROUTES = (
    Route("GET", "/model_fetches", get_fetches, replies=answers(FETCHES)),
    Route(
        "POST",
        "/model_fetches",
        start_fetch,
        body=Body(WANTED),
        replies=answers(FETCH),
        refusals=(409,),
    ),
    Route(
        "POST",
        "/model_fetches/{id}/cancel",
        cancel_fetch,
        params=(Param("id", "of the fetch, as its start was answered"),),
        replies=answers(FETCH),
        refusals=(404,),
    ),
)
