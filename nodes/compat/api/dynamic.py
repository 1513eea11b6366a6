"""Inputs of a schema that stand for others: of the chosen option, growing rows, of a linked slot; types that match."""

from collections.abc import Mapping, Sequence
from typing import Any

from execution.compat.dynamic_inputs import (
    AUTOGROW,
    DYNAMIC_COMBO,
    DYNAMIC_GROUP,
    DYNAMIC_SLOT,
    MATCH,
    MOST_ROWS,
    rows_given,
)
from nodes.compat.api.types import Input, Output, WidgetInput

USUAL_ROWS = 50


def groups_of(inputs: Sequence[Input]) -> dict[str, dict[str, Any]]:
    """Inputs as `INPUT_TYPES` tells them, by group."""
    groups: dict[str, dict[str, Any]] = {}
    for one in inputs:
        groups.setdefault("optional" if one.optional else "required", {})[one.id] = one.wire()
    return groups


class DynamicInput(Input):
    """An input that stands for others; its node gets a dict of them, or a list of dicts."""

    def grouped(self, given: Mapping[str, Any], path: str) -> dict[str, Any] | list[Any] | None:
        """What the node gets, of values by their paths; None where it gets nothing."""
        raise NotImplementedError(f"{type(self).__name__} must say how its values go together.")


def grouped(inputs: Sequence[Input], given: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """The values of inputs by name, those that stand for others as dicts."""
    values: dict[str, Any] = {}
    for one in inputs:
        if isinstance(one, DynamicInput):
            inner = one.grouped(given, path + one.id)
            if inner is not None:
                values[one.id] = inner
        elif path + one.id in given:
            values[one.id] = given[path + one.id]
    return values


class ComboOption:
    """What may be chosen, and the inputs that there are then."""

    def __init__(self, key: str, inputs: Sequence[Input] = (), **_: Any) -> None:
        self.key, self.inputs = key, list(inputs)

    def as_dict(self) -> dict[str, Any]:
        return {"key": self.key, "inputs": groups_of(self.inputs)}


class DynamicComboInput(DynamicInput):
    """A choice with inputs of its own for each option."""

    def __init__(self, id: str, options: Sequence[ComboOption], *args: Any, **more: Any) -> None:  # noqa: A002
        super().__init__(DYNAMIC_COMBO, id, *args, **more)
        self.choices = list(options)

    def wire(self) -> tuple[Any, ...]:
        kind, options = super().wire()
        return kind, {**options, "options": [option.as_dict() for option in self.choices]}

    def grouped(self, given: Mapping[str, Any], path: str) -> dict[str, Any] | None:
        if path not in given:
            return None
        said = given[path]
        key = said[0] if isinstance(said, list) and said else said
        chosen = next((option.inputs for option in self.choices if option.key == key), [])
        return {self.id: said, **grouped(chosen, given, f"{path}.")}


class Template:
    """What each row of a growing input is, and what the rows are called."""

    def __init__(self, input: Input, names: Sequence[str], minimum: int, told: Mapping[str, Any]) -> None:  # noqa: A002
        self.input, self.names, self.min, self._told = input, list(names), minimum, dict(told)
        if isinstance(input, WidgetInput):
            input.options["force_input"] = True

    def as_dict(self) -> dict[str, Any]:
        return {"input": groups_of([self.input]), **self._told, "min": self.min}


class TemplatePrefix(Template):
    """Rows that are numbered from 0 behind a prefix."""

    def __init__(self, input: Input, prefix: str, min: int = 1, max: int = 10) -> None:  # noqa: A002 - packs name them
        if not 0 <= min <= max or not 1 <= max <= MOST_ROWS:
            raise ValueError(f"A growing input has from {min} to {max} rows; it may have up to {MOST_ROWS}.")
        super().__init__(input, [f"{prefix}{index}" for index in range(max)], min, {"prefix": prefix, "max": max})
        self.prefix, self.max = prefix, max


class TemplateNames(Template):
    """Rows that have a name each."""

    def __init__(self, input: Input, names: Sequence[str], min: int = 1) -> None:  # noqa: A002 - packs name them
        if not names or len(set(names)) < len(names) or len(names) > MOST_ROWS:
            raise ValueError(f"A growing input needs names that differ, at most {MOST_ROWS}; it has {list(names)}.")
        super().__init__(input, names, min, {"names": list(names)})


class AutogrowInput(DynamicInput):
    """As many inputs of one kind as are linked."""

    def __init__(self, id: str, template: Template, *args: Any, **more: Any) -> None:  # noqa: A002
        super().__init__(AUTOGROW, id, *args, **more)
        self.template = template

    def wire(self) -> tuple[Any, ...]:
        kind, options = super().wire()
        return kind, {**options, "template": self.template.as_dict()}

    def grouped(self, given: Mapping[str, Any], path: str) -> dict[str, Any]:
        return {name: given[f"{path}.{name}"] for name in self.template.names if f"{path}.{name}" in given}


class DynamicGroupInput(DynamicInput):
    """Rows of values, each of the same kinds; the node gets a list of dicts, None for a value that is not given."""

    def __init__(
        self,
        id: str,  # noqa: A002 - packs name them
        template: Sequence[Input],
        *args: Any,
        min: int = 0,  # noqa: A002
        max: int = USUAL_ROWS,  # noqa: A002
        group_name: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(DYNAMIC_GROUP, id, *args, **more)
        names = [one.id for one in template]
        if not 0 <= min <= max or not 1 <= max <= MOST_ROWS:
            raise ValueError(f"The group {id!r} has from {min} to {max} rows; it may have up to {MOST_ROWS}.")
        if not names or len(set(names)) < len(names) or any("." in name for name in (id, *names)):
            raise ValueError(f"The rows of the group {id!r} need names that differ, without dots; these are {names}.")
        if any(not isinstance(one, WidgetInput) or one.options.get("force_input") for one in template):
            raise ValueError(f"The rows of the group {id!r} may hold only inputs whose values are written on the card.")
        self.template, self.min, self.max, self.group_name = list(template), min, max, group_name

    def wire(self) -> tuple[Any, ...]:
        kind, options = super().wire()
        told = {"template": groups_of(self.template), "min": self.min, "max": self.max}
        return kind, {**options, **told, **({"group_name": self.group_name} if self.group_name else {})}

    def grouped(self, given: Mapping[str, Any], path: str) -> list[Any]:
        rows = rows_given(path, given)
        if len(rows) > self.max:
            raise ValueError(f"{path} was given {len(rows)} rows and takes at most {self.max}. Remove some of them.")
        names = [one.id for one in self.template]
        return [{name: rows.get(row, {}).get(name) for name in names} for row in range(_after_last(rows))]


def _after_last(rows: Mapping[int, Any]) -> int:
    return 1 + max(rows, default=-1)


class DynamicSlotInput(DynamicInput):
    """A socket, and the inputs that there are while it is linked."""

    def __init__(self, slot: Input, inputs: Sequence[Input], *args: Any, **more: Any) -> None:
        super().__init__(DYNAMIC_SLOT, slot.id, *args, **{"optional": True, **more})
        self.slot, self.inputs = slot, list(inputs)

    def wire(self) -> tuple[Any, ...]:
        kind, options = super().wire()
        told = {"slotType": self.slot.io_type, "inputs": groups_of(self.inputs), "forceInput": True}
        return kind, {**options, **told}

    def grouped(self, given: Mapping[str, Any], path: str) -> dict[str, Any] | None:
        if path not in given:
            return None
        return {self.id: given[path], **grouped(self.inputs, given, f"{path}.")}


class DynamicCombo:
    """A choice with inputs of its own for each option."""

    Type = dict[str, Any]
    Option = ComboOption
    Input = DynamicComboInput


class DynamicGroup:
    """Rows of values."""

    Type = list[dict[str, Any]]
    Input = DynamicGroupInput


class Autogrow:
    """As many inputs of one kind as are linked."""

    Type = dict[str, Any]
    TemplatePrefix = TemplatePrefix
    TemplateNames = TemplateNames
    Input = AutogrowInput


class DynamicSlot:
    """A socket that brings further inputs."""

    Type = dict[str, Any]
    Input = DynamicSlotInput


class MatchTemplate:
    """Inputs and outputs that name it have one type between them."""

    def __init__(self, template_id: str, allowed_types: Any = None) -> None:
        types: list[Any] = [allowed_types] if isinstance(allowed_types, type) else list(allowed_types or ())
        names = [one.io_type for one in types]
        self.template_id = template_id
        self.io_type = "*" if not names or "*" in names else ",".join(names)

    def as_dict(self) -> dict[str, str]:
        return {"template_id": self.template_id, "allowed_types": self.io_type}


class MatchInput(Input):
    """An input of whichever type is linked to any that shares its template."""

    def __init__(self, id: str, template: MatchTemplate, *args: Any, **options: Any) -> None:  # noqa: A002
        super().__init__(MATCH, id, *args, **options)
        self.template = template

    def wire(self) -> tuple[Any, ...]:
        kind, options = super().wire()
        return kind, {**options, "template": self.template.as_dict()}


class MatchOutput(Output):
    """An output of the type of the inputs that share its template."""

    def __init__(self, template: MatchTemplate, id: str | None = None, *args: Any, **options: Any) -> None:  # noqa: A002
        super().__init__(MATCH, id, *args, **options)
        self.template = template


class MatchType:
    """Inputs and outputs that have one type between them, whichever is linked."""

    Type = Any
    Template = MatchTemplate
    Input = MatchInput
    Output = MatchOutput
