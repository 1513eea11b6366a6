"""The description of all nodes: asked of a worker, kept on disk so that a page can open before one is up."""

import asyncio
import json
import logging
from functools import lru_cache
from pathlib import Path

from execution.dispatch import Dispatcher
from execution.messages import Describe
from execution.supervisor import QuestionFailed, WorkerDied, WorkerUnavailable
from execution.writing import atomic_write
from web.server.needed_classes import with_needed
from web.server.packed import PackedTexts, tag_of

log = logging.getLogger(__name__)
FRESH_SECONDS = 15.0
FIRST_SECONDS = 120.0


class Catalog:
    """Answers `/object_info`: fresh when a worker is up, else as it was seen last.

    With `is_for_other_page` it is completed by what ComfyUI's own front end takes for granted.
    """

    def __init__(self, dispatcher: Dispatcher, file: Path, is_for_other_page: bool = False) -> None:
        self._dispatcher = dispatcher
        self._file = file
        self._last = _read(file)
        self._packed = PackedTexts()
        self.version_of = lru_cache(maxsize=1)(tag_of)
        """A short name of a text that `describe_all` answered."""
        self._complete = lru_cache(maxsize=1)(with_needed) if is_for_other_page else str

    async def describe_all(self) -> str:
        """Every node class as JSON text; waits for a worker only when none was ever seen."""
        return self._complete(await self._find_all())

    async def _find_all(self) -> str:
        if self._last is not None and not self._dispatcher.is_ready:
            return self._last
        seconds = FIRST_SECONDS if self._last is None else FRESH_SECONDS
        try:
            text: str = await self._dispatcher.ask(Describe(), seconds)
        except (WorkerUnavailable, WorkerDied, QuestionFailed) as error:
            if self._last is None:
                raise
            log.warning("The list of nodes may be out of date: %s", error)
            return self._last
        if text != self._last:
            self._last = text
            await asyncio.to_thread(_write, self._file, text)
        return self._last  # Of equal texts always the same one, whose hash is known.

    async def packed(self, text: str, coding: str) -> bytes:
        """What `describe_all` answered, packed: once for as long as it stays the same."""
        packed = self._packed.find("all", text, coding)
        if packed is None:
            packed = await asyncio.to_thread(lambda: self._packed.pack("all", text, coding, text.encode()))
        return packed

    async def describe_one(self, class_type: str) -> str:
        """One node class as JSON text, `{}` when there is none of this name."""
        if self._dispatcher.is_ready:
            text: str = await self._dispatcher.ask(Describe(class_type), FRESH_SECONDS)
            return text
        everything = json.loads(await self.describe_all())
        return json.dumps({class_type: everything[class_type]} if class_type in everything else {})


def _read(file: Path) -> str | None:
    try:
        text = file.read_text(encoding="utf-8")
        json.loads(text)
    except (OSError, ValueError):
        return None
    return text


def _write(file: Path, text: str) -> None:
    try:
        with atomic_write(file) as target:
            target.write(text.encode())
    except OSError as error:
        log.warning("The list of nodes cannot be kept in %s: %s", file, error)
