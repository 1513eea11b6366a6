"""Pictures and other files of the input, output and temp folders: looking at them and uploading them."""

import asyncio
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.multipart import BodyPartReader

from execution.errors import PathError
from execution.paths import Paths, split_annotation
from execution.writing import atomic_write
from web.server.media import bytes_reply, file_reply
from web.server.pictures import CHANNELS, PREVIEW_FORMATS, PictureError, extract_channels, make_preview, put_alpha
from web.server.replies import BadRequest, empty_reply, error_body, json_reply, read_count
from web.server.services import services_of
from web.server.shapes import TEXT, TRUTH, array, one_of, record
from web.server.table import Body, Param, Reply, Route, answers

FOLDERS = ("input", "output", "temp")
REMOVABLE = ("output", "temp")
DEFAULT_QUALITY = 90
QUALITY = re.compile(r"[0-9]{1,3}")
PIECE = 2**18
LONGEST_FIELD = 2**16
MOST_PARTS = 100
SMALLEST, LARGEST = 8, 8192
SIZE = {"type": "integer", "minimum": SMALLEST, "maximum": LARGEST}
_storing = Lock()
"""Held from the search for a free name until there is a file of that name."""


async def view(request: web.Request) -> web.StreamResponse:
    """A file; `preview=webp;90` asks for a smaller form of a picture, `size` for fewer pixels, `channel` for its colour
    or alpha."""
    query = request.query
    name, folder = split_annotation(query.get("filename", ""), query.get("type", "output"))
    if not name:
        return json_reply(error_body("not_found", "A filename is missing."), 404)
    if folder not in FOLDERS or name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/"):
        raise BadRequest("Files are named by filename, subfolder and a type: input, output or temp.")
    path = services_of(request).paths.resolve(folder, name, query.get("subfolder", ""))
    if not await asyncio.to_thread(path.is_file):
        return json_reply(error_body("not_found", f"There is no {name!r} in {folder}."), 404)
    made = _asked_form(request, path)
    if made is None:
        return file_reply(request, path, path.name)
    try:
        kept = await asyncio.to_thread(
            services_of(request).thumbnails.find, path, made.name, f".{made.kind}", made.make
        )
    except PictureError as error:
        raise BadRequest(str(error)) from error
    if isinstance(kept, bytes):
        return bytes_reply(kept, f"image/{made.kind}", path.name)
    return file_reply(request, kept, path.name)


async def delete_file(request: web.Request) -> web.Response:
    """Remove a result: a file of the output or temp folder."""
    name, folder = split_annotation(request.query.get("filename", ""), request.query.get("type", "output"))
    if not name:
        return json_reply(error_body("not_found", "A filename is missing."), 404)
    if folder not in REMOVABLE:
        raise BadRequest("Only files of the types output and temp can be removed.")
    path = services_of(request).paths.resolve(folder, name, request.query.get("subfolder", ""))
    if not await asyncio.to_thread(path.is_file):
        return json_reply(error_body("not_found", f"There is no {name!r} in {folder}."), 404)
    await asyncio.to_thread(path.unlink, missing_ok=True)
    return empty_reply()


@dataclass(frozen=True)
class MadeForm:
    """A form of a picture that is made from it: its name among all forms, the kind of file, and how it is made."""

    name: str
    kind: str
    make: Callable[[], bytes]


def _asked_form(request: web.Request, path: Path) -> MadeForm | None:
    """What a request wants made of a picture; None when it wants the file itself."""
    query = request.query
    size = read_count(request, "size")
    if size is not None and not SMALLEST <= size <= LARGEST:
        raise BadRequest(f"size must be from {SMALLEST} to {LARGEST} pixels.")
    if "preview" in query or size is not None:
        kind, quality = _read_preview(query.get("preview", ""))
        return MadeForm(f"{quality} {size}", kind, partial(make_preview, path, kind, quality, size))
    channel = query.get("channel") or CHANNELS[0]
    if channel not in CHANNELS:
        raise BadRequest(f"There is no channel {channel!r:.40}; use one of {', '.join(CHANNELS)}.")
    return MadeForm(channel, "png", partial(extract_channels, path, channel)) if channel in CHANNELS[1:] else None


async def upload_image(request: web.Request) -> web.Response:
    """Store an uploaded file; one of that name with other content stays, and the new one gets a number."""
    form = await _read_form(request)
    folder, subfolder, name = _target(form)
    paths = services_of(request).paths
    path = await asyncio.to_thread(_store, paths, form, folder, subfolder, name)
    return json_reply({"name": path.name, "subfolder": subfolder, "type": folder})


async def upload_mask(request: web.Request) -> web.Response:
    """Store a picture that is `original_ref` with the uploaded one's alpha."""
    form = await _read_form(request)
    paths = services_of(request).paths
    original = _find_original(paths, form.fields.get("original_ref", ""))
    try:
        masked = await asyncio.to_thread(put_alpha, original, form.content)
    except PictureError as error:
        raise BadRequest(str(error)) from error
    folder, subfolder, name = _target(form)
    path = await asyncio.to_thread(_store, paths, replace(form, content=masked), folder, subfolder, name)
    return json_reply({"name": path.name, "subfolder": subfolder, "type": folder})


async def list_files(request: web.Request) -> web.Response:
    """The names in one folder, newest first."""
    folder = request.match_info["folder"]
    if folder not in FOLDERS:
        return json_reply({"error": "Invalid directory type"}, 400)
    base = services_of(request).paths.base_directory(folder)
    return json_reply(await asyncio.to_thread(_newest_first, base))


@dataclass(frozen=True)
class Form:
    """An upload: its text fields, and the file's name and content."""

    fields: dict[str, str]
    name: str
    content: bytes


async def _read_form(request: web.Request) -> Form:
    if not request.content_type.startswith("multipart/"):
        raise BadRequest("An upload is a multipart form with an image.")
    fields: dict[str, str] = {}
    name, content = "", None
    left = services_of(request).options.server.max_upload_bytes
    try:
        reader = await request.multipart()
        for _ in range(MOST_PARTS):
            part = await reader.next()
            if part is None:
                break
            if not isinstance(part, BodyPartReader):
                continue
            is_file = part.name == "image"
            body = await _read_part(part, left if is_file else min(left, LONGEST_FIELD))
            left -= len(body)
            if is_file:
                name, content = part.filename or "", body
            elif part.name:
                fields[part.name] = body.decode("utf-8", "replace")
        else:
            raise BadRequest(f"The form has more than {MOST_PARTS} parts.")
    except (ValueError, HttpProcessingError) as error:
        raise BadRequest(f"The form cannot be read: {error}") from error
    if content is None or not name:
        raise BadRequest("The form has no file called image.")
    return Form(fields, name, content)


async def _read_part(part: BodyPartReader, most: int) -> bytes:
    body = bytearray()
    while piece := await part.read_chunk(PIECE):
        body += piece  # As it came: what is packed further would grow without limit.
        if len(body) > most:
            raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=len(body))
    return bytes(body)


def _target(form: Form) -> tuple[str, str, str]:
    folder = form.fields.get("type") or "input"
    if folder not in FOLDERS:
        raise BadRequest("An upload goes to a type: input, output or temp.")
    if "/" in form.name or "\\" in form.name:
        raise BadRequest("An upload's name names no folder; that is what subfolder is for.")
    return folder, form.fields.get("subfolder", ""), form.name


def _store(paths: Paths, form: Form, folder: str, subfolder: str, name: str) -> Path:
    try:
        path = paths.resolve(folder, name, subfolder)
    except PathError as error:
        raise BadRequest(str(error)) from error
    with _storing:
        if form.fields.get("overwrite") not in ("true", "1"):
            path = _free_name(path, form.content)
        if path.is_dir():
            raise BadRequest(f"{name!r} is a folder.")
        with atomic_write(path) as target:
            target.write(form.content)
    return path


def _free_name(path: Path, content: bytes) -> Path:
    """The path itself where nothing else would be lost, else `name (1).png` and so on."""
    candidate, number = path, 1
    while candidate.exists() and not _holds(candidate, content):
        candidate = path.with_name(f"{path.stem} ({number}){path.suffix}")
        number += 1
    return candidate


def _holds(path: Path, content: bytes) -> bool:
    if not path.is_file() or path.stat().st_size != len(content):
        return False
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256") if hasattr(hashlib, "file_digest") else hashlib.sha256(file.read())
    return found.digest() == hashlib.sha256(content).digest()


def _find_original(paths: Paths, reference: str) -> Path:
    try:
        original = json.loads(reference)
        name, folder = split_annotation(original["filename"], original.get("type", "output"))
        subfolder = original.get("subfolder", "")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadRequest("original_ref must be JSON with filename, type and subfolder.") from error
    if folder not in FOLDERS:
        raise BadRequest("The original lies in a type: input, output or temp.")
    path = paths.resolve(folder, name, subfolder)
    if not path.is_file():
        raise BadRequest(f"There is no {name!r} in {folder}.")
    return path


def _read_preview(text: str) -> tuple[str, int]:
    kind, _, quality = text.partition(";")
    if kind not in ("", *PREVIEW_FORMATS):
        raise BadRequest(f"There is no preview {kind!r:.40}; use one of {', '.join(PREVIEW_FORMATS)}, such as webp;90.")
    if quality and not QUALITY.fullmatch(quality):
        raise BadRequest(
            f"The quality of a preview is a whole number up to 100, as in webp;90; {quality!r:.40} is none."
        )
    return kind or "webp", max(1, min(int(quality or DEFAULT_QUALITY), 100))


def _newest_first(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    return [path.name for path in sorted(files, key=lambda path: path.stat().st_mtime, reverse=True)]


FORM = {
    "image": {"type": "string", "format": "binary"},
    "type?": one_of(*FOLDERS),
    "subfolder?": TEXT,
    "overwrite?": TRUTH,
}
UPLOAD = Body(record(FORM), "multipart/form-data")
MASK = Body(record({**FORM, "original_ref": TEXT}), "multipart/form-data")
STORED = record({"name": TEXT, "subfolder": TEXT, "type": one_of(*FOLDERS)}, "Stored")

ROUTES = (
    Route(
        "GET",
        "/view",
        view,
        params=(
            Param("filename", "may end in [input], [output] or [temp]"),
            Param("type", "the folder it lies in; output when it is not said", one_of(*FOLDERS)),
            Param("subfolder", "a folder below that one"),
            Param("preview", "webp or jpeg, and after a semicolon the quality: webp;90"),
            Param("size", "the most pixels of its longer side, also without preview", SIZE),
            Param("channel", "rgb for the colour, a for the alpha", one_of(*CHANNELS)),
        ),
        replies=(
            Reply({}, "The file, or the picture made from it.", media_type="*/*"),
            Reply({}, "The asked range of the file.", 206, "*/*"),
            Reply(None, "The copy that the client has is still right.", 304),
            Reply(None, "The file has no such range of bytes.", 416),
        ),
        refusals=(400, 404),
    ),
    Route(
        "DELETE",
        "/view",
        delete_file,
        params=(
            Param("filename", "may end in [output] or [temp]"),
            Param("type", "the folder it lies in; output when it is not said", one_of(*REMOVABLE)),
            Param("subfolder", "a folder below that one"),
        ),
        replies=(Reply(None, "It is gone."),),
        refusals=(400, 404),
    ),
    Route("POST", "/upload/image", upload_image, body=UPLOAD, replies=answers(STORED), refusals=(507,)),
    Route("POST", "/upload/mask", upload_mask, body=MASK, replies=answers(STORED), refusals=(507,)),
    Route(
        "GET",
        "/internal/files/{folder}",
        list_files,
        is_internal=True,
        params=(Param("folder", "", one_of(*FOLDERS)),),
        replies=answers(array(TEXT)),
        refusals=(400,),
    ),
)
