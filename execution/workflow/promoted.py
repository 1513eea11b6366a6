"""Values that a subgraph's host holds for widgets of the nodes inside."""

from dataclasses import dataclass
from typing import Any

from execution.workflow.graph import INPUT_BOX, inputs_of
from execution.workflow.scopes import Scope


@dataclass(frozen=True)
class Promoted:
    """A value that a host gives."""

    value: Any


def promoted_value(scope: Scope, slot: int) -> Promoted | None:
    """What the host of this scope says for one of its unconnected inputs; None leaves it to the node inside."""
    promoted = promoted_slots(scope)
    values = _host_values(scope)
    if slot not in promoted or promoted.index(slot) >= len(values):
        return None
    return Promoted(values[promoted.index(slot)])


def promoted_slots(scope: Scope) -> list[int]:
    """The inputs of this subgraph that lead to a widget inside, in the order of the host's stored values."""
    return [index for index in range(len(scope.graph.inputs)) if _is_widget(scope, index)]


def proxied_values(scope: Scope, node_id: str) -> dict[str, Any]:
    """Widget values of an inner node that the host shows as its own, named in its `proxyWidgets`."""
    proxies = [proxy for proxy in (scope.host.get("properties") or {}).get("proxyWidgets") or [] if len(proxy) >= 2]
    own = [(str(proxy[0]), str(proxy[1])) for proxy in proxies if str(proxy[0]) != "-1"]
    values = _host_values(scope)[len(promoted_slots(scope)) :]
    return {name: value for (target, name), value in zip(own, values, strict=False) if target == node_id}


def _host_values(scope: Scope) -> list[Any]:
    values = scope.host.get("widgets_values")
    return values if isinstance(values, list) else []


def _is_widget(scope: Scope, slot: int) -> bool:
    """Whether an input of the subgraph leads to a widget inside."""
    for target, target_slot in scope.targets.get((INPUT_BOX, slot), ()):
        node = scope.graph.nodes.get(target)
        slots = inputs_of(node) if node is not None else []
        if target_slot < len(slots) and slots[target_slot].get("widget"):
            return True
    return False
