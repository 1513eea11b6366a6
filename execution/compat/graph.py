"""What packs import from `comfy_execution.graph`."""

from execution.call import ExecutionBlocker as ExecutionBlocker
from execution.compat.pack_prompt import PackPrompt as DynamicPrompt
from execution.errors import DependencyCycle as DependencyCycleError

__all__ = ["DependencyCycleError", "DynamicPrompt", "ExecutionBlocker"]
