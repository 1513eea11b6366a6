"""What an annotation can say about an input or output of a node: socket, widget, hidden value, name, tooltip."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TypeName = str | list[Any]


class Slot:
    """Base of the annotations that decide a slot's type; every other annotation only adds to it."""

    def type_name(self, python_type: Any) -> TypeName:
        """The type as `/object_info` tells it: a name, or the list of choices."""
        raise NotImplementedError

    def options(self, python_type: Any) -> dict[str, Any]:
        """The widget's options as `/object_info` tells them; None means not told."""
        return {}

    @property
    def is_fixed(self) -> bool:
        """Whether it tells the same whenever it is asked."""
        return True


@dataclass(frozen=True)
class Socket(Slot):
    """A value that only a link can bring."""

    name: str

    def type_name(self, python_type: Any) -> TypeName:
        return self.name


@dataclass(frozen=True)
class Hidden(Slot):
    """A value that the engine fills in: PROMPT, EXTRA_PNGINFO, UNIQUE_ID, DYNPROMPT."""

    name: str

    def type_name(self, python_type: Any) -> TypeName:
        return self.name


@dataclass(frozen=True)
class Number(Slot):
    """A number field, of whole numbers where the annotated type is int. A float steps by 0.01 unless told."""

    default: float | None
    minimum: float = 0
    maximum: float = 1
    step: float | None = None
    round: float | bool | None = None
    display: str | None = None
    control_after_generate: bool | None = None

    def type_name(self, python_type: Any) -> TypeName:
        return "INT" if python_type is int else "FLOAT"

    def options(self, python_type: Any) -> dict[str, Any]:
        step = 0.01 if self.step is None and python_type is float else self.step
        return {
            "default": None if self.default is None else python_type(self.default),
            "min": python_type(self.minimum),
            "max": python_type(self.maximum),
            "step": step,
            "round": self.round,
            "display": self.display,
            "control_after_generate": self.control_after_generate,
        }


@dataclass(frozen=True)
class Text(Slot):
    """A text field. With `dynamic_prompts` the editor picks one of {a|b} when it queues.

    `placeholder` stands in it while it is empty. `suggests` names what the editor offers in it: "axes", the values of
    the workflow's other nodes as `title.input`.
    """

    default: str | None = None
    multiline: bool | None = None
    dynamic_prompts: bool | None = None
    placeholder: str | None = None
    suggests: str | None = None

    def type_name(self, python_type: Any) -> TypeName:
        return "STRING"

    def options(self, python_type: Any) -> dict[str, Any]:
        return {
            "default": self.default,
            "multiline": self.multiline,
            "dynamicPrompts": self.dynamic_prompts,
            "placeholder": self.placeholder,
            "suggests": self.suggests,
        }


@dataclass(frozen=True)
class Toggle(Slot):
    """A switch."""

    default: bool | None = False

    def type_name(self, python_type: Any) -> TypeName:
        return "BOOLEAN"

    def options(self, python_type: Any) -> dict[str, Any]:
        return {"default": self.default}


@dataclass(frozen=True, eq=False)
class Choice(Slot):
    """One of a list; a callable is asked anew each time the node is described, as lists of files must be."""

    choices: Sequence[Any] | Callable[[], Sequence[Any]]
    default: Any = None
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_fixed(self) -> bool:
        return isinstance(self.choices, tuple)

    def type_name(self, python_type: Any) -> TypeName:
        return list(self.choices() if callable(self.choices) else self.choices)

    def options(self, python_type: Any) -> dict[str, Any]:
        return {"default": self.default, **self.more}


@dataclass(frozen=True, eq=False)
class Other(Slot):
    """A widget, or a wildcard, whose type and options are told as they stand here."""

    name: str
    more: Mapping[str, Any] = field(default_factory=dict)

    def type_name(self, python_type: Any) -> TypeName:
        return self.name

    def options(self, python_type: Any) -> dict[str, Any]:
        return dict(self.more)


@dataclass(frozen=True, eq=False)
class More:
    """Further options of an input, such as `lazy`: it is computed only when the node asks for it."""

    options: Mapping[str, Any]


@dataclass(frozen=True)
class MayBeLeftOut:
    """A widget that a prompt need not name: the method's default counts then."""


OPTIONAL = MayBeLeftOut()
LAZY = More({"lazy": True})
RAW_LINK = More({"rawLink": True})
"""The input is given the link itself, `[node_id, slot]`, and what it leads to is not computed for it."""


@dataclass(frozen=True)
class Listed:
    """An output that is a list of values; what follows runs once for each."""


@dataclass(frozen=True)
class Tip:
    """What a person reads when pointing at the slot."""

    text: str


@dataclass(frozen=True)
class Name:
    """An output's name, where it is not that of its type."""

    text: str
