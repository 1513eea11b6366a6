"""Values that a subgraph's host holds for widgets of the nodes inside."""

from dataclasses import dataclass
from typing import Any

from execution.workflow.graph import INPUT_BOX, Node, inputs_of
from execution.workflow.scopes import Scope


@dataclass(frozen=True)
class Promoted:
    """A value that a host gives."""

    value: Any


def promoted_value(scope: Scope, slot: int) -> Promoted | None:
    """What the host of this scope says for one of its unconnected inputs; None leaves it to the node inside."""
    promoted = promoted_slots(scope)
    value = _host_values(scope).get(promoted.index(slot)) if slot in promoted else None
    return None if value is None else Promoted(value)


def promoted_slots(scope: Scope) -> list[int]:
    """The inputs of this subgraph that lead to a widget inside, in the order of the host's stored values."""
    return [index for index in range(len(scope.graph.inputs)) if _is_widget(scope, index)]


def proxied_values(scope: Scope, node_id: str) -> dict[str, Any]:
    """Widget values of an inner node that the host shows as its own, named in its `proxyWidgets`."""
    values = _host_values(scope)
    shown = enumerate(proxies_of(scope.host), len(promoted_slots(scope)))
    return {name: values[place] for place, (target, name) in shown if target == node_id and place in values}


def proxies_of(host: Node) -> list[tuple[str, str]]:
    """The widgets inside that a host lists as its own: the node's id and the widget's name there."""
    proxies = [proxy for proxy in (host.get("properties") or {}).get("proxyWidgets") or [] if len(proxy) >= 2]
    return [(str(proxy[0]), str(proxy[1])) for proxy in proxies if str(proxy[0]) != "-1"]


def shown_names(scope: Scope) -> list[str]:
    """The names of a host's widgets in the order of its stored values: its slots', then `id/name` of each proxy."""
    slots = [str(scope.graph.inputs[slot].get("name")) for slot in promoted_slots(scope)]
    return [*slots, *("/".join(proxy) for proxy in proxies_of(scope.host))]


def _host_values(scope: Scope) -> dict[int, Any]:
    """What the host gives by place; where the host around it shows a widget of this one, that value holds."""
    stored = scope.host.get("widgets_values")
    values = {
        place: value for place, value in enumerate(stored if isinstance(stored, list) else []) if value is not None
    }
    given = proxied_values(scope.parent, scope.path[-1]) if scope.parent is not None else {}
    names = shown_names(scope)
    places = ((_place_of(names, name), value) for name, value in given.items())
    return values | {place: value for place, value in places if place is not None}


def _place_of(names: list[str], wanted: str) -> int | None:
    """Which of a host's widgets is meant: other programs write `id: name`, or the name alone."""
    own = [wanted, wanted.replace(": ", "/", 1)]
    found = [place for place, name in enumerate(names) if name in own]
    alone = [place for place, name in enumerate(names) if name.endswith(f"/{wanted}")]
    return found[0] if found else alone[0] if len(alone) == 1 else None


def _is_widget(scope: Scope, slot: int) -> bool:
    """Whether an input of the subgraph leads to a widget inside."""
    for target, target_slot in scope.targets.get((INPUT_BOX, slot), ()):
        node = scope.graph.nodes.get(target)
        slots = inputs_of(node) if node is not None else []
        if target_slot < len(slots) and slots[target_slot].get("widget"):
            return True
    return False
