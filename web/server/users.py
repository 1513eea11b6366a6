"""Who the users are: one, or with --multi-user those who were added."""

import re
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from execution.errors import SkeinError
from web.server.kept import KeptTable

DEFAULT = "default"
FILE = "users.json"
LONGEST_NAME = 64
MOST_USERS = 1000


class UserRefused(SkeinError):
    """A user that cannot be added."""


class Users:
    """The users' names by id. A user's id is also the name of the folder of his files."""

    def __init__(self, folder: Path, are_many: bool) -> None:
        self.are_many = are_many
        self._table = KeptTable(folder / FILE)
        if are_many and not self._table.exists and _holds_something(folder / DEFAULT):
            self._keep_the_first()

    def names(self) -> Mapping[str, str]:
        """Every user's name by id."""
        return self._table.read() if self.are_many else {DEFAULT: DEFAULT}

    def find(self, name_or_id: str) -> str | None:
        """The id of a user."""
        names = self.names()
        if name_or_id in names:
            return name_or_id
        return next((user for user, name in names.items() if name == name_or_id), None)

    def add(self, name: str) -> str:
        """Add a user; answers the id. Raises `UserRefused`."""
        name = name.strip()
        if not self.are_many:
            raise UserRefused("This server has one user; start it with --multi-user to add others.")
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise UserRefused(f"A user's name is a printable text of at most {LONGEST_NAME} characters.")
        # The random part keeps the folder's name from being guessed, reserved or equal to another but for capitals.
        user = f"{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-') or 'user'}_{uuid4().hex[:12]}"
        with self._table.change() as names:
            if name in names.values():
                raise UserRefused("Duplicate username.")
            if len(names) >= MOST_USERS:
                raise UserRefused(f"There are {MOST_USERS} users already; remove some from {FILE}.")
            names[user] = name
        return user

    def _keep_the_first(self) -> None:
        """Whoever was the only user so far stays one, or his workflows would be out of reach."""
        with self._table.change() as names:
            names.setdefault(DEFAULT, DEFAULT)


def _holds_something(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())
