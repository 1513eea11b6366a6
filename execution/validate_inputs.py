"""One node's inputs held against its class's declaration."""

import asyncio
import inspect
import logging
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from execution import paths
from execution.call import call_each, gather
from execution.empty_choices import remedy_for_none
from execution.errors import PathError
from execution.guess import did_you_mean
from execution.node_class import InputSpec, NodeClass, NodeClasses, OwnCheck
from execution.progress import StoppedByHand
from execution.prompt import BadLink, Link, Prompt, PromptNode
from execution.random_seeds import RANDOM
from execution.random_seeds import drawn as drawn_seed
from execution.sure_inputs import FILE_OPTIONS
from execution.type_match import types_match

_log = logging.getLogger(__name__)

# Beyond this many choices an error message does not repeat them.
MOST_CHOICES_TOLD = 20

# Types of values that a prompt cannot write down: only another node makes one.
ONLY_LINKED = frozenset(
    {"MODEL", "CLIP", "VAE", "CONDITIONING", "LATENT", "IMAGE", "MASK", "CONTROL_NET", "CLIP_VISION", "SAMPLER"}
    | {"SIGMAS", "GUIDER", "NOISE", "UPSCALE_MODEL", "CLIP_VISION_OUTPUT", "STYLE_MODEL", "GLIGEN"}
)

Error = dict[str, Any]


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("a number must be finite")
    return number


def _whole(value: Any) -> int:
    try:
        return int(value)
    except ValueError:
        if isinstance(value, str) and len(value) > sys.int_info.default_max_str_digits:
            raise ValueError("it has more digits than can be read") from None  # Python's words advise programmers.
        raise


CONVERTERS: dict[str, Callable[[Any], Any]] = {"INT": _whole, "FLOAT": _finite, "STRING": str, "BOOLEAN": bool}


@dataclass(frozen=True)
class NodeCheck:
    """A node's inputs with their values coerced, and what is wrong with them; `drawn` are seeds in place of -1."""

    inputs: Mapping[str, Any]
    errors: list[Error] = field(default_factory=list)
    is_changed: bool = False
    drawn: dict[str, int] = field(default_factory=dict)


class InputFault(Exception):
    """One input is wrong."""

    def __init__(self, kind: str, message: str, details: str, **extra: Any) -> None:
        super().__init__(message)
        self.kind, self.message, self.details, self.extra = kind, message, details, extra


def check_node(node: PromptNode, declared: NodeClass, prompt: Prompt, classes: NodeClasses) -> NodeCheck:
    """Check the inputs that the class declares, coercing values; others are kept and ignored."""
    inputs = dict(node.inputs)
    errors: list[Error] = []
    received: dict[str, Any] = {}
    custom = declared.own_check
    for name, spec in _declared_inputs(declared, inputs):
        if name not in inputs and spec.group != "required":
            continue
        try:
            _check_input(name, spec, inputs, received, prompt, classes, custom)
        except InputFault as fault:
            errors.append(_describe(name, spec, fault))
    if custom is not None and not errors:
        errors = _run_custom_check(custom, declared, inputs, received)
    # Values are coerced in place, and what equals its coerced form may still be of another type: 1 and True.
    changed = [name for name, value in node.inputs.items() if value is not inputs[name]]
    drawn = {name: inputs[name] for name in changed if node.inputs[name] in (RANDOM, str(RANDOM))}
    seeds = {name: seed for name, seed in drawn.items() if type(seed) is int and seed != RANDOM}
    return NodeCheck(inputs, errors, bool(changed), seeds)


def _declared_inputs(declared: NodeClass, inputs: Mapping[str, Any]) -> Iterable[tuple[str, InputSpec]]:
    if not declared.claims_more:
        return declared.live_specs(inputs).items()
    # A pack's optional inputs may be a mapping that claims every name without listing any.
    unlisted = ((name, declared.spec(name)) for name in inputs.keys() - declared.specs.keys())
    return [*declared.specs.items(), *((name, spec) for name, spec in unlisted if spec is not None)]


def _check_input(
    name: str,
    spec: InputSpec,
    inputs: dict[str, Any],
    received: dict[str, Any],
    prompt: Prompt,
    classes: NodeClasses,
    custom: OwnCheck | None,
) -> None:
    if name not in inputs:
        raise InputFault("required_input_missing", "Required input is missing", name)
    value = inputs[name]
    if isinstance(value, Link):
        received[name] = _type_of_link(name, value, prompt, classes)
        if not (custom and custom.checks_types) and not types_match(received[name], spec.type):
            told, wanted = _type_name(received[name]), _type_name(spec.type)
            raise InputFault(
                "return_type_mismatch",
                "Return type mismatch between linked nodes",
                f"{name}, received_type({told}) mismatch input_type({wanted})",
                received_type=told,
                linked_node=list(value),
            )
        return
    if isinstance(value, BadLink):
        raise InputFault(
            "bad_linked_input",
            'A list here must be a link: [node id, output index]. Write a list value as {"__value__": [...]}',
            f"{name}, received {value.value!r}",
            received_value=value.value,
        )
    inputs[name] = value = drawn_seed(name, spec, _coerced(name, spec, value))
    if custom is None or not custom.covers(name):
        _check_value(name, spec, value)


def _type_of_link(name: str, link: Link, prompt: Prompt, classes: NodeClasses) -> Any:
    source = prompt.nodes.get(link.node_id)
    if source is None:
        reason = f"leads to node {link.node_id!r}, which is not in the prompt. Link {name} to another node"
        raise _bad_link(name, link, reason, KeyError(link.node_id))
    try:
        types = classes[source.class_type].return_types
    except Exception as error:
        _log_failed_check(error)
        raise _bad_link(name, link, f"leads to a node whose outputs cannot be told: {error}", error) from error
    if not 0 <= link.output_index < len(types):
        has = f"has {len(types)} of them, counted from 0" if types else "has none"
        reason = f"asks for an output of node {link.node_id} ({source.class_type}) that is not there: it {has}"
        raise _bad_link(name, link, reason, IndexError(f"{source.class_type} has no output {link.output_index}"))
    return types[link.output_index]


def _bad_link(name: str, link: Link, reason: str, error: Exception) -> InputFault:
    """The protocol tells of such links as of exceptions."""
    details = f"{name}: the link {list(link)} {reason}"
    return InputFault(
        "exception_during_validation", "Link to nothing", details, **_told_exception(error), linked_node=list(link)
    )


def _coerced(name: str, spec: InputSpec, value: Any) -> Any:
    convert = CONVERTERS.get(spec.type) if isinstance(spec.type, str) else None
    if convert is None:
        return value
    try:
        converted = convert(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputFault(
            "invalid_input_type",
            f"Failed to convert an input value to a {spec.type} value",
            f"{name}, null, write a value{_example(spec)}" if value is None else f"{name}, {value!s:.200}, {error}",
            received_value=value,
            exception_message=str(error),
        ) from error
    return converted


def _example(spec: InputSpec) -> str:
    default = spec.options.get("default")
    return "" if default is None else f", such as {default}, which is the default"


def _check_value(name: str, spec: InputSpec, value: Any) -> None:
    if isinstance(spec.type, str) and spec.type in ONLY_LINKED and isinstance(value, (str, int, float)):
        raise InputFault(
            "invalid_input_type",
            f"A {spec.type} comes from another node: link this input to an output of that type",
            f"{name}, {value!r}",
            received_value=value,
        )
    if isinstance(value, (int, float)):
        _check_bounds(name, spec.options, value)
    if isinstance(value, str) and any(map(spec.options.get, FILE_OPTIONS)):
        _check_file(name, spec, value)
    elif spec.choices is not None:
        _check_choice(name, spec.choices, value)


def _check_bounds(name: str, options: Mapping[str, Any], value: float) -> None:
    lowest, highest = options.get("min"), options.get("max")
    if isinstance(lowest, (int, float)) and value < lowest:
        raise InputFault(
            "value_smaller_than_min", f"Value {value} smaller than min of {lowest}", name, received_value=value
        )
    if isinstance(highest, (int, float)) and value > highest:
        raise InputFault(
            "value_bigger_than_max", f"Value {value} bigger than max of {highest}", name, received_value=value
        )


def _check_choice(name: str, choices: list[Any], value: Any) -> None:
    chosen = value if isinstance(value, list) else [value]
    if value in choices or (isinstance(value, list) and all(part in choices for part in chosen)):
        return
    is_long = len(choices) > MOST_CHOICES_TOLD
    told = f"(list of length {len(choices)})" if is_long else choices
    extra: dict[str, Any] = {"received_value": value}
    if is_long:
        extra["input_config"] = None
    # A long list is not told; what in it comes nearest is.
    guess = did_you_mean(str(value), map(str, choices)) if is_long else ""
    if not choices:
        guess = f". {remedy_for_none(name)}"
    raise InputFault("value_not_in_list", "Value not in list", f"{name}: {value!r} not in {told}{guess}", **extra)


def _check_file(name: str, spec: InputSpec, value: str) -> None:
    """A file may also lie in a subfolder or be an earlier output, which the list does not show; never outside."""
    folder = spec.options.get("image_folder", "input")
    try:
        exists = paths.current().annotated(value, folder).is_file()
    except PathError as error:
        raise InputFault(
            "custom_validation_failed", "The file cannot be used", f"{name}: {error}", received_value=value
        ) from error
    if not exists:
        _check_choice(name, spec.choices or [], value)


def _run_custom_check(
    custom: OwnCheck, declared: NodeClass, inputs: Mapping[str, Any], received: Mapping[str, Any]
) -> list[Error]:
    constants = gather(declared, inputs, {}, lambda link: None)
    # A linked input has no value yet, but a check that names it must be given something: None.
    arguments = {name: value for name, value in constants.values.items() if custom.is_given(name)}
    blamed = [name for name in arguments if name not in constants.missing] or [""]
    if custom.checks_types:
        arguments["input_types"] = [dict(received)]
    try:
        answers = call_each(_settled(custom.function), arguments, declared.takes_lists)
    except StoppedByHand:
        raise
    except BaseException as error:
        return [describe_exception(error)]
    return [
        _error("custom_validation_failed", "Custom validation failed for node", details, {"input_name": name})
        for answer in answers
        if answer is not True
        for name in blamed
        for details in [name if answer is False else f"{name} - {answer}".removeprefix(" - ")]
    ]


def _settled(function: Any) -> Any:
    """The function, its answer awaited where it is a coroutine: validation runs beside any event loop, not in one."""

    def call(**arguments: Any) -> Any:
        answer = function(**arguments)
        return asyncio.run(answer) if inspect.iscoroutine(answer) else answer

    return call


def describe_exception(error: BaseException) -> Error:
    """What a class's own code raised while it was asked about a prompt."""
    _log_failed_check(error)
    return _error("exception_during_validation", "The node's own check failed", str(error), _told_exception(error))


def _log_failed_check(error: BaseException) -> None:
    _log.warning("A check of inputs failed: %s", error, exc_info=error)


def _told_exception(error: BaseException) -> Error:
    return {
        "exception_type": type(error).__name__,
        "exception_message": str(error),
        "traceback": [],  # where this program lies is nothing that clients need to know
    }


def _describe(name: str, spec: InputSpec, fault: InputFault) -> Error:
    if fault.kind == "required_input_missing":
        return _error(fault.kind, fault.message, fault.details, {"input_name": name})
    extra = {"input_name": name, "input_config": spec.declared, **fault.extra}
    return _error(fault.kind, fault.message, fault.details, extra)


def _error(kind: str, message: str, details: str, extra_info: Error) -> Error:
    return {"type": kind, "message": message, "details": details, "extra_info": extra_info}


def _type_name(kind: Any) -> str:
    return "COMBO" if isinstance(kind, (list, tuple)) else str(kind)
