"""What this worker does at the moment, for packs that ask for it, and their way to the browser."""

from collections.abc import Callable
from dataclasses import dataclass

from execution.messages import PackMessage


def _nobody_listens(message: PackMessage) -> None:
    """Outside a server there is no browser to tell."""


@dataclass
class Stage:
    """The prompt that runs, who queued it, the node that began last, and where messages go."""

    client_id: str | None = None
    prompt_id: str | None = None
    node_id: str | None = None
    send: Callable[[PackMessage], None] = _nobody_listens


STAGE = Stage()
