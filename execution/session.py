"""One run of one prompt, from execution_start to its end."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from functools import partial
from threading import Condition
from typing import Any

from execution.cache import Result
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
from execution.dynamic import DynamicPrompt
from execution.engine import Engine
from execution.errors import DependencyCycle, InputChanged, Interrupted, NodeError, TooFewOutputs
from execution.events import Event, ExecutionError
from execution.expand import graft
from execution.hidden_inputs import HiddenInputs
from execution.mutation import digest_inputs, find_changes
from execution.node_call import NodeCall, NodeReporter
from execution.node_class import NodeClasses
from execution.plain import plain
from execution.progress import CancelToken, StoppedByHand, reporting
from execution.prompt import Link
from execution.rank import Ranks
from execution.results import Results
from execution.run import Outcome, Run
from execution.schedule import Schedule
from execution.shown import Shown, named
from execution.teller import Teller
from execution.unknown_links import prune

# How long a cancel may wait while nothing but async nodes and writes is going on.
PATIENCE = 0.05
# Who wants the outputs, where nodes want all else.
CLIENT = ""


class Session:
    """Works off one prompt on the calling thread.

    One thread at a time has the turn: it alone reads and changes the plan, and gives the turn away while a node's own
    code runs. So async nodes that have answered, and others that only wait for these, go on while a node computes.
    """

    def __init__(self, engine: Engine, run: Run, emit: Callable[[Event], None], cancel: CancelToken) -> None:
        self._engine = engine
        self._run = run
        self._cancel = cancel
        self._classes = run.classes or NodeClasses(engine.nodes)
        # What has been validated has no such links any more.
        prompt = run.prompt if run.classes else prune(run.prompt, run.prompt.nodes, self._classes)
        self._nodes = DynamicPrompt(prompt)
        self._teller = Teller(run.prompt_id, self._nodes, emit, engine.timings)
        self._results = Results(self._nodes, self._classes, engine.cache)
        self._schedule = Schedule(self._needs, lambda node_id: self._rank_of(node_id), self._is_light)
        self._rank_of = Ranks(self._is_output, self._schedule.wanted_by)
        self._hidden = HiddenInputs(run, self._nodes)
        self._turn = Condition()
        self._answered: deque[NodeCall] = deque()
        self._calls: dict[str, NodeCall] = {}
        self._expanded: dict[str, Answer] = {}
        self._writing: dict[str, NodeCall] = {}
        self._lost: set[str] = set()
        self._failures: list[ExecutionError] = []
        self._cancelled_at: str | None = None
        self._is_over = False
        self._shown: dict[str, list[Shown]] = {}
        self._spoilt: set[str] = set()
        self._asked: dict[str, set[str]] = {}
        self._has_inside = False

    def execute(self) -> Outcome:
        """Run to the end, whichever it is, telling every event on the way."""
        self._teller.start()
        with self._turn:
            with self._blaming(next(iter(self._run.outputs), CLIENT)):
                self._begin()
            self._work()
            self._is_over = True
        return self._end()

    def _begin(self) -> None:
        signed = self._results.sign(self._run.outputs, self._run.order)
        wanted = list(dict.fromkeys([*self._run.outputs, *self._showing(self._run.outputs, signed)]))
        for node_id in wanted:
            self._results.forget_lost(node_id)
        self._engine.cache.begin_prompt(self._results.signatures.values())
        cached = [node_id for node_id in signed if self._results.signatures[node_id] in self._engine.cache]
        self._teller.name_cached(cached)
        self._want(wanted)
        self._teller.board.plan(set(self._schedule.planned).difference(cached))

    def _want(self, node_ids: list[str]) -> None:
        # Or one that is in the cache now might be gone when its turn comes, and then all that it is made of.
        node_ids = [node_id for node_id in node_ids if not self._schedule.is_done(node_id)]
        self._results.plan(CLIENT, node_ids)
        self._schedule.want(node_ids)

    def _showing(self, starts: Iterable[str], signed: Iterable[str]) -> list[str]:
        """The cached nodes behind these that show more than their own output, and are therefore wanted too."""
        peek, signatures = self._engine.cache.peek, self._results.signatures
        found = any((result := peek(signatures[node_id])) is not None and result.inside for node_id in signed)
        self._has_inside = self._has_inside or found
        return self._results.showing_inside(starts) if self._has_inside else []

    def _work(self) -> None:
        while self._cancelled_at is None and not (self._schedule.is_empty and not self._writing):
            if self._answered:
                self._hear(self._answered.popleft())
                continue
            try:
                node_id = self._schedule.take()
            except DependencyCycle as error:
                self._fail(error.node_ids[0], error)
                continue
            if node_id is None:
                self._rest()
            else:
                self._step(node_id)

    def _work_beside(self) -> None:
        """Go on with what async nodes have answered, as far as it takes no time, while a node computes."""
        with self._turn:
            while not self._is_over and self._cancelled_at is None:
                if self._answered:
                    self._hear(self._answered.popleft())
                elif (node_id := self._schedule.take_light()) is not None:
                    self._step(node_id)
                else:
                    break
            self._turn.notify()

    def _rest(self) -> None:
        self._turn.wait(PATIENCE)
        if self._cancel.is_cancelled and self._cancelled_at is None:
            self._cancelled_at = next(iter([*self._calls, *self._writing]), "")

    def _step(self, node_id: str) -> None:
        with self._blaming(node_id):
            self._cancel.check()
            if node_id in self._lost:
                self._give_up(node_id)
            elif node_id in self._expanded:
                self._resume(node_id, self._expanded[node_id])
            elif (result := self._results.find(node_id)) is not None:
                self._teller.repeat_node(node_id, result)
                self._note_shown(node_id, result)
                self._schedule.finish(node_id)
                self._results.release(CLIENT, [node_id])
            else:
                self._call(node_id)

    # A node's call and its answer

    def _call(self, node_id: str) -> None:
        node = self._nodes[node_id]
        declared = self._classes[node.class_type]
        # Were they given to a node that has not asked, its result would depend on what else is in the cache.
        unasked = declared.lazy_among(node.links) - self._asked.get(node_id, set())
        gathered = gather(declared, node.inputs, self._hidden.of(node_id, declared), self._results.values, unasked)
        call = NodeCall(node_id, declared, gathered)
        with self._blaming(node_id, call):
            awaited = [name for name in gathered.missing if not declared.leaves_out(name)]
            own = self._engine.object_of(node_id, declared.cls)
            if not awaited and declared.has_lazy_check:
                with self._aside():
                    awaited = wanted_lazily(declared, own, node.inputs, gathered)
            if awaited:
                self._asked.setdefault(node_id, set()).update(awaited)
                for name in awaited:
                    self._results.gives(node.links[name])
                self._wait_for(node_id, [node.links[name].node_id for name in awaited])
                return
            if self._has_inside and declared.has_lazy_check:
                given = [link.node_id for name, link in node.links.items() if name not in gathered.missing]
                self._want(self._showing(given, ()))
            self._calls[node_id] = call
            self._teller.begin_node(node_id)
            self._start(call, own)

    def _start(self, call: NodeCall, own: Any) -> None:
        def note(index: int) -> None:
            call.call_index = index

        reporter = NodeReporter(call, self._teller, self._nodes, self._engine.background, self._cancel)
        function = getattr(own, call.declared.function)
        block = partial(self._block, call)
        with self._aside(), reporting(reporter):
            if self._engine.check_mutation:
                call.digests = digest_inputs(call.gathered.values)
            answers = call_each(function, call.gathered.values, call.declared.takes_lists, block, note)
            if is_pending(answers):
                call.answering = self._engine.background.start(gather_all(answers))
        if call.answering is None:
            self._answer(call, answers)
        else:
            call.answering.add_done_callback(lambda _: self._note_answer(call))

    def _note_answer(self, call: NodeCall) -> None:
        """Called on the thread of the coroutines, which must not wait for its turn."""
        self._answered.append(call)
        self._engine.background.soon(self._work_beside)

    def _hear(self, call: NodeCall) -> None:
        with self._blaming(call.node_id):
            assert call.answering is not None
            if call.is_over:
                self._schedule.finish(call.node_id)
            else:
                self._answer(call, call.answering.result())

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
        signed = self._results.sign(needed)
        for node_id in needed:
            self._results.forget_lost(node_id)
        for link in answer.links:
            self._results.gives(link)  # Or one that an earlier prompt left without that output would be taken.
        needed += self._showing(needed, signed)
        self._results.plan(call.node_id, answer.linked)
        self._expanded[call.node_id] = answer
        self._wait_for(call.node_id, needed)

    def _resume(self, node_id: str, answer: Answer) -> None:
        gone = [other for other in answer.linked if self._results.find(other) is None]
        if gone:
            self._wait_for(node_id, gone)
            return
        del self._expanded[node_id]
        self._complete(self._calls[node_id], answer)
        self._results.release(node_id, answer.linked)

    def _complete(self, call: NodeCall, answer: Answer) -> None:
        slots = merge(call.declared, answer.results, self._values)
        if len(slots) < len(call.declared.return_types):
            self._refuse_wanted(call, len(slots))
        ui = plain(answer.ui) if answer.ui is not None else None
        result = Result(slots, ui, tuple(self._shown.pop(call.node_id, ())), call.gathered.missing)
        self._note_shown(call.node_id, result)
        del self._calls[call.node_id]
        call.is_over = True
        self._results.keep(call.node_id, result)
        self._schedule.finish(call.node_id)
        self._results.release(call.node_id, self._nodes[call.node_id].sources)
        self._results.release(CLIENT, [call.node_id])
        if self._schedule.is_empty:  # Nothing is left that it would keep waiting, and no thread is quicker.
            call.write_last(self._aside)
        call.send_off(self._engine.background)
        if not call.writes:
            self._announce(call, result)
            return
        self._writing[call.node_id] = call
        call.unwritten = len(call.writes)
        for write in call.writes:
            write.add_done_callback(lambda _: self._count_write(call, result))

    def _refuse_wanted(self, call: NodeCall, given: int) -> None:
        """Fail a node that gave this many outputs and has more, if another waits for one of those."""
        told = f"{given} of its {len(call.declared.return_types)}"
        for user in self._results.users(call.node_id):
            for link in self._awaited_links(user):
                if link.node_id == call.node_id and link.output_index >= given:
                    raise TooFewOutputs(call.declared.class_type, told, link.output_index, user)

    def _awaited_links(self, node_id: str) -> Iterable[Link]:
        """Where a planned node's values come from, without what it may never ask for."""
        if node_id in self._expanded:
            return self._expanded[node_id].links
        if node_id not in self._nodes:
            return ()
        node, asked = self._nodes[node_id], self._asked.get(node_id, ())
        declared = self._classes[node.class_type]
        return [link for name, link in node.links.items() if name in asked or declared.waits_for(name)]

    def _count_write(self, call: NodeCall, result: Result) -> None:
        """After the last write of a node, tell that it is done: mostly on a writer's thread, while others compute."""
        with self._turn:
            call.unwritten -= 1
            if call.unwritten or self._is_over:
                return
            del self._writing[call.node_id]
            with self._blaming(call.node_id, call):
                for write in call.writes:
                    write.result()
                self._announce(call, result)
            self._turn.notify()

    def _announce(self, call: NodeCall, result: Result) -> None:
        """Tell that a node is done, only now that its files are on disk."""
        self._teller.note_executed(call.node_id)
        self._teller.finish_node(call.node_id, result)
        if not call.was_blocked and call.node_id not in self._spoilt:
            self._results.store(call.node_id, result, call.seconds)

    def _note_shown(self, node_id: str, result: Result) -> None:
        """Keep what a node of an expansion showed for the result of the node that expanded."""
        parent = self._nodes.parent_id(node_id)
        if parent is not None and (result.ui is not None or result.inside):
            shown = Shown(named(node_id, parent), self._nodes.own_display_id(node_id), result.ui, result.inside)
            self._shown.setdefault(parent, []).append(shown)

    def _block(self, call: NodeCall, blocker: ExecutionBlocker) -> ExecutionBlocker:
        """A node that is given a blocker is not called and gives blockers itself; a message is told once."""
        if blocker.message is None:
            return blocker
        call.was_blocked = True
        self._teller.tell_blocked(call.node_id, blocker.message)
        return ExecutionBlocker(None)

    # The plan

    def _needs(self, node_id: str) -> list[str]:
        if node_id in self._lost or self._results.find(node_id) is not None:
            return []
        node = self._nodes[node_id]
        declared = self._classes[node.class_type]
        self._results.plan(node_id, node.sources)
        awaited = (link for name, link in node.links.items() if declared.waits_for(name))
        return list(dict.fromkeys(link.node_id for link in awaited if not self._results.gives(link)))

    def _is_light(self, node_id: str) -> bool:
        return node_id in self._expanded or self._classes[self._nodes[node_id].class_type].is_async

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

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """Give the turn away while a node's own code runs."""
        self._turn.release()
        try:
            with self._engine.around():
                yield
        finally:
            self._turn.acquire()

    # What goes wrong

    @contextmanager
    def _blaming(self, node_id: str, call: NodeCall | None = None) -> Iterator[None]:
        try:
            yield
        except StoppedByHand:
            raise
        except BaseException as error:
            # Code that is cancelled may fail in ways of its own.
            if isinstance(error, Interrupted) or self._cancel.is_cancelled:
                self._cancelled_at = node_id if self._cancelled_at is None else self._cancelled_at
            else:
                self._fail(node_id, error, call)

    def _fail(self, node_id: str, error: BaseException, call: NodeCall | None = None) -> None:
        """Keep in mind that a node failed; whatever does not depend on it goes on."""
        call = call or self._calls.get(node_id)
        at_fault = error.node_ids[0] if isinstance(error, NodeError) and error.node_ids else node_id
        self._failures.append(self._teller.fail_node(at_fault, error, call.gathered.values if call else {}))
        if isinstance(error, InputChanged):
            self._spoilt.update(self._calls, self._writing)
            self._results.forget_all()
        self._spoil(node_id)
        self._give_up(node_id)

    def _spoil(self, node_id: str) -> None:
        """Have nobody use the result of a node again that expanded into one that failed, even if it was made, nor what
        was made of it: what failed would not be tried again."""
        parents = []
        while (parent := self._nodes.parent_id(node_id)) is not None:
            parents.append(parent)
            node_id = parent
        for other in self._results.made_of(parents):
            self._spoilt.add(other)
            self._results.forget(other)

    def _give_up(self, node_id: str) -> None:
        given_up = self._schedule.give_up(node_id)
        self._lost.update(given_up.lost)
        for other in (*given_up.lost, *given_up.unwanted):
            call = self._calls.get(other)
            if call is not None and call.answering is not None:
                call.answering.cancel()
            elif call is not None and other in given_up.unwanted:
                continue  # It computes, and may be wanted by a later prompt.
            self._let_go(other)

    def _let_go(self, node_id: str) -> None:
        """Forget a node that will not be called, or not be heard."""
        call = self._calls.pop(node_id, None)
        if call is not None:
            call.is_over = True
        answer = self._expanded.pop(node_id, None)
        if node_id in self._nodes:
            self._results.release(node_id, [*self._nodes[node_id].sources, *(answer.linked if answer else ())])

    def _end(self) -> Outcome:
        unfinished = [*self._calls.values(), *self._writing.values()]
        for call in unfinished:
            if call.answering is not None:
                call.answering.cancel()
        wait([write for call in unfinished for write in call.writes])
        if self._cancelled_at is not None:
            return self._teller.end_cancelled(self._cancelled_at)
        return self._teller.end_badly(self._failures) if self._failures else self._teller.end_well()
