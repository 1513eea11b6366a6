"""Named tokens: secrets that let programs and people in, each revocable on its own while the server runs."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from execution.errors import SkeinError
from web.server.kept import KeptTable

FILE = "tokens.json"
LONGEST_NAME = 64


class TokenRefused(SkeinError):
    """A token that cannot be made or revoked as asked."""


@dataclass(frozen=True)
class Token:
    """What is known of a token. `user` is the id of the one user it stands for, None when it is bound to nobody."""

    name: str
    created: str
    user: str | None


class Tokens:
    """The named tokens. Only their hashes are stored: whoever reads the file gets in with none of them."""

    def __init__(self, folder: Path) -> None:
        self._table = KeptTable(folder / FILE)

    @property
    def are_used(self) -> bool:
        """Whether one was ever made. From then on a token is asked for, even after the last one is revoked."""
        return self._table.exists

    def all(self) -> list[Token]:
        """Every token by name."""
        return [_token(name, row) for name, row in sorted(self._table.read().items())]

    def find(self, given: Iterable[str]) -> Token | None:
        """The token that one of these secrets belongs to."""
        digests = {_digest(secret) for secret in given}
        rows = self._table.read().items()
        return next((_token(name, row) for name, row in rows if _stored_digest(row) in digests), None)

    def create(self, name: str, user: str | None = None) -> str:
        """Make a token; answers the secret, which is known to nobody else from then on. Raises `TokenRefused`."""
        if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            raise TokenRefused(f"A token's name is a printable text of at most {LONGEST_NAME} characters.")
        secret = f"skein_{secrets.token_urlsafe(24)}"
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        with self._table.change() as rows:
            if name in rows:
                raise TokenRefused(f"There is a token {name!r} already; revoke it first, or choose another name.")
            # No salt or slow hash: the secret is random and as long as the search for it is hopeless.
            rows[name] = {"sha256": _digest(secret), "created": now, "user": user}
        return secret

    def revoke(self, name: str) -> None:
        """Let nobody in with this token any more. Raises `TokenRefused` when there is none of this name."""
        with self._table.change() as rows:
            if rows.pop(name, None) is None:
                raise TokenRefused(f"There is no token {name!r}; `python main.py token list` shows them.")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _stored_digest(row: Any) -> str | None:
    return row.get("sha256") if isinstance(row, Mapping) else None


def _token(name: str, row: Any) -> Token:
    known = row if isinstance(row, Mapping) else {}
    return Token(name, str(known.get("created", "")), known.get("user"))
