"""Gives the prompts in the queue to workers one by one, and sees each of them to its end."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from execution import queue
from execution.affinity import Affinity, traits_of
from execution.database import Database
from execution.errors import QueueError
from execution.events import Event, Executing
from execution.messages import Finished, Question, RunPrompt, WorkerOptions
from execution.queue import NewPrompt, QueueItem, Result
from execution.queue_order import Place, move, renumber
from execution.running import RunningPrompt
from execution.supervisor import Supervisor, WorkerDied

log = logging.getLogger(__name__)
RETRY_SECONDS = 5.0
# By then the next of several short prompts has begun, and what is done for all of them is done once.
SWEEP_SECONDS = 0.5


class Announcer(Protocol):
    """Whoever tells clients what happens."""

    def send_event(self, event: Event, client_id: str | None) -> None:
        """Tell the clients that an event concerns: those of the client_id that queued the prompt."""

    def send_queue(self, remaining: int, trouble: str = "") -> None:
        """Tell everybody how many prompts wait or run, and what keeps the queue from being worked off."""


class Dispatcher:
    """The only one who moves prompts through their states; every change is stored before it is told."""

    def __init__(
        self, database: Database, options: Sequence[WorkerOptions], announcer: Announcer, cancel_grace: float
    ) -> None:
        self._database = database
        self._announcer = announcer
        self._cancel_grace = cancel_grace
        self._running: dict[str, RunningPrompt] = {}
        self._workers_of: dict[str, Supervisor] = {}
        self._work_arrived = asyncio.Event()
        self._worker_freed = asyncio.Event()
        self._remaining: int | None = None
        self.trouble = ""
        """Why the queue cannot be worked off, such as a full disk; empty while it can."""
        self._affinity = Affinity()
        self._tasks: list[asyncio.Task[None]] = []
        self._runs: set[asyncio.Task[None]] = set()
        self._sweeping: asyncio.Task[None] | None = None
        self.workers = [Supervisor(str(index), one, self._take_events) for index, one in enumerate(options)]

    async def start(self) -> None:
        """Start the workers, and put back what the last server left running before anything is run."""
        self._tasks = [asyncio.create_task(worker.keep_alive()) for worker in self.workers]
        self._runs.add(asyncio.create_task(self._feed()))
        self._sweep_soon()

    async def close(self) -> None:
        """Stop; a prompt that runs stays in the queue."""
        runs = [*self._runs, *([self._sweeping] if self._sweeping else [])]
        for task in runs:
            task.cancel()
        await asyncio.gather(*runs, return_exceptions=True)
        try:
            await self._database.write(queue.put_back_running)
        except QueueError as error:
            log.error("%s What runs is put back at the next start", error)
        await asyncio.gather(*(worker.close() for worker in self.workers))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def ask(self, question: Question, seconds: float = 60.0) -> Any:
        """Put a question to a worker that is ready, an idle one first; see `Supervisor.ask` for the errors."""
        worker = min(self.workers, key=lambda one: (not one.is_ready, not one.is_idle))
        return await worker.ask(question, seconds)

    @property
    def is_ready(self) -> bool:
        """Whether some worker takes work."""
        return any(worker.is_ready for worker in self.workers)

    def find_running(self, prompt_id: str) -> RunningPrompt | None:
        return self._running.get(prompt_id)

    def list_running(self) -> list[RunningPrompt]:
        """The prompts that run now."""
        return list(self._running.values())

    def list_running_of(self, client_id: str) -> list[RunningPrompt]:
        """The prompts of one client that run now."""
        return [running for running in self._running.values() if running.item.client_id == client_id]

    # Changes to the queue

    async def submit(self, new: NewPrompt) -> QueueItem:
        """Store a prompt; it is safe on disk when this returns. Raises `QueueError`."""
        return (await self.submit_all([new]))[0]

    async def submit_all(self, new: Sequence[NewPrompt]) -> list[QueueItem]:
        """Store prompts, all of them or none; they are safe on disk when this returns. Raises `QueueError`."""
        stored = asyncio.ensure_future(self._add(new))
        # Writes are done in order, so a worker may ask for the prompt before it is known to be stored; but not before
        # its write is on its way, or the queue would be found empty and nobody would look again.
        asyncio.get_running_loop().call_soon(self._work_arrived.set)
        items = await stored
        # Meanwhile they may run: what becomes of them is stored behind them, and is lost with them or not at all.
        await self._database.sync()
        return items

    async def _add(self, new: Sequence[NewPrompt]) -> list[QueueItem]:
        """Store prompts, and tell how many wait before any of these can begin."""
        items: list[QueueItem]
        items, remaining = await self._change(partial(queue.add_all, new=new))
        self._announcer.send_queue(remaining)
        return items

    async def cancel(self, prompt_id: str) -> bool:
        """Stop a prompt, waiting or running; False when it is neither. What is answered outlives the server."""
        if await self._cancel_running(prompt_id):
            return True
        item = self._database.read(partial(queue.find_item, prompt_id=prompt_id))
        if item is None or item.state == "done":
            return False
        running = RunningPrompt(item, partial(self._announcer.send_event, client_id=item.client_id))
        running.end_by_cancel()
        result = running.result("cancelled", "{}", "{}")
        ended, remaining = await self._change(partial(queue.finish_pending, prompt_id=prompt_id, result=result))
        if ended:
            self._announce_end(running, remaining)
        return ended or await self._cancel_running(prompt_id)

    async def cancel_all_running(self) -> None:
        """Stop every prompt that runs."""
        await asyncio.gather(*map(self._cancel_running, list(self._running)))

    async def _cancel_running(self, prompt_id: str) -> bool:
        running = self._running.get(prompt_id)
        if running is None:
            return False
        if not running.is_cancelled:
            running.is_cancelled = True
            self._stop(running, self._workers_of[prompt_id])
            try:
                await self._database.write(partial(queue.note_cancel, prompt_id=prompt_id))
            except QueueError as error:
                log.warning("%s Should the server end now, prompt %s will run again", error, prompt_id)
        return True

    def _stop(self, running: RunningPrompt, worker: Supervisor) -> None:
        with suppress(WorkerDied):
            worker.cancel(running.item.prompt_id)
            asyncio.get_running_loop().call_later(self._cancel_grace, self._kill_if_running, running, worker)

    async def remove(self, prompt_ids: Iterable[str]) -> None:
        """Forget prompts that wait."""
        _, remaining = await self._change(partial(queue.remove_pending, prompt_ids=list(prompt_ids)))
        self._announcer.send_queue(remaining)
        self._sweep_soon()

    async def clear(self) -> None:
        """Forget every prompt that waits."""
        _, remaining = await self._change(queue.clear_pending)
        self._announcer.send_queue(remaining)
        self._sweep_soon()

    def _sweep_soon(self) -> None:
        """Do in the queue's file, piece by piece, what nobody waits for; see `queue.sweep`."""
        if self._sweeping is None or self._sweeping.done():
            self._sweeping = asyncio.create_task(self._sweep())

    async def _sweep(self) -> None:
        await asyncio.sleep(SWEEP_SECONDS)
        await self._do_all(queue.sweep)

    async def read_words(self) -> None:
        """Return once every prompt that has ended is found by its words, unless the disk is full."""
        if self._database.read(queue.has_unread):
            await self._do_all(queue.read_words)

    async def _do_all(self, piece: Callable[[sqlite3.Connection], bool]) -> None:
        try:
            while await self._database.write(piece):
                await asyncio.sleep(0)
        except QueueError as error:
            log.warning("%s What is left to do there is done later", error)

    async def move(self, prompt_ids: Sequence[str], place: Place) -> int:
        """Put prompts that wait at another place; answers how many. Raises `QueueError`."""
        return await self._rearrange(partial(move, prompt_ids=prompt_ids, place=place))

    async def renumber(self, prompt_ids: Sequence[str], number: float) -> int:
        """Give prompts that wait another number; answers how many."""
        return await self._rearrange(partial(renumber, prompt_ids=prompt_ids, number=number))

    async def pause(self) -> None:
        """Let no more prompts begin, also after a restart; those that run go on."""
        await self._rearrange(queue.pause)

    async def resume(self) -> None:
        """Let prompts begin again."""
        await self._rearrange(queue.resume)
        self._work_arrived.set()

    async def _rearrange(self, statement: Callable[..., Any]) -> Any:
        value, remaining = await self._change(statement)
        self._announcer.send_queue(remaining)
        await self._database.sync()
        return value

    def free(self, unload_models: bool, forget_results: bool) -> None:
        """Have every worker let go of memory."""
        self._affinity.forget()
        for worker in self.workers:
            if worker.is_ready:
                worker.free(unload_models, forget_results)

    # The way of one prompt

    async def _feed(self) -> None:
        """Give what waits, one by one, to workers that are free."""
        await self._put_back()
        while True:
            try:
                await self._wait_for_free_worker()
                # What is on its way into the queue has said so before it is counted.
                if self._remaining == 0:
                    await self._work_arrived.wait()
                self._work_arrived.clear()
                item, remaining = await self._change(queue.claim)
                if item is None:
                    await self._work_arrived.wait()
                elif worker := self._choose(item):
                    self._announcer.send_queue(remaining)
                    self._begin(worker, item)
                else:
                    await self._change(partial(queue.put_back, prompt_id=item.prompt_id))
            except QueueError as error:
                log.error("%s Trying again in %d seconds", error, RETRY_SECONDS)
                self._tell_trouble(error)
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:
                # Whatever it is, it must not end with this task the work on everything that waits.
                log.exception("The queue cannot be worked off; trying again in %d seconds", RETRY_SECONDS)
                await asyncio.sleep(RETRY_SECONDS)

    def _free_workers(self) -> list[Supervisor]:
        busy = list(self._workers_of.values())
        return [worker for worker in self.workers if worker.is_ready and worker not in busy]

    async def _wait_for_free_worker(self) -> None:
        while not self._free_workers():
            self._worker_freed.clear()
            resting = [worker for worker in self.workers if not worker.is_ready]
            signs = [
                asyncio.create_task(sign) for sign in (self._worker_freed.wait(), *(w.wait_ready() for w in resting))
            ]
            try:
                await asyncio.wait(signs, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for sign in signs:
                    sign.cancel()

    def _choose(self, item: QueueItem) -> Supervisor | None:
        """The free worker that holds most of what the prompt needs; None when there is none any more."""
        if len(self.workers) == 1:
            return next(iter(self._free_workers()), None)
        free, traits = self._free_workers(), traits_of(item.graph)
        if not free:
            return None
        worker = max(free, key=lambda one: self._affinity.score(one.name, one.pid, traits))
        self._affinity.note(worker.name, worker.pid, traits)
        return worker

    def _begin(self, worker: Supervisor, item: QueueItem) -> None:
        running = RunningPrompt(item, partial(self._announcer.send_event, client_id=item.client_id))
        # At once after the claim, so that a cancel finds the prompt either waiting or here.
        self._running[item.prompt_id] = running
        self._workers_of[item.prompt_id] = worker
        finished = worker.begin(RunPrompt(item.prompt_id, item.graph, item.extra_data, item.targets))
        run = asyncio.create_task(self._see_through(worker, running, finished))
        self._runs.add(run)
        run.add_done_callback(self._end)

    def _end(self, run: "asyncio.Task[None]") -> None:
        self._runs.discard(run)
        self._worker_freed.set()
        if not run.cancelled() and (error := run.exception()) is not None:
            log.error("The end of a prompt could not be stored", exc_info=error)

    async def _see_through(
        self, worker: Supervisor, running: RunningPrompt, outcome: "asyncio.Future[Finished]"
    ) -> None:
        item = running.item
        try:
            finished = await outcome
        except WorkerDied as death:
            running.node = worker.last_node_of(item.prompt_id) or running.node
            await self._settle_death(running, death)
        else:
            running.tell_whole()
            await self._store(running, running.result(finished.status, finished.outputs, finished.meta))
        finally:
            self._running.pop(item.prompt_id, None)
            self._workers_of.pop(item.prompt_id, None)

    async def _store(self, running: RunningPrompt, result: Result) -> None:
        _, remaining = await self._change_surely(partial(queue.finish, prompt_id=running.item.prompt_id, result=result))
        self._running.pop(running.item.prompt_id, None)
        self._announce_end(running, remaining)

    async def _store_cancelled(self, running: RunningPrompt) -> None:
        running.end_by_cancel()
        await self._store(running, running.result("cancelled", "{}", "{}"))

    async def _settle_death(self, running: RunningPrompt, death: WorkerDied) -> None:
        if running.is_cancelled:
            await self._store_cancelled(running)
            return
        running.end_by_death(str(death).rstrip("."), death.memory)
        result = running.result("error", "{}", "{}")
        settle = partial(queue.settle_death, prompt_id=running.item.prompt_id, result=result)
        has_failed, remaining = await self._change_surely(settle)
        self._running.pop(running.item.prompt_id, None)
        if has_failed:
            self._announce_end(running, remaining)
        else:
            log.warning("%s Prompt %s goes back into the queue", death, running.item.prompt_id)
            self._announcer.send_queue(remaining)
            self._work_arrived.set()

    async def _put_back(self) -> None:
        """Let what the last server left running wait again, but for what may have been the end of it each time."""
        await self._change_surely(queue.return_running)
        for item in self._database.read(queue.list_cancelled):
            await self._store_cancelled(RunningPrompt(item, lambda event: None))
        for item in self._database.read(queue.list_exhausted):
            await self._give_up(item)

    async def _give_up(self, item: QueueItem) -> None:
        running = RunningPrompt(item, lambda event: None)
        running.end_by_death("The server or its worker ended each time this prompt ran")
        await self._store(running, running.result("error", "{}", "{}"))

    def _announce_end(self, running: RunningPrompt, remaining: int) -> None:
        """In this order, and only now: whoever hears of the end finds the prompt in the history."""
        for ending in running.endings:
            running.send(ending)
        self._announcer.send_queue(remaining)
        running.send(Executing(running.item.prompt_id, None))
        self._sweep_soon()

    def _take_events(self, events: tuple[Event, ...]) -> None:
        for event in events:
            if running := self._running.get(event.prompt_id):
                running.take(event)

    def _kill_if_running(self, running: RunningPrompt, worker: Supervisor) -> None:
        if self._running.get(running.item.prompt_id) is running:
            log.warning("Prompt %s did not stop in time; its worker is replaced", running.item.prompt_id)
            worker.kill()

    async def _change_surely(self, statement: Callable[..., Any]) -> tuple[Any, int]:
        """How a run ended must not be lost because the disk is full just now: it is offered until it is taken.

        It outlives every process, but not a loss of power, which may at most repeat the last runs.
        """
        while True:
            try:
                return await self._change(statement)
            except QueueError as error:
                log.error("%s It is kept in memory and stored as soon as it can be", error)
                self._tell_trouble(error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _change(self, statement: Callable[..., Any]) -> tuple[Any, int]:
        """Store a change, and count in the same transaction what is left in the queue."""
        value, remaining = await self._database.write(lambda c: (statement(c), queue.count_remaining(c)))
        self._remaining = remaining
        if self.trouble:
            self.trouble = ""
            self._announcer.send_queue(remaining)
        return value, remaining

    def _tell_trouble(self, error: QueueError) -> None:
        self.trouble = str(error)
        self._announcer.send_queue(self._remaining or 0, self.trouble)
