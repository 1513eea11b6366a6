"""What this worker does at the moment, for packs that ask for it, and their way to the server."""

from collections.abc import Callable
from dataclasses import dataclass

from execution.messages import PackWord


def _nobody_listens(word: PackWord) -> None:
    """Outside a server there is neither a browser nor a queue."""


@dataclass
class Stage:
    """The prompt that runs, who queued it, the node that began last, where words of packs go, where the server
    listens, and the folder of its page."""

    client_id: str | None = None
    prompt_id: str | None = None
    node_id: str | None = None
    send: Callable[[PackWord], None] = _nobody_listens
    address: str = "127.0.0.1"
    port: int = 8188
    web_root: str = ""


STAGE = Stage()
