"""Packs over HTTP: what became of them, loading them anew, and the files that they bring for the page."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from execution.errors import PathError
from execution.messages import DescribePacks
from execution.paths import resolve_inside
from web.server.pack_files import find_templates, list_templates, read_help, read_translations
from web.server.packs import PACKS
from web.server.page import TYPES
from web.server.replies import error_body, json_reply
from web.server.services import services_of
from web.server.shapes import ANY, FLAG, NUMBER, OBJECT, TEXT, array, maybe, record, table
from web.server.table import BYTES, Param, Reply, Route, answers

SCRIPT = ".js"


async def get_packs(request: web.Request) -> web.Response:
    """What became of each pack in custom_nodes; `problem` and `remedy` say why one failed and what helps.

    While packs are being imported it waits for none of them: it tells what was loaded before, and in `waits_for` which
    one is imported right now.
    """
    link = request.app[PACKS]
    if link.is_replacing:
        return json_reply({"packs": link.known, "is_reloading": True, "waits_for": link.hindrance})
    return json_reply(await _describe(request))


async def reload_packs(request: web.Request) -> web.Response:
    """Load all packs anew, in a new worker, as soon as the running prompt has ended; what waits is not touched.

    Answers what `GET /packs` did until now, where `changed` names the files that have changed since they were loaded.
    While packs are still being imported it waits for none of them, for one may never end: `packs` is empty then.
    """
    link = request.app[PACKS]
    packs = [] if link.is_replacing else (await _describe(request))["packs"]
    link.replace_workers()
    return json_reply({"packs": packs, "is_reloading": True})


async def get_extensions(request: web.Request) -> web.Response:
    """The scripts that packs bring for the page, as paths to import."""
    folders = (await request.app[PACKS].state()).web_folders
    return json_reply(await asyncio.to_thread(_list_scripts, folders))


async def get_extension_file(request: web.Request) -> web.StreamResponse:
    """A file out of the folder that a pack gives to the page."""
    folders = (await request.app[PACKS].state()).web_folders
    pack = request.match_info["pack"]
    return await _file_reply(request, Path(folders[pack]) if pack in folders else None, request.match_info["file"])


async def get_replacements(request: web.Request) -> web.Response:
    """The node classes that packs have replaced by others, each with what stands for it: new class, inputs, outputs."""
    return json_reply((await request.app[PACKS].state()).replaced)


async def get_templates(request: web.Request) -> web.Response:
    """The names of the workflows that packs bring as examples, by pack."""
    return json_reply(await asyncio.to_thread(list_templates, _pack_folders(request)))


async def get_template_file(request: web.Request) -> web.StreamResponse:
    """A workflow that a pack brings as an example, or its picture."""
    folder = await asyncio.to_thread(find_templates, _pack_folders(request), request.match_info["pack"])
    return await _file_reply(request, folder, request.match_info["file"])


async def get_translations(request: web.Request) -> web.Response:
    """What packs call their nodes and settings in other languages, by language."""
    return json_reply(await asyncio.to_thread(read_translations, _pack_folders(request)))


async def get_help(request: web.Request) -> web.Response:
    """The help page of a node: its pack's own in this language, or one made of what the node says of itself."""
    node, locale = request.match_info["node"], request.match_info["locale"]
    folders = (await request.app[PACKS].state()).web_folders
    text = await asyncio.to_thread(read_help, [Path(folder) for folder in folders.values()], node, locale)
    if text is None:
        return json_reply(error_body("not_found", f"There is no help for {node!r}."), 404)
    return web.Response(text=text, content_type="text/markdown", headers={"Cache-Control": "no-cache"})


async def _describe(request: web.Request) -> dict[str, Any]:
    link = request.app[PACKS]
    text = await link.ask(DescribePacks())
    link.known = json.loads(str(text))
    return {"packs": link.known, "is_reloading": link.is_replacing, "waits_for": link.hindrance}


def _pack_folders(request: web.Request) -> list[Path]:
    return services_of(request).paths.kind_folders("custom_nodes")


def _list_scripts(folders: Mapping[str, str]) -> list[str]:
    found = []
    for pack, folder in folders.items():
        for path in sorted(Path(folder).rglob(f"*{SCRIPT}")):
            found.append(f"/extensions/{quote(pack)}/{quote(path.relative_to(folder).as_posix())}")
    return found


async def _file_reply(request: web.Request, folder: Path | None, name: str) -> web.StreamResponse:
    """A file that a pack brings; scripts and pages too, for a pack is a program that was installed."""
    path = await asyncio.to_thread(_find, folder, name) if folder else None
    if path is None:
        return json_reply(error_body("not_found", f"There is nothing at {request.path}."), 404)
    media_type = TYPES.get(path.suffix.lower(), "application/octet-stream")
    return web.FileResponse(path, headers={"Content-Type": media_type, "Cache-Control": "no-cache"})


def _find(folder: Path, name: str) -> Path | None:
    try:
        path = resolve_inside(folder, name)
    except (PathError, OSError, ValueError):
        return None
    return path if path.is_file() else None


PACK = record(
    {
        "name": TEXT,
        "path": TEXT,
        "state": {"enum": ["loaded", "partly loaded", "failed", "switched off"]},
        "nodes": array(TEXT),
        "unusable": array(TEXT),
        "seconds": NUMBER,
        "problem": maybe(TEXT),
        "remedy": maybe(TEXT),
        "changed": array(TEXT),
    },
    "Pack",
)
PACKS_SHAPE = record({"packs": array(PACK), "is_reloading": FLAG, "waits_for?": TEXT}, "Packs")
FILE = (Reply({}, "The file.", media_type=BYTES),)
PACK_FILE = (Param("pack", "The pack's name."), Param("file", "The file's path below the folder."))

ROUTES = (
    Route("GET", "/packs", get_packs, replies=answers(PACKS_SHAPE), refusals=(503,)),
    Route("POST", "/packs/reload", reload_packs, replies=answers(PACKS_SHAPE), refusals=(503,)),
    Route("GET", "/extensions", get_extensions, replies=answers(array(TEXT)), refusals=(503,)),
    Route(
        "GET", "/extensions/{pack}/{file:.+}", get_extension_file, params=PACK_FILE, replies=FILE, refusals=(404, 503)
    ),
    Route("GET", "/node_replacements", get_replacements, replies=answers(table(array(OBJECT))), refusals=(503,)),
    Route("GET", "/workflow_templates", get_templates, replies=answers(table(array(TEXT)))),
    Route(
        "GET",
        "/workflow_templates/{pack}/{file:.+}",
        get_template_file,
        params=PACK_FILE,
        replies=FILE,
        refusals=(404,),
    ),
    Route("GET", "/i18n", get_translations, replies=answers(table(ANY))),
    Route(
        "GET",
        "/docs/{node}/{locale}.md",
        get_help,
        params=(Param("node", "A node's class type."), Param("locale", "A language, such as en.")),
        replies=(Reply(TEXT, "Markdown.", media_type="text/markdown"),),
        refusals=(404, 503),
    ),
)
