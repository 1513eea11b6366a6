"""The log for the page's terminal, and the folders of models."""

from aiohttp import web

from web.server.log_feed import LOG_FEED, SIZE
from web.server.replies import BadRequest, empty_reply, json_reply, read_flag, read_id, read_object
from web.server.services import services_of
from web.server.shapes import COUNT, FLAG, TEXT, WORD, array, maybe, record, table
from web.server.table import Body, Route, answers


async def get_logs(request: web.Request) -> web.Response:
    """The last lines of the server's and its workers' log as one text."""
    return json_reply("".join(f"{line['t']} - {line['m']}" for line in request.app[LOG_FEED].lines()))


async def get_raw_logs(request: web.Request) -> web.Response:
    """The last lines one by one."""
    return json_reply({"entries": request.app[LOG_FEED].lines(), "size": SIZE})


async def subscribe(request: web.Request) -> web.Response:
    """Have new lines sent as `logs` messages to the websocket of clientId, or with `enabled` false no longer."""
    body = await read_object(request)
    sid = read_id(body.get("clientId"), "clientId")
    if sid is None:
        raise BadRequest("The body needs the clientId of a websocket.")
    feed = request.app[LOG_FEED]
    (feed.follow if read_flag(body.get("enabled"), "enabled") else feed.unfollow)(sid)
    return empty_reply()


async def get_folder_paths(request: web.Request) -> web.Response:
    """The folders of every kind of model."""
    paths = services_of(request).paths
    return json_reply({kind: [str(folder) for folder in paths.kind_folders(kind)] for kind in paths.folders})


LINES = record(
    {"entries": array(record({"t": TEXT, "m": TEXT})), "size": record({"cols": COUNT, "rows": COUNT})}, "LogLines"
)
SUBSCRIPTION = Body(record({"clientId": WORD, "enabled?": maybe(FLAG)}), example={"clientId": "me", "enabled": True})

ROUTES = (
    Route("GET", "/internal/logs", get_logs, is_internal=True, replies=answers(TEXT)),
    Route("GET", "/internal/logs/raw", get_raw_logs, is_internal=True, replies=answers(LINES)),
    Route("PATCH", "/internal/logs/subscribe", subscribe, is_internal=True, body=SUBSCRIPTION, refusals=(400,)),
    Route("GET", "/internal/folder_paths", get_folder_paths, is_internal=True, replies=answers(table(array(TEXT)))),
)
