"""The server's log for the page's terminal."""

import logging
from collections import deque
from datetime import datetime, timezone

from aiohttp import web

from web.server.replies import empty_reply, json_reply, read_object
from web.server.services import services_of
from web.server.shapes import COUNT, FLAG, TEXT, array, record, table
from web.server.table import Body, Route, answers

MOST_LINES = 300
SIZE = {"cols": 120, "rows": 50}


class LogKeeper(logging.Handler):
    """Keeps the last lines of the log."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        self.lines: deque[dict[str, str]] = deque(maxlen=MOST_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        when = datetime.fromtimestamp(record.created, timezone.utc).isoformat()
        self.lines.append({"t": when, "m": self.format(record) + "\n"})


KEEPER: web.AppKey[LogKeeper] = web.AppKey("log keeper", LogKeeper)


async def get_logs(request: web.Request) -> web.Response:
    """The last lines as one text."""
    return json_reply("".join(f"{line['t']} - {line['m']}" for line in request.app[KEEPER].lines))


async def get_raw_logs(request: web.Request) -> web.Response:
    """The last lines one by one."""
    return json_reply({"entries": list(request.app[KEEPER].lines), "size": SIZE})


async def subscribe(request: web.Request) -> web.Response:
    """Accepted for front ends that ask; they read the lines above."""
    await read_object(request)
    return empty_reply()


async def get_folder_paths(request: web.Request) -> web.Response:
    """The folders of every kind of model."""
    paths = services_of(request).paths
    return json_reply({kind: [str(folder) for folder in paths.kind_folders(kind)] for kind in paths.folders})


LINES = record(
    {"entries": array(record({"t": TEXT, "m": TEXT})), "size": record({"cols": COUNT, "rows": COUNT})}, "LogLines"
)
SUBSCRIPTION = Body(record({"clientId?": TEXT, "enabled?": FLAG}), is_required=False, example={"enabled": True})

ROUTES = (
    Route("GET", "/internal/logs", get_logs, is_internal=True, replies=answers(TEXT)),
    Route("GET", "/internal/logs/raw", get_raw_logs, is_internal=True, replies=answers(LINES)),
    Route("PATCH", "/internal/logs/subscribe", subscribe, is_internal=True, body=SUBSCRIPTION),
    Route("GET", "/internal/folder_paths", get_folder_paths, is_internal=True, replies=answers(table(array(TEXT)))),
)
