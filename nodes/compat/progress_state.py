"""What packs import from `comfy_execution.progress`: telling how far the node is that runs."""

from typing import Any

from execution import progress
from nodes.compat.previews import encoded


class ProgressState:
    """Passes what packs tell of the running node on to its card. Of another node than that nothing can be told."""

    def update_progress(self, node_id: str, value: float, max_value: float, image: Any = None) -> None:
        """Show how far a node is, with a picture as (format, Pillow image, longest side).

        Raises `Interrupted` when the prompt was cancelled.
        """
        reporter = progress.current()
        if reporter.node_id == node_id:
            reporter.update(value, max_value, None if image is None else lambda: encoded(image))


_STATE = ProgressState()


def get_progress_state() -> ProgressState:
    return _STATE
