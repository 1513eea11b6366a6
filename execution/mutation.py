"""Finding nodes that change what they were given, and so spoil results that others still use."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from execution.errors import InputChanged

Digests = dict[str, str]
PACKS = "custom_nodes."


def digest_inputs(values: Mapping[str, list[Any]]) -> Digests:
    """A content hash of each input: of numbers, texts, arrays and tensors, as deep as they lie in lists and mappings.

    Of an object that has a `watched_state`, such as a model, that is looked at; of a pack's own objects their texts,
    numbers, arrays, lists and mappings. Others are taken as they are, and so are networks: loading one is meant to
    change it.
    """
    return {name: digest(value) for name, value in values.items()}


def find_changes(before: Digests, values: Mapping[str, list[Any]], class_type: str) -> None:
    """Raise an `InputChanged` naming the inputs whose content is no longer what it was."""
    changed = [name for name, value in values.items() if digest(value) != before[name]]
    if changed:
        raise InputChanged(class_type, changed)


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
    elif (watched := getattr(type(value), "watched_state", None)) is not None:
        yield from _parts(watched(value), above | {id(value)})
    elif _is_packs_own(value):
        yield from _parts(dict(_plain_attributes(value)), above | {id(value)})
    else:
        yield b"@%d" % id(value)


def _is_packs_own(value: Any) -> bool:
    """Whether an object is of a class that a pack brings, and no network."""
    cls = type(value)
    return cls.__module__.startswith(PACKS) and hasattr(value, "__dict__") and not hasattr(cls, "named_parameters")


def _plain_attributes(value: Any) -> Iterator[tuple[str, Any]]:
    """What an object says of itself, without what it may keep for its own use, such as whether it has been loaded."""
    for name, attribute in vars(value).items():
        is_plain = isinstance(attribute, (str, bytes, int, float, Mapping, Sequence)) or hasattr(attribute, "nbytes")
        if is_plain and not isinstance(attribute, bool) and not name.startswith("_"):
            yield name, attribute


def _content(array: Any) -> bytes:
    # As float64 even tensors of types that numpy lacks can be read.
    array = array.detach().cpu().double().numpy() if hasattr(array, "detach") else array
    content: bytes = array.tobytes()
    return content
