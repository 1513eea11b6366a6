"""`io.ComfyNode`: a class with a schema, which the engine sees as a class of the one protocol it knows."""

import inspect
from collections.abc import Mapping
from functools import wraps
from typing import Any

from execution.compat.graph import ExecutionBlocker
from nodes.compat.api.dynamic import DynamicInput, grouped
from nodes.compat.api.schema import Hidden, HiddenHolder, NodeOutput, Schema


class _Protocol(type):
    """What the engine asks of a node class, answered from its schema, anew each time: choices may have changed."""

    define_schema: Any
    execute: Any

    def _told(cls) -> Schema:
        schema: Schema = cls.define_schema()
        return schema

    @property
    def FUNCTION(cls) -> str:  # noqa: N802, the protocol's name
        return "run_async" if inspect.iscoroutinefunction(cls.execute) else "run"

    @property
    def RETURN_TYPES(cls) -> tuple[str, ...]:  # noqa: N802
        return tuple(output.io_type for output in cls._told().outputs)

    @property
    def RETURN_NAMES(cls) -> tuple[str, ...]:  # noqa: N802
        return tuple(output.display_name or output.id or output.io_type for output in cls._told().outputs)

    @property
    def OUTPUT_TOOLTIPS(cls) -> tuple[str, ...] | None:  # noqa: N802
        tips = tuple(output.tooltip or "" for output in cls._told().outputs)
        return tips if any(tips) else None

    @property
    def OUTPUT_IS_LIST(cls) -> tuple[bool, ...]:  # noqa: N802
        return tuple(output.is_output_list for output in cls._told().outputs)

    @property
    def INPUT_IS_LIST(cls) -> bool:  # noqa: N802
        return cls._told().is_input_list

    @property
    def OUTPUT_NODE(cls) -> bool:  # noqa: N802
        return cls._told().is_output_node

    @property
    def CATEGORY(cls) -> str:  # noqa: N802
        return cls._told().category

    @property
    def DESCRIPTION(cls) -> str:  # noqa: N802
        return cls._told().description

    @property
    def DISPLAY_NAME(cls) -> str:  # noqa: N802
        return cls._told().display_name or cls._told().node_id

    @property
    def ARGUMENTS_OF(cls) -> str:  # noqa: N802
        return "execute"

    @property
    def DEPRECATED(cls) -> bool:  # noqa: N802
        return cls._told().is_deprecated

    @property
    def EXPERIMENTAL(cls) -> bool:  # noqa: N802
        return cls._told().is_experimental

    @property
    def API_NODE(cls) -> bool:  # noqa: N802
        return cls._told().is_api_node

    @property
    def DEV_ONLY(cls) -> bool:  # noqa: N802
        return cls._told().is_dev_only

    @property
    def SEARCH_ALIASES(cls) -> list[str]:  # noqa: N802
        return list(cls._told().search_aliases)

    @property
    def ESSENTIALS_CATEGORY(cls) -> str | None:  # noqa: N802
        return cls._told().essentials_category

    @property
    def OUTPUT_MATCHTYPES(cls) -> list[str | None] | None:  # noqa: N802
        templates = [getattr(output, "template", None) for output in cls._told().outputs]
        return [one.template_id if one else None for one in templates] if any(templates) else None

    @property
    def NOT_IDEMPOTENT(cls) -> bool:  # noqa: N802
        return cls._told().not_idempotent


class ComfyNode(metaclass=_Protocol):
    """A node: `define_schema` says what it is, `execute` runs it. Both are class methods.

    It may also have `validate_inputs`, `fingerprint_inputs` and `check_lazy_status`. While it runs, `cls.hidden` has
    what the schema asked the engine for.
    """

    hidden: HiddenHolder = HiddenHolder()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, adapted in ADAPTED.items():
            own = vars(cls).get(name)
            if isinstance(own, classmethod):
                setattr(cls, name, classmethod(adapted(own.__func__)))

    @classmethod
    def define_schema(cls) -> Schema:
        raise NotImplementedError(f"{cls.__name__} must say what it is in define_schema.")

    @classmethod
    def execute(cls, **inputs: Any) -> Any:
        raise NotImplementedError(f"{cls.__name__} must say what it does in execute.")

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, dict[str, Any]]:  # noqa: N802, the protocol's name
        return cls.define_schema().input_types()

    @classmethod
    def GET_SCHEMA(cls) -> Schema:  # noqa: N802, the protocol's name
        return cls.define_schema()

    def run(self, **inputs: Any) -> Any:
        """Run the node once, as the engine calls it."""
        bound, own = _prepared(type(self), inputs)
        return _answer(bound.execute(**own))

    async def run_async(self, **inputs: Any) -> Any:
        """The same for a node that awaits."""
        bound, own = _prepared(type(self), inputs)
        return _answer(await bound.execute(**own))


def _prepared(cls: Any, inputs: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """A class for this call alone, since several may run at once, and the inputs that its function takes."""
    schema = cls.define_schema()
    given, own = _split(inputs)
    given = {
        name: value[0] if schema.is_input_list and isinstance(value, list) else value for name, value in given.items()
    }
    bound = type(cls)(cls.__name__, (cls,), {"hidden": HiddenHolder(**given), "__module__": cls.__module__})
    return bound, _as_declared(schema, own)


def _split(inputs: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    hidden = Hidden.__members__
    given = {name: value for name, value in inputs.items() if name in hidden}
    return given, {name: value for name, value in inputs.items() if name not in hidden}


def _as_declared(schema: Schema, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as the node's own functions take them: what stands for others is a dict of these."""
    if not any(isinstance(one, DynamicInput) for one in schema.inputs):
        return dict(given)
    names = {one.id for one in schema.inputs}
    others = {name: value for name, value in given.items() if name.partition(".")[0] not in names}
    return {**grouped(schema.inputs, given), **others}


def _checked(function: Any) -> Any:
    """A check or a fingerprint, called with the engine's names; it may ask for only some of the inputs."""
    signature, takes_any = inspect.signature(function), inspect.getfullargspec(function).varkw is not None

    @wraps(function)
    def call(cls: Any, **inputs: Any) -> Any:
        own = _as_declared(cls.define_schema(), inputs)
        return function(
            cls, **{name: value for name, value in own.items() if takes_any or name in signature.parameters}
        )

    call.__signature__ = signature  # type: ignore[attr-defined] # which says what the check is for
    return call


def _lazy(function: Any) -> Any:
    """The node's own question for inputs; what it names inside one that stands for others is found there."""

    @wraps(function)
    def call(cls: Any, **inputs: Any) -> Any:
        given = _split(inputs)[1]
        wanted = function(cls, **_as_declared(cls.define_schema(), given))
        return [_path(name, given) for name in wanted] if isinstance(wanted, (list, tuple)) else wanted

    return call


def _path(name: Any, given: Mapping[str, Any]) -> Any:
    """An input's whole path, where a node says only its last part."""
    if name in given:
        return name
    ends = [path for path in given if path.rpartition(".")[2] == name]
    return ends[0] if len(ends) == 1 else name


ADAPTED = {"check_lazy_status": _lazy, "validate_inputs": _checked, "fingerprint_inputs": _checked}
"""The functions of a node that the engine calls with its own names for inputs, and what adapts them."""


def _answer(answer: Any) -> Any:
    """What a node answered, in the form of the class protocol."""
    if answer is None:
        return ()
    if isinstance(answer, ExecutionBlocker):
        return answer
    if not isinstance(answer, NodeOutput):
        return answer if isinstance(answer, (tuple, dict)) else (answer,)
    if answer.block_execution is not None:
        blocked = ExecutionBlocker(answer.block_execution)
        return blocked if answer.ui is None else {"ui": answer.shown(), "result": blocked}
    told = {"ui": answer.shown(), "expand": answer.expand, "result": answer.args}
    if answer.ui is None and answer.expand is None:
        return answer.args
    return {name: value for name, value in told.items() if value is not None}
