"""The queue and the history: what waits, runs or has ended, and taking it out."""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial

from aiohttp import web

from execution import history, queue
from execution.history import HistoryEntry
from execution.queue_order import Place
from web.server.replies import (
    BadRequest,
    empty_reply,
    json_reply,
    read_count,
    read_flag,
    read_id,
    read_ids,
    read_number,
    read_object,
    text_reply,
)
from web.server.searching import ENDED, is_searching, read_search, search_params
from web.server.services import services_of
from web.server.shapes import (
    ANY,
    ASKED_COUNT,
    COUNT,
    FLAG,
    NUMBER,
    OBJECT,
    TEXT,
    WORD,
    array,
    maybe,
    one_of,
    record,
    row,
    table,
)
from web.server.table import Body, Param, Route, answers
from web.server.wire import history_text, queue_text

CLEARED_AT_ONCE = 500
LARGEST_PAGE = 10_000
DESTINATIONS = ("before", "after", "to", "number")


async def get_queue(request: web.Request) -> web.Response:
    """What runs and what waits, in order, and whether the queue is paused.

    Each with its graph, so of a long queue pages should be asked for; `GET /jobs` has lists without graphs.
    """
    database = services_of(request).database
    limit, offset = read_count(request, "limit"), read_count(request, "offset", 0) or 0
    most = -1 if limit is None else min(limit, LARGEST_PAGE)
    # One transaction, so that a prompt that moves from one list to the other is seen in just one.
    text = await asyncio.to_thread(
        database.read_together,
        lambda c: queue_text(queue.list_running(c), queue.list_pending(c, most, offset), queue.is_paused(c)),
    )
    return text_reply(text)


async def post_queue(request: web.Request) -> web.Response:
    """Take prompts that wait out of the queue, or all of them."""
    dispatcher = services_of(request).dispatcher
    body = await read_object(request)
    if read_flag(body.get("clear"), "clear"):
        await dispatcher.clear()
    if body.get("delete") is not None:
        await dispatcher.remove(read_ids(body["delete"], "delete"))
    return empty_reply()


async def get_paused(request: web.Request) -> web.Response:
    """Whether the queue is paused."""
    return json_reply({"paused": await asyncio.to_thread(services_of(request).database.read, queue.is_paused)})


async def pause_queue(request: web.Request) -> web.Response:
    """Let no more prompts begin, also after a restart; what runs goes on."""
    await services_of(request).dispatcher.pause()
    return json_reply({"paused": True})


async def resume_queue(request: web.Request) -> web.Response:
    """Let prompts begin again."""
    await services_of(request).dispatcher.resume()
    return json_reply({"paused": False})


async def move_prompts(request: web.Request) -> web.Response:
    """Put prompts that wait elsewhere in the queue: before or after another, to the front or back, to a number."""
    dispatcher = services_of(request).dispatcher
    body = await read_object(request)
    prompt_ids = read_ids(body.get("prompt_ids"), "prompt_ids")
    if len([name for name in DESTINATIONS if body.get(name) is not None]) != 1:
        raise BadRequest(f"Say where to by one of {', '.join(DESTINATIONS)}.")
    number = read_number(body.get("number"), "number")
    if number is not None:
        return json_reply({"moved": await dispatcher.renumber(prompt_ids, number)})
    if body.get("to") not in (None, "front", "back"):
        raise BadRequest("to must be front or back.")
    before, after = read_id(body.get("before"), "before"), read_id(body.get("after"), "after")
    place = Place(before=before, after=after, is_front=body.get("to") == "front")
    return json_reply({"moved": await dispatcher.move(prompt_ids, place)})


async def interrupt(request: web.Request) -> web.Response:
    """Stop the prompt that runs; with a prompt_id only if it is that one. What is no JSON says nothing else."""
    dispatcher = services_of(request).dispatcher
    body = await read_object(request, is_tolerant=True)
    prompt_id = read_id(body.get("prompt_id"), "prompt_id")
    if prompt_id is None:
        await dispatcher.cancel_all_running()
    elif dispatcher.find_running(prompt_id):
        await dispatcher.cancel(prompt_id)
    return empty_reply()


async def get_history(request: web.Request) -> web.Response:
    """Finished prompts, oldest first; `max_items` alone asks for the newest ones.

    Where some are searched, `offset` leaves out so many of the newest.
    """
    most, offset = read_count(request, "max_items"), read_count(request, "offset")
    services = services_of(request)
    database = services.database
    statement: Callable[[sqlite3.Connection], list[HistoryEntry]]
    if is_searching(request):
        search = read_search(request, ENDED)
        if search.text:
            await services.dispatcher.read_words()
        limit = history.LARGEST_PAGE if most is None else min(most, history.LARGEST_PAGE)
        statement = partial(history.search_history, search=search, limit=limit, offset=offset or 0)
    else:
        statement = partial(history.list_history, most=most, offset=offset)
    return text_reply(await asyncio.to_thread(lambda: history_text(database.read(statement))))


async def get_history_entry(request: web.Request) -> web.Response:
    """One finished prompt; `{}` when it is not in the history."""
    statement = partial(history.find_history, prompt_id=request.match_info["prompt_id"])
    entry = services_of(request).database.read(statement)
    return text_reply(history_text([entry] if entry else []))


async def post_history(request: web.Request) -> web.Response:
    """Forget finished prompts, or all of them. The files they made stay."""
    database = services_of(request).database
    body = await read_object(request)
    if read_flag(body.get("clear"), "clear"):
        until = database.read(history.last_finished)
        # In pieces, so that a long history keeps no prompt waiting.
        while await database.write(partial(history.clear_history, until=until, most=CLEARED_AT_ONCE)):
            pass
    if body.get("delete") is not None:
        await database.write(partial(history.remove_history, prompt_ids=read_ids(body["delete"], "delete")))
    return empty_reply()


ITEM = {"title": "QueueItem", **row(NUMBER, TEXT, OBJECT, OBJECT, array(TEXT))}
QUEUE = record({"queue_running": array(ITEM), "queue_pending": array(ITEM), "paused": FLAG})
PAUSED = record({"paused": FLAG})
MOVE = Body(
    record(
        {
            "prompt_ids": array(TEXT),
            "before?": maybe(WORD),
            "after?": maybe(WORD),
            "to?": maybe(one_of("front", "back")),
            "number?": maybe(NUMBER),
        },
        "Move",
    ),
    example={"prompt_ids": [], "to": "front"},
)
ENTRY = record(
    {
        "prompt": ITEM,
        "outputs": table(table(array(ANY))),
        "status": record(
            {"status_str": one_of("success", "error"), "completed": FLAG, "messages": array(row(TEXT, OBJECT))}
        ),
        "meta": OBJECT,
        "times": record({"created": COUNT, "started?": COUNT, "finished": COUNT, "seconds?": NUMBER}),
    },
    "HistoryEntry",
)
HISTORY = table(ENTRY)
REMOVAL = Body(
    record({"clear?": maybe(FLAG), "delete?": maybe(array(TEXT))}), is_required=False, example={"delete": []}
)

ROUTES = (
    Route(
        "GET",
        "/queue",
        get_queue,
        params=(
            Param("limit", "at most so many of those that wait, all when it is not said", ASKED_COUNT),
            Param("offset", "without the first so many of those that wait", ASKED_COUNT),
        ),
        replies=answers(QUEUE),
        refusals=(400,),
    ),
    Route("POST", "/queue", post_queue, body=REMOVAL, refusals=(507,)),
    Route("GET", "/queue/paused", get_paused, replies=answers(PAUSED)),
    Route("POST", "/queue/pause", pause_queue, replies=answers(PAUSED), refusals=(507,)),
    Route("POST", "/queue/resume", resume_queue, replies=answers(PAUSED), refusals=(507,)),
    Route(
        "POST",
        "/queue/move",
        move_prompts,
        body=MOVE,
        replies=answers(record({"moved": COUNT}), "How many were moved."),
        refusals=(409, 507),
    ),
    Route(
        "POST", "/interrupt", interrupt, body=Body(record({"prompt_id?": maybe(TEXT)}), is_required=False, example={})
    ),
    Route(
        "GET",
        "/history",
        get_history,
        params=(
            Param("max_items", "at most so many", ASKED_COUNT),
            Param("offset", "without the first so many", ASKED_COUNT),
            *search_params(ENDED),
        ),
        replies=answers(HISTORY),
        refusals=(400,),
    ),
    Route("GET", "/history/{prompt_id}", get_history_entry, replies=answers(HISTORY)),
    Route("POST", "/history", post_history, body=REMOVAL, refusals=(507,)),
)
