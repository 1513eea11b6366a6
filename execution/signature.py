"""What a node's result depends on, as one short content hash: never the node's id, unless its class asks for that."""

import hashlib
import json
import math
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from execution.node_class import NodeClass
from execution.prompt import Link, PromptNode

Signature = bytes


_encode = json.JSONEncoder(separators=(",", ":")).encode


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
    try:
        content.append(_comparable(fingerprint))
        for name, value in sorted(node.inputs.items()):
            if type(value) is Link:
                content += (name, (signature_of(value.node_id).hex(), value.output_index))
            else:
                content += (name, {"": _comparable(value)})
    except Unrepeatable:
        content = [uuid.uuid4().hex]
    return hashlib.blake2b(_encode(content).encode(), digest_size=16).digest()


def _comparable(value: Any) -> Any:
    """The value in JSON's terms, where values that differ stay different."""
    if value is None or type(value) in (bool, int, str):
        return value
    if isinstance(value, float):
        if math.isnan(value):
            raise Unrepeatable
        return value
    if isinstance(value, (list, tuple)):
        return [_comparable(part) for part in value]
    if isinstance(value, Mapping):
        # JSON would turn the key 1 into "1".
        return {
            "map": sorted(([repr(key), _comparable(part)] for key, part in value.items()), key=lambda pair: pair[0])
        }
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": hashlib.blake2b(value, digest_size=16).hexdigest()}
    if isinstance(value, (str, int)):
        return {type(value).__name__: repr(value)}
    raise Unrepeatable
