"""The websocket: greeting, feature flags, and what a newcomer must know of prompts that run."""

import asyncio
import json
import socket as socket_options
from typing import Any
from uuid import uuid4

from aiohttp import web

from execution.events import Preview
from execution.queue import count_remaining
from execution.running import RunningPrompt
from web.server.client import Client
from web.server.frames import PONG, Frame, encode, event_frame, preview_frame, status_frame, text_frame
from web.server.guard import TokenMissing, check_token
from web.server.replies import read_id
from web.server.services import Services, services_of
from web.server.shapes import one_of
from web.server.table import Param, Reply, Route

LARGEST_MESSAGE = 2**20
GOODBYE_SECONDS = 1.0
# How soon a connection ends whose token was revoked.
REVOKED_SECONDS = 1.0
# A client tells first of all which form of preview it reads; one that tells nothing reads the old one.
SILENT_SECONDS = 1.0
# Seconds of silence before the first question and between questions, and how many may stay without an answer.
KEEP_ALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}


def feature_flags(services: Services) -> dict[str, Any]:
    """What this server can do; every flag is a promise of an interface."""
    return {"supports_preview_metadata": True, "max_upload_size": services.options.server.max_upload_bytes}


async def connect(request: web.Request) -> web.StreamResponse:
    """Serve one websocket from its greeting to its end."""
    services = services_of(request)
    sid = read_id(request.query.get("clientId"), "clientId") or uuid4().hex
    hears_all = request.query.get("watch") == "all"
    # Pings are answered by the client's own sender, which never cuts a message in two.
    socket = web.WebSocketResponse(
        timeout=GOODBYE_SECONDS, compress=False, max_msg_size=LARGEST_MESSAGE, autoping=False
    )
    writer = await socket.prepare(request)
    transport = request.transport
    if transport is None or transport.is_closing():
        return socket
    _notice_silence(transport)
    client = Client(socket, transport, writer.drain, sid, services.hub.backlog, hears_all)
    _greet(services, client)
    services.hub.add(client)
    client.start()
    missed = [running.preview for running in _list_heard_of(services, client) if running.preview is not None]
    late = asyncio.get_running_loop().call_later(SILENT_SECONDS, _show_previews, services, client, missed)
    watching = asyncio.create_task(_leave_when_revoked(request, client))
    try:
        await _listen(services, client, socket, late)
    finally:
        late.cancel()
        watching.cancel()
        services.hub.remove(client)
        client.stop()
    return socket


async def _leave_when_revoked(request: web.Request, client: Client) -> None:
    """Close the connection of one whose token lets nobody in any more."""
    services = services_of(request)
    while True:
        await asyncio.sleep(REVOKED_SECONDS)
        try:
            check_token(request, services.options.server, services.tokens)
        except TokenMissing:
            await client.close()
            return


def _greet(services: Services, client: Client) -> None:
    client.offer(status_frame(services.database.read(count_remaining), client.sid, services.dispatcher.trouble))
    for running in _list_heard_of(services, client):
        for event in running.snapshot():
            client.offer(event_frame(event))


async def _listen(services: Services, client: Client, socket: web.WebSocketResponse, late: asyncio.TimerHandle) -> None:
    """Only the first message can mean something."""
    is_first = True
    async for message in socket:
        if message.type is web.WSMsgType.PING:
            client.offer(Frame(encode(PONG, message.data)))
        if message.type is not web.WSMsgType.TEXT or not is_first:
            continue
        is_first = False
        late.cancel()
        if (flags := _read_flags(message.data)) is not None:
            client.wants_metadata = flags.get("supports_preview_metadata") is True
            client.offer(text_frame("feature_flags", feature_flags(services)))
        _show_previews(services, client)


def _show_previews(services: Services, client: Client, missed: list[Preview] | None = None) -> None:
    """Send the last preview of what runs, in the form that the client has asked for or, having said nothing, the old
    one; with `missed` only where it is one of those, so that none comes twice."""
    for running in _list_heard_of(services, client):
        if running.preview is not None and (missed is None or any(one is running.preview for one in missed)):
            client.offer(preview_frame(running.preview, client.wants_metadata))


def _list_heard_of(services: Services, client: Client) -> list[RunningPrompt]:
    """The running prompts that concern a client: those it has queued, or all where it watches."""
    dispatcher = services.dispatcher
    return dispatcher.list_running() if client.hears_all else dispatcher.list_running_of(client.sid)


def _notice_silence(transport: asyncio.Transport) -> None:
    """Have the system look from time to time whether the other machine is still there.

    A ping could not tell a machine that is gone from a program that reads only when it expects something.
    """
    connection = transport.get_extra_info("socket")
    for name, value in KEEP_ALIVE.items():
        if connection is not None and hasattr(socket_options, name):
            connection.setsockopt(socket_options.IPPROTO_TCP, getattr(socket_options, name), value)


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
        params=(
            Param("clientId", "the id under which prompts are queued; one is made when there is none"),
            Param("watch", "with `all`, to hear of every prompt, whoever has queued it", one_of("", "all")),
        ),
        replies=(Reply(None, "The websocket is open.", 101),),
        refusals=(400,),
    ),
)
