"""The models that this server fetches: what runs, what has ended, and telling of it."""

import asyncio
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from execution.errors import SkeinError
from web.server.fetching.bring import Wanted, bring, discard
from web.server.fetching.hosts import ModelHosts
from web.server.fetching.refusals import FetchConflict
from web.server.fetching.transfer import Limits, Progress
from web.server.userdata import NotThere

log = logging.getLogger(__name__)
AT_ONCE = 2
MOST_WAITING = 50
MOST_KEPT = 100
TOLD_EVERY_SECONDS = 0.25
WAITING, RUNNING, CHECKING, DONE, FAILED, CANCELLED = "waiting", "running", "checking", "done", "failed", "cancelled"
STATES = (WAITING, RUNNING, CHECKING, DONE, FAILED, CANCELLED)
ENDED = (DONE, FAILED, CANCELLED)


@dataclass(frozen=True)
class Fetch:
    """A model on its way, or what became of it. `message` says why it failed, or what it waits for."""

    id: str
    wanted: Wanted
    state: str = WAITING
    bytes: int = 0
    total: int | None = None
    message: str = ""

    def wire(self) -> dict[str, Any]:
        """As clients read it. What follows the `?` of an address may be a secret."""
        return {
            "id": self.id,
            "kind": self.wanted.kind,
            "name": self.wanted.name,
            "url": str(self.wanted.url.with_query(None)),
            "state": self.state,
            "bytes": self.bytes,
            "total": self.total,
            "message": self.message,
        }


class ModelFetches:
    """Runs fetches, a few at once, and tells of each change; ended ones are remembered until there are too many."""

    def __init__(self, hosts: ModelHosts, limits: Limits, locks: Path, told: Callable[[Fetch], None]) -> None:
        self.hosts = hosts
        self._limits = limits
        self._locks = locks
        self._told = told
        self._fetches: dict[str, Fetch] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._late: dict[str, asyncio.TimerHandle] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    def all(self) -> list[Fetch]:
        """Every fetch that is remembered, the newest first."""
        return list(reversed(self._fetches.values()))

    def start(self, wanted: Wanted) -> Fetch:
        """Begin a fetch, or answer the one that has begun; raises `FetchConflict`."""
        going = [fetch for fetch in self._fetches.values() if fetch.id in self._tasks]
        for fetch in going:
            if fetch.wanted.target == wanted.target:
                if fetch.wanted == wanted:
                    return fetch
                raise FetchConflict(f"{wanted.name} is being fetched from {fetch.wanted.url.host} already.")
        if len(going) >= MOST_WAITING:
            raise FetchConflict(f"{MOST_WAITING} models are on their way already; wait for one of them.")
        fetch = Fetch(uuid.uuid4().hex, wanted)
        for other in self._same_place(fetch):
            del self._fetches[other]
        self._set(fetch)
        self._tasks[fetch.id] = asyncio.create_task(self._run(fetch.id))
        self._forget_old()
        return fetch

    async def cancel(self, fetch_id: str) -> Fetch:
        """Stop a fetch, or give one up that has failed, and remove what has come of it; raises `NotThere`."""
        if fetch_id not in self._fetches:
            raise NotThere(f"There is no fetch {fetch_id!r}.")
        await self._stop(fetch_id)
        fetch = self._fetches[fetch_id]
        if fetch.state not in (DONE, CANCELLED):
            await asyncio.to_thread(discard, fetch.wanted)
            self._set(replace(fetch, state=CANCELLED, bytes=0, message=""))
        return self._fetches[fetch_id]

    async def close(self) -> None:
        """Stop all, and keep what has come of them."""
        for fetch_id in list(self._tasks):
            await self._stop(fetch_id)

    async def _stop(self, fetch_id: str) -> None:
        if task := self._tasks.get(fetch_id):
            task.cancel()
            await asyncio.wait([task])

    async def _run(self, fetch_id: str) -> None:
        wanted = self._fetches[fetch_id].wanted

        def told(progress: Progress, is_checking: bool) -> None:
            self._progress(fetch_id, progress, CHECKING if is_checking else RUNNING)

        try:
            async with self._places:
                log.info("Fetching %s/%s from %s.", wanted.kind, wanted.name, wanted.url.host)
                self._set(replace(self._fetches[fetch_id], state=RUNNING))
                await bring(wanted, self.hosts, self._limits, self._locks, told)
            self._end(fetch_id, DONE)
        except SkeinError as error:
            self._end(fetch_id, FAILED, str(error))
        except OSError as error:
            self._end(fetch_id, FAILED, f"The file cannot be written: {error.strerror or error}.")
        except Exception as error:
            log.exception("%s/%s could not be fetched", wanted.kind, wanted.name)
            self._end(fetch_id, FAILED, f"The server failed: {type(error).__name__}. Its log says more.")
        finally:
            self._tasks.pop(fetch_id, None)

    def _progress(self, fetch_id: str, progress: Progress, state: str) -> None:
        before = self._fetches[fetch_id]
        total = progress.total if progress.total is not None else before.total
        after = replace(before, state=state, bytes=progress.bytes, total=total, message=progress.note)
        is_new = (before.state, before.message) != (after.state, after.message)
        if is_new:
            self._set(after)
            return
        self._fetches[fetch_id] = after
        if fetch_id not in self._late:
            self._late[fetch_id] = asyncio.get_running_loop().call_later(TOLD_EVERY_SECONDS, self._tell, fetch_id)

    def _tell(self, fetch_id: str) -> None:
        """Tell how far a fetch is, once for all the steps since the last time."""
        del self._late[fetch_id]
        if fetch_id in self._tasks:
            self._told(self._fetches[fetch_id])

    def _end(self, fetch_id: str, state: str, message: str = "") -> None:
        fetch = self._fetches[fetch_id]
        log.log(logging.WARNING if state == FAILED else logging.INFO, "%s is %s. %s", fetch.wanted.name, state, message)
        self._set(replace(fetch, state=state, message=message))

    def _set(self, fetch: Fetch) -> None:
        self._fetches[fetch.id] = fetch
        self._told(fetch)

    def _same_place(self, fetch: Fetch) -> list[str]:
        return [other.id for other in self._fetches.values() if other.wanted.target == fetch.wanted.target]

    def _forget_old(self) -> None:
        ended = [fetch.id for fetch in self._fetches.values() if fetch.state in ENDED]
        for fetch_id in ended[: max(0, len(self._fetches) - MOST_KEPT)]:
            del self._fetches[fetch_id]
