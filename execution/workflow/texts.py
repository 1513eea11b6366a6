"""Texts that stand for other texts: choices in braces, comments, values of other widgets in file names."""

import random
import re
import time
from collections.abc import Callable

from execution.file_names import safe_in_file_name
from execution.writing import format_date

_COMMENT = re.compile(r"/\*[\s\S]*?\*/|//.*")
_INNERMOST = re.compile(r"(?<!\\)\{((?:\\[{}|]|[^{}])*)(?<!\\)\}")


def choose(text: str, pick: Callable[[list[str]], str] = random.choice) -> str:
    """Strip comments, replace each `{a|b}` by one of its choices, innermost first, and unescape `\\{`, `\\|`, `\\}`."""
    text = _COMMENT.sub("", text)
    while (match := _INNERMOST.search(text)) is not None:
        chosen = pick(re.split(r"(?<!\\)\|", match.group(1)))
        text = text[: match.start()] + chosen + text[match.end() :]
    return re.sub(r"\\([{}|])", r"\1", text)


def expand_file_name(text: str, widget_of: Callable[[str, str], str | None]) -> str:
    """Replace `%Node.widget%` by that widget's value and `%date:…%` by the time; other words are left for the server.

    `widget_of` answers None for a node or widget that there is not.
    """

    def replace(match: re.Match[str]) -> str:
        word = match.group(1)
        if word.startswith("date:"):
            return format_date(word.removeprefix("date:"), time.localtime())
        node, dot, widget = word.partition(".")
        value = widget_of(node, widget) if dot else None
        return match.group(0) if value is None else safe_in_file_name(value)

    return re.sub(r"%([^%]+)%", replace, text)
