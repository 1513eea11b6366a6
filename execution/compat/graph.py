"""What packs import from `comfy_execution.graph`."""

from typing import Any

from execution.call import ExecutionBlocker as ExecutionBlocker
from execution.compat.pack_prompt import PackPrompt as DynamicPrompt
from execution.errors import DependencyCycle as DependencyCycleError
from execution.node_class import NodeClass

__all__ = ["DependencyCycleError", "DynamicPrompt", "ExecutionBlocker", "get_input_info"]


def get_input_info(class_def: Any, input_name: str, valid_inputs: Any = None) -> tuple[Any, str | None, Any]:
    """A class's input of this name: its type, its group and its options; three None where there is none."""
    declared = NodeClass(class_def.__name__, class_def)
    spec = declared.spec(input_name)
    if spec is not None:
        return spec.type, spec.group, dict(spec.options)
    return (declared.hidden[input_name], "hidden", {}) if input_name in declared.hidden else (None, None, None)
