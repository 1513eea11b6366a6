"""What packs import from `app`: ComfyUI's own web application; of it only the log is here."""

import logging
from collections.abc import Callable
from typing import Any

from nodes.compat.foreign import stand_in
from nodes.compat.names import lacks_of

UserManager = stand_in("app.user_manager.UserManager")
FrontendManager = stand_in("app.frontend_management.FrontendManager")
CustomNodeManager = stand_in("app.custom_node_manager.CustomNodeManager")
ModelFileManager = stand_in("app.model_manager.ModelFileManager")


def setup_logger(log_level: Any = "INFO", capacity: int = 300, use_stdout: bool = False) -> None:
    """Skein sets its log up itself."""


def get_logs() -> list[Any]:
    """The lines of this process's log are the server's: `GET /internal/logs/raw` has them."""
    return []


def on_flush(callback: Callable[..., Any]) -> None:
    """Nothing is held back, so nobody is told."""


def log_startup_warning(message: str) -> None:
    logging.getLogger(__name__).warning(message)


__getattr__ = lacks_of("app")
