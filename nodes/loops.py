"""Loops as nodes: what lies between a start and an end runs once for each value, by copies put in the end's place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from execution import flow, progress
from nodes.declare import node
from nodes.graph_copies import Graph, copy_nodes, downstream, is_link, read_nodes
from nodes.running_graph import note_counts
from nodes.types import AnyValue, BoolValue, IntValue, RunningPrompt, UniqueId
from nodes.widgets import LAZY, OPTIONAL, RAW_LINK, Listed, Name, Number, Other, Socket, Tip

CATEGORY = "utils/loops"
ITEM, INDEX, CARRIED = 1, 2, 3
MOST_ROUNDS = 100_000
FIRST_CARRIED = -1
FOR_EACH_END, WHILE_END = "ForEachEnd", "WhileEnd"
ENDS = (FOR_EACH_END, WHILE_END)


class LoopError(ValueError):
    """A loop cannot run; the message says why and what to do."""


@dataclass(frozen=True, eq=False)
class Loop:
    """What a loop's start tells its end: which node it is, the values, and what the first round carries.

    A while loop has no values.
    """

    start: str
    values: Sequence[Any] | None
    carried: Any


LoopValue = Annotated[Loop, Socket("LOOP")]
Raw = Annotated[Any, Socket("*"), RAW_LINK]
Started = tuple[
    Annotated[LoopValue, Name("loop")],
    Annotated[AnyValue, Name("item")],
    Annotated[IntValue, Name("index")],
    Annotated[AnyValue, Name("carried")],
]


@node(CATEGORY, display_name="For Each", takes_lists=True)
class ForEachStart:
    """Begin a loop over the values of a list, the pictures of a batch, or the lines of a text.

    Everything between here and For Each End, and every node that saves from there, runs once for each value. What the
    end is given as carried is what the next round finds here.
    """

    def start(
        self,
        items: Annotated[AnyValue, Tip("A list, a batch, or a text with one value on each line.")],
        carried: Annotated[AnyValue, Tip("What the first round carries.")] | None = None,
        unique_id: UniqueId = None,
        prompt: RunningPrompt = None,
    ) -> Started:
        # A node may hand on several values one by one, which are a list all the same.
        values = values_of(items[0]) if len(items) == 1 else items
        return _started(str((unique_id or [None])[0]), values, (carried or [None])[0], (prompt or [None])[0])


@node(CATEGORY, display_name="Repeat")
class RepeatStart:
    """Begin a loop of so many rounds; the item counts from a start in steps."""

    def start(
        self,
        count: Annotated[int, Number(4, 0, 10_000)],
        first: Annotated[int, Number(0, -(2**53), 2**53), OPTIONAL] = 0,
        step: Annotated[int, Number(1, -(2**53), 2**53), OPTIONAL] = 1,
        carried: Annotated[AnyValue, Tip("What the first round carries.")] | None = None,
        unique_id: UniqueId = None,
        prompt: RunningPrompt = None,
    ) -> Started:
        values = [first + index * step for index in range(count)]
        return _started(str(unique_id), values, carried, prompt)


@node(CATEGORY, display_name="For Each End")
class ForEachEnd:
    """End a loop: the results of all rounds as a list, and what the last one carried."""

    def end(
        self,
        loop: LoopValue,
        result: Annotated[Raw, Tip("What each round makes.")],
        carried: Annotated[Raw, Tip("What the next round begins with.")] | None = None,
        unique_id: UniqueId = None,
        prompt: RunningPrompt = None,
    ) -> tuple[
        Annotated[AnyValue, Name("results"), Listed()],
        Annotated[AnyValue, Name("carried")],
    ]:
        if loop.values is None:
            raise LoopError("This loop was begun by While: end it with While End.")
        end = str(unique_id)
        nodes = read_nodes(prompt)
        _check_behind(nodes, loop.start)
        body = _body(nodes, loop.start, end)
        graph: Graph = {}
        given_loop = nodes[end]["inputs"]["loop"]
        graph[f"{end}.carried"] = _item(given_loop, FIRST_CARRIED, end)
        carry = _given(loop.carried, [f"{end}.carried", 0])
        made = []
        for index, value in enumerate(loop.values):
            prefix = f"{end}.{index}."
            graph[f"{prefix}item"] = _item(given_loop, index, end)
            given = {ITEM: _given(value, [f"{prefix}item", 0]), INDEX: index, CARRIED: carry}
            graph |= _round(nodes, body, prefix, loop.start, given)
            made.append(_in_round(result, body, prefix, loop.start, given))
            if is_link(carried):
                carry = _in_round(carried, body, prefix, loop.start, given)
        graph[f"{end}.results"] = {
            "class_type": "GatherRounds",
            "inputs": {
                "given": {str(index): value for index, value in enumerate(made) if not is_link(value)},
                **{f"value_{index}": value for index, value in enumerate(made) if is_link(value)},
            },
            "override_display_id": end,
        }
        return flow.expansion(graph, ([f"{end}.results", 0], carry))  # type: ignore[return-value]


@node(CATEGORY, display_name="While")
class WhileStart:
    """Begin a loop that goes on while its end is given true."""

    def start(self, carried: AnyValue, unique_id: UniqueId = None, prompt: RunningPrompt = None) -> Started:
        return _started(str(unique_id), None, carried, prompt)


@node(CATEGORY, display_name="While End")
class WhileEnd:
    """End a round: the loop goes on with what is carried while the condition is true.

    Where it would go on after most_rounds, it fails, so that no loop runs for ever.
    """

    def end(
        self,
        loop: LoopValue,
        carried: Annotated[Raw, Tip("What the next round begins with, and the loop ends with.")],
        condition: Annotated[Raw, Tip("Whether to go on after this round.")],
        most_rounds: Annotated[int, Number(100, 1, MOST_ROUNDS), OPTIONAL] = 100,
        unique_id: UniqueId = None,
        prompt: RunningPrompt = None,
    ) -> tuple[Annotated[AnyValue, Name("carried")], Annotated[IntValue, Name("rounds")]]:
        if loop.values is not None:
            raise LoopError("This loop was begun by For Each or Repeat: end it with For Each End.")
        end = str(unique_id)
        nodes = read_nodes(prompt)
        _check_behind(nodes, loop.start)
        plan = {"end": end, "start": loop.start, "carried": carried, "condition": condition, "most": most_rounds}
        first = {f"{end}.carried": _item(nodes[end]["inputs"]["loop"], FIRST_CARRIED, end)}
        return _while_round(nodes, [f"{end}.carried", 0], 0, plan, first)  # type: ignore[return-value]


@node("utils/loops/inner", display_name="Next Round")
class NextRound:
    """Between two rounds of a while loop: begin another or end."""

    def go_on(
        self,
        carried: AnyValue,
        condition: BoolValue,
        plan: Annotated[Any, Other("*")],
        unique_id: UniqueId = None,
        prompt: RunningPrompt = None,
    ) -> tuple[AnyValue, IntValue]:
        rounds = plan["round"] + 1
        progress.current().check_cancelled()
        if not condition:
            return carried, rounds
        if rounds >= plan["most"]:
            raise LoopError(
                f"The loop has not ended after {rounds} rounds. Allow more at most_rounds, or mend its condition."
            )
        nodes = read_nodes(prompt)
        carry = nodes[str(unique_id)]["inputs"]["carried"]
        return _while_round(nodes, carry, rounds, plan, {})  # type: ignore[return-value]


@node("utils/loops/inner", display_name="Item of a Loop")
class LoopItem:
    """What one round goes through; -1 is what the first one carries."""

    def pick(self, loop: LoopValue, index: Annotated[int, Number(0, -1, MOST_ROUNDS)]) -> AnyValue:
        return loop.carried if index == FIRST_CARRIED else (loop.values or ())[index]


@node("utils/loops/inner", display_name="Gather Rounds", takes_lists=True)
class GatherRounds:
    """The results of all rounds as one list, those of each round together."""

    def gather(
        self,
        given: Annotated[Any, Other("*")] | None = None,
        unique_id: UniqueId = None,
        **values: list[Any],
    ) -> Annotated[AnyValue, Listed()]:
        plain = (given or [{}])[0]
        rounds = [
            [plain[str(number)]] if str(number) in plain else values[f"value_{number}"]
            for number in range(len(plain) + len(values))
        ]
        note_counts(str((unique_id or [None])[0]), [len(results) for results in rounds])
        return [value for results in rounds for value in results]


def values_of(items: Any) -> list[Any]:
    """What a loop goes through: the values of a list, the items of a batch each as a batch of one, lines of a text."""
    if isinstance(items, str):
        return [line for line in items.splitlines() if line.strip()]
    if isinstance(items, dict) and "samples" in items:
        from comfy.sampling.each import items_of

        return list(items_of(items))
    if hasattr(items, "split") and hasattr(items, "shape"):
        return list(items.split(1))
    if isinstance(items, list | tuple | range):
        return [[each] for each in items] if _is_conditioning(items) else list(items)
    raise LoopError(f"The input items is one {type(items).__name__}, not several. Give a list, a batch or a text.")


def _is_conditioning(items: Any) -> bool:
    """Whether it is one, whose parts are pairs of a tensor and settings; each of them is one as a list alone."""
    return bool(items) and all(
        isinstance(each, list | tuple) and len(each) == 2 and hasattr(each[0], "shape") and isinstance(each[1], dict)
        for each in items
    )


def _started(start: str, values: Sequence[Any] | None, carried: Any, prompt: Any) -> Any:
    """What a loop's start hands on; its items only exist in the rounds that its end makes."""
    # A copy in a round of another loop has its end as the original has.
    is_original = prompt is not None and prompt.get_parent_node_id(start) is None
    if is_original and not any(start in _loop_of(prompt.get_node(other)) for other in prompt.all_node_ids()):
        end = "While End" if values is None else "For Each End"
        raise LoopError(f"Nothing ends this loop. Link its output loop to {end}.")
    nothing = flow.ExecutionBlocker(None)
    return Loop(start, values, carried), nothing, nothing, nothing


def _body(nodes: Graph, start: str, end: str) -> set[str]:
    """The nodes of a loop: all that depends on its start but not on its ends, and loops that end inside whole."""
    ends = {end, *(node_id for node_id, node in nodes.items() if start in _loop_of(node))}
    others = ends.union(*(downstream(nodes, each) for each in ends))
    others |= {node_id for node_id in nodes if node_id.startswith(tuple(f"{each}." for each in ends))}
    body = downstream(nodes, start, without=others)
    return with_whole_loops(nodes, body, {start}, others)


def _check_behind(nodes: Graph, start: str) -> None:
    """Raise `LoopError` where a node behind a loop takes something from within it, which only exists in its rounds."""
    ends = [node_id for node_id, node in nodes.items() if start in _loop_of(node)]
    behind = set().union(*(downstream(nodes, end) for end in ends))
    within = {start} | downstream(nodes, start, without=behind.union(ends))
    for node_id in sorted(behind):
        for name, value in nodes[node_id]["inputs"].items():
            if is_link(value) and value[0] in within:
                raise LoopError(
                    f"Node {node_id} ({nodes[node_id]['class_type']}) lies behind the end of this loop, but its input "
                    f"{name} comes from node {value[0]} ({nodes[value[0]]['class_type']}) within it, which only exists "
                    "in its rounds. Put the node before the end, and give the end what it makes as the result."
                )


def with_whole_loops(nodes: Graph, chosen: set[str], outer: Iterable[str] = (), others: Iterable[str] = ()) -> set[str]:
    """The chosen nodes, and of each loop that ends among them its start and all of its rounds.

    `outer` are starts of loops that enclose them all, `others` nodes that are not taken.
    """
    chosen, stopped = set(chosen), set(others)
    while inner := {start for node_id in chosen for start in _loop_of(nodes[node_id])} - chosen - set(outer):
        chosen |= inner
        for start in inner:
            chosen |= downstream(nodes, start, without=stopped)
    return chosen


def _loop_of(node: dict[str, Any]) -> list[str]:
    link = node["inputs"].get("loop") if node["class_type"] in ENDS else None
    return [link[0]] if isinstance(link, list) and is_link(link) else []


def _given(value: Any, link: list[Any]) -> Any:
    """A plain value itself, so that rounds with the same one are known again; others by the link to them."""
    return value if isinstance(value, str | int | float | bool) else link


def _item(loop: Any, index: int, shown_at: str) -> dict[str, Any]:
    return {"class_type": "LoopItem", "inputs": {"loop": loop, "index": index}, "override_display_id": shown_at}


def _round(nodes: Graph, body: set[str], prefix: str, start: str, given: dict[int, Any]) -> Graph:
    def replaced(_node: str, _input: str, value: Any) -> Any:
        return given[value[1]] if is_link(value) and value[0] == start else value

    return copy_nodes(nodes, body, prefix, replaced)


def _in_round(link: Any, body: set[str], prefix: str, start: str, given: dict[int, Any]) -> Any:
    """What an input of the loop's end stands for in one round."""
    if not is_link(link):
        return link
    if link[0] == start:
        return given[link[1]]
    return [prefix + link[0], link[1]] if link[0] in body else link


def _while_round(nodes: Graph, carry: Any, number: int, plan: dict[str, Any], added: Graph) -> dict[str, Any]:
    """A round of a while loop, and after it the node that decides on the next."""
    end, start = plan["end"], plan["start"]
    prefix = f"{end}.{number}."
    body = _body(nodes, start, end)
    given = {ITEM: carry, INDEX: number, CARRIED: carry}
    graph = _round(nodes, body, prefix, start, given) | added
    graph[f"{prefix}next"] = {
        "class_type": "NextRound",
        "inputs": {
            "carried": _in_round(plan["carried"], body, prefix, start, given),
            "condition": _in_round(plan["condition"], body, prefix, start, given),
            "plan": {**plan, "round": number},
        },
        "override_display_id": end,
    }
    return flow.expansion(graph, ([f"{prefix}next", 0], [f"{prefix}next", 1]))


def wanted_branch(condition: bool | None = None, **branches: Any) -> list[str]:
    """Which of the two inputs is to be computed."""
    name = "if_true" if condition else "if_false"
    return [name] if branches.get(name) is None else []


Branch = Annotated[Any, Socket("*"), LAZY]
NOT_THERE: Any = object()


def _there(value: Any, name: str) -> Any:
    """The value of an input that was chosen. Raises `LoopError` where nothing is connected to it."""
    if value is NOT_THERE:
        raise LoopError(f"The input {name} is chosen, but nothing is connected to it. Link a value to it.")
    return value


@node("utils/logic", display_name="If / Else", lazy_status=wanted_branch)
class IfElse:
    """One of two values; what makes the other one does not run."""

    def choose(
        self,
        condition: Annotated[bool, Other("BOOLEAN", {"default": True})],
        if_true: Branch | None = NOT_THERE,
        if_false: Branch | None = NOT_THERE,
    ) -> AnyValue:
        return _there(if_true if condition else if_false, "if_true" if condition else "if_false")


def wanted_case(index: int | None = None, **cases: Any) -> list[str]:
    """Which of the cases is to be computed."""
    name = f"value_{index}"
    return [name] if name in cases and cases[name] is None else []


@node("utils/logic", display_name="Switch", lazy_status=wanted_case)
class Switch:
    """One of several values by its number; what makes the others does not run."""

    def choose(
        self,
        index: Annotated[int, Number(0, 0, 5)],
        value_0: Branch | None = NOT_THERE,
        value_1: Branch | None = NOT_THERE,
        value_2: Branch | None = NOT_THERE,
        value_3: Branch | None = NOT_THERE,
        value_4: Branch | None = NOT_THERE,
        value_5: Branch | None = NOT_THERE,
    ) -> AnyValue:
        return _there((value_0, value_1, value_2, value_3, value_4, value_5)[index], f"value_{index}")
