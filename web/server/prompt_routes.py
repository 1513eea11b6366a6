"""POST and GET /prompt: taking a prompt or an editor's workflow into the queue."""

import asyncio
import json
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from aiohttp import web

from execution.errors import PromptError
from execution.messages import Validate, Validated
from execution.plain import to_json
from execution.queue import NewPrompt, count_remaining
from execution.summary import origin
from web.server.access import owner_of
from web.server.described import described
from web.server.packs import change_prompt
from web.server.replies import (
    BadRequest,
    json_reply,
    read_flag,
    read_id,
    read_ids,
    read_number,
    read_object_and_texts,
)
from web.server.services import Services, services_of
from web.server.shapes import ANY, COUNT, FLAG, NUMBER, OBJECT, TEXT, array, either, maybe, record, table
from web.server.table import Body, Route, answers
from web.server.wire import tidy_number

if TYPE_CHECKING:
    from execution.copies import Copy

# Credentials of other services that front ends send along; they are used by nothing here and must not be stored.
SECRETS = ("auth_token_comfy_org", "api_key_comfy_org")
MOST_COPIES = 1000
LONGEST_COPIES = 2**26


@dataclass(frozen=True)
class Submission:
    """What a client sent to be run; `extra_text` is `extra_data` as JSON text, where that is known."""

    question: Validate
    prompt_id: str
    client_id: str | None
    number: float | None
    front: bool
    extra_data: Mapping[str, Any]
    count: int | None = None
    extra_text: str | None = None


async def post_prompt(request: web.Request) -> web.Response:
    """Validate a prompt and store it; when this answers 200 it is on disk.

    With a `count` there are so many copies of it, each with an id of its own. The seeds of an editor's workflow change
    from one to the next as their control after generate says, those of a bare prompt are one higher each time.
    """
    services = services_of(request)
    body, texts = await read_object_and_texts(request)
    _, graph, is_editors = _find_graph(body)
    changed = await change_prompt(request, body, graph if is_editors else None)
    submission = read_submission(changed, texts if changed is body else {})
    validated: Validated = await services.dispatcher.ask(submission.question)
    submission = await _telling_seeds(services, submission, validated)
    copies = await _copies(services, submission, validated.graph or submission.question.graph, is_editors)
    new = _new_prompts(submission, copies, to_json(validated.targets), owner_of(request))
    items = await services.dispatcher.submit_all(list(new))
    first = min(items, key=lambda item: item.number)
    answer: dict[str, Any] = {
        "prompt_id": first.prompt_id,
        "number": tidy_number(first.number),
        "node_errors": validated.node_errors,
    }
    if submission.count is not None:
        answer["prompt_ids"] = [item.prompt_id for item in sorted(items, key=lambda item: item.number)]
    return json_reply(answer)


async def get_prompt(request: web.Request) -> web.Response:
    """How many prompts wait or run."""
    remaining = services_of(request).database.read(count_remaining)
    return json_reply({"exec_info": {"queue_remaining": remaining}})


def read_submission(body: Mapping[str, Any], texts: Mapping[str, str]) -> Submission:
    """The body of POST /prompt, of whose members some are known as `texts` too; raises `PromptError`, `BadRequest`."""
    name, graph, is_workflow = _find_graph(body)
    client_id = read_id(body.get("client_id"), "client_id")
    targets = body.get("partial_execution_targets")
    wanted = None if targets is None else tuple(read_ids(targets, "partial_execution_targets"))
    extra_data = _read_extra_data(body, client_id, graph if is_workflow else None)
    return Submission(
        question=Validate((texts.get(name) if name else None) or to_json(graph), wanted, is_workflow),
        prompt_id=read_id(body.get("prompt_id"), "prompt_id") or str(uuid4()),
        client_id=client_id,
        number=read_number(body.get("number"), "number"),
        front=read_flag(body.get("front"), "front"),
        count=_read_number_of_copies(body.get("count")),
        extra_data=extra_data,
        extra_text=_extra_text(body.get("extra_data"), texts.get("extra_data"), extra_data),
    )


def _new_prompts(submission: Submission, copies: "list[Copy]", targets: str, user: str) -> Iterator[NewPrompt]:
    """The rows of the queue, the last copy first where they go to the front: each goes before those already there."""
    named = list(zip((submission.prompt_id, *(str(uuid4()) for _ in copies[1:])), copies, strict=True))
    told = to_json(origin(submission.extra_data))
    for prompt_id, copy in reversed(named) if submission.front else named:
        yield NewPrompt(
            prompt_id=prompt_id,
            graph=copy.graph,
            extra_data=copy.extra_data,
            targets=targets,
            client_id=submission.client_id,
            number=submission.number,
            front=submission.front,
            user=user,
            summary=told,
        )


async def _copies(services: Services, submission: Submission, graph: str, is_editors: bool) -> "list[Copy]":
    """What is to be queued: the prompt alone, or with its copies."""
    # Late: the port answers sooner without it.
    from execution.copies import Copy, make_copies, make_workflow_copies, workflow_classes

    if submission.count is None or submission.count == 1:
        return [Copy(graph, submission.extra_text or to_json(submission.extra_data))]
    size = (len(graph) + len(to_json(submission.extra_data))) * submission.count
    if size > LONGEST_COPIES:
        raise BadRequest(f"{submission.count} copies would take {size:,} bytes, of {LONGEST_COPIES:,}; ask for fewer.")
    extra_data, count = submission.extra_data, submission.count
    if not is_editors:
        object_info = await described(services, _classes_in(json.loads(graph).values()))
        return await asyncio.to_thread(make_copies, graph, extra_data, object_info, count)
    object_info = await described(services, workflow_classes(extra_data))
    source = random.Random()  # noqa: S311 - seeds of pictures
    return await asyncio.to_thread(make_workflow_copies, graph, extra_data, object_info, count, source)


async def _telling_seeds(services: Services, submission: Submission, validated: Validated) -> Submission:
    """The submission with the seeds that were drawn in its workflow, which its pictures and its history carry."""
    png = submission.extra_data.get("extra_pnginfo")
    if not validated.drawn or not isinstance(png, Mapping) or "workflow" not in png:
        return submission
    from execution.workflow.drawn_seeds import with_drawn_seeds  # Late, like the copies.

    graph = json.loads(validated.graph or submission.question.graph)
    object_info = await described(services, _classes_in(graph[node_id] for node_id in validated.drawn))
    workflow = await asyncio.to_thread(with_drawn_seeds, png["workflow"], validated.drawn, object_info)
    extra_data = {**submission.extra_data, "extra_pnginfo": {**png, "workflow": workflow}}
    return replace(submission, extra_data=extra_data, extra_text=None)


def _classes_in(nodes: Iterable[Mapping[str, Any]]) -> set[str]:
    return {str(node["class_type"]) for node in nodes}


def is_workflow(value: Any) -> bool:
    """Whether a value is the editor's JSON rather than a prompt: its nodes are a list."""
    return isinstance(value, Mapping) and isinstance(value.get("nodes"), list)


def _read_number_of_copies(value: Any) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 1 <= value <= MOST_COPIES:
        raise BadRequest(f"count must be a whole number from 1 to {MOST_COPIES}.")
    return value


def _find_graph(body: Mapping[str, Any]) -> tuple[str, Any, bool]:
    """The member of the body that holds the graph, empty for the body itself, the graph, and if it is an editor's."""
    for name, candidate in (("prompt", body.get("prompt")), ("workflow", body.get("workflow")), ("", body)):
        if is_workflow(candidate):
            return name, candidate, True
        if candidate is not None:
            break
    if body.get("prompt") is None:
        raise PromptError("no_prompt", "No prompt provided", "The body needs a prompt, or an editor's workflow.")
    return "prompt", body["prompt"], False


def _read_extra_data(body: Mapping[str, Any], client_id: str | None, workflow: Any) -> dict[str, Any]:
    given = body.get("extra_data")
    if given is not None and not isinstance(given, Mapping):
        raise BadRequest("extra_data must be an object.")
    extra_data = {key: value for key, value in (given or {}).items() if key not in SECRETS}
    if not isinstance(extra_data.get("extra_pnginfo"), Mapping | None):
        raise BadRequest("extra_data.extra_pnginfo must be an object: what goes into pictures, by name.")
    if client_id is not None:
        extra_data["client_id"] = client_id
    if workflow is not None:
        png = extra_data.get("extra_pnginfo")
        extra_data["extra_pnginfo"] = {"workflow": workflow, **(png if isinstance(png, Mapping) else {})}
    return extra_data


def _extra_text(given: Any, text: str | None, stored: Mapping[str, Any]) -> str | None:
    """What is stored as JSON text, where it is what was given, with a client's id added or without."""
    if not given or text is None or given.keys() != stored.keys() - {"client_id"}:
        return None
    if any(stored[name] is not value for name, value in given.items()):
        return None
    more = f',"client_id":{to_json(stored["client_id"])}' if "client_id" in stored else ""
    return f"{text[:-1]}{more}}}"


PROMPT = table(record({"class_type": TEXT, "inputs": OBJECT, "_meta?": OBJECT}))
BODY = Body(
    record(
        {
            "prompt?": either(PROMPT, record({"nodes": array(OBJECT), "links?": array(ANY)})),
            "workflow?": {"description": "an editor's workflow, read when there is no prompt"},
            "client_id?": maybe(TEXT),
            "prompt_id?": maybe(TEXT),
            "number?": maybe(NUMBER),
            "front?": maybe(FLAG),
            "count?": maybe({**COUNT, "minimum": 1, "maximum": MOST_COPIES}),
            "extra_data?": maybe(OBJECT),
            "partial_execution_targets?": maybe(array(TEXT)),
        },
        "Submission",
    ),
    example={
        "prompt": {
            "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 255}},
            "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
        },
        "client_id": "me",
    },
)
ACCEPTED = record({"prompt_id": TEXT, "number": NUMBER, "node_errors": OBJECT, "prompt_ids?": array(TEXT)}, "Accepted")
REMAINING = record({"exec_info": record({"queue_remaining": COUNT})})

ROUTES = (
    Route("POST", "/prompt", post_prompt, body=BODY, replies=answers(ACCEPTED, "On disk."), refusals=(409, 503, 507)),
    Route("GET", "/prompt", get_prompt, replies=answers(REMAINING)),
)
