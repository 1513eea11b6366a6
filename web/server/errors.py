"""Turns what went wrong, in the product's words, into HTTP answers with JSON bodies."""

import errno
import logging

from aiohttp import web

from execution.database import StorageError
from execution.errors import PathError, PromptError, QueueError, SkeinError
from execution.supervisor import QuestionFailed, WorkerDied, WorkerUnavailable
from web.server.access import UnknownUser
from web.server.fetching.refusals import FetchConflict, FetchingIsOff, HostRefused
from web.server.replies import BadRequest, error_body, json_reply
from web.server.settings import SettingsTooLarge
from web.server.table import Handler
from web.server.userdata import AlreadyThere, NotThere

log = logging.getLogger(__name__)

# What the system has against a name is for the one who sent it to mend; all else for who keeps the server.
OF_NAMES: dict[int, tuple[int, str]] = {
    errno.EEXIST: (409, "already_there"),
    errno.ENOENT: (404, "not_found"),
    **dict.fromkeys((errno.ENAMETOOLONG, errno.EINVAL, errno.ENOTDIR, errno.EISDIR), (400, "bad_request")),
    errno.ELOOP: (400, "bad_request"),
}

# The first class that fits decides.
STATUSES: tuple[tuple[type[Exception], int, str], ...] = (
    (BadRequest, 400, "bad_request"),
    (UnknownUser, 401, "unknown_user"),
    (SettingsTooLarge, 413, "settings_too_large"),
    (NotThere, 404, "not_found"),
    (AlreadyThere, 409, "already_there"),
    (PathError, 403, "path_refused"),
    (HostRefused, 403, "host_refused"),
    (FetchingIsOff, 403, "fetching_is_off"),
    (FetchConflict, 409, "fetch_conflict"),
    (StorageError, 507, "storage_failed"),
    (QueueError, 409, "queue_refused"),
    (WorkerUnavailable, 503, "worker_unavailable"),
    (WorkerDied, 503, "worker_died"),
    (QuestionFailed, 500, "internal_error"),
    (SkeinError, 400, "refused"),
    (OSError, 507, "storage_failed"),
)


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let answers pass, and put every error into JSON."""
    try:
        return await handler(request)
    except PromptError as error:
        return json_reply(error.wire(), 400)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        told = error.text if isinstance(error, web.HTTPRequestEntityTooLarge) else ""
        remedy = f" {told} Start the server with a larger --max-upload-size to allow it." if told else ""
        body = error_body(_word(error.reason), f"{error.reason}: {request.method} {request.path}.{remedy}")
        reply = json_reply(body, error.status)
        if isinstance(error, web.HTTPRequestEntityTooLarge):
            reply.force_close()  # What is still to come is not read as the next request.
        if "Allow" in error.headers:
            reply.headers["Allow"] = error.headers["Allow"]  # RFC 9110 wants it with every 405.
        return reply
    except (ConnectionError, TimeoutError):
        raise  # Nobody is left to be answered.
    except RecursionError as error:
        # JSON may be read to a depth in which it cannot be passed on.
        log.warning("%s %r: %s", request.method, request.path, error)
        return json_reply(error_body("bad_request", "The body is nested too deeply."), 400)
    except Exception as error:
        return _explain(request, error)


def _explain(request: web.Request, error: Exception) -> web.Response:
    if isinstance(error, OSError) and (told := OF_NAMES.get(error.errno or 0)):
        status, word = told
        return json_reply(error_body(word, f"The name cannot be used: {error.strerror}."), status)
    for kind, status, word in STATUSES:
        if isinstance(error, kind):
            if status >= 500:
                log.error("%s %r: %s", request.method, request.path, error)
            # The system's own texts hold paths, which are nobody's business.
            reason = error.strerror if isinstance(error, OSError) else str(error)
            return json_reply(error_body(word, reason or type(error).__name__), status)
    log.exception("%s %r failed", request.method, request.path)
    return json_reply(
        error_body("internal_error", f"The server failed: {type(error).__name__}. Its log says more."), 500
    )


def _word(reason: str) -> str:
    return reason.lower().replace(" ", "_")
