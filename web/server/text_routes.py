"""Prompt text: how long it is to the text encoder."""

from aiohttp import web

from execution.messages import CountTokens
from web.server.replies import BadRequest, error_body, is_text, json_reply, read_object
from web.server.services import services_of
from web.server.shapes import COUNT, TEXT, array, record
from web.server.table import Body, Route, answers

LONGEST_TEXT = 200_000
CHUNK = 75


async def post_tokens(request: web.Request) -> web.Response:
    """How many of CLIP's tokens a prompt text has, and in how many chunks they are read.

    Weights such as (this:1.2) are none; an embedding counts as many as it has vectors, and those that there are not
    are named.
    """
    text = (await read_object(request)).get("text")
    if not isinstance(text, str) or not is_text(text) or len(text) > LONGEST_TEXT:
        raise BadRequest(f"text must be a text of at most {LONGEST_TEXT:,} characters.")
    counted = await services_of(request).dispatcher.ask(CountTokens(text))
    if counted is None:
        return json_reply(error_body("not_found", "The nodes of this server read no prompt text."), 404)
    tokens, chunks, missing = counted
    told = {"tokens": tokens, "chunks": chunks, "tokens_per_chunk": CHUNK, "missing_embeddings": missing}
    return json_reply(told)


COUNTED = record(
    {"tokens": COUNT, "chunks": COUNT, "tokens_per_chunk": COUNT, "missing_embeddings": array(TEXT)}, "CountedTokens"
)

ROUTES = (
    Route(
        "POST",
        "/prompt_text/tokens",
        post_tokens,
        body=Body(record({"text": {**TEXT, "maxLength": LONGEST_TEXT}}), example={"text": "a (red:1.2) cat"}),
        replies=answers(COUNTED),
        refusals=(404, 503),
    ),
)
