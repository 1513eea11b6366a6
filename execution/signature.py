"""What a node's result depends on, as one short content hash: never the node's id, unless its class asks for that."""

import hashlib
import math
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from execution.node_class import NodeClass
from execution.prompt import Link, PromptNode

Signature = bytes


# What Python writes of these is another text for another value, whichever of these types it has.
_TOLD_BY_REPR = frozenset({str, int, bool, type(None)})


class Unrepeatable(Exception):
    """A value that equals no other, not even itself later."""


def sign(
    node_id: str,
    node: PromptNode,
    declared: NodeClass,
    fingerprint: Any,
    signature_of: Callable[[str], Signature],
) -> Signature:
    """The signature of one node from its class, its inputs, its ancestors' signatures and its own fingerprint.

    `signature_of` answers for the nodes that its links come from, so a graph signed in order costs linear time. A
    value that cannot be compared (NaN, an arbitrary object) gives a signature that never occurs again.
    """
    content: list[Any] = [declared.name, node_id if declared.depends_on_its_id else None]
    inputs = node.inputs
    try:
        content.append(_comparable(fingerprint))
        for name in sorted(inputs):
            value = inputs[name]
            kind = type(value)
            if kind is Link:
                content.append((name, signature_of(value.node_id).hex(), value.output_index))
            else:
                content.append((name, value if kind in _TOLD_BY_REPR else _comparable(value)))
    except Unrepeatable:
        content = [uuid.uuid4().hex]
    return hashlib.blake2b(repr(content).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _comparable(value: Any) -> Any:
    """The value in terms of plain types, so that values that differ are written differently."""
    kind = type(value)
    if kind in _TOLD_BY_REPR:
        return value
    if isinstance(value, float):
        if math.isnan(value):
            raise Unrepeatable
        return float(value)
    if isinstance(value, (list, tuple)):
        return [_comparable(part) for part in value]
    if isinstance(value, Mapping):
        pairs = ((repr(key), _comparable(part)) for key, part in value.items())
        return {"map": sorted(pairs, key=lambda pair: pair[0])}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": hashlib.blake2b(value, digest_size=16).hexdigest()}
    if isinstance(value, (str, int)):
        return {kind.__name__: repr(value)}
    raise Unrepeatable
