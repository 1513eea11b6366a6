"""How many bytes of memory a value holds on to, tensors counted once however many values share them."""

from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

Key = tuple[str, int]

# A cached value may reach into the whole program; what lies beyond this many objects is not worth finding.
MOST_OBJECTS = 200_000
_WEIGHTLESS = (bool, int, float, complex, type, ModuleType)


def held_bytes(value: Any) -> dict[Key, int]:
    """The memory blocks that a value keeps alive, by identity, with their sizes in bytes."""
    blocks: dict[Key, int] = {}
    seen: set[int] = set()
    waiting = [value]
    while waiting and len(seen) < MOST_OBJECTS:
        part = waiting.pop()
        if part is None or isinstance(part, _WEIGHTLESS) or id(part) in seen:
            continue
        seen.add(id(part))
        block = _block(part)
        if block is None:
            waiting.extend(_parts(part))
        else:
            blocks[block[0]] = max(blocks.get(block[0], 0), block[1])
    return blocks


def _block(value: Any) -> tuple[Key, int] | None:
    """The block of a tensor's storage, an array's owner, or a text; duck-typed, so that no library is needed."""
    if isinstance(value, (str, bytes, bytearray)):
        return ("object", id(value)), len(value)
    if isinstance(value, type) or not hasattr(value, "nbytes"):
        return None
    if hasattr(value, "untyped_storage"):
        try:
            storage = value.untyped_storage()
            return (str(value.device), storage.data_ptr() or id(value)), storage.nbytes()
        except (RuntimeError, NotImplementedError):  # meta and other tensors without memory
            return ("object", id(value)), 0
    owner = value
    while getattr(owner, "base", None) is not None and hasattr(owner.base, "nbytes"):
        owner = owner.base
    return ("object", id(owner)), int(owner.nbytes)


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from value
    else:
        yield from getattr(value, "__dict__", {}).values()
        for name in getattr(type(value), "__slots__", ()):
            yield getattr(value, name, None)
