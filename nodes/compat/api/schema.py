"""What a node of the newer style says of itself, what it answers, and what the engine gives it beside its inputs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from nodes.compat.api.dynamic import groups_of
from nodes.compat.api.types import Input, Output


class Hidden(str, Enum):
    """What a node may ask the engine for."""

    unique_id = "UNIQUE_ID"
    prompt = "PROMPT"
    extra_pnginfo = "EXTRA_PNGINFO"
    dynprompt = "DYNPROMPT"
    auth_token_comfy_org = "AUTH_TOKEN_COMFY_ORG"  # noqa: S105 - a name, not a secret
    api_key_comfy_org = "API_KEY_COMFY_ORG"


# An output node's metadata needs these, asked for or not.
OF_OUTPUT_NODES = (Hidden.prompt, Hidden.extra_pnginfo)


@dataclass(frozen=True)
class NodeReplace:
    """A node class that others have taken the place of: where their inputs and outputs come from."""

    new_node_id: str
    old_node_id: str
    old_widget_ids: Sequence[str] | None = None
    input_mapping: Sequence[Any] | None = None
    output_mapping: Sequence[Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """As clients read it."""
        return {
            "new_node_id": self.new_node_id,
            "old_node_id": self.old_node_id,
            "old_widget_ids": None if self.old_widget_ids is None else list(self.old_widget_ids),
            "input_mapping": None if self.input_mapping is None else list(self.input_mapping),
            "output_mapping": None if self.output_mapping is None else list(self.output_mapping),
        }


@dataclass
class Schema:
    """A node's name, inputs and outputs."""

    node_id: str
    display_name: str | None = None
    category: str = "sd"
    inputs: Sequence[Input] = ()
    outputs: Sequence[Output] = ()
    hidden: Sequence[Hidden] = ()
    description: str = ""
    search_aliases: Sequence[str] = ()
    is_input_list: bool = False
    is_output_node: bool = False
    is_deprecated: bool = False
    is_experimental: bool = False
    is_dev_only: bool = False
    is_api_node: bool = False
    price_badge: Any = None
    not_idempotent: bool = False
    enable_expand: bool = False
    accept_all_inputs: bool = False
    essentials_category: str | None = None
    has_intermediate_output: bool = False

    def __post_init__(self) -> None:
        self.inputs, self.outputs = list(self.inputs or ()), list(self.outputs or ())
        self.hidden, self.search_aliases = list(self.hidden or ()), list(self.search_aliases or ())

    def asked(self) -> list[Hidden]:
        """What the engine is asked for."""
        wanted = [Hidden(one) if not isinstance(one, Hidden) else one for one in self.hidden]
        return list(dict.fromkeys([*wanted, *(OF_OUTPUT_NODES if self.is_output_node else ())]))

    def input_types(self) -> dict[str, dict[str, Any]]:
        """The inputs as `INPUT_TYPES` tells them. Raises `ValueError` for two of one name."""
        names = [one.id for one in self.inputs]
        if len(set(names)) < len(names):
            raise ValueError(f"{self.node_id} has two inputs of one name among {', '.join(names)}.")
        groups: dict[str, dict[str, Any]] = {"required": {}, **groups_of(self.inputs)}
        if self.asked():
            groups["hidden"] = {one.name: (one.value,) for one in self.asked()}
        return groups


@dataclass(frozen=True)
class HiddenHolder:
    """What the engine gave a node for one call; None for what it was not asked for."""

    unique_id: str | None = None
    prompt: Any = None
    extra_pnginfo: Any = None
    dynprompt: Any = None
    auth_token_comfy_org: str | None = None
    api_key_comfy_org: str | None = None


@dataclass(init=False)
class NodeOutput:
    """What a node answers: its outputs in order, what its card shows, and what else is to happen."""

    args: tuple[Any, ...] = ()
    ui: Any = None
    expand: dict[str, Any] | None = None
    block_execution: str | None = field(default=None)

    def __init__(
        self, *args: Any, ui: Any = None, expand: dict[str, Any] | None = None, block_execution: str | None = None
    ) -> None:
        self.args, self.ui, self.expand, self.block_execution = args, ui, expand, block_execution

    @property
    def result(self) -> tuple[Any, ...] | None:
        return self.args or None

    def shown(self) -> dict[str, Any] | None:
        """What the card shows, as the class protocol tells it."""
        found: dict[str, Any] | None = self.ui.as_dict() if hasattr(self.ui, "as_dict") else self.ui
        return found
