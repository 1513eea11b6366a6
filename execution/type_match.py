"""Whether an output's type may feed an input's."""

from typing import Any

from execution.dynamic_inputs import MATCH

ANY = "*"
COMBO = "COMBO"


def types_match(received: Any, wanted: Any) -> bool:
    """True when the types are equal, share a member of their comma-separated sets, or either is `*`.

    A list of choices equals only the same list, but matches `COMBO`, which stands for any.
    """
    # Packs make wildcards of str subclasses that are unequal to nothing, so `!=` is asked and not `==`.
    if not received != wanted:  # noqa: SIM202
        return True
    if isinstance(received, (list, tuple)) and isinstance(wanted, (list, tuple)):
        return False
    received_set, wanted_set = _members(received), _members(wanted)
    return ANY in received_set or ANY in wanted_set or bool(received_set & wanted_set)


def _members(kind: Any) -> set[str]:
    if isinstance(kind, (list, tuple)):
        return {COMBO}
    # An output of the type that its node's inputs have is of any, for who does not look at them.
    return {ANY} if kind == MATCH else {member.strip() for member in str(kind).split(",")}
