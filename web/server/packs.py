"""The server's side of packs: their routes are asked in the worker, their messages sent, their folders taken over."""

import asyncio
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from http.cookies import SimpleCookie
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

from execution.dispatch import Dispatcher
from execution.errors import SkeinError
from execution.messages import (
    ChangePrompt,
    PackMessage,
    PackReply,
    PackRequest,
    PackState,
    PackWord,
    Question,
    QueueWish,
)
from execution.paths import Paths
from execution.plain import to_json
from execution.queue import NewPrompt
from execution.streams import PIECE, Stream, StreamEnded
from execution.supervisor import PackStream, WorkerDied, WorkerUnavailable
from web.server.access import USER_HEADER, cookie_name, user_of
from web.server.guard import is_token_needed
from web.server.hub import Hub
from web.server.limits import largest_body
from web.server.pack_sockets import SWITCHED, bridge
from web.server.services import services_of
from web.server.table import Handler

log = logging.getLogger(__name__)

ROUTE_SECONDS = 600.0
START_SECONDS = 60.0
HARMLESS = ("GET", "HEAD", "OPTIONS")
# Written anew for this connection, or meant for this server alone.
NOT_PASSED_ON = frozenset({"date", "server"})
# How often it is looked, while a route is silent, whether somebody still waits for it.
LOOK_SECONDS = 5.0


class PackLink:
    """What workers say of their packs, and the way to ask a pack. Packs keep what they know in their own process, so
    that it is always the same worker that is asked."""

    def __init__(self, dispatcher: Dispatcher, paths: Paths, hub: Hub) -> None:
        self._dispatcher = dispatcher
        self._paths = paths
        self._hub = hub
        self._state: PackState | None = None
        self.known: list[dict[str, Any]] = []
        """What became of each pack, when it was last asked for."""
        self._wishes: set[asyncio.Future[None]] = set()
        for worker in dispatcher.workers:
            worker.on_pack = self._take

    async def state(self) -> PackState:
        """What packs have set up, as the last worker told it; waits for the first. Raises `WorkerUnavailable`."""
        if self._state is None:
            await self._dispatcher.workers[0].wait_ready(START_SECONDS)
        assert self._state is not None, "a worker tells of its packs before it is ready"
        return self._state

    async def ask(self, question: Question, seconds: float = START_SECONDS) -> object:
        """Put a question to the packs. For errors see `Supervisor.ask`."""
        return await self._dispatcher.workers[0].ask(question, seconds)

    async def open_stream(self, question: PackRequest) -> PackStream:
        """Put a request to the packs' routes. For errors see `Supervisor.open_stream`."""
        return await self._dispatcher.workers[0].open_stream(question, START_SECONDS)

    def replace_workers(self) -> None:
        """Load all packs anew, in new workers, each as soon as its running prompt has ended."""
        for worker in self._dispatcher.workers:
            worker.replace()

    @property
    def is_replacing(self) -> bool:
        """Whether some worker is yet to be replaced, or its successor is not ready."""
        return any(worker.is_to_be_replaced or not worker.is_ready for worker in self._dispatcher.workers)

    @property
    def hindrance(self) -> str:
        """What keeps a worker from becoming ready, such as a pack that is being imported; empty for nothing."""
        return next((words for worker in self._dispatcher.workers if (words := worker.hindrance)), "")

    def _take(self, word: PackWord) -> None:
        if isinstance(word, PackMessage):
            self._hub.send_message(word)
        elif isinstance(word, PackState):
            self._state = word
            self._paths.adopt(word.folders)
        else:
            wish = asyncio.ensure_future(self._fulfil(word))
            self._wishes.add(wish)
            wish.add_done_callback(self._wishes.discard)

    async def _fulfil(self, wish: QueueWish) -> None:
        """Do what a pack wants of the queue; it does not wait for it, so the log says what goes wrong."""
        try:
            if wish.kind == "add":
                await self._dispatcher.submit(_new_prompt(wish))
            elif wish.kind == "remove":
                await self._dispatcher.remove(wish.prompt_ids)
            else:
                self._dispatcher.free(wish.unload_models, wish.forget_results)
        except SkeinError as error:
            log.error("A pack could not change the queue: %s", error)


def _new_prompt(wish: QueueWish) -> NewPrompt:
    client_id = json.loads(wish.extra_data).get("client_id")
    return NewPrompt(
        prompt_id=wish.prompt_ids[0],
        graph=wish.graph,
        extra_data=wish.extra_data,
        targets=wish.targets,
        client_id=client_id,
        number=wish.number,
        front=wish.front,
    )


PACKS: web.AppKey[PackLink] = web.AppKey("packs", PackLink)


def make_pack_routes() -> Middleware:
    """The middleware that asks packs for what neither a route of the server nor a file of its page answers."""

    @web.middleware
    async def ask_packs(request: web.Request, handler: Handler) -> web.StreamResponse:
        missing = request.match_info.http_exception
        if missing is None:
            return await handler(request)
        if isinstance(missing, web.HTTPNotFound) and request.method in ("GET", "HEAD"):
            page = await handler(request)
            return page if page.status != 404 else await forward(request) or page
        return await forward(request) or await handler(request)

    return ask_packs


async def change_prompt(request: web.Request, body: Mapping[str, Any], workflow: Any = None) -> Mapping[str, Any]:
    """What packs make of a body that was posted to be run; they are shown an editor's workflow converted."""
    packs = request.app[PACKS]
    if not (await packs.state()).changes_prompts:
        return body
    changed = await packs.ask(ChangePrompt(to_json(body), to_json(workflow) if workflow is not None else None))
    found: Mapping[str, Any] = json.loads(str(changed))
    return found


async def forward(request: web.Request) -> web.StreamResponse | None:
    """What a pack's route answers, passed on piece by piece as it comes; None where there is none."""
    packs = request.app[PACKS]
    if not (await packs.state()).answers_requests:
        return None
    _check_size(request, request.content_length or 0)
    if request.method not in HARMLESS or request.can_read_body:
        return await _forward_once(request)
    try:
        return await _forward_once(request)
    except WorkerDied:
        return await _forward_once(request)  # It did so before it answered, and asking again does no harm.


async def _forward_once(request: web.Request) -> web.StreamResponse | None:
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    question = PackRequest(
        request.method, _target(request), _headers(request), request.can_read_body, tuple(peer or ())
    )
    stream = await request.app[PACKS].open_stream(question)
    sending = asyncio.ensure_future(_send_body(request, stream.body) if request.can_read_body else asyncio.sleep(0))
    try:
        reply = await _await_reply(request, sending, stream.reply)
        return await _pass_on(request, reply, stream.body) if reply is not None else None
    finally:
        sending.cancel()
        stream.close()
        await asyncio.gather(sending, stream.reply, return_exceptions=True)


async def _await_reply(
    request: web.Request, sending: "asyncio.Future[None]", reply: "asyncio.Future[PackReply | None]"
) -> PackReply | None:
    """How the answer begins; a route has its time once everything is sent, and may answer before.

    A route that nobody waits for any more is not waited for either.
    """
    waited = 0.0
    while not reply.done():
        under_way = [future for future in (sending, reply) if not future.done()]
        done, _ = await asyncio.wait(under_way, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        waited = 0.0 if done or not sending.done() else waited + LOOK_SECONDS
        if waited >= ROUTE_SECONDS:
            raise WorkerUnavailable(f"The pack's route did not answer within {ROUTE_SECONDS:g} seconds.")
        if _has_left(request):
            raise WorkerUnavailable("Whoever asked has gone.")
        if sending.done():
            sending.result()  # Raises where the body is too large, or whoever sent it is gone.
    return reply.result()


def _has_left(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


async def _send_body(request: web.Request, body: Stream) -> None:
    sent = 0
    with suppress(StreamEnded):
        async for piece in request.content.iter_chunked(PIECE):
            sent += len(piece)
            _check_size(request, sent)
            await body.put(piece)
        await body.put(b"")


def _check_size(request: web.Request, size: int) -> None:
    most = largest_body(services_of(request).options.server)
    if size > most:
        raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=size)


async def _pass_on(request: web.Request, reply: PackReply, body: Stream) -> web.StreamResponse:
    if reply.status == SWITCHED:
        return await bridge(request, reply, body)
    response = web.StreamResponse(status=reply.status)
    for name, value in reply.headers:
        if name.lower() not in NOT_PASSED_ON:
            response.headers.add(name, value)
    await response.prepare(request)
    try:
        while piece := await _next_piece(request, body):
            await response.write(piece)
        await response.write_eof()
    except StreamEnded as error:
        log.warning("%s %r: %s", request.method, request.path, error)
        if request.transport is not None:
            request.transport.abort()  # Nobody may take a part for the whole.
    return response


async def _next_piece(request: web.Request, body: Stream) -> bytes:
    """The next piece; raises `StreamEnded` when there is none any more, or nobody who would read it."""
    while True:
        try:
            return await asyncio.wait_for(body.get(), LOOK_SECONDS)
        except asyncio.TimeoutError:
            if _has_left(request):
                raise StreamEnded("Whoever asked has gone.") from None


def _target(request: web.Request) -> str:
    """The path and query as they came, without the secret that is for this server."""
    if "token" in request.query and _is_guarded(request):
        return request.rel_url.without_query_params("token").raw_path_qs
    return request.rel_url.raw_path_qs


def _headers(request: web.Request) -> tuple[tuple[bytes, bytes], ...]:
    dropped = {b"cookie", USER_HEADER.lower().encode()}
    if _is_guarded(request):
        dropped.add(b"authorization")
    kept = [(name, value) for name, value in request.raw_headers if name.lower() not in dropped]
    cookies = SimpleCookie({name: value for name, value in request.cookies.items() if name != cookie_name(request)})
    if cookies:
        kept.append((b"Cookie", cookies.output(attrs=[], header="", sep=";").strip().encode("latin-1", "replace")))
    return (*kept, (USER_HEADER.encode(), user_of(request).encode()))


def _is_guarded(request: web.Request) -> bool:
    services = services_of(request)
    return is_token_needed(services.options.server, services.tokens)
