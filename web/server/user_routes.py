"""Who the users are, and adding one."""

import asyncio

from aiohttp import web

from web.server.access import read_visitor, visible_users
from web.server.replies import BadRequest, json_reply, read_object
from web.server.services import services_of
from web.server.shapes import FLAG, TEXT, either, one_of, record, table
from web.server.table import Body, Route, answers
from web.server.users import UserRefused


async def get_users(request: web.Request) -> web.Response:
    """Where users' things are kept; with several users also their names by id."""
    if not services_of(request).users.are_many:
        return json_reply({"storage": "server", "migrated": True})
    return json_reply({"storage": "server", "users": visible_users(request)})


async def post_user(request: web.Request) -> web.Response:
    """Add a user; answers the id, which clients send as Comfy-User from then on."""
    name = (await read_object(request)).get("username")
    if not isinstance(name, str):
        raise BadRequest("The body needs a username.")
    if read_visitor(request, services_of(request)).is_bound:
        return json_reply({"error": "A token that stands for one user adds no others."}, 403)
    try:
        return json_reply(await asyncio.to_thread(services_of(request).users.add, name))
    except UserRefused as refused:
        return json_reply({"error": str(refused)}, 400)


STORAGE = one_of("server")
ONE_USER = record({"storage": STORAGE, "migrated": FLAG})
MANY_USERS = record({"storage": STORAGE, "users": table(TEXT)})

ROUTES = (
    Route("GET", "/users", get_users, replies=answers(either(ONE_USER, MANY_USERS))),
    Route(
        "POST",
        "/users",
        post_user,
        body=Body(record({"username": TEXT}), example={"username": "Ada"}),
        replies=answers(TEXT, "The new user's id."),
        refusals=(400, 507),
    ),
)
