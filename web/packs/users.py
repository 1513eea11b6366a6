"""What packs ask of `PromptServer.instance.user_manager`: whose request it is, and where that user's files lie."""

import json
from pathlib import Path
from typing import Any

from aiohttp import web

from execution import paths

DEFAULT = "default"
USER_HEADER = "Comfy-User"


class PackUserSettings:
    """The settings of the page, to be read. Packs keep their own in files of their own."""

    def get_settings(self, request: web.Request) -> dict[str, Any]:
        """Every setting that the user has changed."""
        user = user_of(request)
        name = "settings.json" if user == DEFAULT else f"settings/{user}.json"
        try:
            values = json.loads((paths.current().user / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return values if isinstance(values, dict) else {}


class PackUsers:
    """Users as packs know them."""

    def __init__(self) -> None:
        self.settings = PackUserSettings()

    @property
    def users(self) -> dict[str, str]:
        """Users' names by id, as far as they have files."""
        folder = paths.current().user
        found = [entry.name for entry in folder.iterdir() if entry.is_dir()] if folder.is_dir() else []
        return {DEFAULT: DEFAULT} | {name: name for name in found if not name.startswith((".", "_"))}

    def get_request_user_id(self, request: web.Request) -> str:
        """The id of the user in whose name a request was sent."""
        return user_of(request)

    def get_request_user_filepath(
        self,
        request: web.Request,
        file: str | None,
        type: str = "userdata",  # noqa: A002 - packs name it
        create_dir: bool = True,
    ) -> str | None:
        """The path of a user's file, or of his folder; None where it would lie outside, or is of another type."""
        if type != "userdata":
            return None
        folder = paths.current().user / user_of(request)
        path = Path(folder) if file is None else paths.resolve_inside(folder, file)
        if create_dir:
            (path if file is None else path.parent).mkdir(parents=True, exist_ok=True)
        return str(path)


def user_of(request: web.Request) -> str:
    """The server has checked who asks, and says so in this header."""
    return request.headers.get(USER_HEADER) or DEFAULT
