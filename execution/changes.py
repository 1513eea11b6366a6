"""`--set NODE.INPUT=VALUE`: one input of one node, found by the node's id, title or class."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from execution.errors import SkeinError
from execution.guess import near
from execution.node_class import NodeClasses
from execution.workflow.graph import Node, inputs_of, link_id
from execution.workflow.widgets import held_values

Graph = dict[str, Any]
MOST_LISTED = 20


class ChangeError(SkeinError):
    """A change that names no input, or several."""


@dataclass(frozen=True)
class Change:
    """A value for an input of a node of a prompt."""

    node_id: str
    input: str
    value: Any


def read_change(setting: str, prompt: Graph, classes: NodeClasses) -> Change:
    """Find the input that `NODE.INPUT=VALUE` means; a `ChangeError` tells the names that are near."""
    place, equals, text = setting.partition("=")
    if not equals or "." not in place:
        raise ChangeError(f"--set {setting!r} must read NODE.INPUT=VALUE, as in KSampler.seed=5.")
    # Both a title and an input's name may hold dots.
    ways = [(place[:at], place[at + 1 :]) for at, character in enumerate(place) if character == "."]
    for node, name in ways:
        found = find_nodes(prompt, node)
        if len(found) > 1 and any(name in _input_names(prompt[node_id], classes) for node_id in found):
            raise ChangeError(f"Several nodes are called {node!r}: use one of the ids {', '.join(found)}.")
        if found and name in _input_names(prompt[found[0]], classes):
            return Change(found[0], name, _read_value(text, prompt[found[0]], name, classes))
    raise _not_found(ways, prompt, classes)


def find_nodes(prompt: Graph, name: str) -> list[str]:
    """The ids of the nodes called this: the one with this id, else those with this title, else those of this class."""
    if name in prompt:
        return [name]
    wanted = name.casefold()
    titled = [node_id for node_id, node in prompt.items() if _title(node).casefold() == wanted]
    return titled or [node_id for node_id, node in prompt.items() if str(node.get("class_type")).casefold() == wanted]


def apply_change(change: Change, prompt: Graph) -> None:
    """Put the value into the prompt."""
    value = change.value
    prompt[change.node_id]["inputs"][change.input] = {"__value__": value} if isinstance(value, list) else value


def apply_to_workflow(change: Change, nodes: Iterable[Node], object_info: Mapping[str, Any]) -> bool:
    """Put the value into the widget that shows it, so that the saved workflow tells what ran; False if none does."""
    node = next((node for node in nodes if str(node.get("id")) == change.node_id), {})
    description, values = object_info.get(node.get("type", "")), node.get("widgets_values")
    is_linked = any(slot.get("name") == change.input and link_id(slot) is not None for slot in inputs_of(node))
    if description is None or not isinstance(values, list) or is_linked:
        return False
    for held in held_values(node, description):
        if held.widget.name == change.input and held.position is not None:
            values[held.position] = change.value
            return True
    return False


def _read_value(text: str, node: Mapping[str, Any], name: str, classes: NodeClasses) -> Any:
    spec = classes[node["class_type"]].spec(name) if node.get("class_type") in classes else None
    if spec is not None and (spec.type == "STRING" or spec.choices is not None):
        choices = spec.choices or []
        return next((choice for choice in choices if str(choice) == text), text)
    try:
        return json.loads(text)
    except ValueError:
        return text


def _input_names(node: Mapping[str, Any], classes: NodeClasses) -> list[str]:
    declared = list(classes[node["class_type"]].specs) if node.get("class_type") in classes else []
    return list(dict.fromkeys([*declared, *node.get("inputs", {})]))


def _not_found(ways: list[tuple[str, str]], prompt: Graph, classes: NodeClasses) -> ChangeError:
    for node, name in ways:
        for node_id in find_nodes(prompt, node)[:1]:
            known = _input_names(prompt[node_id], classes)
            return ChangeError(f"Node {node!r} has no input {name!r}{_nearest(name, known)}")
    node = ways[0][0]
    known = [*prompt, *filter(None, map(_title, prompt.values())), *(str(n.get("class_type")) for n in prompt.values())]
    called = [f"{node_id} ({_title(each) or each.get('class_type')})" for node_id, each in prompt.items()]
    return ChangeError(f"There is no node with the id, title or class {node!r}{_nearest(node, known, called)}")


def _nearest(word: str, known: Iterable[str], called: Iterable[str] | None = None) -> str:
    """Which of the known names may be meant, else all; `called` is how to name them then."""
    names = list(dict.fromkeys(known))
    if meant := near(word, names, most=3):
        return f"; did you mean {' or '.join(meant)}?"
    listed = names if called is None else list(called)
    more = f" and {len(listed) - MOST_LISTED} more" if len(listed) > MOST_LISTED else ""
    return f"; there are {', '.join(listed[:MOST_LISTED])}{more}."


def _title(node: Mapping[str, Any]) -> str:
    meta = node.get("_meta")
    return str(meta.get("title") or "") if isinstance(meta, Mapping) else ""
