"""The prompt: the API-format graph to run, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from execution.errors import PromptError
from execution.once import once

_SCALARS = frozenset({str, int, float, bool, type(None)})
# What is nested more deeply could be stored, but not be written into pictures or compared.
MOST_LEVELS = 100


class Link(NamedTuple):
    """Where an input's value comes from: a node's output by index."""

    node_id: str
    output_index: int


@dataclass(frozen=True)
class BadLink:
    """A bare list that is no link, though on the wire only links are bare lists."""

    value: list[Any]


@dataclass(frozen=True, init=False)
class PromptNode:
    """One node. An input's value is a `Link`, or the value itself; `extras` keeps every other key, such as `_meta`.

    `source` is the JSON that it was read from, where there is one and it still says the same.
    """

    class_type: str
    inputs: Mapping[str, Any]
    extras: Mapping[str, Any]
    source: Mapping[str, Any] | None = field(compare=False, repr=False)

    def __init__(
        self,
        class_type: str,
        inputs: Mapping[str, Any],
        extras: Mapping[str, Any] | None = None,
        source: Mapping[str, Any] | None = None,
        links: "dict[str, Link] | None" = None,
    ) -> None:
        """`links`, where whoever makes the node knows those among the inputs, spares looking for them."""
        # Prompts have thousands of nodes, and the way of setting fields that a frozen class is given is a slow one.
        own = self.__dict__
        own["class_type"], own["inputs"], own["extras"], own["source"] = class_type, inputs, extras or {}, source
        if links is not None:
            own["links"] = links
            own["sources"] = tuple([link[0] for link in links.values()])

    @property
    def title(self) -> str | None:
        """The name the node's owner gave it, if any."""
        meta = self.extras.get("_meta")
        title = meta.get("title") if isinstance(meta, Mapping) else None
        return title if isinstance(title, str) else None

    @once
    def links(self) -> dict[str, Link]:
        """The inputs that come from other nodes."""
        return {name: value for name, value in self.inputs.items() if isinstance(value, Link)}

    @once
    def sources(self) -> tuple[str, ...]:
        """The ids of the nodes that its links come from."""
        return tuple(link.node_id for link in self.links.values())

    def to_json(self) -> dict[str, Any]:
        if self.source is not None:
            return dict(self.source)
        inputs = {name: _value_to_json(value) for name, value in self.inputs.items()}
        return {"inputs": inputs, "class_type": self.class_type, **self.extras}


@dataclass(frozen=True)
class Prompt:
    """Nodes by id."""

    nodes: Mapping[str, PromptNode]

    @classmethod
    def parse(cls, graph: Any) -> "Prompt":
        """Read `{node_id: {class_type, inputs}}`; a `PromptError` names the first thing not of that shape."""
        if not isinstance(graph, Mapping):
            raise _malformed("A prompt must be an object of nodes by id", f"this is {_name(graph)}.")
        return cls({str(node_id): _parse_node(str(node_id), node) for node_id, node in graph.items()})

    @property
    def is_as_read(self) -> bool:
        """Whether the JSON that every node was read from still says the same."""
        return all(node.source is not None for node in self.nodes.values())

    def to_json(self) -> dict[str, Any]:
        """The same graph as plain JSON values; `parse` reads it back equal."""
        return {node_id: node.to_json() for node_id, node in self.nodes.items()}


def parse_link(value: Any) -> Link | None:
    """`[node_id, output_index]` as a Link; None when the value is anything else."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    node_id, index = value
    if type(node_id) is str and type(index) is int:
        return Link(node_id, index)
    if isinstance(index, float) and index.is_integer():
        index = int(index)
    is_link = isinstance(node_id, str) and isinstance(index, int) and not isinstance(index, bool)
    return Link(node_id, index) if is_link else None


def _parse_node(node_id: str, node: Any) -> PromptNode:
    if not isinstance(node, (dict, Mapping)):  # The first is quick to tell.
        raise _malformed(f"Node {node_id} must be an object with class_type and inputs", f"it is {_name(node)}.")
    class_type = node.get("class_type")
    if not isinstance(class_type, str) or not class_type:
        raise _malformed(
            f"Node {node_id} has no class_type, so nothing says what it does",
            "its pack may have been missing where the workflow was made",
            node_id,
        )
    inputs = node.get("inputs", {})
    if not isinstance(inputs, (dict, Mapping)):
        raise _malformed(f"The inputs of node {node_id} must be an object", f"they are {_name(inputs)}.", node_id)
    extras = None
    if len(node) > 2 or "inputs" not in node:
        extras = {key: value for key, value in node.items() if key != "class_type" and key != "inputs"}
    parsed: dict[str, Any] = {}
    links: dict[str, Link] = {}
    is_wrapped = False
    for name, value in inputs.items():
        name = str(name)
        kind = type(value)
        if kind in _SCALARS:
            parsed[name] = value
        elif kind is list:
            if (link := parse_link(value)) is not None:
                links[name] = parsed[name] = link
            else:
                parsed[name] = BadLink(value)
                _check_depth(node_id, name, value)
        else:
            parsed[name] = inner = _parse_value(value)
            _check_depth(node_id, name, value)
            if isinstance(inner, Link):
                links[name] = inner
            # Stored and shown is the value itself, but for a list, which would be taken for a link there.
            is_wrapped = is_wrapped or (kind is dict and "__value__" in value)
    return PromptNode(class_type, parsed, extras, None if is_wrapped else node, links)


def _check_depth(node_id: str, name: str, value: Any) -> None:
    level = [value] if isinstance(value, (list, Mapping)) else []
    for _ in range(MOST_LEVELS):
        inside = (each.values() if isinstance(each, Mapping) else each for each in level)
        # Each once: what nodes expand into may hold itself.
        level = list(
            {id(part): part for parts in inside for part in parts if isinstance(part, (list, Mapping))}.values()
        )
        if not level:
            return
    raise _malformed(f"Input {name} of node {node_id} is nested too deeply", f"more than {MOST_LEVELS} levels", node_id)


def _parse_value(value: Any) -> Any:
    if isinstance(value, list):
        return parse_link(value) or BadLink(value)
    # A list that is a value travels wrapped.
    return value["__value__"] if isinstance(value, Mapping) and "__value__" in value else value


def _value_to_json(value: Any) -> Any:
    if isinstance(value, Link):
        return [value.node_id, value.output_index]
    if isinstance(value, BadLink):
        return value.value
    is_wrapped = isinstance(value, list) or (isinstance(value, Mapping) and "__value__" in value)
    return {"__value__": value} if is_wrapped else value


def _malformed(message: str, details: str, node_id: str | None = None) -> PromptError:
    return PromptError("invalid_prompt", message, details, {"node_id": node_id} if node_id is not None else {})


def _name(value: Any) -> str:
    names = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return "null" if value is None else names.get(type(value), type(value).__name__)
