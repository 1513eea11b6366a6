"""What packs find in `execution`, which is Skein's own engine: a prompt's check; the rest of ComfyUI's is not in it."""

from typing import Any

from execution.compat.graph import ExecutionBlocker as ExecutionBlocker
from execution.compat.validated import Answer, validated
from nodes.compat.foreign import stand_in

MAXIMUM_HISTORY_SIZE = 10_000
SENSITIVE_EXTRA_DATA_KEYS = ("auth_token_comfy_org", "api_key_comfy_org")


async def validate_prompt(prompt_id: Any, prompt: Any = None, partial_execution_list: Any = None) -> Answer:
    """What is wrong with a prompt's JSON, with the nodes that are loaded."""
    from nodes.registry import NODE_CLASS_MAPPINGS  # which is full only now

    graph = prompt_id if prompt is None else prompt
    return validated(graph, NODE_CLASS_MAPPINGS, partial_execution_list)


def full_type_name(klass: type) -> str:
    """A class's name with its module's."""
    module = klass.__module__
    return klass.__qualname__ if module == "builtins" else f"{module}.{klass.__qualname__}"


# Packs replace parts of these; Skein runs prompts another way, so that has no effect.
PromptExecutor = stand_in("execution.PromptExecutor")
PromptQueue = stand_in("execution.PromptQueue")
CacheSet = stand_in("execution.CacheSet")
IsChangedCache = stand_in("execution.IsChangedCache")
ExecutionResult = stand_in("execution.ExecutionResult")
get_input_data = stand_in("execution.get_input_data")
get_output_data = stand_in("execution.get_output_data")
map_node_over_list = stand_in("execution.map_node_over_list")
_map_node_over_list = stand_in("execution._map_node_over_list")
_async_map_node_over_list = stand_in("execution._async_map_node_over_list")
validate_inputs = stand_in("execution.validate_inputs")
recursive_execute = stand_in("execution.recursive_execute")
execute = stand_in("execution.execute")
