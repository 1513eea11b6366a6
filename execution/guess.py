"""What somebody may have meant by a name that is not there."""

import difflib
from collections.abc import Iterable

LEAST_LIKENESS = 0.6


def near(word: str, known: Iterable[str], most: int = 1) -> list[str]:
    """The known names most like the word, best first; capitals do not count."""
    by_folded: dict[str, str] = {}
    for name in known:
        by_folded.setdefault(name.casefold(), name)
    return [by_folded[name] for name in difflib.get_close_matches(word.casefold(), by_folded, most, LEAST_LIKENESS)]


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """A question to end an error's sentence with; `otherwise` where nothing is like the word."""
    found = near(word, known)
    return f"; did you mean {found[0]}?" if found else otherwise
