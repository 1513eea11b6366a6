"""Named tokens: made and revoked from the command line while the server runs, and never stored as they are."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.web.server.conftest import PATIENCE, ROOT, Api, ServerProcess
from tests.web.server.test_users import ask
from web.server.tokens import TokenRefused, Tokens


def token(folder: Path, *arguments: str, status: int = 0) -> str:
    command = [sys.executable, "main.py", "token", *arguments, "--base-directory", str(folder)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == status, ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stdout if status == 0 else ended.stderr


def create(folder: Path, *arguments: str) -> str:
    return token(folder, "create", *arguments).split()[0]


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server for several users that asks for tokens, of which there is one called `first`."""
    first = create(tmp_path, "first")
    server = ServerProcess(tmp_path, "--multi-user")
    server.start()
    try:
        async with aiohttp.ClientSession(headers=bearer(first)) as knowing:
            await Api(server.url, knowing).wait_answering()
        (tmp_path / "first").write_text(first)
        yield server
    finally:
        server.stop()


async def test_tokens_come_and_go_while_the_server_runs(
    served: ServerProcess, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async def status(secret: str) -> int:
        async with session.get(served.url + "/queue", headers=bearer(secret)) as answer:
            return answer.status

    first = (tmp_path / "first").read_text()
    second = create(tmp_path, "second")
    assert [await status(secret) for secret in (first, second, "", "skein_" + "x" * 32)] == [200, 200, 401, 401]
    assert "first" in token(tmp_path, "list")
    assert "already" in token(tmp_path, "create", "first", status=1)
    assert token(tmp_path, "revoke", "first")
    assert [await status(secret) for secret in (first, second)] == [401, 200]
    assert "no token 'first'" in token(tmp_path, "revoke", "first", status=1)
    token(tmp_path, "revoke", "second")
    assert await status(second) == 401, "revoking the last token must not open the door"
    assert "second" not in token(tmp_path, "list")


async def test_a_browser_without_a_token_is_asked_for_it(
    served: ServerProcess, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    html = {"Accept": "text/html,*/*"}
    async with session.get(served.url + "/", headers=html) as answer:
        assert (answer.status, answer.content_type) == (401, "text/html")
        assert 'name="token"' in await answer.text()
    async with session.get(served.url + "/?token=wrong", headers=html) as answer:
        assert answer.status == 401
        assert "is not known" in await answer.text()
    async with session.get(
        served.url + "/", params={"token": (tmp_path / "first").read_text()}, headers=html, allow_redirects=False
    ) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/")
        assert "HttpOnly" in answer.headers["Set-Cookie"]
    async with session.get(served.url + "/queue", headers=html) as answer:
        assert (answer.status, answer.content_type) == (401, "application/json"), "programs read JSON"


async def test_who_listens_with_a_token_hears_nothing_more_once_it_is_revoked(
    served: ServerProcess, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    spy = create(tmp_path, "spy")
    kept = create(tmp_path, "kept")
    async with (
        session.ws_connect(f"{served.url}/ws", headers=bearer(spy)) as listening,
        session.ws_connect(f"{served.url}/ws", headers=bearer(kept)) as other,
    ):
        await listening.receive(PATIENCE)
        token(tmp_path, "revoke", "spy")
        message = await listening.receive(PATIENCE)
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING)
        await other.receive(PATIENCE)
        assert not other.closed


async def test_a_bound_token_says_who_asks_whatever_the_header_says(
    served: ServerProcess, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    ada, bob = (create(tmp_path, f"of {name}", "--user", name) for name in ("Ada", "Bob"))
    api = Api(served.url, session)
    first = (tmp_path / "first").read_text()
    async with session.get(served.url + "/users", headers=bearer(first)) as answer:
        ids = {name: user for user, name in (await answer.json())["users"].items()}
    assert set(ids) == {"Ada", "Bob"}
    for secret, name in ((ada, "Ada"), (bob, "Bob")):
        session.headers.update(bearer(secret))
        for header in (None, ids["Ada"], ids["Bob"], "nobody"):
            assert (await ask(api, "POST", "/settings/Who", header, f'"{name}"'.encode()))[0] == 200
            assert await ask(api, "GET", "/settings", header) == (200, {"Who": name})
            assert (await ask(api, "POST", "/userdata/own.txt", header, name.encode()))[0] == 200
        assert (await ask(api, "GET", "/users"))[1]["users"] == {ids[name]: name}
        assert (await ask(api, "POST", "/users", None, b'{"username": "Eve"}'))[0] == 403
    for name, user in ids.items():
        assert (tmp_path / "user" / user / "own.txt").read_text() == name
    session.headers.update(bearer(first))
    assert await ask(api, "GET", "/settings", ids["Bob"]) == (200, {"Who": "Bob"})


async def test_a_link_elsewhere_does_not_change_who_is_in(
    served: ServerProcess, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    """Else whoever has a token could have others save their work among his own."""
    secret, other = create(tmp_path, "own"), create(tmp_path, "stranger's")
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    cookie = {"Cookie": f"skein_token_{served.port}={secret}"}
    for headers, given, is_taken in (
        (link, other, True),
        ({**link, **cookie}, other, False),
        (cookie, other, True),
        (cookie, "skein_wrong", False),
    ):
        async with session.get(f"{served.url}/?token={given}", headers=headers, allow_redirects=False) as answer:
            assert answer.status == 303
            assert ("Set-Cookie" in answer.headers) is is_taken, headers


def test_only_hashes_are_stored(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    secret = tokens.create("a", "ada_1")
    assert secret not in (tmp_path / "tokens.json").read_text()
    assert [found.user for found in (tokens.find([secret]), tokens.find(["", secret])) if found] == ["ada_1"] * 2
    assert tokens.find([]) is None
    assert tokens.find(["\udcff"]) is None
    for name in ("", " ", "a\n", "x" * 65, "a"):
        with pytest.raises(TokenRefused):
            tokens.create(name)


@pytest.mark.parametrize("content", ["{", "[]", '{"a": null, "b": {"sha256": null}, "c": {"sha256": ""}}', "\x00"])
def test_a_broken_file_of_tokens_lets_nobody_in(tmp_path: Path, content: str) -> None:
    (tmp_path / "tokens.json").write_text(content)
    tokens = Tokens(tmp_path)
    assert tokens.are_used
    assert tokens.find(["", "x"]) is None


def test_a_server_that_nobody_could_enter_does_not_start(tmp_path: Path) -> None:
    create(tmp_path, "only")
    token(tmp_path, "revoke", "only")
    command = [sys.executable, "main.py", "--port", "0", "--base-directory", str(tmp_path)]
    for flags in ([], ["--listen", "0.0.0.0"]):
        ended = subprocess.run([*command, *flags], cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert ended.returncode == 2
        assert "token create" in ended.stderr
