"""Marks such as %KSampler.seed% in the names of files to save, filled in with what the prompt's nodes say."""

import re
from dataclasses import replace
from typing import Any

from execution.prompt import Link, Prompt, PromptNode

PREFIX = "filename_prefix"

_MARK = re.compile(r"%([^%.]+)\.([^%]+)%")
LONGEST_VALUE = 128
_NOT_IN_FILE_NAMES = re.compile(r'[/?<>\\:*|"\x00-\x1f\x7f]')


def with_filled_prefixes(prompt: Prompt) -> Prompt:
    """The prompt with each `%node.input%` of a `filename_prefix` replaced by that input's value.

    A node is called by its title, or else by its class. A mark stays where no node has that name or where the input
    comes from another node and that one does not simply hold a value.
    """
    filled = {}
    for node_id, node in prompt.nodes.items():
        prefix = node.inputs.get(PREFIX)
        if isinstance(prefix, str) and "%" in prefix and (text := fill(prefix, prompt)) != prefix:
            filled[node_id] = replace(node, inputs={**node.inputs, PREFIX: text}, source=None)
    return Prompt({**prompt.nodes, **filled}) if filled else prompt


def fill(prefix: str, prompt: Prompt) -> str:
    """A prefix with its `%node.input%` marks filled in."""

    def value(match: re.Match[str]) -> str:
        found = _held(_find_node(match.group(1), prompt), match.group(2), prompt)
        return match.group(0) if found is None else safe_in_file_name(found)

    return _MARK.sub(value, prefix)


def safe_in_file_name(value: Any) -> str:
    """A value as the page writes it into a name: without what some system refuses there, and not too long for one."""
    if isinstance(value, bool):
        value = str(value).lower()
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    return _within(LONGEST_VALUE, _NOT_IN_FILE_NAMES.sub("_", str(value)))


def _within(most: int, text: str) -> str:
    """As much of a text as so many bytes of UTF-8 hold."""
    return text.encode("utf-8", "replace")[:most].decode("utf-8", "ignore")


def _find_node(name: str, prompt: Prompt) -> PromptNode | None:
    titled = next((node for node in prompt.nodes.values() if node.title == name), None)
    return titled or next((node for node in prompt.nodes.values() if node.class_type == name), None)


def _held(node: PromptNode | None, name: str, prompt: Prompt) -> Any:
    """What an input holds, or the one value of the node that it comes from."""
    value = node.inputs.get(name) if node is not None else None
    if isinstance(value, Link):
        source = prompt.nodes.get(value.node_id)
        value = source.inputs.get("value") if source is not None else None
    return value if isinstance(value, (str, int, float)) else None
