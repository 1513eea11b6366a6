"""Which prompts a query asks for: by state, by words, by the time of their queuing."""

from collections.abc import Sequence

from aiohttp import web

from execution.history import Search
from web.server.replies import BadRequest, read_count
from web.server.shapes import ASKED_COUNT, TEXT, array, one_of
from web.server.table import Param
from web.server.wire import JOB_STATES

LONGEST_SEARCH = 1000
ENDED = ("completed", "failed", "cancelled")


def search_params(known: Sequence[str]) -> tuple[Param, ...]:
    """What a query may say of the `known` states."""
    words = "words, or beginnings of words, in the inputs of an ended prompt, the names of its files or its error"
    return (
        Param("status", "the wanted states with commas between; all when it is not said", array(one_of(*known))),
        Param("search", words, {**TEXT, "maxLength": LONGEST_SEARCH}),
        Param("since", "queued at this time or later, in milliseconds since 1970", ASKED_COUNT),
        Param("until", "queued at this time or earlier", ASKED_COUNT),
    )


def read_search(request: web.Request, known: Sequence[str]) -> Search:
    """What is asked for of the `known` states; raises `BadRequest`."""
    names = [name.strip() for name in request.query.get("status", "").split(",") if name.strip()]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise BadRequest(f"There is no status {unknown[0]!r}; use {', '.join(known)}.")
    text = request.query.get("search", "").strip()
    if len(text) > LONGEST_SEARCH:
        raise BadRequest(f"search must be at most {LONGEST_SEARCH:,} characters long.")
    return Search(
        [JOB_STATES[name] for name in dict.fromkeys(names or known)],
        text,
        read_count(request, "since"),
        read_count(request, "until"),
    )


def is_searching(request: web.Request) -> bool:
    """Whether a query asks for some prompts rather than all."""
    return any(request.query.get(param.name) for param in search_params(ENDED))
