"""The websocket: greeting, feature flags, and what a newcomer must know of prompts that run."""

import json
from typing import Any
from uuid import uuid4

from aiohttp import WSMsgType, web

from execution.queue import count_remaining
from web.server.client import Client
from web.server.frames import event_frame, preview_frame, status_frame, text_frame
from web.server.replies import read_id
from web.server.services import Services, services_of
from web.server.table import Param, Reply, Route

LARGEST_MESSAGE = 2**20
GOODBYE_SECONDS = 1.0


def feature_flags(services: Services) -> dict[str, Any]:
    """What this server can do; every flag is a promise of an interface."""
    return {"supports_preview_metadata": True, "max_upload_size": services.options.server.max_upload_bytes}


async def connect(request: web.Request) -> web.StreamResponse:
    """Serve one websocket from its greeting to its end."""
    services = services_of(request)
    sid = read_id(request.query.get("clientId"), "clientId") or uuid4().hex
    socket = web.WebSocketResponse(timeout=GOODBYE_SECONDS, compress=False, max_msg_size=LARGEST_MESSAGE)
    await socket.prepare(request)
    transport = request.transport
    if transport is None or transport.is_closing():
        return socket
    client = Client(socket, transport, sid)
    _greet(services, client)
    services.hub.add(client)
    client.start()
    try:
        await _listen(services, client, socket)
    finally:
        services.hub.remove(client)
        client.stop()
    return socket


def _greet(services: Services, client: Client) -> None:
    client.offer(status_frame(services.database.read(count_remaining), client.sid))
    for running in services.dispatcher.list_running_of(client.sid):
        for event in running.snapshot():
            client.offer(event_frame(event))


async def _listen(services: Services, client: Client, socket: web.WebSocketResponse) -> None:
    """Only the first message can mean something."""
    is_first = True
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            continue
        if is_first and (flags := _read_flags(message.data)) is not None:
            client.wants_metadata = flags.get("supports_preview_metadata") is True
            client.offer(text_frame("feature_flags", feature_flags(services)))
            _show_previews(services, client)
        is_first = False


def _show_previews(services: Services, client: Client) -> None:
    for running in services.dispatcher.list_running_of(client.sid):
        if running.preview is not None:
            client.offer(preview_frame(running.preview, client.wants_metadata))


def _read_flags(text: str) -> dict[str, Any] | None:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or message.get("type") != "feature_flags":
        return None
    flags = message.get("data")
    return flags if isinstance(flags, dict) else {}


ROUTES = (
    Route(
        "GET",
        "/ws",
        connect,
        params=(Param("clientId", "the id under which prompts are queued; one is made when there is none"),),
        replies=(Reply(None, "The websocket is open.", 101),),
        refusals=(400,),
    ),
)
