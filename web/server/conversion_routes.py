"""POST /prompt/converted: the prompt that an editor's workflow means, without running it."""

import asyncio

from aiohttp import web

from web.server.described import described
from web.server.prompt_routes import PROMPT, is_workflow
from web.server.replies import BadRequest, json_reply, read_object
from web.server.services import services_of
from web.server.shapes import ANY, OBJECT, array, record
from web.server.table import Body, Route, answers


async def post_converted(request: web.Request) -> web.Response:
    """The prompt of an editor's workflow, its subgraphs and group nodes taken apart; nothing is queued.

    A node whose class is not known here has no class_type.
    """
    # Late: the port answers sooner without them.
    from execution.copies import workflow_classes
    from execution.workflow import convert

    workflow = (await read_object(request)).get("workflow")
    if not is_workflow(workflow):
        raise BadRequest("workflow must be an editor's workflow: an object with a list of nodes.")
    classes = workflow_classes({"extra_pnginfo": {"workflow": workflow}})
    object_info = await described(services_of(request), classes)
    return json_reply({"prompt": await asyncio.to_thread(convert, workflow, object_info)})


ROUTES = (
    Route(
        "POST",
        "/prompt/converted",
        post_converted,
        body=Body(
            record({"workflow": record({"nodes": array(OBJECT), "links?": array(ANY)})}),
            example={"workflow": {"nodes": [], "links": []}},
        ),
        replies=answers(record({"prompt": PROMPT})),
        refusals=(503,),
    ),
)
