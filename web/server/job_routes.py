"""Jobs: prompts in every state in one list, and cancelling them by id."""

import asyncio
from functools import partial

from aiohttp import web

from execution import history, queue
from execution.history import Search
from web.server.replies import BadRequest, error_body, json_reply, read_count, read_ids, read_object
from web.server.searching import ENDED, read_search, search_params
from web.server.services import services_of
from web.server.shapes import ANY, ASKED_COUNT, COUNT, FLAG, NUMBER, OBJECT, TEXT, array, one_of, record, table
from web.server.table import Body, Param, Route, answers
from web.server.wire import JOB_STATES, job_detail, job_object

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 1000
ORDER_WORDS = (
    "queue, with status=pending: in the order in which they will run; ended, with ended ones: the last end first"
)
ORDERS = ("", "newest", "queue", "ended")


async def list_jobs(request: web.Request) -> web.Response:
    """A page of jobs, newest first; found by state, by the time of their queuing and, once ended, by their words.

    With `order=queue` those that wait, in the order in which they will run; with `order=ended` the last end first.
    """
    search = read_search(request, tuple(JOB_STATES))
    limit, offset = read_count(request, "limit", DEFAULT_LIMIT), read_count(request, "offset", 0) or 0
    limit = DEFAULT_LIMIT if limit is None else min(limit, LARGEST_LIMIT)
    order = _read_order(request, search)
    if order == "queue":
        statement = partial(history.list_waiting, limit=limit, offset=offset)
    else:
        listing = history.list_ended if order == "ended" else history.list_jobs
        statement = partial(listing, search=search, limit=limit, offset=offset)
    services = services_of(request)
    if search.text:
        await services.dispatcher.read_words()
    page = await asyncio.to_thread(services.database.read_together, statement)
    has_more = offset + len(page.jobs) < page.total
    pagination = {"offset": offset, "limit": limit, "total": page.total, "has_more": has_more}
    return json_reply({"jobs": [job_object(job) for job in page.jobs], "pagination": pagination})


def _read_order(request: web.Request, search: Search) -> str:
    order = request.query.get("order", "")
    if order not in ORDERS:
        raise BadRequest(f"There is no order {order!r}; use {', '.join(filter(None, ORDERS))}.")
    is_plain = [*search.states] == [JOB_STATES["pending"]] and not search.text and search.times == Search([]).times
    if order == "queue" and not is_plain:
        raise BadRequest("Only what waits has an order in the queue: say status=pending and search for nothing else.")
    if order == "ended" and any(state != "done" for state, _ in search.states):
        raise BadRequest(f"Only what has ended has an order of ends: say status={','.join(ENDED)} or some of these.")
    return order


async def get_job(request: web.Request) -> web.Response:
    """One job with its outputs and its workflow."""
    prompt_id = request.match_info["prompt_id"]
    found = services_of(request).database.read_together(
        lambda c: (
            history.find_job(c, prompt_id),
            queue.find_item(c, prompt_id),
            history.find_history(c, prompt_id),
        )
    )
    job, item, entry = found
    if job is None or item is None:
        return json_reply(error_body("not_found", f"There is no job {prompt_id!r}."), 404)
    return json_reply(job_detail(job, item, entry))


async def cancel_job(request: web.Request) -> web.Response:
    """Stop one job, waiting or running; an ended one stays as it is."""
    cancelled = await services_of(request).dispatcher.cancel(request.match_info["prompt_id"])
    return json_reply({"cancelled": cancelled})


async def cancel_jobs(request: web.Request) -> web.Response:
    """Stop several jobs."""
    body = await read_object(request)
    dispatcher = services_of(request).dispatcher
    job_ids = read_ids(body.get("job_ids"), "job_ids")
    cancelled = [job_id for job_id in dict.fromkeys(job_ids) if await dispatcher.cancel(job_id)]
    return json_reply({"cancelled": cancelled})


JOB_FIELDS = {
    "id": TEXT,
    "status": one_of(*JOB_STATES),
    "create_time": NUMBER,
    "priority": NUMBER,
    "execution_start_time?": NUMBER,
    "execution_end_time?": NUMBER,
    "outputs_count?": COUNT,
    "preview_output?": OBJECT,
    "execution_error?": OBJECT,
    "workflow_id?": TEXT,
    "workflow_name?": TEXT,
}
PAGINATION = record({"offset": COUNT, "limit": COUNT, "total": COUNT, "has_more": FLAG})
PAGE = record({"jobs": array(record(JOB_FIELDS, "Job")), "pagination": PAGINATION})
ASKED = record({"prompt": OBJECT, "extra_data": OBJECT, "targets": array(TEXT)})
JOB_WHOLE = record(
    {**JOB_FIELDS, "outputs": table(table(array(ANY))), "execution_status": array(ANY), "workflow": ASKED}, "JobWhole"
)
CANCELLATION = Body(record({"job_ids": array(TEXT)}), example={"job_ids": []})

ROUTES = (
    Route(
        "GET",
        "/jobs",
        list_jobs,
        params=(
            *search_params(tuple(JOB_STATES)),
            Param("limit", f"at most so many, {DEFAULT_LIMIT} when it is not said", ASKED_COUNT),
            Param("offset", "without the first so many", ASKED_COUNT),
            Param("order", ORDER_WORDS, one_of(*ORDERS)),
        ),
        replies=answers(PAGE),
        refusals=(400,),
    ),
    Route("POST", "/jobs/cancel", cancel_jobs, body=CANCELLATION, replies=answers(record({"cancelled": array(TEXT)}))),
    Route("GET", "/jobs/{prompt_id}", get_job, replies=answers(JOB_WHOLE), refusals=(404,)),
    Route("POST", "/jobs/{prompt_id}/cancel", cancel_job, replies=answers(record({"cancelled": FLAG}))),
)
