"""Drawing a text from choices and wildcards by a seed."""

import random
import re
from contextlib import suppress

from execution import paths

_CHOICE = re.compile(r"\{([^{}]*)\}")
_WILDCARD = re.compile(r"__([\w/.-]+?)__")
_MANY = re.compile(r"(\d+)(?:-(\d+))?\$\$(?:(.*?)\$\$)?(.*)", re.DOTALL)
MOST_ROUNDS = 100


class WildcardError(ValueError):
    """A wildcard names no list, or lists lead to each other for ever; the message says which."""


def draw_text(text: str, source: random.Random) -> str:
    """The text with every choice and wildcard drawn, the innermost first. Raises `WildcardError`."""
    for _ in range(MOST_ROUNDS):
        drawn = _CHOICE.sub(lambda match: _drawn(match.group(1), source), text)
        drawn = _WILDCARD.sub(lambda match: _line(match.group(1), source), drawn)
        if drawn == text:
            return drawn
        text = drawn
    raise WildcardError(f"The wildcards lead to each other for ever; after {MOST_ROUNDS} rounds: {text[:80]!r}.")


def _drawn(choices: str, source: random.Random) -> str:
    many = _MANY.fullmatch(choices)
    options = (many.group(4) if many else choices).split("|")
    if many is None:
        weights, words = zip(*map(_weighted, options), strict=True)
        return str(source.choices(words, weights)[0])
    least, most = int(many.group(1)), int(many.group(2) or many.group(1))
    count = min(source.randint(min(least, most), max(least, most)), len(options))
    joined = many.group(3) if many.group(3) is not None else ", "
    return joined.join(source.sample([_weighted(option)[1] for option in options], count))


def _weighted(option: str) -> tuple[float, str]:
    weight, colons, word = option.partition("::")
    with suppress(ValueError):
        return (float(weight), word) if colons else (1.0, option)
    return 1.0, option


def _line(name: str, source: random.Random) -> str:
    try:
        path = paths.current().resolve("input", f"wildcards/{name}.txt")
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError, paths.PathError) as error:
        raise WildcardError(
            f"__{name}__ names no list. Put {name}.txt into input/wildcards, a line for each."
        ) from error
    words = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return source.choice(words) if words else ""
