"""`python main.py token`: making, listing and revoking named tokens, also while a server runs."""

import sys

from execution.errors import SkeinError
from execution.options import Options, TokenOptions
from execution.paths import Paths
from web.server.tokens import Tokens
from web.server.users import Users


def run_token_command(options: Options) -> int:
    """Do what the command line asks of the tokens; answers the exit status."""
    asked = options.tokens
    assert asked is not None
    folder = Paths(options.engine.paths).user
    users = Users(folder, are_many=True)
    try:
        text = DOINGS[asked.action](asked, Tokens(folder), users)
    except (SkeinError, OSError) as error:
        sys.stderr.write(f"main.py: {error}\n")
        return 1
    sys.stdout.write(text)
    return 0


def _create(asked: TokenOptions, tokens: Tokens, users: Users) -> str:
    user = None
    if asked.user is not None:
        user = users.find(asked.user) or users.add(asked.user)
    secret = tokens.create(asked.name, user)
    owner = f" It stands for the user {users.names()[user]!r} of a server with --multi-user." if user else ""
    return f"{secret}\n\nThis is shown only once.{owner} Open the page with ?token={secret}\n"


def _list(_: TokenOptions, tokens: Tokens, users: Users) -> str:
    rows = [("NAME", "CREATED", "USER")]
    rows += [(token.name, token.created, _user_name(token.user, users)) for token in tokens.all()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _revoke(asked: TokenOptions, tokens: Tokens, _: Users) -> str:
    tokens.revoke(asked.name)
    return f"Revoked {asked.name!r}: nobody gets in with it any more.\n"


def _user_name(user: str | None, users: Users) -> str:
    return "any" if user is None else users.names().get(user, f"{user} (gone)")


DOINGS = {"create": _create, "list": _list, "revoke": _revoke}
