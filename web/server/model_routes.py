"""The models that lie in the folders: kinds, names, and what their files say of themselves."""

import asyncio
import os
import re
from pathlib import Path
from typing import Any

from aiohttp import web

from execution.errors import PathError
from execution.folders import NO_MODELS
from execution.paths import resolve_inside
from web.server.hash_search import find_by_hash
from web.server.media import bytes_reply
from web.server.pictures import PictureError, make_preview
from web.server.replies import BadRequest, error_body, json_reply
from web.server.safetensors_headers import read_metadata
from web.server.services import services_of
from web.server.shapes import ANY, COUNT, NUMBER, TEXT, Shape, array, record
from web.server.table import Param, Reply, Route, answers

# What people's tools call the picture of `model.safetensors`: `model.preview.png` before `model.png`.
PICTURES = tuple(f"{middle}{ending}" for middle in (".preview", "") for ending in (".webp", ".png", ".jpg", ".jpeg"))
PREVIEW_QUALITY = 85


async def get_embeddings(request: web.Request) -> web.Response:
    """Names of embeddings, without their endings."""
    names = await asyncio.to_thread(services_of(request).paths.list_files, "embeddings")
    return json_reply([os.path.splitext(name)[0] for name in names])


async def get_kinds(request: web.Request) -> web.Response:
    """The kinds of models."""
    return json_reply(list(services_of(request).paths.folders))


async def get_models(request: web.Request) -> web.Response:
    """The names of the models of one kind."""
    try:
        names = await asyncio.to_thread(services_of(request).paths.list_files, request.match_info["kind"])
    except PathError as error:
        return json_reply(error_body("not_found", str(error)), 404)
    return json_reply(names)


async def get_library(request: web.Request) -> web.Response:
    """The kinds of models with their folders."""
    paths = services_of(request).paths
    return json_reply(
        [
            {"name": kind, "folders": [str(folder) for folder in paths.kind_folders(kind)]}
            for kind in paths.folders
            if kind not in NO_MODELS
        ]
    )


async def get_library_kind(request: web.Request) -> web.Response:
    """The models of one kind with the folder each lies in, its size and times."""
    paths, kind = services_of(request).paths, request.match_info["kind"]
    if kind not in paths.folders or kind in NO_MODELS:
        return json_reply(error_body("not_found", f"There is no kind of model called {kind!r}."), 404)
    folders = paths.kind_folders(kind)
    names = await asyncio.to_thread(paths.list_files, kind)
    rows = await asyncio.to_thread(lambda: [_describe(name, folders) for name in names])
    return json_reply([row for row in rows if row is not None])


async def get_by_hash(request: web.Request) -> web.Response:
    """Models of one kind that have a hash, as far as that is known; no file is read for it but its header."""
    digits = request.query.get("hash", "").lower()
    if not re.fullmatch(DIGITS["pattern"], digits):
        raise BadRequest("hash must be the first 8 to all 64 hexadecimal digits of a SHA-256.")
    try:
        found = await asyncio.to_thread(find_by_hash, services_of(request).paths, request.match_info["kind"], digits)
    except PathError as error:
        return json_reply(error_body("not_found", str(error)), 404)
    return json_reply({"names": found.names, "unknown": found.unknown})


async def get_preview(request: web.Request) -> web.Response:
    """The picture that lies beside a model and is called like it, as WebP."""
    kind, index, name = (request.match_info[part] for part in ("kind", "index", "file"))
    try:
        folder = services_of(request).paths.kind_folders(kind)[int(index)]
        picture = await asyncio.to_thread(_find_picture, folder, name)
        body = await asyncio.to_thread(make_preview, picture, "webp", PREVIEW_QUALITY)
    except (PathError, PictureError, OSError, ValueError, IndexError):
        return json_reply(error_body("not_found", f"There is no picture of {name!r}."), 404)
    return bytes_reply(body, "image/webp", f"{picture.stem}.webp")


async def get_metadata(request: web.Request) -> web.Response:
    """What a safetensors file says of itself."""
    name = request.query.get("filename", "")
    if not name.endswith(".safetensors"):
        return json_reply(error_body("not_found", "Only .safetensors files say something of themselves."), 404)
    try:
        path = services_of(request).paths.full_path(request.match_info["kind"], name)
        metadata = await asyncio.to_thread(read_metadata, path)
    except (PathError, OSError, ValueError) as error:
        return json_reply(error_body("not_found", str(error)), 404)
    return json_reply(metadata)


def _find_picture(folder: Path, name: str) -> Path:
    stem = os.path.splitext(name)[0]
    for ending in PICTURES:
        path = resolve_inside(folder, stem + ending)
        if path.is_file():
            return path
    raise FileNotFoundError(stem)


def _describe(name: str, folders: list[Path]) -> dict[str, Any] | None:
    for index, folder in enumerate(folders):
        try:
            status = (folder / name).stat()
        except OSError:
            continue
        times = {"modified": status.st_mtime, "created": status.st_ctime}
        return {"name": name, "pathIndex": index, "size": status.st_size, **times}
    return None


KIND = Param("kind", "a kind of model, such as checkpoints or loras")
FOLDER = record({"name": TEXT, "folders": array(TEXT)}, "ModelFolder")
DIGITS: Shape = {"type": "string", "pattern": "^[0-9a-fA-F]{8,64}$"}
BY_HASH = record({"names": array(TEXT), "unknown": COUNT}, "ModelsByHash")
MODEL = record({"name": TEXT, "pathIndex": COUNT, "size": COUNT, "modified": NUMBER, "created": NUMBER}, "Model")

ROUTES = (
    Route("GET", "/embeddings", get_embeddings, replies=answers(array(TEXT))),
    Route("GET", "/models", get_kinds, replies=answers(array(TEXT))),
    Route("GET", "/models/{kind}", get_models, params=(KIND,), replies=answers(array(TEXT)), refusals=(404,)),
    Route(
        "GET",
        "/models/{kind}/by_hash",
        get_by_hash,
        params=(KIND, Param("hash", "its first digits, or all", DIGITS, is_required=True)),
        replies=answers(BY_HASH),
        refusals=(400, 404),
    ),
    Route("GET", "/experiment/models", get_library, replies=answers(array(FOLDER))),
    Route(
        "GET",
        "/experiment/models/{kind}",
        get_library_kind,
        params=(KIND,),
        replies=answers(array(MODEL)),
        refusals=(404,),
    ),
    Route(
        "GET",
        r"/experiment/models/preview/{kind}/{index:\d+}/{file:.+}",
        get_preview,
        params=(KIND, Param("index", "the place of its folder among the kind's folders", COUNT)),
        replies=(Reply({}, "The picture.", media_type="image/webp"),),
        refusals=(404,),
    ),
    Route(
        "GET",
        "/view_metadata/{kind}",
        get_metadata,
        params=(KIND, Param("filename", "a .safetensors file of this kind")),
        replies=answers(ANY),
        refusals=(404,),
    ),
)
