"""What packs import from `comfy_execution.utils`: which node of which prompt their code runs for."""

from typing import NamedTuple

from execution import progress
from execution.compat.stage import STAGE


class ExecutionContext(NamedTuple):
    """The prompt, its node, and which element of a list the call is for."""

    prompt_id: str
    node_id: str
    list_index: int | None


def get_executing_context() -> ExecutionContext | None:
    """Where the caller runs; None outside of a node."""
    reporter = progress.current()
    if reporter.node_id is None:
        return None
    return ExecutionContext(STAGE.prompt_id or "", reporter.node_id, getattr(reporter, "call_index", None))
