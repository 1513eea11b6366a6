"""The results of a running prompt: found by signature in the cache, held while a node may still need them."""

import asyncio
import inspect
import logging
from collections.abc import Iterable, Iterator
from typing import Any

from execution.cache import Cache, Result
from execution.call import call_each, gather
from execution.dynamic import DynamicPrompt
from execution.errors import ClassGone, DependencyCycle, NodeError
from execution.graph import ancestors_first, circles
from execution.node_class import NodeClass, NodeClasses, arguments_of
from execution.progress import StoppedByHand
from execution.prompt import Link
from execution.shown import Ui, repeat
from execution.signature import Signature, sign
from execution.told_files import has_lost_files

_log = logging.getLogger(__name__)


class Results:
    """Holds each result until every node that was planned to use it is done; after that only the cache may."""

    def __init__(self, nodes: DynamicPrompt, classes: NodeClasses, cache: Cache) -> None:
        self._nodes = nodes
        self._classes = classes
        self._cache = cache
        self._held: dict[str, Result] = {}
        self._users: dict[str, set[str]] = {}
        self.signatures: dict[str, Signature] = {}

    def sign(self, wanted: Iterable[str], order: list[str] | None = None) -> list[str]:
        """Sign these nodes and all that they depend on, as far as they are not yet; answers with the new ones.

        `order` has just these, inputs first, where that is known already.
        """
        order = ancestors_first(self._nodes, wanted, self.signatures) if order is None else order
        for node_id in order:
            node = self._nodes[node_id]
            if node.class_type not in self._classes:
                raise ClassGone(node_id, node.class_type)
            declared = self._classes[node.class_type]
            fingerprint = self._fingerprint(node_id, declared)
            try:
                signature = sign(node_id, node, declared, fingerprint, self.signatures.__getitem__)
            except KeyError as error:
                raise self._explain(node_id, order, error) from error
            self.signatures[node_id] = signature
        return order

    def find(self, node_id: str) -> Result | None:
        """The result of a node, if it is held or cached; a cached one is held from now on."""
        result = self._held.get(node_id)
        if result is None:
            result = self._cache.get(self.signatures[node_id])
            if result is not None and self._users.get(node_id):
                self._held[node_id] = result
        return result

    def forget_lost(self, node_id: str) -> None:
        """Let go of a node's cached result where files that it saved are gone, so that it saves them again."""
        result = self._cache.get(self.signatures[node_id])
        if result is not None and any(map(has_lost_files, _shown_by(result))):
            self._cache.forget(self.signatures[node_id])

    def forget(self, node_id: str) -> None:
        """Let go of a node's cached result."""
        self._cache.forget(self.signatures[node_id])

    def forget_all(self) -> None:
        """Let go of every result, also of those that are still to be used: who needs one has it made anew."""
        self._held.clear()
        self._cache.clear()

    def showing_inside(self, starts: Iterable[str]) -> list[str]:
        """Of the nodes that these are made of, themselves included, the cached ones that expanded into what showed
        something; without those that only an input led to that was not needed, or that is asked for later."""
        found, seen = [], set(starts)
        waiting = list(seen)
        while waiting:
            node_id = waiting.pop()
            node, result = self._nodes[node_id], self._cache.peek(self.signatures[node_id])
            declared = self._classes[node.class_type]
            if result is not None and result.inside:
                found.append(node_id)
            for name, link in node.links.items():
                is_used = name not in result.unused if result is not None else declared.waits_for(name)
                if is_used and link.node_id not in seen and link.node_id in self.signatures:
                    seen.add(link.node_id)
                    waiting.append(link.node_id)
        return found

    def made_of(self, node_ids: Iterable[str]) -> set[str]:
        """These nodes and all that depend on them."""
        users: dict[str, list[str]] = {}
        for node_id in self.signatures:
            for other in self._nodes[node_id].sources:
                users.setdefault(other, []).append(node_id)
        found = set(node_ids)
        waiting = list(found)
        while waiting:
            further = [user for user in users.get(waiting.pop(), ()) if user not in found]
            found.update(further)
            waiting += further
        return found

    def values(self, link: Link) -> list[Any] | None:
        """The values of the output that a link comes from; None when there is no result."""
        result = self.find(link.node_id) if link.node_id in self.signatures else None
        if result is None:
            return None
        if not _has(result, link):
            class_type = self._nodes[link.node_id].class_type
            raise NodeError(
                f"Output {link.output_index} of node {link.node_id} ({class_type}) is wanted here, but it gave "
                f"{len(result.slots)}, counted from 0. Link to another of its outputs."
            )
        return result.slots[link.output_index]

    def gives(self, link: Link) -> bool:
        """Whether the output that a link comes from has its values; a result without that output is let go of."""
        result = self.find(link.node_id)
        if result is None or _has(result, link):
            return result is not None
        self._held.pop(link.node_id, None)
        self._cache.forget(self.signatures[link.node_id])
        return False

    def users(self, node_id: str) -> frozenset[str]:
        """Those that are planned to use a node's result."""
        return frozenset(self._users.get(node_id, ()))

    def keep(self, node_id: str, result: Result) -> None:
        """Hold a new result as long as a planned node may need it."""
        if self._users.get(node_id):
            self._held[node_id] = result

    def store(self, node_id: str, result: Result, seconds: float) -> None:
        """Offer a new result to later prompts."""
        self._cache.put(self.signatures[node_id], result, seconds)

    def plan(self, user: str, used: Iterable[str]) -> None:
        """Tell that a node will use others' results."""
        for node_id in used:
            self._users.setdefault(node_id, set()).add(user)

    def release(self, user: str, used: Iterable[str]) -> None:
        """Tell that a node is done with others' results."""
        for node_id in used:
            users = self._users.get(node_id, set())
            users.discard(user)
            if not users:
                self._held.pop(node_id, None)

    def _fingerprint(self, node_id: str, declared: NodeClass) -> Any:
        """What the class says that the result depends on besides its inputs; NaN, equal to nothing, when it fails."""
        name = declared.fingerprint_name
        if name is None:
            return None
        function = getattr(declared.cls, name)
        try:
            named, takes_any = arguments_of(function)
            hidden: dict[str, Any] = {"UNIQUE_ID": node_id, "PROMPT": {}, "EXTRA_PNGINFO": None, "DYNPROMPT": None}
            linked = self._cached if declared.fingerprint_reads_links else lambda link: None
            values = gather(declared, self._nodes[node_id].inputs, hidden, linked).values
            arguments = {name: value for name, value in values.items() if takes_any or name in named}
            answers = call_each(function, arguments, declared.takes_lists)
            return [asyncio.run(answer) if inspect.iscoroutine(answer) else answer for answer in answers]
        except StoppedByHand:
            raise
        except BaseException:
            _log.warning("%s of %s failed; node %s will run again.", name, declared.class_type, node_id, exc_info=True)
            return float("nan")

    def _cached(self, link: Link) -> list[Any] | None:
        """The values of an output that are in the cache, without a use counted."""
        result = self._cache.peek(self.signatures[link.node_id]) if link.node_id in self.signatures else None
        return result.slots[link.output_index] if result is not None and _has(result, link) else None

    def _explain(self, node_id: str, order: list[str], error: KeyError) -> NodeError:
        found = circles(self._nodes, order)
        if found:
            return DependencyCycle(found[0])
        return NodeError(f"Node {node_id} has a link to node {error}, which is not in the prompt.")


def _has(result: Result, link: Link) -> bool:
    return 0 <= link.output_index < len(result.slots)


def _shown_by(result: Result) -> Iterator[Ui | None]:
    yield result.ui
    yield from (shown.ui for shown in repeat(result.inside, "", ""))
