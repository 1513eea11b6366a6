"""What the nodes of a cell say that their results depend on besides their inputs, such as the state of a file."""

import inspect
import json
import logging
import uuid
from typing import Any

from nodes.graph_copies import Graph, is_link
from nodes.registry import NODE_CLASS_MAPPINGS

log = logging.getLogger(__name__)

FINGERPRINTS = ("IS_CHANGED", "fingerprint_inputs")


class Stamps:
    """Asks each node once for each set of inputs."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, nodes: Graph) -> list[str]:
        """The stamps of nodes, in the order of their ids; what is never the same again gets one of its own."""
        return [self._stamp(nodes[node_id]) for node_id in sorted(nodes)]

    def _stamp(self, node: dict[str, Any]) -> str:
        cls = NODE_CLASS_MAPPINGS.get(node["class_type"])
        ask = next((getattr(cls, name) for name in FINGERPRINTS if hasattr(cls, name)), None)
        if ask is None:
            return ""
        key = json.dumps([node["class_type"], node["inputs"]], sort_keys=True, default=str)
        if key not in self._known:
            self._known[key] = _asked(ask, node["inputs"])
        return self._known[key]


def _asked(ask: Any, inputs: dict[str, Any]) -> str:
    parameters = inspect.signature(ask).parameters.values()
    takes_any = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters)
    named = {parameter.name for parameter in parameters}
    given = {name: None if is_link(value) else value for name, value in inputs.items() if takes_any or name in named}
    try:
        told = ask(**given)
    except Exception:  # A pack's code may raise anything; its cell is then made anew.
        log.warning("%s failed; the cell of the grid will be made again.", ask, exc_info=True)
        return uuid.uuid4().hex
    if inspect.iscoroutine(told):
        told.close()
        return uuid.uuid4().hex
    return repr(told) if told == told else uuid.uuid4().hex  # NaN is equal to nothing.
