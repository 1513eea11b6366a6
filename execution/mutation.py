"""Finding nodes that change what they were given, and so spoil results that others still use."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from execution.errors import NodeError

Digests = dict[str, str]


def digest_inputs(values: Mapping[str, list[Any]]) -> Digests:
    """A content hash of each input: of numbers, texts, arrays and tensors, as deep as they lie in lists and mappings.

    Other objects, such as models, are taken as they are: loading one is meant to change it.
    """
    return {name: digest(value) for name, value in values.items()}


def find_changes(before: Digests, values: Mapping[str, list[Any]], class_type: str) -> None:
    """Raise a `NodeError` naming the inputs whose content is no longer what it was."""
    changed = [name for name, value in values.items() if digest(value) != before[name]]
    if changed:
        raise NodeError(
            f"{class_type} changed its input {', '.join(changed)} in place, though other nodes may use it too. "
            "The node's author must change a copy."
        )


def digest(value: Any) -> str:
    """A content hash of a value."""
    content = hashlib.blake2b(digest_size=16)
    for part in _parts(value, set()):
        content.update(part)
    return content.hexdigest()


def _parts(value: Any, above: set[int]) -> Iterator[bytes]:
    if id(value) in above:
        return
    if isinstance(value, (str, bytes, int, float, bool, type(None))):
        yield repr(value).encode()
    elif isinstance(value, Mapping):
        yield b"{%d" % len(value)
        for key, part in value.items():
            yield repr(key).encode()
            yield from _parts(part, above | {id(value)})
    elif isinstance(value, Sequence):
        yield b"[%d" % len(value)
        for part in value:
            yield from _parts(part, above | {id(value)})
    elif hasattr(value, "nbytes") and hasattr(value, "shape"):
        yield repr((tuple(value.shape), str(getattr(value, "dtype", "")))).encode()
        yield _content(value)


def _content(array: Any) -> bytes:
    # As float64 even tensors of types that numpy lacks can be read.
    array = array.detach().cpu().double().numpy() if hasattr(array, "detach") else array
    content: bytes = array.tobytes()
    return content
