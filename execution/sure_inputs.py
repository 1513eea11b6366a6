"""Inputs that are right at a glance, as nearly all are; whatever is not is held against the whole rules."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from execution.node_class import InputSpec, NodeClass, NodeClasses
from execution.prompt import Link, PromptNode
from execution.random_seeds import RANDOM

# What the rules look at beyond type, bounds and choices.
FILE_OPTIONS = ("image_upload", "video_upload", "audio_upload", "file_upload")

Test = Callable[[Any], bool]


@dataclass(frozen=True)
class Glance:
    """What is seen at once of one input: its type, and whether a value needs neither converting nor complaint."""

    name: str
    is_required: bool
    kind: Any
    is_sure: Test


def glances(declared: NodeClass) -> tuple[Glance, ...] | None:
    """One for each declared input; None for a class whose nodes take more than a look."""
    if declared.own_check is not None or declared.claims_more or declared.has_dynamic:
        return None
    return tuple(
        Glance(name, spec.group == "required", spec.type, _test_for(spec)) for name, spec in declared.specs.items()
    )


def are_sure(
    node: PromptNode, looked_for: tuple[Glance, ...], nodes: Mapping[str, PromptNode], classes: NodeClasses
) -> bool:
    """Whether all inputs of a node are right as they are; False says nothing."""
    inputs = node.inputs
    for glance in looked_for:
        value = inputs.get(glance.name, _MISSING)
        if type(value) is Link:
            source = nodes.get(value.node_id)
            if source is None:
                return False
            giving = classes.read.get(source.class_type)
            types = giving.return_types if giving is not None else ()
            # Texts only: a pack's own class of type may say of itself what it equals.
            if not 0 <= value.output_index < len(types):
                return False
            received = types[value.output_index]
            if type(received) is not str or type(glance.kind) is not str or received != glance.kind:
                return False
        elif value is _MISSING:
            if glance.is_required:
                return False
        elif not glance.is_sure(value):
            return False
    return True


_MISSING: Any = object()


def _test_for(spec: InputSpec) -> Test:
    if isinstance(spec.type, (list, tuple)) or spec.type == "COMBO":
        return _test_of_choice(spec)
    make = _TESTS.get(spec.type) if type(spec.type) is str else None
    return make(spec.options) if make is not None else _never


def _never(value: Any) -> bool:
    return False


def _test_of_choice(spec: InputSpec) -> Test:
    if any(map(spec.options.get, FILE_OPTIONS)):
        return _never
    texts: frozenset[str] | None = None

    def is_choice(value: Any) -> bool:
        nonlocal texts
        if texts is None:  # There may be thousands of files, and none of the prompt's nodes asks.
            texts = frozenset(choice for choice in spec.choices or () if type(choice) is str)
        return type(value) is str and value in texts

    return is_choice


def _test_of_int(options: Mapping[str, Any]) -> Test:
    lowest, highest = _bounds(options)
    return lambda value: type(value) is int and lowest <= value <= highest and value != RANDOM


def _test_of_float(options: Mapping[str, Any]) -> Test:
    lowest, highest = _bounds(options)
    # What is not finite passes no comparison with these, but for a bound that is not finite either.
    lowest, highest = max(lowest, -_LARGEST), min(highest, _LARGEST)
    return lambda value: type(value) is float and lowest <= value <= highest


def _test_of_text(options: Mapping[str, Any]) -> Test:
    if any(map(options.get, FILE_OPTIONS)):
        return _never
    return lambda value: type(value) is str


def _test_of_flag(options: Mapping[str, Any]) -> Test:
    lowest, highest = _bounds(options)
    return lambda value: type(value) is bool and lowest <= value <= highest


def _bounds(options: Mapping[str, Any]) -> tuple[float, float]:
    lowest, highest = options.get("min"), options.get("max")
    return (
        lowest if isinstance(lowest, (int, float)) else -math.inf,
        highest if isinstance(highest, (int, float)) else math.inf,
    )


_LARGEST = 1.7976931348623157e308
_TESTS: dict[str, Callable[[Mapping[str, Any]], Test]] = {
    "INT": _test_of_int,
    "FLOAT": _test_of_float,
    "STRING": _test_of_text,
    "BOOLEAN": _test_of_flag,
}
