"""The types of a schema's inputs and outputs: `Int.Input(…)`, `Image.Output(…)`, `Custom("MY_TYPE")`."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, ClassVar


class NumberDisplay(str, Enum):
    """How a number's widget looks."""

    number = "number"
    slider = "slider"
    gradient_slider = "gradientslider"


class FolderType(str, Enum):
    """Where an uploaded file goes."""

    input = "input"
    output = "output"
    temp = "temp"


class ControlAfterGenerate(str, Enum):
    """What becomes of a seed after each run."""

    fixed = "fixed"
    increment = "increment"
    decrement = "decrement"
    randomize = "randomize"


class UploadType(str, Enum):
    """What may be uploaded for a combo."""

    image = "image_upload"
    audio = "audio_upload"
    video = "video_upload"
    model = "file_upload"


class RemoteOptions:
    """Choices that the page fetches from a route."""

    def __init__(
        self,
        route: str,
        refresh_button: bool = False,
        control_after_refresh: str = "first",
        timeout: int | None = None,
        max_retries: int | None = None,
        refresh: int | None = None,
    ) -> None:
        told = {
            "route": route, "refresh_button": refresh_button, "control_after_refresh": control_after_refresh,
            "timeout": timeout, "max_retries": max_retries, "refresh": refresh,
        }  # fmt: skip
        self.options = {name: value for name, value in told.items() if value is not None}


# How arguments of an input are called in the class protocol, where that is another name.
RENAMED = {
    "force_input": "forceInput",
    "raw_link": "rawLink",
    "display_mode": "display",
    "dynamic_prompts": "dynamicPrompts",
    "display_name": "display_name",
    "default_input": "defaultInput",
    "widget_type": "widgetType",
}


class Input:
    """One input of a schema."""

    # What arguments without a name mean, after the input's own.
    positional: ClassVar[tuple[str, ...]] = ("display_name", "optional", "tooltip", "lazy", "extra_dict")

    def __init__(self, io_type: str, id: str, *args: Any, **options: Any) -> None:  # noqa: A002 - packs name it
        options = {**dict(zip(self.positional, args, strict=False)), **options}
        self.id, self.io_type = id, io_type
        self.optional = bool(options.pop("optional", False))
        self.lazy = options.get("lazy")
        self.extra = dict(options.pop("extra_dict", None) or {})
        self.options = {name: value for name, value in options.items() if value is not None}

    def get_io_type(self) -> str:
        return self.io_type

    def wire(self) -> tuple[Any, ...]:
        """The input as the class protocol tells it."""
        options = {RENAMED.get(name, name): plain_option(value) for name, value in self.options.items()}
        return (self.io_type, {**options, **self.extra})


class ComboInput(Input):
    """A choice; the upload's kind is said in an option of its own."""

    positional = ("options", "display_name", "optional", "tooltip", "lazy", "default")

    def wire(self) -> tuple[Any, ...]:
        kind, options = super().wire()
        choices = options.get("options")
        if isinstance(choices, type) and issubclass(choices, Enum):
            options["options"] = [choice.value for choice in choices]
        elif callable(choices):
            options["options"] = list(choices())
        elif choices is not None:
            options["options"] = list(choices)
        upload = self.options.get("upload")
        if upload is not None:
            options.pop("upload", None)
            options[getattr(upload, "value", upload)] = True
        return kind, options


class Output:
    """One output of a schema."""

    def __init__(
        self,
        io_type: str,
        id: str | None = None,  # noqa: A002 - packs name it
        display_name: str | None = None,
        tooltip: str | None = None,
        is_output_list: bool = False,
        **_: Any,
    ) -> None:
        self.io_type, self.id, self.display_name = io_type, id, display_name
        self.tooltip, self.is_output_list = tooltip, is_output_list

    def get_io_type(self) -> str:
        return self.io_type


class _Kind(type):
    """Gives every type an `Input` and an `Output` that know it."""

    io_type: str
    input_class: type[Input]
    defaults: dict[str, Any]

    @property
    def Input(cls) -> Callable[..., Input]:  # noqa: N802 - packs name it
        defaults = cls.defaults
        return lambda id, *args, **options: cls.input_class(cls.io_type, id, *args, **{**defaults, **options})  # noqa: A006

    @property
    def Output(cls) -> Callable[..., Output]:  # noqa: N802 - packs name it
        return lambda *args, **options: Output(cls.io_type, *args, **options)


class ComfyType(metaclass=_Kind):
    """A type of values that nodes pass on."""

    io_type = "*"
    input_class: ClassVar[type[Input]] = Input
    defaults: ClassVar[dict[str, Any]] = {}
    Type = Any


class WidgetInput(Input):
    """An input that a widget holds where nothing is linked."""

    positional = ("display_name", "optional", "tooltip", "lazy", "default")


def kind(io_type: str, base: type[Input] = Input, defaults: dict[str, Any] | None = None) -> type[ComfyType]:
    """A type of this name."""
    members = {"io_type": io_type, "input_class": base, "defaults": defaults or {}}
    made: Any = _Kind(io_type.title().replace("_", ""), (ComfyType,), members)
    return made


def Custom(io_type: str) -> type[ComfyType]:  # noqa: N802 - packs name it
    """A type of a pack's own."""
    return kind(io_type)


class MultiType:
    """An input that takes values of several types; with a widget where the first is an input that has one."""

    @staticmethod
    def Input(id: Any, types: Sequence[Any], *args: Any, **options: Any) -> Input:  # noqa: A002, N802 - packs name it
        names = [one.io_type for one in types]
        if isinstance(id, Input):
            taken = type(id)(",".join(dict.fromkeys([id.io_type, *names])), id.id, **id.options, extra_dict=id.extra)
            taken.optional = id.optional
            return taken
        return Input(",".join(dict.fromkeys(names)), id, *args, **options)


def plain_option(value: Any) -> Any:
    """An option as JSON can tell it."""
    if isinstance(value, RemoteOptions):
        return value.options
    if isinstance(value, ControlAfterGenerate):
        return True
    return value.value if isinstance(value, Enum) else value
