"""The example workflows as ComfyUI's front end asks for them: a list in groups, and a picture called `name-1.webp`."""

import json
import re
from pathlib import Path
from typing import Any

from aiohttp import web

PREFIX = "/templates/"
FALLBACK = "en"
KINDS = {".json": "application/json", ".webp": "image/webp"}
INDEX = re.compile(r"index(?:\.(\w{2}))?\.json")
PICTURE = re.compile(r"(\w+)-1(\.webp)")


def answer_template(path: str, folder: Path) -> web.StreamResponse | None:
    """What lies at a path below /templates/, from the folder with the editor's own; None where there is nothing."""
    name = path.removeprefix(PREFIX)
    if name == path:
        return None
    if index := INDEX.fullmatch(name):
        known = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        language = index[1] or FALLBACK
        if any(language not in template["title"] for template in known):
            return None  # The front end then asks for the list without a language.
        return web.json_response([_group(known, language)])
    file = folder / PICTURE.sub(r"\1\2", name)
    if file.parent != folder or file.suffix not in KINDS or not file.is_file():
        return None
    return web.FileResponse(file, headers={"Content-Type": KINDS[file.suffix], "Cache-Control": "no-cache"})


def _group(known: list[dict[str, Any]], language: str) -> dict[str, Any]:
    templates = [
        {
            "name": template["name"],
            **{text: template[text][language] for text in ("title", "description")},
            "mediaType": "image",
            "mediaSubtype": "webp",
        }
        for template in known
    ]
    return {"moduleName": "default", "title": "Skein", "type": "image", "templates": templates}
