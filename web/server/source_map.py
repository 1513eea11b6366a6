"""Maps of joined scripts, by which browsers name the module and the line of an error (ECMA-426, source map revision 3).

Only whole lines are mapped: the joined modules keep the lines that they have on disk.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
BITS = 5


@dataclass(frozen=True)
class Piece:
    """A module within a script: its name, its text on disk, and the script's line that has its first one, from 0."""

    name: str
    text: str
    line: int


def write_map(script: str, pieces: Iterable[Piece]) -> str:
    """The map of a script, as JSON; its pieces in their order."""
    listed = list(pieces)
    mappings: list[str] = []
    source = line = 0
    for index, piece in enumerate(listed):
        mappings += [""] * (piece.line - len(mappings))
        for number in range(piece.text.count("\n") + 1):
            mappings.append(_digits(0) + _digits(index - source) + _digits(number - line) + _digits(0))
            source, line = index, number
    document = {
        "version": 3,
        "file": script,
        "sources": [piece.name for piece in listed],
        "sourcesContent": [piece.text for piece in listed],
        "names": [],
        "mappings": ";".join(mappings),
    }
    return json.dumps(document, ensure_ascii=False)


def _digits(value: int) -> str:
    """A number in base 64, its sign in the lowest bit, five bits a digit, the lowest first."""
    rest = (-value << 1) | 1 if value < 0 else value << 1
    digits = ""
    while True:
        low, rest = rest & 31, rest >> BITS
        digits += DIGITS[low | (32 if rest else 0)]
        if not rest:
            return digits
