"""What packs import from `comfy_execution.graph`."""

from execution.call import ExecutionBlocker as ExecutionBlocker
