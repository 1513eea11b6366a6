"""The user's files and settings over HTTP."""

import asyncio
from pathlib import Path
from typing import Any

from aiohttp import web

from execution.errors import PathError
from web.server.access import user_of
from web.server.media import USER_TYPES, file_reply
from web.server.replies import BadRequest, empty_reply, is_true, json_reply, read_object, read_value
from web.server.services import services_of
from web.server.settings import Settings
from web.server.shapes import ANY, NUMBER, OBJECT, TEXT, TRUTH, WORD, array, either, one_of, record
from web.server.table import BYTES, Body, Param, Reply, Route, answers
from web.server.userdata import NotThere, UserFiles, describe, is_root


async def list_userdata(request: web.Request) -> web.Response:
    """The files in the folder `dir`, as names, as parts of names, or with sizes and times.

    With `optional`, a folder that is not there has none, and is no error, which a browser would write into its console.
    """
    folder_name = request.query.get("dir", "")
    if not folder_name:
        raise BadRequest("The query needs dir, the folder to list.")
    files = _files(request)
    try:
        folder = await asyncio.to_thread(files.folder, folder_name)
    except NotThere:
        if not is_true(request, "optional"):
            raise
        return json_reply([])
    paths = await asyncio.to_thread(files.files, folder, is_true(request, "recurse"))
    if is_true(request, "full_info"):
        return json_reply([describe(path, folder) for path in paths])
    names = [path.relative_to(folder).as_posix() for path in paths]
    return json_reply([[name, *name.split("/")] for name in names] if is_true(request, "split") else names)


async def list_tree(request: web.Request) -> web.Response:
    """Everything in and below the folder `path`, folders first."""
    files = _files(request)
    name = request.query.get("path", "")
    try:
        folder = await asyncio.to_thread(files.folder, name)
    except NotThere:
        if not is_root(name):
            raise
        return json_reply([])
    return json_reply([_describe_entry(path, files.root) for path in await asyncio.to_thread(files.tree, folder)])


async def read_userdata(request: web.Request) -> web.StreamResponse:
    """One file; with `optional`, one that is not there is no error, which a browser would write into its console."""
    name = _name(request, "file")
    path = _files(request).resolve(name)
    if not await asyncio.to_thread(path.is_file):
        if is_true(request, "optional"):
            return web.Response(status=204)
        raise NotThere(f"There is no {name!r}.")
    return file_reply(request, path, path.name, USER_TYPES)


async def write_userdata(request: web.Request) -> web.Response:
    """Store the body as a file; `overwrite=false` refuses to replace one, `seen` to replace another than was read.

    A workflow that is replaced stays among its versions, below `versions/`.
    """
    files, content = _files(request), await request.read()
    overwrite = is_true(request, "overwrite", "true")
    path = await asyncio.to_thread(files.write, _name(request, "file"), content, overwrite, _seen(request))
    return _written(request, path, files)


async def move_userdata(request: web.Request) -> web.Response:
    """Give a file another name."""
    files = _files(request)
    names = _name(request, "file"), _name(request, "target")
    path = await asyncio.to_thread(files.move, *names, is_true(request, "overwrite", "true"))
    return _written(request, path, files)


async def delete_userdata(request: web.Request) -> web.Response:
    """Delete a file."""
    await asyncio.to_thread(_files(request).delete, _name(request, "file"))
    return web.Response(status=204)


async def get_settings(request: web.Request) -> web.Response:
    """Every setting that was ever changed."""
    return json_reply((await _settings(request)).all())


async def get_setting(request: web.Request) -> web.Response:
    """One setting; null when it was never changed."""
    return json_reply((await _settings(request)).get(request.match_info["name"]))


async def post_settings(request: web.Request) -> web.Response:
    """Change the settings that the body names."""
    changes = await read_object(request)
    await asyncio.to_thread((await _settings(request)).update, changes)
    return empty_reply()


async def post_setting(request: web.Request) -> web.Response:
    """Change one setting to the body's value."""
    change = {request.match_info["name"]: await read_value(request)}
    await asyncio.to_thread((await _settings(request)).update, change)
    return empty_reply()


def _files(request: web.Request) -> UserFiles:
    return UserFiles(services_of(request).paths, user_of(request))


async def _settings(request: web.Request) -> Settings:
    return await asyncio.to_thread(services_of(request).settings.of, user_of(request))


def _name(request: web.Request, part: str) -> str:
    name = request.match_info[part]
    if not name:
        raise PathError("A file name is missing.")
    return name


def _seen(request: web.Request) -> float | None:
    value = request.query.get("seen")
    try:
        return None if value is None else float(value)
    except ValueError:
        raise BadRequest("seen must be a time in seconds, as a file's `modified` says.") from None


def _written(request: web.Request, path: Path, files: UserFiles) -> web.Response:
    described = describe(path, files.root)
    return json_reply(described if is_true(request, "full_info") else described["path"])


def _describe_entry(path: Path, root: Path) -> dict[str, Any]:
    name = {"name": path.name, "path": path.relative_to(root).as_posix()}
    if path.is_dir():
        return {**name, "type": "directory"}
    status = path.stat()
    return {**name, "type": "file", "size": status.st_size, "modified": status.st_mtime}


NAME = Param("file", "a name below the user's folder, with %2F for each slash")
OVERWRITE = Param("overwrite", "false refuses to replace a file", TRUTH)
FULL_INFO = Param("full_info", "answer size and times too", TRUTH)
FILE = record({"path": TEXT, "size": NUMBER, "modified": NUMBER, "created": NUMBER}, "File")
ENTRY = record(
    {"name": TEXT, "path": TEXT, "type": one_of("file", "directory"), "size?": NUMBER, "modified?": NUMBER}, "Entry"
)
WRITTEN = either(TEXT, FILE)
GONE = (Reply(None, "It is gone.", 204),)

ROUTES = (
    Route(
        "GET",
        "/userdata",
        list_userdata,
        params=(
            Param("dir", "the folder to list", WORD, is_required=True),
            Param("recurse", "with the folders below it", TRUTH),
            Param("full_info", "with sizes and times", TRUTH),
            Param("split", "each name also cut at its slashes", TRUTH),
            Param("optional", "nothing where there is no such folder", TRUTH),
        ),
        replies=answers(either(array(TEXT), array(FILE), array(array(TEXT)))),
        refusals=(400, 404),
    ),
    Route(
        "GET",
        "/v2/userdata",
        list_tree,
        params=(Param("path", "the folder to list; all when it is not said"),),
        replies=answers(array(ENTRY)),
        refusals=(400, 404),
    ),
    Route(
        "GET",
        "/userdata/{file}",
        read_userdata,
        params=(NAME, Param("optional", "204 where there is no such file", TRUTH)),
        replies=(
            Reply({}, "The file.", media_type="*/*"),
            Reply(None, "There is no such file, and `optional` was said.", 204),
            Reply(None, "The copy that is there is still right.", 304),
        ),
        refusals=(400, 404),
    ),
    Route(
        "POST",
        "/userdata/{file}",
        write_userdata,
        params=(NAME, OVERWRITE, FULL_INFO, Param("seen", "the time of the file that may be replaced", NUMBER)),
        body=Body(media_type=BYTES, is_required=False),
        replies=answers(WRITTEN),
        refusals=(400, 409, 507),
    ),
    Route("DELETE", "/userdata/{file}", delete_userdata, params=(NAME,), replies=GONE, refusals=(400, 404, 507)),
    Route(
        "POST",
        "/userdata/{file}/move/{target}",
        move_userdata,
        params=(NAME, Param("target", NAME.meaning), OVERWRITE, FULL_INFO),
        replies=answers(WRITTEN),
        refusals=(400, 404, 409, 507),
    ),
    Route("GET", "/settings", get_settings, replies=answers(OBJECT)),
    Route(
        "POST", "/settings", post_settings, body=Body(OBJECT, is_required=False, example={"a": 1}), refusals=(413, 507)
    ),
    Route("GET", "/settings/{name}", get_setting, replies=answers(ANY)),
    Route(
        "POST", "/settings/{name}", post_setting, body=Body(ANY, is_required=False, example=True), refusals=(413, 507)
    ),
)
