"""Several users: each with settings and files of their own, and no way to another's."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from tests.web.server.conftest import Api, ServerProcess
from web.server.users import UserRefused, Users


async def ask(api: Api, method: str, path: str, user: str | None = None, body: bytes | None = None) -> tuple[int, Any]:
    headers = {"Comfy-User": user} if user is not None else {}
    async with api.session.request(method, URL(api.url + path, encoded=True), data=body, headers=headers) as answer:
        is_json = answer.content_type == "application/json"
        return answer.status, await answer.json() if is_json else await answer.read()


async def add(api: Api, name: str) -> str:
    status, user = await ask(api, "POST", "/api/users", body=json.dumps({"username": name}).encode())
    assert status == 200, user
    return str(user)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with --multi-user."""
    process = ServerProcess(tmp_path_factory.mktemp("skein"), "--multi-user")
    process.start()
    yield process
    process.stop()


async def test_users_are_added_and_have_settings_and_files_apart(api: Api, server: ServerProcess) -> None:
    ada, bob = await add(api, "Ada"), await add(api, "../Bob ✓")
    assert await api.get("/api/users") == {"storage": "server", "users": {ada: "Ada", bob: "../Bob ✓"}}
    assert await ask(api, "POST", "/users", body=b'{"username": "Ada"}') == (400, {"error": "Duplicate username."})
    for user in (ada, bob):
        own = json.dumps(user).encode()
        assert (await ask(api, "POST", "/settings/Skein.Name", user, own))[0] == 200
        assert (await ask(api, "POST", "/userdata/workflows%2Fa.json", user, own))[0] == 200
    for user in (ada, bob):
        assert await ask(api, "GET", "/settings", user) == (200, {"Skein.Name": user})
        assert await ask(api, "GET", "/userdata/workflows%2Fa.json", user) == (200, user)
        assert await ask(api, "GET", "/userdata?dir=workflows", user) == (200, ["a.json"])
        assert (server.folder / "user" / user / "workflows" / "a.json").read_text() == json.dumps(user)
    assert (await ask(api, "DELETE", "/userdata/workflows%2Fa.json", ada))[0] == 204
    assert (await ask(api, "GET", "/userdata/workflows%2Fa.json", bob))[0] == 200


@pytest.mark.parametrize(
    "name", ["", "nobody", "default", "..", "../secret", "settings", ".", "/", "a/b", "con", "\xff", "x" * 5000]
)
async def test_an_unknown_user_gets_nothing(api: Api, name: str) -> None:
    for method, path in (
        ("GET", "/settings"),
        ("GET", "/settings/x"),
        ("POST", "/settings"),
        ("POST", "/settings/x"),
        ("GET", "/userdata?dir=."),
        ("GET", "/v2/userdata"),
        ("GET", "/userdata/x"),
        ("POST", "/userdata/x"),
        ("DELETE", "/userdata/x"),
        ("POST", "/userdata/x/move/y"),
    ):
        status, body = await ask(api, method, path, name, b"{}" if method == "POST" else None)
        assert (status, body["error"]["type"]) == (401, "unknown_user"), path


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 65, 5, None, ["a"]])
async def test_a_name_that_is_none_is_refused(api: Api, name: Any) -> None:
    assert (await ask(api, "POST", "/users", body=json.dumps({"username": name}).encode()))[0] == 400


async def test_one_user_needs_no_name_and_cannot_have_company(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    server = ServerProcess(tmp_path)
    server.start()
    try:
        api = Api(server.url, session)
        await api.wait_answering()
        assert await api.get("/users") == {"storage": "server", "migrated": True}
        assert (await ask(api, "POST", "/users", body=b'{"username": "Ada"}'))[0] == 400
        assert (await ask(api, "POST", "/settings", "nobody", b'{"a": 1}'))[0] == 200
        assert await ask(api, "GET", "/settings") == (200, {"a": 1})
    finally:
        server.stop()


def test_who_was_alone_so_far_keeps_his_things(tmp_path: Path) -> None:
    assert Users(tmp_path / "empty", are_many=True).names() == {}
    (tmp_path / "used" / "default").mkdir(parents=True)
    assert Users(tmp_path / "used", are_many=True).names() == {}
    (tmp_path / "used" / "default" / "a.json").write_text("{}")
    users = Users(tmp_path / "used", are_many=True)
    assert users.names() == {"default": "default"}
    users.add("Ada")
    assert set(Users(tmp_path / "used", are_many=True).names().values()) == {"default", "Ada"}


def test_a_broken_list_of_users_lets_nobody_in_and_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "users.json").write_text("{")
    users = Users(tmp_path, are_many=True)
    assert users.names() == {}
    with pytest.raises(Exception, match="cannot be read"):
        users.add("Ada")
    assert (tmp_path / "users.json").read_text() == "{"


def test_users_cannot_be_added_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.server.users.MOST_USERS", 2)
    users = Users(tmp_path, are_many=True)
    users.add("a")
    users.add("b")
    with pytest.raises(UserRefused, match="2 users"):
        users.add("c")
