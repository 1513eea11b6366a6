"""What somebody may have meant by a name that is not there."""

import difflib
from collections.abc import Iterable

LEAST_LIKENESS = 0.6


def near(word: str, known: Iterable[str], most: int = 1) -> list[str]:
    """The known names most like the word, best first; capitals and the dashes of flags do not count."""
    by_folded: dict[str, str] = {}
    for name in known:
        by_folded.setdefault(_folded(name), name)
    return [by_folded[name] for name in difflib.get_close_matches(_folded(word), by_folded, most, LEAST_LIKENESS)]


def _folded(name: str) -> str:
    return name.casefold().lstrip("-")


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """A question to end an error's sentence with; `otherwise` where nothing is like the word."""
    found = near(word, known)
    return f"; did you mean {found[0]}?" if found else otherwise
