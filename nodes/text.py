"""Nodes that work on text."""

import re
from collections.abc import Callable, Iterator
from typing import Annotated

from nodes.declare import node
from nodes.types import BoolValue, IntValue, TextValue
from nodes.widgets import Choice, Name, Number, Other, Text, Tip, Toggle

CATEGORY = "utils/string"
Lines = Annotated[str, Text(multiline=True)]
IgnoreCase = Annotated[bool, Toggle(True)]
MatchCase = Annotated[bool, Toggle(True)]
Off = Annotated[bool, Toggle(False)]
WholeNumber = Annotated[int, Other("INT")]


class PatternError(ValueError):
    """A regular expression cannot be read; the message says where and why."""


@node(CATEGORY, display_name="Concatenate")
class StringConcatenate:
    """Two texts with a delimiter between them."""

    def execute(
        self, string_a: Lines, string_b: Lines, delimiter: Annotated[str, Text("", multiline=False)]
    ) -> TextValue:
        return string_a + delimiter + string_b


@node(CATEGORY, display_name="Replace")
class StringReplace:
    """Put another text in place of every occurrence."""

    def execute(self, string: Lines, find: Lines, replace: Lines) -> TextValue:
        return string.replace(find, replace)


CASES: dict[str, Callable[[str], str]] = {
    "UPPERCASE": str.upper,
    "lowercase": str.lower,
    "Capitalize": str.capitalize,
    "Title Case": str.title,
}


@node(CATEGORY, display_name="Case Converter")
class CaseConverter:
    """Write a text in capitals or small letters."""

    def execute(self, string: Lines, mode: Annotated[str, Choice(tuple(CASES))]) -> TextValue:
        return CASES[mode](string)


@node(CATEGORY, display_name="Length")
class StringLength:
    """How many characters a text has."""

    def execute(self, string: Lines) -> Annotated[IntValue, Name("length")]:
        return len(string)


@node(CATEGORY, display_name="Substring")
class StringSubstring:
    """The characters from one position to before another; negative positions count from the end."""

    def execute(self, string: Lines, start: WholeNumber, end: WholeNumber) -> TextValue:
        return string[start:end]


TRIMS: dict[str, Callable[[str], str]] = {"Both": str.strip, "Left": str.lstrip, "Right": str.rstrip}


@node(CATEGORY, display_name="Trim")
class StringTrim:
    """Take away white space at the ends."""

    def execute(self, string: Lines, mode: Annotated[str, Choice(tuple(TRIMS))]) -> TextValue:
        return TRIMS[mode](string)


@node(CATEGORY, display_name="Contains")
class StringContains:
    """Whether a text occurs in another."""

    def execute(
        self, string: Lines, substring: Lines, case_sensitive: MatchCase
    ) -> Annotated[BoolValue, Name("contains")]:
        return _folded(substring, case_sensitive) in _folded(string, case_sensitive)


COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "Starts With": str.startswith,
    "Ends With": str.endswith,
    "Equal": str.__eq__,
}


@node(CATEGORY, display_name="Compare")
class StringCompare:
    """Whether a text begins or ends with another, or is the same."""

    def execute(
        self,
        string_a: Lines,
        string_b: Lines,
        mode: Annotated[str, Choice(tuple(COMPARISONS))],
        case_sensitive: MatchCase,
    ) -> BoolValue:
        return COMPARISONS[mode](_folded(string_a, case_sensitive), _folded(string_b, case_sensitive))


@node(CATEGORY, display_name="Regex Match")
class RegexMatch:
    """Whether a regular expression matches anywhere in a text."""

    def execute(
        self, string: Lines, regex_pattern: Lines, case_insensitive: IgnoreCase, multiline: Off, dotall: Off
    ) -> Annotated[BoolValue, Name("matches")]:
        return _pattern(regex_pattern, case_insensitive, multiline, dotall).search(string) is not None


@node(CATEGORY, display_name="Regex Extract")
class RegexExtract:
    """What a regular expression matches in a text, each match on a line; nothing where it does not match."""

    def execute(
        self,
        string: Lines,
        regex_pattern: Lines,
        mode: Annotated[str, Choice(("First Match", "All Matches", "First Group", "All Groups"))],
        case_insensitive: IgnoreCase,
        multiline: Off,
        dotall: Off,
        group_index: Annotated[int, Number(1, 0, 100)],
    ) -> TextValue:
        pattern = _pattern(regex_pattern, case_insensitive, multiline, dotall)
        group = group_index if mode.endswith(("Group", "Groups")) else 0
        found = list(_groups(pattern, string, group))
        return "\n".join(found if mode.startswith("All") else found[:1])


@node(CATEGORY, display_name="Regex Replace")
class RegexReplace:
    r"""Put another text in place of what a regular expression matches; \1 is what its first group matched."""

    def execute(
        self,
        string: Lines,
        regex_pattern: Lines,
        replace: Lines,
        case_insensitive: IgnoreCase | None = True,
        multiline: Off | None = False,
        dotall: Annotated[Off, Tip("Let the dot stand for the end of a line too.")] | None = False,
        count: Annotated[int, Number(0, 0, 100), Tip("How many to replace; 0 is all.")] | None = 0,
    ) -> TextValue:
        pattern = _pattern(regex_pattern, bool(case_insensitive), bool(multiline), bool(dotall))
        try:
            return pattern.sub(replace, string, count=count or 0)
        except (re.error, IndexError) as error:
            raise PatternError(f"The input replace refers to a group that the pattern has not: {error}.") from error


def _pattern(pattern: str, ignores_case: bool, is_multiline: bool, has_dotall: bool) -> re.Pattern[str]:
    flags = re.IGNORECASE * ignores_case | re.MULTILINE * is_multiline | re.DOTALL * has_dotall
    try:
        return re.compile(pattern, flags)
    except re.error as error:
        raise PatternError(f"The input regex_pattern is no regular expression: {error}.") from error


def _groups(pattern: re.Pattern[str], string: str, group: int) -> Iterator[str]:
    for match in pattern.finditer(string):
        if group <= pattern.groups:
            yield match.group(group) or ""


def _folded(text: str, case_sensitive: bool) -> str:
    return text if case_sensitive else text.lower()
