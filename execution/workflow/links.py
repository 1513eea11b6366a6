"""Where an input's value really comes from: through reroutes, bypassed nodes and the walls of subgraphs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from execution.errors import WorkflowError
from execution.type_match import types_match
from execution.workflow.graph import INPUT_BOX, OUTPUT_BOX, LinkRow, inputs_of, link_id, outputs_of
from execution.workflow.promoted import promoted_value
from execution.workflow.scopes import BYPASSED, MUTED, Scope

# Nodes that only the editor knows; REROUTE passes on, the others give nothing.
REROUTE = "Reroute"
EDITOR_ONLY = frozenset({"Note", "MarkdownNote", "PrimitiveNode", REROUTE})

NOTHING = None


@dataclass(frozen=True)
class Source:
    """A node of the prompt and its output."""

    prompt_id: str
    slot: int


@dataclass(frozen=True)
class Constant:
    """A value that a subgraph's host gives in place of a link."""

    value: Any


def resolve(scope: Scope, slot: Mapping[str, Any], wanted: Any) -> Source | Constant | None:
    """What feeds an input slot whose final consumer wants type `wanted`; None when nothing does."""
    place: tuple[Scope, LinkRow] | Source | Constant | None = _follow(scope, slot)
    for _ in range(100_000):
        if not isinstance(place, tuple):
            return place
        place = _step(*place, wanted)
    raise WorkflowError("A chain of reroutes or bypassed nodes never ends", "")


def _follow(scope: Scope, slot: Mapping[str, Any]) -> tuple[Scope, LinkRow] | None:
    link = link_id(slot)
    row = scope.graph.links.get(link) if link is not None else None
    return None if row is None else (scope, row)


def _step(scope: Scope, row: LinkRow, wanted: Any) -> tuple[Scope, LinkRow] | Source | Constant | None:
    if row.origin == INPUT_BOX:
        return _leave(scope, row.origin_slot)
    node = scope.graph.nodes.get(row.origin)
    if node is None:
        raise WorkflowError(
            f"A link comes from node {row.origin}, which is not in the workflow", "Remove the link or connect it anew."
        )
    mode = node.get("mode")
    if mode == MUTED:
        return NOTHING
    if mode == BYPASSED:
        return _pass_by(scope, row, wanted)
    if node["type"] == REROUTE:
        return _follow(scope, inputs_of(node)[0]) if inputs_of(node) else NOTHING
    if node["type"] in EDITOR_ONLY:
        return NOTHING
    definition = scope.definition_of(node)
    if definition is None:
        return Source(scope.prompt_id(row.origin), row.origin_slot)
    inner = definition.link_into(OUTPUT_BOX, row.origin_slot)
    if inner is None:
        return NOTHING
    if inner.origin == INPUT_BOX:
        raise WorkflowError(
            f"In subgraph {definition.name} an input is wired straight to an output",
            "Connect the nodes outside of it instead.",
        )
    return scope.enter(row.origin), inner


def _leave(scope: Scope, slot: int) -> tuple[Scope, LinkRow] | Constant | None:
    """From a subgraph's input box to what its host is given."""
    if scope.parent is None or slot >= len(scope.graph.inputs):
        return NOTHING
    name = scope.graph.inputs[slot].get("name")
    host_slot = next((given for given in inputs_of(scope.host) if given.get("name") == name), {})
    outside = _follow(scope.parent, host_slot)
    if outside is not None:
        return outside
    promoted = promoted_value(scope, slot)
    return None if promoted is None else Constant(promoted.value)


def _pass_by(scope: Scope, row: LinkRow, wanted: Any) -> tuple[Scope, LinkRow] | None:
    """A bypassed node passes one input on: the one beside the output if it fits, else the first that fits."""
    node = scope.graph.nodes[row.origin]
    slots, outputs = inputs_of(node), outputs_of(node)
    if not slots:
        return NOTHING
    beside = slots[row.origin_slot] if row.origin_slot < len(slots) else None
    if wanted in ("*", ""):
        return _follow(scope, beside or slots[0])
    own = outputs[row.origin_slot].get("type") if row.origin_slot < len(outputs) else "*"
    if beside is not None and _fits(beside.get("type"), own) and _fits(beside.get("type"), wanted):
        return _follow(scope, beside)
    fitting = [slot for slot in slots if slot.get("type") == wanted] or [
        slot for slot in slots if _fits(slot.get("type"), wanted)
    ]
    # Only the first is asked: when nothing is connected to it, nothing is passed on.
    return _follow(scope, fitting[0]) if fitting else NOTHING


def _fits(given: Any, wanted: Any) -> bool:
    return types_match(str(given or "*").upper(), str(wanted or "*").upper())
