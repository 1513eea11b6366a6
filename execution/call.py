"""Calling one node: its inputs as lists, one call for each element, the answers merged into one list per output."""

import asyncio
import inspect
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from execution.errors import NodeError
from execution.flow import ExecutionBlocker as ExecutionBlocker
from execution.node_class import NodeClass
from execution.prompt import Link, parse_link

Slots = tuple[list[Any], ...]


@dataclass(frozen=True)
class Gathered:
    """A node's inputs, each a list of values; `missing` names links whose results are not there yet."""

    values: dict[str, list[Any]]
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Expansion:
    """A graph that one call of a node answered with, to be run in its place."""

    graph: Mapping[str, Any]
    result: Sequence[Any]

    @property
    def links(self) -> list[Link]:
        """The outputs of new nodes that become outputs of the node that expanded."""
        return [link for value in self.result if (link := parse_link(value)) is not None]


@dataclass(frozen=True)
class Answer:
    """What a node answered, over all its calls: a result or an expansion for each, and what the page shows."""

    results: list[Sequence[Any] | Expansion] = field(default_factory=list)
    ui: dict[str, list[Any]] | None = None

    @property
    def expansions(self) -> list[Expansion]:
        return [result for result in self.results if isinstance(result, Expansion)]

    @property
    def links(self) -> list[Link]:
        """The outputs of new nodes that become outputs of this one."""
        return [link for expansion in self.expansions for link in expansion.links]

    @property
    def linked(self) -> list[str]:
        return [link.node_id for link in self.links]


def gather(
    node: NodeClass,
    inputs: Mapping[str, Any],
    hidden: Mapping[str, Any],
    output_of: Callable[[Link], list[Any] | None],
    withheld: Container[str] = (),
) -> Gathered:
    """Collect a node's inputs: linked results, declared values, hidden ones. Inputs that it does not know are left out.

    `hidden` holds what the engine can give by what is asked for (`"PROMPT"`, …); `output_of` answers None for a
    result that is not there, and links that are `withheld` count as such.
    """
    values: dict[str, list[Any]] = {}
    missing = set()
    for name, value in inputs.items():
        spec = node.spec(name)
        if not isinstance(value, Link):
            if spec is not None or name in node.hidden:  # What the engine does not give, a prompt may.
                values[name] = [value]
        elif spec is not None and spec.takes_link_itself:
            values[name] = [list(value)]
        elif node.takes(name):
            slots = None if name in withheld else output_of(value)
            if slots is None:
                missing.add(name)
            values[name] = [None] if slots is None else slots
    values.update({name: [hidden[wanted]] for name, wanted in node.asked_for.items() if wanted in hidden})
    return Gathered(values, frozenset(missing))


def arguments_per_call(values: Mapping[str, list[Any]], takes_lists: bool) -> Iterator[dict[str, Any]]:
    """The arguments of each call: one with whole lists, or one per element, shorter lists repeating their last."""
    if takes_lists or not values:
        yield dict(values)
        return
    longest = max(len(value) for value in values.values())
    if any(not value for value in values.values()):
        return  # An empty list among the inputs leaves nothing to do.
    for index in range(longest):
        yield {name: value[min(index, len(value) - 1)] for name, value in values.items()}


def call_each(
    function: Callable[..., Any],
    values: Mapping[str, list[Any]],
    takes_lists: bool,
    on_block: Callable[[ExecutionBlocker], ExecutionBlocker] = lambda blocker: blocker,
    before_call: Callable[[int], None] = lambda index: None,
) -> list[Any]:
    """Call a node's function as often as its inputs ask; answers may be awaitables. A blocked call is not made."""
    answers: list[Any] = []
    for index, arguments in enumerate(arguments_per_call(values, takes_lists)):
        blocker = _blocker_among(arguments, takes_lists)
        if blocker is not None:
            answers.append(on_block(blocker))
            continue
        before_call(index)
        answers.append(function(**arguments))
    return answers


def is_pending(answers: Sequence[Any]) -> bool:
    """Whether any answer is still to be awaited."""
    return any(inspect.isawaitable(answer) for answer in answers)


async def gather_all(answers: Sequence[Any]) -> list[Any]:
    """The answers, awaited all at once where they must be."""

    async def settle(answer: Any) -> Any:
        return await answer if inspect.isawaitable(answer) else answer

    tasks = [asyncio.ensure_future(settle(answer)) for answer in answers]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()


def read_answers(node: NodeClass, answers: Sequence[Any]) -> Answer:
    """Sort what the calls returned into results, expansions and ui."""
    results: list[Sequence[Any] | Expansion] = []
    shown: list[Mapping[str, Any]] = []
    for answer in answers:
        if isinstance(answer, Mapping):
            if answer.get("ui") is not None:
                shown.append(_as_ui(node, answer["ui"]))
            if "expand" in answer:
                results.append(Expansion(answer["expand"], _as_slots(node, answer.get("result") or ())))
            elif "result" in answer:
                results.append(_as_slots(node, answer["result"]))
        else:
            results.append(_as_slots(node, answer))
    if answers and not results:
        results.append(())  # What was called and gave no outputs is not what was never called.
    return Answer(results, _merge_ui(shown) if shown else None)


def merge(
    node: NodeClass, results: Sequence[Sequence[Any] | Expansion], output_of: Callable[[Link], list[Any]]
) -> Slots:
    """One list of values per output that each call gave; outputs that are lists are joined.

    `output_of` answers for the nodes that an expansion's results link to.
    """
    if not results:
        return tuple([] for _ in node.return_types)
    given = [result.result if isinstance(result, Expansion) else result for result in results]
    slots: list[list[Any]] = [[] for _ in range(min(map(len, given)))]
    for result, values in zip(results, given, strict=True):
        for index, value in enumerate(values[: len(slots)]):
            link = parse_link(value) if isinstance(result, Expansion) else None
            if link is not None:
                slots[index].extend(output_of(link))
            elif _is_list(node, index) and not isinstance(value, ExecutionBlocker):
                slots[index].extend(value)
            else:
                slots[index].append(value)
    return tuple(slots)


def _is_list(node: NodeClass, index: int) -> bool:
    return index < len(node.output_is_list) and node.output_is_list[index]


def wanted_lazily(declared: NodeClass, node: Any, inputs: Mapping[str, Any], gathered: Gathered) -> list[str]:
    """The inputs that the node says it needs after all, among those that it leaves out when it can."""
    answers = call_each(node.check_lazy_status, gathered.values, declared.takes_lists)
    if is_pending(answers):
        answers = asyncio.run(gather_all(answers))
    named = {name for answer in answers for name in _as_names(declared, inputs, answer)}
    return [name for name in inputs if name in named and name in gathered.missing]


def _as_names(node: NodeClass, inputs: Mapping[str, Any], answer: Any) -> Sequence[str]:
    """What a node says it needs, as names of its inputs; no answer, or a blocker, needs nothing."""
    if answer is None or isinstance(answer, ExecutionBlocker):
        return ()
    if not isinstance(answer, (list, tuple, set, frozenset)):
        raise NodeError(
            f"check_lazy_status of {node.class_type} returned {answer!r:.80} where a list of names of inputs was "
            "expected. The node's author must return a list, which may be empty."
        )
    # A node may name None, which it takes for nothing.
    named = [name for name in answer if name is not None]
    unknown = [name for name in named if not isinstance(name, str) or not (name in inputs or node.takes(name))]
    if unknown:
        raise NodeError(
            f"check_lazy_status of {node.class_type} asked for {unknown[0]!r:.80}, which is none of its inputs. "
            "The node's author must name inputs of INPUT_TYPES."
        )
    return named


def _as_slots(node: NodeClass, answer: Any) -> Sequence[Any]:
    if isinstance(answer, ExecutionBlocker):
        return (answer,) * len(node.return_types)
    if isinstance(answer, (tuple, list)):
        return answer
    if answer is None and not node.return_types:
        return ()
    raise NodeError(
        f"{node.class_type} returned {type(answer).__name__} where a tuple with one value for each of its "
        f"{len(node.return_types)} outputs was expected. The node's author must return (value,)."
    )


def _as_ui(node: NodeClass, ui: Any) -> Mapping[str, Any]:
    if isinstance(ui, Mapping):
        return ui
    raise NodeError(
        f"{node.class_type} returned {type(ui).__name__} as ui where a dict of lists by name was expected. "
        'The node\'s author must return {"ui": {"text": [value]}}.'
    )


def _blocker_among(arguments: Mapping[str, Any], takes_lists: bool) -> ExecutionBlocker | None:
    for value in arguments.values():
        for part in value if takes_lists and isinstance(value, list) else (value,):
            if isinstance(part, ExecutionBlocker):
                return part
    return None


def _merge_ui(shown: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    merged: dict[str, list[Any]] = {}
    for ui in shown:
        for name, value in ui.items():
            merged.setdefault(name, []).extend(value if hasattr(value, "__iter__") else [value])
    return merged
