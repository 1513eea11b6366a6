"""One run of one prompt, from execution_start to its end."""

import queue
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from threading import Lock
from typing import Any

from execution.background import Around, Background
from execution.cache import Cache, Result
from execution.call import (
    Answer,
    ExecutionBlocker,
    call_each,
    gather,
    gather_all,
    is_pending,
    merge,
    read_answers,
    wanted_lazily,
)
from execution.compat.pack_prompt import PackPrompt
from execution.dynamic import DynamicPrompt
from execution.errors import DependencyCycle, Interrupted, NodeError
from execution.events import Event
from execution.expand import graft
from execution.mutation import digest_inputs, find_changes
from execution.node_call import NodeCall, NodeReporter
from execution.node_class import NodeClass, NodeClasses
from execution.plain import plain
from execution.progress import CancelToken, reporting
from execution.prompt import Link, PromptNode
from execution.results import Results
from execution.run import Outcome, Run
from execution.schedule import Schedule
from execution.teller import Teller

# How long a cancel may wait while nothing but async nodes and writes is going on.
PATIENCE = 0.05


@dataclass(frozen=True)
class Engine:
    """What outlives a run: the node classes, the results, the threads, the nodes' objects."""

    nodes: Mapping[str, type]
    cache: Cache
    background: Background
    around: Around
    object_of: Callable[[str, type], Any]
    check_mutation: bool = False


class _Stopped(Exception):
    """The run cannot go on because of one node."""

    def __init__(self, node_id: str, error: BaseException) -> None:
        super().__init__(node_id)
        self.node_id, self.error = node_id, error


class Session:
    """Works off one prompt on the calling thread."""

    def __init__(self, engine: Engine, run: Run, emit: Callable[[Event], None], cancel: CancelToken) -> None:
        self._engine = engine
        self._run = run
        self._cancel = cancel
        self._nodes = DynamicPrompt(run.prompt)
        self._teller = Teller(run.prompt_id, self._nodes, emit)
        self._classes = NodeClasses(engine.nodes)
        self._results = Results(self._nodes, self._classes, engine.cache)
        self._schedule = Schedule(self._needs, self._rank)
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._calls: dict[str, NodeCall] = {}
        self._expanded: dict[str, Answer] = {}
        self._writing: dict[str, NodeCall] = {}
        self._counting = Lock()

    def execute(self) -> Outcome:
        """Run to the end, whichever it is, telling every event on the way."""
        self._teller.start()
        try:
            self._begin()
            self._work()
        except _Stopped as stop:
            return self._end_early(stop.node_id, stop.error)
        return self._teller.end_well()

    def _begin(self) -> None:
        with self._blaming(next(iter(self._run.outputs), "")):
            signed = self._results.sign(self._run.outputs)
            self._engine.cache.begin_prompt(self._results.signatures.values())
            cached = [node_id for node_id in signed if self._results.signatures[node_id] in self._engine.cache]
            self._teller.name_cached(cached)
            for node_id in self._run.outputs:
                self._schedule.add(node_id)

    def _work(self) -> None:
        while not self._schedule.is_empty or self._writing:
            self._collect()
            node_id = self._take()
            if node_id is None:
                self._collect(PATIENCE)
                continue
            with self._blaming(node_id):
                self._cancel.check()
                self._step(node_id)

    def _take(self) -> str | None:
        try:
            return self._schedule.take()
        except DependencyCycle as error:
            raise _Stopped(error.node_ids[0], error) from error

    def _collect(self, patience: float = 0.0) -> None:
        """Deal with what other threads have finished, after waiting for something up to `patience` seconds."""
        try:
            work = self._inbox.get(timeout=patience) if patience else self._inbox.get_nowait()
            while True:
                work()
                work = self._inbox.get_nowait()
        except queue.Empty:
            pass
        if patience and self._cancel.is_cancelled:
            running = next(iter([*self._calls, *self._writing]), "")
            raise _Stopped(running, Interrupted("The prompt was cancelled."))

    def _step(self, node_id: str) -> None:
        if node_id in self._expanded:
            self._resume(node_id, self._expanded[node_id])
            return
        result = self._results.find(node_id)
        if result is None:
            self._call(node_id)
            return
        self._teller.finish_node(node_id, result)
        self._schedule.finish(node_id)

    def _call(self, node_id: str) -> None:
        node = self._nodes[node_id]
        declared = self._classes[node.class_type]
        gathered = gather(declared, node.inputs, self._hidden(node_id, declared), self._results.values)
        awaited = [name for name in gathered.missing if not _is_left_out(declared, name)]
        own = self._engine.object_of(node_id, declared.cls)
        if not awaited and declared.has_lazy_check:
            with self._engine.around():
                awaited = wanted_lazily(declared, own, node.inputs, gathered)
        if awaited:
            self._wait_for(node_id, [node.links[name].node_id for name in awaited])
            return
        call = self._calls[node_id] = NodeCall(node_id, declared, gathered)
        self._teller.begin_node(node_id)
        self._start(call, own)

    def _start(self, call: NodeCall, own: Any) -> None:
        def note(index: int) -> None:
            call.call_index = index

        reporter = NodeReporter(call, self._teller, self._nodes, self._engine.background, self._cancel)
        if self._engine.check_mutation:
            call.digests = digest_inputs(call.gathered.values)
        function = getattr(own, call.declared.function)
        with reporting(reporter), self._engine.around():
            answers = call_each(
                function, call.gathered.values, call.declared.takes_lists, partial(self._block, call), note
            )
            if is_pending(answers):
                call.answering = self._engine.background.start(gather_all(answers))
        if call.answering is None:
            self._answer(call, answers)
        else:
            call.answering.add_done_callback(lambda done: self._inbox.put(partial(self._answer_late, call, done)))

    def _answer_late(self, call: NodeCall, done: "Future[Any]") -> None:
        with self._blaming(call.node_id):
            self._answer(call, done.result())

    def _answer(self, call: NodeCall, answers: list[Any]) -> None:
        if call.digests is not None:
            find_changes(call.digests, call.gathered.values, call.declared.class_type)
        answer = read_answers(call.declared, answers)
        if answer.expansions:
            self._expand(call, answer)
        else:
            self._complete(call, answer)

    def _expand(self, call: NodeCall, answer: Answer) -> None:
        needed: list[str] = []
        for expansion in answer.expansions:
            needed += graft(expansion, call.node_id, self._nodes, self._classes)
        self._results.sign(needed)
        self._results.plan(call.node_id, _linked(answer))
        self._expanded[call.node_id] = answer
        self._wait_for(call.node_id, needed)

    def _resume(self, node_id: str, answer: Answer) -> None:
        gone = [other for other in _linked(answer) if self._results.find(other) is None]
        if gone:
            self._wait_for(node_id, gone)
            return
        del self._expanded[node_id]
        self._complete(self._calls[node_id], answer)
        self._results.release(node_id, _linked(answer))

    def _complete(self, call: NodeCall, answer: Answer) -> None:
        slots = merge(call.declared, answer.results, self._values)
        result = Result(slots, plain(answer.ui) if answer.ui is not None else None)
        del self._calls[call.node_id]
        call.is_over = True
        self._teller.note_executed(call.node_id)
        self._results.keep(call.node_id, result)
        self._schedule.finish(call.node_id)
        self._results.release(call.node_id, _upstream(self._nodes[call.node_id]))
        if not call.writes:
            self._announce(call, result)
            return
        self._writing[call.node_id] = call
        call.unwritten = len(call.writes)
        for write in list(call.writes):
            write.add_done_callback(lambda done: self._count_write(call, result))

    def _count_write(self, call: NodeCall, result: Result) -> None:
        """After the last write of a node, tell that it is done: here, on the writer's thread, since a node that takes
        long may keep the compute thread."""
        with self._counting:
            call.unwritten -= 1
            if call.unwritten:
                return
        failure: Exception | None = None
        try:
            for write in call.writes:
                write.result()
            self._announce(call, result)
        except Exception as error:
            failure = error
        self._inbox.put(partial(self._end_writes, call, failure))

    def _end_writes(self, call: NodeCall, failure: Exception | None) -> None:
        del self._writing[call.node_id]
        if failure is not None:
            self._calls[call.node_id] = call
            raise _Stopped(call.node_id, failure)

    def _announce(self, call: NodeCall, result: Result) -> None:
        """Tell that a node is done, only now that its files are on disk."""
        self._teller.finish_node(call.node_id, result)
        if not call.was_blocked:
            self._results.store(call.node_id, result, call.seconds)

    def _block(self, call: NodeCall, blocker: ExecutionBlocker) -> ExecutionBlocker:
        """A node that is given a blocker is not called and gives blockers itself; a message is told once."""
        if blocker.message is None:
            return blocker
        call.was_blocked = True
        self._teller.tell_blocked(call.node_id, blocker.message)
        return ExecutionBlocker(None)

    def _needs(self, node_id: str) -> list[str]:
        if self._results.find(node_id) is not None:
            return []
        node = self._nodes[node_id]
        declared = self._classes[node.class_type]
        self._results.plan(node_id, _upstream(node))
        strong = dict.fromkeys(link.node_id for name, link in node.links.items() if _waits_for_link(declared, name))
        return [other for other in strong if self._results.find(other) is None]

    def _rank(self, node_id: str) -> int:
        """Output and async nodes first, then what feeds an output, then what feeds that."""
        declared = self._classes[self._nodes[node_id].class_type]
        if declared.is_output or declared.is_async:
            return 0
        users = list(self._schedule.wanted_by(node_id))
        if any(self._is_output(user) for user in users):
            return 1
        return 2 if any(self._is_output(later) for user in users for later in self._schedule.wanted_by(user)) else 3

    def _is_output(self, node_id: str) -> bool:
        return self._classes[self._nodes[node_id].class_type].is_output

    def _wait_for(self, node_id: str, others: Iterable[str]) -> None:
        others = list(others)
        for other in others:
            if self._schedule.is_done(other) and self._results.find(other) is None:
                self._schedule.forget(other)
        self._schedule.put_back(node_id, others)

    def _values(self, link: Link) -> list[Any]:
        values = self._results.values(link)
        if values is None:
            raise NodeError(f"There is no result of node {link.node_id}, which the expanded nodes should have given.")
        return values

    def _hidden(self, node_id: str, declared: NodeClass) -> dict[str, Any]:
        given: dict[str, Callable[[], Any]] = {
            "PROMPT": lambda: self._prompt_json,
            "EXTRA_PNGINFO": lambda: self._run.extra_data.get("extra_pnginfo"),
            "UNIQUE_ID": lambda: node_id,
            "DYNPROMPT": lambda: PackPrompt(self._nodes),
        }
        return {wanted: given[wanted]() for wanted in declared.hidden.values() if wanted in given}

    @cached_property
    def _prompt_json(self) -> dict[str, Any]:
        return self._run.prompt.to_json()

    @contextmanager
    def _blaming(self, node_id: str) -> Iterator[None]:
        try:
            yield
        except _Stopped:
            raise
        except (Exception, SystemExit) as error:
            at_fault = error.node_ids[0] if isinstance(error, DependencyCycle) else node_id
            raise _Stopped(at_fault, error) from error

    def _end_early(self, node_id: str, error: BaseException) -> Outcome:
        for call in self._calls.values():
            if call.answering is not None:
                call.answering.cancel()
        wait([write for call in [*self._calls.values(), *self._writing.values()] for write in call.writes])
        inputs = self._calls[node_id].gathered.values if node_id in self._calls else {}
        # Code that is cancelled may fail in ways of its own.
        cause = Interrupted("The prompt was cancelled.") if self._cancel.is_cancelled else error
        return self._teller.end_badly(node_id, cause, inputs)


def _is_left_out(declared: NodeClass, name: str) -> bool:
    """Whether the node itself says at run time if it needs this input."""
    spec = declared.spec(name)
    return spec is not None and spec.is_lazy and declared.has_lazy_check


def _waits_for_link(declared: NodeClass, name: str) -> bool:
    spec = declared.spec(name)
    return not _is_left_out(declared, name) and not (spec is not None and spec.takes_link_itself)


def _upstream(node: PromptNode) -> set[str]:
    return {link.node_id for link in node.links.values()}


def _linked(answer: Answer) -> list[str]:
    return [link.node_id for expansion in answer.expansions for link in expansion.links]
