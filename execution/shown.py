"""What the nodes of an expansion showed, kept with the result of the node that expanded, to be told again with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Ui = dict[str, list[Any]]


@dataclass(frozen=True)
class Shown:
    """One node of an expansion, with those that it expanded into itself.

    `name` is its id; where that begins with the id of the node that expanded and a dot, as those of graph builders do,
    it is what follows that id, since a result may be used again under another. `card` is the id of the node on whose
    card it is shown, None for that of the node that expanded.
    """

    name: str
    card: str | None
    ui: Ui | None
    inside: tuple["Shown", ...] = ()


@dataclass(frozen=True)
class ShownAgain:
    """One node's output, as it is told once more."""

    node_id: str
    parent_id: str
    display_id: str
    ui: Ui


def named(node_id: str, parent_id: str) -> str:
    """The name of a node inside of the one that expanded into it."""
    return node_id[len(parent_id) :] if node_id.startswith(f"{parent_id}.") else node_id


def repeat(inside: tuple[Shown, ...], parent_id: str, display_id: str) -> Iterator[ShownAgain]:
    """Everything that was shown inside of a node, in order. Loops nest as deep as they are long: no recursion."""
    waiting = [(shown, parent_id, display_id) for shown in reversed(inside)]
    while waiting:
        shown, parent_id, display_id = waiting.pop()
        node_id = f"{parent_id}{shown.name}" if shown.name.startswith(".") else shown.name
        card = display_id if shown.card is None else shown.card
        if shown.ui is not None:
            yield ShownAgain(node_id, parent_id, card, shown.ui)
        waiting += [(inner, node_id, card) for inner in reversed(shown.inside)]
