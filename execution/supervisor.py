"""Keeps one worker alive: starts it, starts it again when it dies, and passes questions and prompts to it."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from execution import paths
from execution.errors import PromptError, SkeinError
from execution.events import Event
from execution.inquest import Inquest, last_line
from execution.messages import (
    Answer,
    Call,
    Cancel,
    Emitted,
    Failure,
    Finished,
    Free,
    LoadFailed,
    PackReply,
    PackRequest,
    PackWord,
    Printed,
    Question,
    Ready,
    Refusal,
    RunPrompt,
    Shutdown,
    StreamMessage,
    WorkerOptions,
)
from execution.streams import Stream
from execution.worker_output import LogLine
from execution.worker_process import WorkerProcess

log = logging.getLogger(__name__)

FIRST_DELAY = 0.2
LONGEST_DELAY = 30.0
HEALTHY_SECONDS = 60.0
SHUTDOWN_SECONDS = 3.0
CALL_SECONDS = 60.0
MOST_TRIES = 4
# After so many starts that failed one after another, whoever asks is refused soon, with the reason.
MANY_FAILED_STARTS = 3
HOPELESS_SECONDS = 2.0
LOOK_AGAIN_SECONDS = 0.5


class WorkerUnavailable(SkeinError):
    """No worker is there to answer, and waiting has not helped."""


class WorkerDied(SkeinError):
    """The worker ended while it had something to do; `memory` says what it held, where that is known."""

    def __init__(self, message: str, memory: str = "") -> None:
        super().__init__(message)
        self.memory = memory


class QuestionFailed(SkeinError):
    """A worker could not answer because of a fault of its own."""


class PackStream:
    """A request to a pack's route that is under way: `body` takes what is sent and gives what is answered.

    `reply` is how the answer begins, None where there is no such route; it fails with `WorkerDied` or `QuestionFailed`.
    """

    def __init__(self, body: Stream, reply: "asyncio.Future[PackReply | None]") -> None:
        self.body = body
        self.reply = reply
        self.on_close: Callable[[], object] = lambda: None

    def close(self) -> None:
        """Want no more of it."""
        self.body.break_off("The request has ended.")
        self.reply.cancel()
        self.on_close()


class Supervisor:
    """One worker of the pool, through all the processes it takes."""

    def __init__(self, name: str, options: WorkerOptions, on_events: Callable[[tuple[Event, ...]], None]) -> None:
        self.name = name
        self._options = options
        self._on_events = on_events
        self._process: WorkerProcess | None = None
        self._ready = asyncio.Event()
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._streams: dict[int, PackStream] = {}
        self._run: asyncio.Future[Finished] | None = None
        self._last_call = 0
        self._is_closing = False
        self._inquest = Inquest(options.engine.import_grace)
        self.is_to_be_replaced = False
        self._farewell: asyncio.Task[None] | None = None
        self.on_print: Callable[[tuple[LogLine, ...]], None] | None = None
        self.on_pack: Callable[[PackWord], None] | None = None

    @property
    def is_ready(self) -> bool:
        return self._ready.is_set()

    @property
    def is_idle(self) -> bool:
        return self._run is None

    @property
    def pid(self) -> int | None:
        """The process id of the worker's present life."""
        return self._process.pid if self._process else None

    def last_node_of(self, prompt_id: str) -> str | None:
        """The node of a prompt at which the worker's last process died."""
        place = self._inquest.place
        return place.node_id if place.prompt_id == prompt_id else None

    async def keep_alive(self) -> None:
        """Run the worker, again and again with growing pauses while it fails soon, until `close`."""
        delay = FIRST_DELAY
        while not self._is_closing:
            began = time.monotonic()
            has_served = False
            try:
                has_served = await self._live()
            except Exception as error:
                log.error("Worker %s cannot be started: %s: %s", self.name, type(error).__name__, error)
            if self._is_closing:
                return
            if self.is_to_be_replaced:
                log.info("Worker %s is replaced", self.name)
                self.is_to_be_replaced = False
                continue
            # A prompt that its worker dies of comes to its end soon; one that dies without any may go on for ever.
            is_healthy = has_served or time.monotonic() - began > HEALTHY_SECONDS
            delay = FIRST_DELAY if is_healthy else min(delay * 2, LONGEST_DELAY)
            log.info("The next worker %s starts in %.1f s", self.name, delay)
            await asyncio.sleep(delay)

    async def wait_ready(self, seconds: float | None = None) -> None:
        """Return once the worker takes work; raises `WorkerUnavailable` when it does not in time."""
        if seconds is None:
            await self._ready.wait()
            return
        began = time.monotonic()
        while not self.is_ready:
            waited = time.monotonic() - began
            is_hopeless = self._inquest.failed_starts >= MANY_FAILED_STARTS and waited > HOPELESS_SECONDS
            if waited >= seconds or is_hopeless:
                raise WorkerUnavailable(
                    f"The worker did not become ready within {waited:.0f} seconds. {self._inquest.hindrance}".rstrip()
                )
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._ready.wait(), min(LOOK_AGAIN_SECONDS, seconds - waited))

    @property
    def hindrance(self) -> str:
        """What keeps the worker from becoming ready, and what helps; empty where nothing is known."""
        return "" if self.is_ready else self._inquest.hindrance

    async def ask(self, question: Question, seconds: float = CALL_SECONDS, tries: int = MOST_TRIES) -> Any:
        """The answer to a question, asked again when the worker dies of something else meanwhile.

        Raises `PromptError` as the worker did, `WorkerUnavailable`, `WorkerDied` or `QuestionFailed`.
        """
        for _ in range(tries - 1):
            try:
                return await self._ask_once(question, seconds)
            except WorkerDied:
                continue
        return await self._ask_once(question, seconds)

    async def open_stream(self, question: PackRequest, seconds: float = CALL_SECONDS) -> "PackStream":
        """Put a request to the packs' routes, whose bodies go through the stream that is answered.

        Raises `WorkerUnavailable` or `WorkerDied`.
        """
        await self.wait_ready(seconds)
        self._last_call += 1
        call_id = self._last_call
        answer = self._calls[call_id] = asyncio.get_running_loop().create_future()
        stream = self._streams[call_id] = PackStream(Stream(call_id, self._send_on), answer)
        answer.add_done_callback(lambda _: self._calls.pop(call_id, None))
        stream.on_close = lambda: self._streams.pop(call_id, None)
        self._send(Call(call_id, question))
        return stream

    def _send_on(self, message: StreamMessage) -> None:
        with suppress(WorkerDied):
            self._send(message)

    def begin(self, work: RunPrompt) -> "asyncio.Future[Finished]":
        """Have the worker, which must be ready and idle, run a prompt; the answer may be a `WorkerDied`."""
        self._send(work)
        self._run = asyncio.get_running_loop().create_future()
        self._run.add_done_callback(self._rest)
        return self._run

    def _rest(self, run: "asyncio.Future[Finished]") -> None:
        self._run = None
        if self.is_to_be_replaced:
            self._retire()

    def cancel(self, prompt_id: str) -> None:
        """Ask the worker to stop a prompt."""
        self._send(Cancel(prompt_id))

    def free(self, unload_models: bool, forget_results: bool) -> None:
        """Ask the worker to let go of memory between prompts."""
        self._send(Free(unload_models, forget_results))

    def replace(self) -> None:
        """Have a new process take the worker's place, once the running prompt has ended."""
        if self._process is None or self._is_closing:
            return  # A new one starts anyway.
        self.is_to_be_replaced = True
        self._inquest.forgive()
        if self.is_idle:
            self._retire()

    def kill(self) -> None:
        """End the worker's process wherever it is; the next one follows."""
        if self._process:
            self._process.kill()

    async def close(self) -> None:
        """End the worker for good: politely when it is idle, by force otherwise."""
        self._is_closing = True
        process = self._process
        if process is None:
            return
        end = asyncio.ensure_future(process.wait())
        if self.is_idle and self.is_ready:
            process.send(Shutdown())
            await asyncio.wait([end], timeout=SHUTDOWN_SECONDS)
        process.kill()
        await end

    async def _live(self) -> bool:
        """One process from its start to its end; answers whether it was at work on a prompt when it ended."""
        inquest = self._inquest
        box = inquest.begin(paths.current().temp)
        options = replace(self._options, black_box=box, left_out=inquest.left_out)
        process = WorkerProcess(options, self._receive)
        exit_code: int | None = None
        try:
            await process.start()
            self._process = process
            looking = asyncio.create_task(inquest.look_after(process.pid, process.kill))
            if self._is_closing:
                process.kill()
            exit_code = await process.wait()
            looking.cancel()
        finally:
            fate = inquest.end(exit_code)
        self._process = None
        self._ready.clear()
        if self._is_ending:
            log.info("Worker %s has ended, as it was told to", self.name)
        else:
            log.warning("Worker %s %s", self.name, fate)
        has_served = not self.is_idle
        self._fail_all(WorkerDied(f"The worker {fate}.", str(inquest.vitals or "")))
        return has_served

    @property
    def _is_ending(self) -> bool:
        return self._is_closing or self.is_to_be_replaced

    def _retire(self) -> None:
        """Let the process end; from now on whoever wants something waits for the next one."""
        process = self._process
        if process is None:
            return
        self._ready.clear()
        self._farewell = asyncio.ensure_future(self._end_after_answers(process))

    async def _end_after_answers(self, process: WorkerProcess) -> None:
        if self._calls:
            await asyncio.wait(list(self._calls.values()), timeout=SHUTDOWN_SECONDS)
        process.send(Shutdown())
        # A thread that a pack has started may keep it from ending.
        await asyncio.sleep(SHUTDOWN_SECONDS)
        process.kill()

    async def _ask_once(self, question: Question, seconds: float) -> Any:
        await self.wait_ready(seconds)
        self._last_call += 1
        call = Call(self._last_call, question)
        answer = self._calls[call.call_id] = asyncio.get_running_loop().create_future()
        self._send(call)
        try:
            return await asyncio.wait_for(answer, seconds)
        except asyncio.TimeoutError:
            raise WorkerUnavailable(f"The worker did not answer within {seconds:g} seconds.") from None
        finally:
            self._calls.pop(call.call_id, None)

    def _send(self, message: Any) -> None:
        if self._process is None:
            raise WorkerDied("The worker has just ended.")
        self._process.send(message)

    def _receive(self, message: Any) -> None:
        if isinstance(message, Emitted):
            self._on_events(message.events)
        elif isinstance(message, StreamMessage):
            if stream := self._streams.get(message.call_id):
                stream.body.take(message)
        elif isinstance(message, PackWord):
            if self.on_pack is not None:
                self.on_pack(message)
        elif isinstance(message, Finished):
            _settle(self._run, message)
        elif isinstance(message, Printed):
            if self.on_print is not None:
                self.on_print(message.lines)
        elif isinstance(message, Answer):
            _settle(self._calls.get(message.call_id), message.value)
        elif isinstance(message, Refusal):
            body = message.body
            _fail(self._calls.get(message.call_id), PromptError(**body["error"], node_errors=body["node_errors"]))
        elif isinstance(message, Failure):
            log.error("Worker %s could not answer:\n%s", self.name, message.reason)
            reason = f"The worker could not answer: {last_line(message.reason)}"
            _fail(self._calls.get(message.call_id), QuestionFailed(reason))
        elif isinstance(message, Ready):
            self._inquest.note_ready()
            if self.is_to_be_replaced:
                return  # It has loaded what is out of date by now, and is about to end.
            self._ready.set()
            log.info("Worker %s is ready with %d nodes", self.name, message.node_count)
        elif isinstance(message, LoadFailed):
            self._inquest.note_load_error(message.reason)
            log.error("Worker %s cannot load its nodes:\n%s", self.name, message.reason)

    def _fail_all(self, error: WorkerDied) -> None:
        for answer in (*self._calls.values(), self._run):
            _fail(answer, error)
        for stream in self._streams.values():
            stream.body.end(str(error))


def _settle(answer: "asyncio.Future[Any] | None", value: Any) -> None:
    if answer is not None and not answer.done():
        answer.set_result(value)


def _fail(answer: "asyncio.Future[Any] | None", error: Exception) -> None:
    if answer is not None and not answer.done():
        answer.set_exception(error)
