"""What a node class says about itself, read through the class protocol that node packs are written in."""

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from execution.dynamic_inputs import DYNAMIC_COMBO, at_path, is_dynamic, live_inputs, matched_type
from execution.once import once
from execution.progress import StoppedByHand

GROUPS = ("required", "optional")


@dataclass(frozen=True)
class InputSpec:
    """One declared input: its type (a type name, or the list of a combo's choices) and its options."""

    group: str
    type: Any
    options: Mapping[str, Any]
    declared: Any

    @property
    def choices(self) -> list[Any] | None:
        """What a combo offers; None for an input of another type, and where the choices are not known here."""
        if isinstance(self.type, (list, tuple)):
            return list(self.type)
        if self.type == DYNAMIC_COMBO:
            return [option.get("key") for option in self.options.get("options") or ()]
        return list(self.options["options"]) if self.type == "COMBO" and "options" in self.options else None

    @property
    def is_lazy(self) -> bool:
        return bool(self.options.get("lazy"))

    @property
    def takes_link_itself(self) -> bool:
        return bool(self.options.get("rawLink"))


@dataclass(frozen=True)
class OwnCheck:
    """A class's VALIDATE_INPUTS: the inputs that it names are its business, not the engine's."""

    function: Any
    named: frozenset[str]
    takes_any: bool

    def covers(self, name: str) -> bool:
        return self.takes_any or name in self.named

    def is_given(self, name: str) -> bool:
        """Whether it is told an input; what `mode` stands for, such as `mode.strength`, it is told with that."""
        return self.covers(name.partition(".")[0])

    @property
    def checks_types(self) -> bool:
        return "input_types" in self.named


class NodeClass:
    """A node class with its declaration read once; a combo's choices are therefore as old as this object."""

    def __init__(self, class_type: str, cls: Any) -> None:
        self.class_type = class_type
        self.cls = cls
        self.input_types = _ask_for_inputs(cls)
        self._specs: dict[str, InputSpec] = {}
        self.known_taken: set[str] = set()
        """Names for which `takes` has said yes."""

    @once
    def name(self) -> str:
        """The class type, whichever of the class's names the prompt used."""
        return self.cls.__name__ if self.class_type in getattr(self.cls, "OTHER_NAMES", ()) else self.class_type

    def spec(self, name: str) -> InputSpec | None:
        """The declared input of this name; packs may declare any name by a mapping that claims to hold all."""
        spec = self._specs.get(name)
        if spec is None and (spec := self._read_spec(name)) is not None:
            self._specs[name] = spec  # Not what is undeclared, or it would grow with whatever clients send.
        return spec

    def _read_spec(self, name: str) -> InputSpec | None:
        for group in GROUPS:
            declared = self.input_types.get(group) or {}
            if name in declared:
                return _input_spec(group, declared[name])
        if "." not in name or not self.has_dynamic:
            return None
        found = at_path(name, lambda first: spec.declared if (spec := self.spec(first)) is not None else None)
        return None if found is None else _input_spec("optional", found)

    @once
    def specs(self) -> dict[str, InputSpec]:
        """The inputs that are declared by name, required ones first."""
        named = [(name, self.spec(name)) for group in GROUPS for name in self.input_types.get(group) or {}]
        return {name: spec for name, spec in named if spec is not None}

    @once
    def has_dynamic(self) -> bool:
        """Whether it has inputs that stand for others."""
        return any(is_dynamic(spec.declared) for spec in self.specs.values())

    def live_specs(self, given: Mapping[str, Any]) -> Mapping[str, InputSpec]:
        """The inputs that it has while a prompt gives it these values."""
        if not self.has_dynamic:
            return self.specs
        live = (one for name, spec in self.specs.items() for one in live_inputs(name, spec.group, spec.declared, given))
        return {name: _input_spec(group, declared) for name, (group, declared) in live}

    @once
    def own_check(self) -> "OwnCheck | None":
        """The class's own check of its inputs, if it has one."""
        function = getattr(self.cls, "VALIDATE_INPUTS", None) or getattr(self.cls, "validate_inputs", None)
        return OwnCheck(function, *arguments_of(function)) if function is not None else None

    @once
    def fingerprint_name(self) -> str | None:
        """The method that says what the result depends on besides the inputs, if the class has one."""
        return next((name for name in ("IS_CHANGED", "fingerprint_inputs") if hasattr(self.cls, name)), None)

    @once
    def fingerprint_reads_links(self) -> bool:
        """Whether that method is told the values of linked inputs that are cached, instead of None."""
        return bool(getattr(getattr(self.cls, self.fingerprint_name or "", None), "reads_links", False))

    @once
    def hidden(self) -> dict[str, Any]:
        """Hidden inputs by name, with what they ask for: `"PROMPT"`, `"UNIQUE_ID"`, …"""
        declared = dict(self.input_types.get("hidden") or {})
        return {name: wanted[0] if isinstance(wanted, (tuple, list)) else wanted for name, wanted in declared.items()}

    @once
    def asked_for(self) -> dict[str, str]:
        """The hidden inputs that ask for something by its name; packs also declare types there, as of other inputs."""
        return {name: wanted for name, wanted in self.hidden.items() if isinstance(wanted, str)}

    @once
    def return_types(self) -> tuple[Any, ...]:
        return tuple(getattr(self.cls, "RETURN_TYPES", None) or ())

    @once
    def output_is_list(self) -> tuple[bool, ...]:
        declared = tuple(bool(flag) for flag in getattr(self.cls, "OUTPUT_IS_LIST", None) or ())
        return (declared + (False,) * len(self.return_types))[: max(len(self.return_types), len(declared))]

    @once
    def takes_lists(self) -> bool:
        return bool(getattr(self.cls, "INPUT_IS_LIST", False))

    @once
    def is_output(self) -> bool:
        return bool(getattr(self.cls, "OUTPUT_NODE", False))

    @once
    def is_async(self) -> bool:
        return inspect.iscoroutinefunction(getattr(self.cls, self.function, None))

    @once
    def depends_on_its_id(self) -> bool:
        """Whether two nodes of this class with equal inputs may still answer differently."""
        return bool(getattr(self.cls, "NOT_IDEMPOTENT", False)) or "UNIQUE_ID" in self.asked_for.values()

    @once
    def function(self) -> str:
        return str(self.cls.FUNCTION)

    @once
    def has_lazy_check(self) -> bool:
        return hasattr(self.cls, "check_lazy_status")

    @once
    def claims_more(self) -> bool:
        """Whether a group of inputs may hold names that it does not list, as only a mapping of the pack's own can."""
        return any(type(self.input_types.get(group) or {}) is not dict for group in GROUPS)

    def leaves_out(self, name: str) -> bool:
        """Whether the node itself says at run time if it needs this input."""
        spec = self.spec(name)
        return spec is not None and spec.is_lazy and self.has_lazy_check

    def lazy_among(self, names: Iterable[str]) -> set[str]:
        """Those of these inputs that the node itself asks for when it needs them."""
        return {name for name in names if self.leaves_out(name)} if self.has_lazy_check else set()

    def waits_for(self, name: str) -> bool:
        """Whether a node cannot begin before this input, if linked, has its value."""
        spec = self.spec(name)
        return not self.leaves_out(name) and not (spec is not None and spec.takes_link_itself)

    def takes(self, name: str) -> bool:
        """Whether a linked input of this name reaches the node: it is declared, or the function has a place for it."""
        if name not in self.known_taken and (self.spec(name) is not None or self._has_argument(name)):
            self.known_taken.add(name)
        return name in self.known_taken

    def _has_argument(self, name: str) -> bool:
        # Where FUNCTION only passes its inputs on, the class names the method that says what they are.
        function = getattr(self.cls, str(getattr(self.cls, "ARGUMENTS_OF", self.function)))
        named, takes_any = arguments_of(function)
        return takes_any or name in named


class NodeClasses:
    """Node classes by class type, each declaration read when first asked for."""

    def __init__(self, nodes: Mapping[str, type]) -> None:
        self._nodes = nodes
        self.read: dict[str, NodeClass] = {}
        """Those that were asked for already."""

    def __contains__(self, class_type: object) -> bool:
        return class_type in self._nodes

    def __getitem__(self, class_type: str) -> NodeClass:
        declared = self.read.get(class_type)
        if declared is None:
            declared = self.read[class_type] = _read(class_type, self._nodes[class_type])
        return declared


SAYINGS = (
    "INPUT_TYPES", "RETURN_TYPES", "FUNCTION", "OUTPUT_NODE", "INPUT_IS_LIST", "OUTPUT_IS_LIST", "NOT_IDEMPOTENT",
    "IS_CHANGED", "fingerprint_inputs", "VALIDATE_INPUTS", "validate_inputs", "check_lazy_status",
)  # fmt: skip
"""What is read of a class, in whose place packs may put something else."""


@dataclass(frozen=True)
class _Kept:
    """A declaration, and what the class said when it was read."""

    declared: NodeClass
    said: list[Any]


_fixed: dict[tuple[str, type], _Kept] = {}


def _read(class_type: str, cls: type) -> NodeClass:
    """A class's declaration, read anew for each prompt but where INPUT_TYPES itself says that it never changes.

    Packs replace that method, or subclass with one of their own, or put one around it, and then what it says is gone.
    """
    asked = getattr(cls, "INPUT_TYPES", None)
    if getattr(asked, "is_fixed", False) is not True or hasattr(asked, "__wrapped__"):
        return NodeClass(class_type, cls)
    kept, said = _fixed.get((class_type, cls)), _sayings(cls)
    if kept is None or any(now is not before for now, before in zip(said, kept.said, strict=True)):
        kept = _fixed[class_type, cls] = _Kept(NodeClass(class_type, cls), said)
    return kept.declared


def _sayings(cls: type) -> list[Any]:
    spaces = [vars(base) for base in cls.__mro__[:-1]]
    names = (*SAYINGS, str(getattr(cls, "FUNCTION", "")))
    return [space.get(name) for space in spaces for name in names]


def arguments_of(function: Any) -> tuple[frozenset[str], bool]:
    """The names of a function's arguments, and whether it takes any other by `**kwargs`."""
    spec = inspect.getfullargspec(function)
    return frozenset(spec.args + spec.kwonlyargs), spec.varkw is not None


def _ask_for_inputs(cls: Any) -> Mapping[str, Any]:
    """What a class says of its inputs; one that calls exit() there has failed, and must not end who asks."""
    try:
        declared: Mapping[str, Any] = cls.INPUT_TYPES()
    except (Exception, StoppedByHand):
        raise
    except BaseException as error:
        raise RuntimeError(f"INPUT_TYPES raised {error!r}") from error
    return declared


def _input_spec(group: str, declared: Any) -> InputSpec:
    parts = declared if isinstance(declared, (tuple, list)) else (declared,)
    options = parts[1] if len(parts) > 1 and isinstance(parts[1], Mapping) else {}
    return InputSpec(group, matched_type(parts) if parts else "*", options, declared)
