"""Drawing a text from choices, wildcards and variables by a seed.

The syntax is that of the Dynamic Prompts extension: {a|b}, {2::a|b}, {2$$ and $$a|b|c}, __list__, __folder/*__,
${name=value} with ${name}, and a brace after a backslash for itself.
"""

import codecs
import random
import re
from contextlib import suppress
from pathlib import Path

from execution import paths

_CHOICE = re.compile(r"(?<!\$)\{([^{}]*)\}")
_WILDCARD = re.compile(r"__([\w/.*-]+?)__")
_MANY = re.compile(r"(\d+)(?:-(\d+))?\$\$(?:(.*?)\$\$)?(.*)", re.DOTALL)
_SETTING = re.compile(r"\$\{(\w+)=!?([^{}]*)\}")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
# Stand for braces that are meant as such, while choices are drawn.
_OPEN, _CLOSE = "\ue000", "\ue001"
_BYTE_ORDERS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
MOST_ROUNDS = 100


class WildcardError(ValueError):
    """A wildcard names no list, a weight is none, or lists lead to each other for ever; the message says which."""


def draw_text(text: str, source: random.Random) -> str:
    """The text with every choice, wildcard and variable drawn, the innermost first. Raises `WildcardError`."""
    text = text.replace("\\{", _OPEN).replace("\\}", _CLOSE)
    known: dict[str, str] = {}
    for _ in range(MOST_ROUNDS):
        drawn = _with_variables(text, known)
        drawn = _CHOICE.sub(lambda match: _drawn(match.group(1), source), drawn)
        drawn = _WILDCARD.sub(lambda match: _one_of(_lines(match.group(1)), source), drawn)
        if drawn == text:
            if unset := _VARIABLE.search(drawn):
                raise WildcardError(f"Nothing sets {unset.group()}. Put ${{{unset.group(1)}=…}} into the text.")
            return drawn.replace(_OPEN, "{").replace(_CLOSE, "}")
        text = drawn
    raise WildcardError(f"The wildcards lead to each other for ever; after {MOST_ROUNDS} rounds: {text[:80]!r}.")


def _with_variables(text: str, known: dict[str, str]) -> str:
    """The text without what sets variables, and with the values of those that are set."""

    def keep(match: re.Match[str]) -> str:
        known[match.group(1)] = match.group(2)
        return ""

    text = _SETTING.sub(keep, text)
    return _VARIABLE.sub(lambda match: known.get(match.group(1), match.group()), text)


def _drawn(choices: str, source: random.Random) -> str:
    many = _MANY.fullmatch(choices)
    options = (many.group(4) if many else choices).split("|")
    if many is None:
        return _one_of(options, source)
    if len(options) == 1 and (alone := _WILDCARD.fullmatch(options[0].strip())):
        options = _lines(alone.group(1))
    least, most = int(many.group(1)), int(many.group(2) or many.group(1))
    count = min(source.randint(min(least, most), max(least, most)), len(options))
    joined = many.group(3) if many.group(3) is not None else ", "
    return joined.join(source.sample([_weighted(option)[1] for option in options], count))


def _one_of(options: list[str], source: random.Random) -> str:
    weights, words = zip(*map(_weighted, options), strict=True)
    if not 0 < sum(weights) < float("inf"):
        raise WildcardError(f"The weights of {{{'|'.join(options)[:80]}}} have no sum above 0 to draw by.")
    return str(source.choices(words, weights)[0])


def _weighted(option: str) -> tuple[float, str]:
    weight, colons, word = option.partition("::")
    number = 1.0
    with suppress(ValueError):
        number, option = (float(weight), word) if colons else (1.0, option)
    if number < 0:
        raise WildcardError(f"The weight of {option[:80]!r} is {number:g}, but must be 0 or more.")
    return number, option


def _lines(name: str) -> list[str]:
    """The lines of the list of this name, or of all whose names fit a pattern with *."""
    lines = [line for path in _lists(name) for line in _read(path).splitlines()]
    words = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not words:
        raise WildcardError(f"The list of __{name}__ holds no line to draw.")
    return words


def _lists(name: str) -> list[Path]:
    with suppress(OSError, paths.PathError):
        if "*" in name and ".." not in name.split("/"):
            files = sorted(paths.current().resolve("input", "wildcards").glob(f"{name}.txt"))
        else:
            files = [paths.current().resolve("input", f"wildcards/{name}.txt")]
        if found := [path for path in files if path.is_file()]:
            return found
    raise WildcardError(f"__{name}__ names no list. Put {name}.txt into input/wildcards, a line for each.")


def _read(path: Path) -> str:
    """A list in UTF-8, in what its byte order mark says, or in Windows' western letters."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WildcardError(f"The list {path.name} in input/wildcards cannot be read: {error.strerror}.") from error
    encoding = next((name for mark, name in _BYTE_ORDERS if content.startswith(mark)), "utf-8")
    with suppress(UnicodeDecodeError):
        return content.decode(encoding)
    return content.decode("cp1252", errors="replace")
