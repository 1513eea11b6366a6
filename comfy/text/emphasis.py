"""The grammar of weights in prompt text: (more), (much:1.3), and \\( for a bracket that is meant."""

from collections.abc import Iterator
from dataclasses import dataclass

STEP = 1.1  # what a pair of brackets without a number multiplies the weight by
ESCAPES = {"\\(": "\ue000", "\\)": "\ue001"}  # stand-ins of Unicode's private use while brackets are read


@dataclass(frozen=True)
class Segment:
    """A run of text under one weight."""

    text: str
    weight: float


def split_by_weight(text: str) -> list[Segment]:
    """Cut prompt text where its weight changes; square brackets and unbalanced round ones are plain text."""
    for escape, stand_in in ESCAPES.items():
        text = text.replace(escape, stand_in)
    return [Segment(_unescape(part.text), part.weight) for part in _segments(text, 1.0)]


def _unescape(text: str) -> str:
    for escape, stand_in in ESCAPES.items():
        text = text.replace(stand_in, escape[1])
    return text


def _segments(text: str, weight: float) -> Iterator[Segment]:
    # A stack of its own, since brackets may be nested deeper than functions may.
    open_groups = [(_top_level_parts(text), weight)]
    while open_groups:
        parts, weight = open_groups[-1]
        part = next(parts, None)
        if part is None:
            open_groups.pop()
        elif len(part) < 2 or part[0] != "(" or part[-1] != ")":
            yield Segment(part, weight)
        else:
            inner, given = _split_number(part[1:-1])
            # A number replaces the weight of the brackets around it as well.
            open_groups.append((_top_level_parts(inner), weight * STEP if given is None else given))


def _split_number(inner: str) -> tuple[str, float | None]:
    """The text before the last colon and the number after it; all of it and None where there is no number."""
    text, colon, number = inner.rpartition(":")
    if not colon or not text:
        return inner, None
    try:
        return text, float(number)
    except ValueError:
        return inner, None


def _top_level_parts(text: str) -> Iterator[str]:
    """Bracketed groups that are in no other, and the text between them.

    A closing bracket too many puts the depth below zero, so that the next opening bracket starts no group: this is
    what existing prompts were written against.
    """
    depth = begin = 0
    for place, character in enumerate(text):
        if character == "(":
            if depth == 0 and place > begin:
                yield text[begin:place]
                begin = place
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                yield text[begin : place + 1]
                begin = place + 1
    if begin < len(text):
        yield text[begin:]
