"""What packs import as `server`: PromptServer, whose routes answer here and whose messages the server's process sends.

It exists only where a pack asks for it. Its event loop has a thread of its own.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from aiohttp import web

from execution.background import run_unbroken
from execution.compat.stage import STAGE
from execution.messages import PackMessage, PackReply, PackRequest, StreamMessage
from execution.pack_desk import Tell
from execution.plain import to_json
from execution.streams import Stream, StreamEnded
from web.packs.exchange import Exchange
from web.packs.failed_routes import note_begun, tell_failed_routes
from web.packs.pictures import binary_message, text_message
from web.packs.protocol import BinaryEventTypes as BinaryEventTypes
from web.packs.queue import PackQueue
from web.packs.users import PackUsers

log = logging.getLogger(__name__)

NO_SUCH_ROUTE = "X-Skein-No-Such-Route"
# How much a request may hold is for the server to say, which has let it in.
UNLIMITED = 2**62

PromptHandler = Callable[[dict[str, Any]], dict[str, Any]]


class PromptServer:
    """The server as packs know it: routes, websocket messages, what is posted, and what runs at the moment."""

    instance: "PromptServer"

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.app = web.Application(client_max_size=UNLIMITED)
        self.routes = web.RouteTableDef()
        self.supports = ["custom_nodes_from_web"]
        self.on_prompt_handlers: list[PromptHandler] = []
        self.prompt_queue = PackQueue()
        self.user_manager = PackUsers()
        self.number = 0
        self.sockets: dict[str, Any] = {}
        self.sockets_metadata: dict[str, Any] = {}
        self.messages = Messages(self)
        self._session: Any = None

    @property
    def web_root(self) -> str:
        """The folder of the page that the server shows."""
        return STAGE.web_root

    @property
    def client_session(self) -> Any:
        """For packs' requests to other servers: an aiohttp.ClientSession of `loop`, made when it is first asked for."""
        if self._session is None:
            if asyncio._get_running_loop() is self.loop:
                self._session = _new_session()
            else:
                self._session = asyncio.run_coroutine_threadsafe(_make_session(), self.loop).result()
        return self._session

    @property
    def address(self) -> str:
        """The first of the addresses that the server was told to listen at."""
        return STAGE.address

    @property
    def port(self) -> int:
        """The port that the server was told to listen at."""
        return STAGE.port

    @property
    def client_id(self) -> str | None:
        """Who queued the prompt that runs."""
        return STAGE.client_id

    @client_id.setter
    def client_id(self, client_id: str | None) -> None:
        STAGE.client_id = client_id

    @property
    def last_node_id(self) -> str | None:
        """The node that began last."""
        return STAGE.node_id

    @last_node_id.setter
    def last_node_id(self, node_id: str | None) -> None:
        STAGE.node_id = node_id

    @property
    def last_prompt_id(self) -> str | None:
        """The prompt that runs, or ran last."""
        return STAGE.prompt_id

    @last_prompt_id.setter
    def last_prompt_id(self, prompt_id: str | None) -> None:
        STAGE.prompt_id = prompt_id

    def add_on_prompt_handler(self, handler: PromptHandler) -> None:
        """Have a function see, and change, the body of every POST to /prompt before it is validated."""
        self.on_prompt_handlers.append(handler)

    def trigger_on_prompt(self, json_data: dict[str, Any]) -> dict[str, Any]:
        """What the handlers make of a body, one after the other; one that fails changes nothing."""
        for handler in list(self.on_prompt_handlers):
            try:
                changed = handler(json_data)
            except BaseException:
                log.exception("A pack failed at a prompt that was posted (%s); it goes on without", handler)
                continue
            if isinstance(changed, dict):
                json_data = changed
            else:
                log.warning("A pack's handler of posted prompts (%s) answered no object; it is ignored", handler)
        return json_data

    def send_sync(self, event: str | int, data: Any, sid: str | None = None) -> None:
        """Send a websocket message to the clients of one id, or to all; from any thread, never waiting."""
        if isinstance(event, int):
            STAGE.send(PackMessage(str(event), binary_message(event, data), sid))
        elif isinstance(data, (bytes, bytearray)):
            raise TypeError(f"The message {event!r} holds bytes; binary messages have a number for a name.")
        else:
            STAGE.send(PackMessage(event, to_json(data), sid))

    async def send(self, event: str | int, data: Any, sid: str | None = None) -> None:
        self.send_sync(event, data, sid)

    async def send_json(self, event: str, data: Any, sid: str | None = None) -> None:
        self.send_sync(event, data, sid)

    async def send_bytes(self, event: int, data: bytes, sid: str | None = None) -> None:
        self.send_sync(event, data, sid)

    async def send_image(self, image_data: Any, sid: str | None = None) -> None:
        self.send_sync(BinaryEventTypes.UNENCODED_PREVIEW_IMAGE, image_data, sid)

    def send_progress_text(self, text: str | bytes, node_id: str, sid: str | None = None) -> None:
        """Show a text on a node's card while it runs."""
        STAGE.send(PackMessage(str(BinaryEventTypes.TEXT), text_message(text, str(node_id)), sid or self.client_id))

    def get_queue_info(self) -> dict[str, Any]:
        return {"exec_info": {"queue_remaining": self.prompt_queue.get_tasks_remaining()}}

    def queue_updated(self) -> None:
        """Clients hear of the queue from the server itself."""


class Messages:
    """Where packs put messages to be sent to clients: an event, what it says, and the id of whom it is for."""

    def __init__(self, server: PromptServer) -> None:
        self._server = server

    def put_nowait(self, message: tuple[str | int, Any, str | None]) -> None:
        self._server.send_sync(*message)

    async def put(self, message: tuple[str | int, Any, str | None]) -> None:
        self.put_nowait(message)


def _new_session() -> Any:
    from aiohttp import ClientSession, ClientTimeout  # Late: it reads all root certificates.

    return ClientSession(timeout=ClientTimeout(total=None))


async def _make_session() -> Any:
    return _new_session()


class Front:
    """What the engine does with the routes that packs have added."""

    def __init__(self, server: PromptServer) -> None:
        self._packs = server
        self._http: web.Server | None = None
        # The event loop itself holds no more than a weak reference to what it works on.
        self._under_way: set[Future[None]] = set()
        self._streams: dict[int, Stream] = {}

    @property
    def changes_prompts(self) -> bool:
        return bool(self._packs.on_prompt_handlers)

    def change_prompt(self, body: dict[str, Any]) -> dict[str, Any]:
        """What packs make of a posted body."""
        return self._packs.trigger_on_prompt(body)

    def open(self) -> None:
        """Begin to answer; routes that packs add later are not seen."""
        for error in asyncio.run_coroutine_threadsafe(self._open(), self._packs.loop).result():
            log.warning("A route of a pack cannot be served: %s", error)

    def forward(self, request: PackRequest, call_id: int, tell: Tell) -> "Future[None]":
        """Have a route answer, some time: first the head, or None where there is no such route, then pieces."""
        stream = self._streams[call_id] = Stream(call_id, tell)
        answering = asyncio.run_coroutine_threadsafe(self._forward(request, stream, tell), self._packs.loop)
        self._under_way.add(answering)
        answering.add_done_callback(self._under_way.discard)
        answering.add_done_callback(lambda _: self._streams.pop(call_id, None))
        return answering

    def take(self, message: StreamMessage) -> None:
        """A piece of what is sent to a route, or what the server says of its answer."""
        self._packs.loop.call_soon_threadsafe(self._pass_on, message)

    def _pass_on(self, message: StreamMessage) -> None:
        if stream := self._streams.get(message.call_id):
            stream.take(message)

    async def _forward(self, request: PackRequest, stream: Stream, tell: Tell) -> None:
        if self._http is None:
            tell(None)
            return
        exchange = Exchange(request, stream)
        try:
            reply = await exchange.open(self._http)
            if any(name == NO_SUCH_ROUTE for name, _ in reply.headers):
                tell(None)
                return
            tell(reply)
            await self._pass_body(exchange, reply, stream)
        finally:
            exchange.close()

    async def _pass_body(self, exchange: Exchange, reply: PackReply, stream: Stream) -> None:
        try:
            async for piece in exchange.pieces(reply):
                await stream.put(piece)
            await stream.put(b"")
        except StreamEnded:
            return  # Nobody is there any more who would read it.
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            stream.break_off(f"A pack's route broke off its answer: {type(error).__name__}.")

    async def _open(self) -> list[Exception]:
        app = self._packs.app
        problems = add_routes(app, self._packs.routes)
        app.middlewares[:0] = [_tell_missing_routes, tell_failed_routes]
        app.on_response_prepare.append(note_begun)
        # A pack's own start may fail, which must not keep the routes of others from answering.
        wished = [callback for callback in app.on_startup if "aiohttp" not in (callback.__module__ or "")]
        for callback in wished:
            app.on_startup.remove(callback)
        runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await runner.setup()
        for callback in wished:
            try:
                await callback(app)
            except Exception as error:
                problems.append(error)
        self._http = runner.server
        return problems


def add_routes(app: web.Application, routes: web.RouteTableDef) -> list[Exception]:
    """Serve each route as written and below /api; answers what cannot be served, such as a second one of its kind."""
    problems: list[Exception] = []
    for route in routes:
        twins = [route]
        if isinstance(route, web.RouteDef):
            twins.append(web.RouteDef(route.method, f"/api{route.path}", route.handler, route.kwargs))
        for twin in twins:
            try:
                twin.register(app.router)
            except Exception as error:
                problems.append(error)
    return problems


@web.middleware
async def _tell_missing_routes(request: web.Request, handler: Any) -> web.StreamResponse:
    missing = request.match_info.http_exception
    if missing is not None:
        return web.Response(status=missing.status, headers={NO_SUCH_ROUTE: "1"})
    response: web.StreamResponse = await handler(request)
    return response


def _start_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()

    def run() -> None:
        asyncio.set_event_loop(loop)
        run_unbroken(loop)

    threading.Thread(target=run, name="packs' routes", daemon=True).start()
    return loop


PromptServer.instance = PromptServer(_start_loop())
FRONT = Front(PromptServer.instance)
