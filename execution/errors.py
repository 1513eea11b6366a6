"""What can go wrong, in the product's own words."""

import errno
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class SkeinError(Exception):
    """Base of every error that Skein raises on purpose."""


class PromptError(SkeinError):
    """A prompt that cannot be accepted; carries everything a 400 answer needs."""

    def __init__(
        self,
        type: str,  # noqa: A002 (the name on the wire)
        message: str,
        details: str = "",
        extra_info: Mapping[str, Any] | None = None,
        node_errors: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{message} {details}".strip())
        self.type = type
        self.message = message
        self.details = details
        self.extra_info = dict(extra_info or {})
        self.node_errors = dict(node_errors or {})

    def wire(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        error = {"type": self.type, "message": self.message, "details": self.details, "extra_info": self.extra_info}
        return {"error": error, "node_errors": self.node_errors}


class WorkflowError(PromptError):
    """An editor workflow that cannot be turned into a prompt."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__("invalid_workflow", message, details)


class NodeError(SkeinError):
    """A node that could not be run, though nothing inside it raised: the engine found the fault.

    `node_ids` are those at fault, where these are others than the one that was to be run.
    """

    node_ids: tuple[str, ...] = ()


class DependencyCycle(NodeError):
    """Nodes that wait for each other, so that none of them can ever run."""

    def __init__(self, node_ids: tuple[str, ...]) -> None:
        super().__init__(
            f"Nodes {' -> '.join(node_ids)} wait for each other in a circle. Remove one of the links between them."
        )
        self.node_ids = node_ids


class ClassGone(NodeError):
    """A node whose class was there when its prompt was queued, and is no more."""

    def __init__(self, node_id: str, class_type: str) -> None:
        super().__init__(
            f"The node class {class_type!r} is no longer here: its pack was removed or fails to load (GET /packs tells "
            "why). Put it right, load the packs anew, and queue again; or take the node out."
        )
        self.node_ids = (node_id,)


class TooFewOutputs(NodeError):
    """A node that gave fewer outputs than it has, though another waits for one of the rest."""

    def __init__(self, class_type: str, given: str, wanted: int, user: str) -> None:
        super().__init__(
            f"{class_type} gave {given} outputs, but node {user} wants its output {wanted} (counted from 0). The "
            f"author of {class_type} must return a value for each of its outputs; until then, remove that link."
        )


class InputChanged(NodeError):
    """A node that changed what it was given, so that no result can be trusted any more."""

    def __init__(self, class_type: str, names: Sequence[str]) -> None:
        super().__init__(
            f"{class_type} changed its input {', '.join(names)} in place, though other nodes may use it too. "
            "The node's author must change a copy. All results are made anew."
        )


class ExecutionBlocked(NodeError):
    """An output was blocked with a message, and a node needed it."""


class Interrupted(SkeinError):
    """The prompt was cancelled while it ran."""


class PathError(SkeinError):
    """A name that does not lead to a file inside the folder it was asked from."""


class FileNotWritten(OSError):
    """A file that could not be written: which, why, and what helps. `strerror` is the system's word for it."""

    def __init__(self, path: Path, cause: OSError) -> None:
        super().__init__(cause.errno, cause.strerror)
        self.path = path

    def __str__(self) -> str:
        remedy = _REMEDIES.get(self.errno or 0, "")
        return f"{self.path} could not be written: {self.strerror}.{remedy}"


_FULL = " Free some space there, or choose another folder; then queue the prompt again."
_CLOSED = " Make its folder one that Skein may write to, or choose another; then queue the prompt again."
_REMEDIES = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _CLOSED,
    errno.EPERM: _CLOSED,
    errno.EROFS: _CLOSED,
}


class QueueError(SkeinError):
    """The queue cannot do what was asked of it."""
