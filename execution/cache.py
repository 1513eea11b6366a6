"""Results that may be reused, by signature, within a bound on the bytes that they hold."""

import heapq
from collections import Counter, OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from threading import RLock
from typing import Any

from execution.shown import Shown
from execution.signature import Signature
from execution.sizes import Key, held_bytes

POLICIES = ("ram", "classic", "lru", "none")
# A small result costs a little too; without this a million of them would count as nothing.
ENTRY_BYTES = 512
FRACTION_OF_MEMORY = 0.4
# A result that this many prompts had no use for is hardly wanted again; memory should not fill up with such.
PROMPTS_KEPT = 64


@dataclass(frozen=True)
class Result:
    """What a node gave: a list of values for each output, and what the page shows of it.

    `inside` is what the nodes that it expanded into showed, `unused` names the links that it had no need of.
    """

    slots: tuple[list[Any], ...]
    ui: dict[str, list[Any]] | None = None
    inside: tuple[Shown, ...] = ()
    unused: frozenset[str] = frozenset()


@dataclass
class _Entry:
    result: Result
    blocks: dict[Key, int]
    seconds: float
    last_prompt: int = 0
    worth: float = 0.0


class Cache:
    """Never holds more than `limit_bytes`; what is cheapest to make again for its size and unused longest goes first.

    Policies: `ram` keeps what fits and was of use to one of the last prompts; `classic` only what the running prompt
    can use; `lru` at most `most_entries` results; `none` nothing. A limit of 0 means a share of this machine's memory.
    Safe to use from several threads.
    """

    def __init__(self, limit_bytes: int = 0, policy: str = "ram", most_entries: int = 0) -> None:
        if policy not in POLICIES:
            raise ValueError(f"There is no cache policy {policy!r}; use one of {', '.join(POLICIES)}.")
        self.limit_bytes = limit_bytes or default_limit()
        self.policy = policy
        self.most_entries = most_entries
        self._entries: OrderedDict[Signature, _Entry] = OrderedDict()
        self._sizes: dict[Key, int] = {}
        self._holders: Counter[Key] = Counter()
        self._bytes = 0
        self._clock = 0.0
        self._prompt = 0
        self._queue: list[tuple[float, Signature]] = []
        self._lock = RLock()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def held(self) -> int:
        """Bytes held by all results together."""
        return self._bytes

    def __contains__(self, signature: object) -> bool:
        return signature in self._entries

    def get(self, signature: Signature) -> Result | None:
        """The result, which thereby counts as used now."""
        with self._lock:
            entry = self._entries.get(signature)
            if entry is None:
                return None
            self._touch(signature, entry)
            self._value(signature, entry)
            return entry.result

    def peek(self, signature: Signature) -> Result | None:
        """The result, which does not count as used by that."""
        entry = self._entries.get(signature)
        return entry.result if entry is not None else None

    def put(self, signature: Signature, result: Result, seconds: float = 0.0) -> None:
        """Keep a result that took `seconds` to make, if the bound allows."""
        if self.policy == "none":
            return
        # What is shown further inside is held by the results of those inside too: a long loop counts each turn once.
        blocks = held_bytes((result.slots, result.ui, [(shown.name, shown.card, shown.ui) for shown in result.inside]))
        with self._lock:
            self._drop(signature)
            entry = _Entry(result, blocks, seconds, self._prompt)
            self._entries[signature] = entry
            self._hold(blocks)
            self._value(signature, entry)
            self._shrink()

    def forget(self, signature: Signature) -> None:
        """Let go of a result, if it is there."""
        with self._lock:
            self._drop(signature)

    def begin_prompt(self, signatures: Collection[Signature]) -> None:
        """Tell which results the prompt that starts could use; some policies forget others now."""
        with self._lock:
            self._prompt += 1
            for signature in signatures:
                entry = self._entries.get(signature)
                if entry is not None:
                    self._touch(signature, entry)
            patience = {"classic": 0, "ram": PROMPTS_KEPT}.get(self.policy)
            while patience is not None and self._entries:
                signature, oldest = next(iter(self._entries.items()))
                if oldest.last_prompt >= self._prompt - patience:
                    break
                self._drop(signature)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._sizes.clear()
            self._holders.clear()
            self._queue.clear()
            self._bytes = 0

    def _touch(self, signature: Signature, entry: _Entry) -> None:
        entry.last_prompt = self._prompt
        self._entries.move_to_end(signature)

    def _shrink(self) -> None:
        if self.policy == "lru":
            while self.most_entries and len(self._entries) > self.most_entries:
                self._drop(next(iter(self._entries)))
        while self._bytes > self.limit_bytes and self._queue:
            worth, signature = heapq.heappop(self._queue)
            entry = self._entries.get(signature)
            if entry is not None and entry.worth == worth:
                # Greedy-Dual-Size (Cao and Irani 1997): the clock ages all that stay by the worth of what goes.
                self._clock = worth
                self._drop(signature)

    def _value(self, signature: Signature, entry: _Entry) -> None:
        size = ENTRY_BYTES + sum(entry.blocks.values())
        entry.worth = self._clock + (entry.seconds + 1e-6) / size
        heapq.heappush(self._queue, (entry.worth, signature))
        if len(self._queue) > 4 * len(self._entries) + 64:
            self._queue = [(entry.worth, signature) for signature, entry in self._entries.items()]
            heapq.heapify(self._queue)

    def _hold(self, blocks: dict[Key, int]) -> None:
        self._bytes += ENTRY_BYTES
        for block, size in blocks.items():
            if block not in self._sizes:
                self._sizes[block] = size
                self._bytes += size
            self._holders[block] += 1

    def _drop(self, signature: Signature) -> None:
        entry = self._entries.pop(signature, None)
        if entry is None:
            return
        self._bytes -= ENTRY_BYTES
        for block in entry.blocks:
            self._holders[block] -= 1
            if not self._holders[block]:
                del self._holders[block]
                self._bytes -= self._sizes.pop(block)


def default_limit() -> int:
    """The share of this machine's memory that results may hold."""
    import psutil

    return int(psutil.virtual_memory().total * FRACTION_OF_MEMORY)
