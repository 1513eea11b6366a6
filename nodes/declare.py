"""How a built-in node is declared: a plain annotated class becomes a node class of ComfyUI's protocol."""

import importlib
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from nodes.widgets import Hidden, Listed, MayBeLeftOut, More, Name, Slot, Tip

T = TypeVar("T")

OPENED = frozenset({"MODEL", "CLIP", "VAE", "GUIDER", "SAMPLER", "CLIP_VISION", "CLIP_VISION_OUTPUT"})
"""Types whose values packs ask and change in ways of their own."""


class DeclarationError(TypeError):
    """A node class that cannot be read as a declaration; the message names the class, the slot and the remedy."""


@dataclass(frozen=True)
class Annotation:
    """One annotation, read: the Python type, what decides the slot, and what only adds to it."""

    python_type: Any
    slot: Slot | None
    tip: str | None
    name: str | None
    is_optional: bool
    is_list: bool = False
    more: More | None = None

    @classmethod
    def read(cls, hint: Any) -> "Annotation":
        is_optional = False
        if get_origin(hint) in (Union, UnionType) and NoneType in get_args(hint):
            is_optional = True
            hint = next(part for part in get_args(hint) if part is not NoneType)
        python_type, *marks = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        slot, tip, name = _last(marks, Slot), _last(marks, Tip), _last(marks, Name)
        return cls(
            python_type,
            slot,
            tip=tip.text if tip else None,
            name=name.text if name else None,
            is_optional=is_optional or _last(marks, MayBeLeftOut) is not None,
            is_list=_last(marks, Listed) is not None,
            more=_last(marks, More),
        )


@dataclass(frozen=True)
class Input:
    """An input of a node, before its choices are asked for."""

    name: str
    annotation: Annotation

    @property
    def group(self) -> str:
        if isinstance(self.annotation.slot, Hidden):
            return "hidden"
        return "optional" if self.annotation.is_optional else "required"

    def wire(self) -> Any:
        """The input as `INPUT_TYPES` tells it."""
        slot, python_type = self.annotation.slot, self.annotation.python_type
        assert slot is not None
        type_name = slot.type_name(python_type)
        if isinstance(slot, Hidden):
            return type_name
        more = self.annotation.more.options if self.annotation.more else {}
        told = {**slot.options(python_type), **more, "tooltip": self.annotation.tip}
        options = {key: value for key, value in told.items() if value is not None}
        return (type_name, options) if options else (type_name,)


def node(
    category: str,
    *,
    class_type: str | None = None,
    display_name: str | None = None,
    order: Sequence[str] = (),
    other_names: Sequence[str] = (),
    search_aliases: Sequence[str] = (),
    output_node: bool = False,
    fingerprint: Callable[..., Any] | None = None,
    validate: Callable[..., bool | str] | None = None,
    takes_lists: bool = False,
    lazy_status: Callable[..., list[str]] | None = None,
    deprecated: bool = False,
    experimental: bool = False,
) -> Callable[[type[T]], type[T]]:
    """Declare a class with one public method as a node: the method's annotations are its inputs and outputs.

    `order` names the inputs that come first on the card where that differs from the signature. `fingerprint` takes
    inputs by name and answers what else the result depends on; it is told None for what is linked
    (but see `reads_links`). `validate` answers True or what is wrong.
    `class_type` is its registered name where that is not the class's own; `other_names` are class types by which saved
    workflows may also call the node; by `search_aliases` people may find it. With `takes_lists` it is called once, with
    a list for each input. `lazy_status` answers which lazy inputs are needed, given those there are. Arguments taken by
    `**` are no declared inputs; nodes that are added while a prompt runs may have them. Raises `DeclarationError`.
    """

    def declare(cls: type[T]) -> type[T]:
        method = _the_public_method(cls)
        hints = get_type_hints(method, include_extras=True)
        outputs = _outputs(cls, hints.pop("return", None))
        hints = {name: hint for name, hint in hints.items() if name not in _taken_by_stars(method)}
        inputs = _ordered(cls, _inputs(cls, hints), order)
        protocol = {
            method.__name__: _open_to_packs(_returning_a_tuple(method) if len(outputs) == 1 else method, outputs),
            "INPUT_TYPES": classmethod(_input_types_of(inputs, not _taken_by_stars(method))),
            "FUNCTION": method.__name__,
            "CATEGORY": category,
            "DESCRIPTION": _first_paragraph(cls),
            "CLASS_TYPE": class_type or cls.__name__,
            "DISPLAY_NAME": display_name or class_type or cls.__name__,
            "OTHER_NAMES": tuple(other_names),
            "RELATIVE_PYTHON_MODULE": cls.__module__,
            "OUTPUT_NODE": output_node,
            "DEPRECATED": deprecated,
            "EXPERIMENTAL": experimental,
            "INPUT_IS_LIST": takes_lists,
            **_output_protocol(outputs),
        }
        if search_aliases:
            protocol["SEARCH_ALIASES"] = list(search_aliases)
        asked = {"IS_CHANGED": fingerprint, "VALIDATE_INPUTS": validate, "check_lazy_status": lazy_status}
        protocol |= {name: staticmethod(ask) for name, ask in asked.items() if ask}
        for name, value in protocol.items():
            setattr(cls, name, value)
        return cls

    return declare


def reads_links(fingerprint: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a fingerprint as one to be told the values of linked inputs where these are in the cache, None elsewhere."""
    fingerprint.reads_links = True  # type: ignore[attr-defined]
    return fingerprint


def is_node(value: Any) -> bool:
    """Whether this is a class that the engine can run as a node."""
    return isinstance(value, type) and hasattr(value, "FUNCTION") and hasattr(value, "INPUT_TYPES")


def _last(marks: list[Any], kind: type[T]) -> T | None:
    """The outermost mark of a kind, so that an alias can be annotated again."""
    return next((mark for mark in reversed(marks) if isinstance(mark, kind)), None)


def _the_public_method(cls: type) -> Callable[..., Any]:
    methods = [value for name, value in vars(cls).items() if inspect.isfunction(value) and not name.startswith("_")]
    if len(methods) != 1:
        names = ", ".join(method.__name__ for method in methods) or "none"
        raise DeclarationError(f"{cls.__name__} must have one public method, the one to run, but has {names}.")
    return methods[0]


def _taken_by_stars(method: Callable[..., Any]) -> list[str]:
    kinds = inspect.signature(method).parameters.items()
    return [name for name, parameter in kinds if parameter.kind is inspect.Parameter.VAR_KEYWORD]


def _inputs(cls: type, hints: dict[str, Any]) -> dict[str, Input]:
    inputs = {name: Input(name, Annotation.read(hint)) for name, hint in hints.items()}
    for name, declared in inputs.items():
        if declared.annotation.slot is None:
            raise DeclarationError(f"{cls.__name__}: annotate {name} with a type of nodes.types or a widget.")
    return inputs


def _ordered(cls: type, inputs: dict[str, Input], order: Sequence[str]) -> list[Input]:
    if unknown := [name for name in order if name not in inputs]:
        raise DeclarationError(f"{cls.__name__}: order names {', '.join(unknown)}, which its method does not take.")
    return [inputs[name] for name in dict.fromkeys([*order, *inputs])]


def _input_types_of(inputs: list[Input], takes_no_others: bool) -> Callable[[type], dict[str, dict[str, Any]]]:
    """The method INPUT_TYPES; the engine asks it only once if it says that its answer is fixed."""

    def input_types(_cls: type) -> dict[str, dict[str, Any]]:
        return _input_types(inputs)

    slots = (declared.annotation.slot for declared in inputs)
    input_types.is_fixed = takes_no_others and all(slot and slot.is_fixed for slot in slots)  # type: ignore[attr-defined]
    return input_types


def _input_types(inputs: list[Input]) -> dict[str, dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {"required": {}}
    for declared in inputs:
        groups.setdefault(declared.group, {})[declared.name] = declared.wire()
    return groups


def _outputs(cls: type, hint: Any) -> list[Annotation]:
    hints = get_args(hint) if get_origin(hint) is tuple else (hint,)
    outputs = [Annotation.read(part) for part in hints]
    typed = [output for output in outputs if output.slot is not None]
    if typed and len(typed) != len(outputs):
        raise DeclarationError(f"{cls.__name__}: annotate every output with a type of nodes.types.")
    return typed


def _output_protocol(outputs: list[Annotation]) -> dict[str, Any]:
    types = tuple(output.slot.type_name(output.python_type) for output in outputs if output.slot)
    protocol: dict[str, Any] = {"RETURN_TYPES": types}
    if any(output.is_list for output in outputs):
        protocol["OUTPUT_IS_LIST"] = tuple(output.is_list for output in outputs)
    if any(output.name for output in outputs):
        protocol["RETURN_NAMES"] = tuple(output.name or str(kind) for output, kind in zip(outputs, types, strict=True))
    if any(output.tip for output in outputs):
        protocol["OUTPUT_TOOLTIPS"] = tuple(output.tip or "" for output in outputs)
    return protocol


def _returning_a_tuple(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(*args: Any, **kwargs: Any) -> tuple[Any]:
        return (method(*args, **kwargs),)

    # Who asks which arguments it takes must not be told "any".
    call.__signature__ = inspect.signature(method)  # type: ignore[attr-defined]
    return call


def _open_to_packs(method: Callable[..., Any], outputs: list[Annotation]) -> Callable[..., Any]:
    """The method, its models and what else packs expect something of given out as they know it."""
    kinds = [output.slot.type_name(output.python_type) if output.slot else None for output in outputs]
    if not OPENED.intersection(kinds):
        return method

    @wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        # Brings torch with it, which must not be there before packs have prepared what they want prepared.
        opened = importlib.import_module("nodes.compat.values").opened
        values = method(*args, **kwargs)
        return tuple(opened(kind, one) if kind in OPENED else one for kind, one in zip(kinds, values, strict=True))

    call.__signature__ = inspect.signature(method)  # type: ignore[attr-defined]
    return call


def _first_paragraph(cls: type) -> str:
    return " ".join(inspect.cleandoc(cls.__doc__ or "").split("\n\n")[0].split())
