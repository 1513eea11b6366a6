"""Saved workflows and settings over HTTP."""

import asyncio
import json
from typing import Any

import pytest
from yarl import URL

from tests.web.server.conftest import Api


async def ask(api: Api, method: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
    async with api.session.request(method, URL(api.url + path, encoded=True), data=body) as answer:
        is_json = answer.content_type == "application/json"
        return answer.status, await answer.json() if is_json else await answer.read()


async def test_a_file_is_stored_read_moved_and_deleted(api: Api) -> None:
    path = "/api/userdata/workflows%2Fa%20b.json"
    status, info = await ask(api, "POST", path + "?overwrite=false&full_info=true", b'{"a":1}')
    assert (status, info["path"], info["size"]) == (200, "workflows/a b.json", 7)
    assert isinstance(info["modified"], float)
    assert (await ask(api, "POST", path + "?overwrite=false", b"{}"))[0] == 409
    assert await ask(api, "POST", path, b'{"a":2}') == (200, "workflows/a b.json")
    assert await ask(api, "GET", path) == (200, {"a": 2})
    moved = "/userdata/workflows%2Fa%20b.json/move/workflows%2Fsub%2Fc.json"
    assert await ask(api, "POST", moved) == (200, "workflows/sub/c.json")
    assert (await ask(api, "POST", moved))[0] == 404
    assert (await ask(api, "GET", path))[0] == 404
    assert await ask(api, "GET", path + "?optional=true") == (204, b"")
    assert await ask(api, "DELETE", "/userdata/workflows%2Fsub%2Fc.json") == (204, b"")
    assert (await ask(api, "DELETE", "/userdata/workflows%2Fsub%2Fc.json"))[0] == 404


async def test_of_many_that_save_one_file_at_once_only_one_is_told_that_it_did(api: Api) -> None:
    for number in range(5):
        path = f"/userdata/workflows%2Fsame%20{number}.json"
        texts = [json.dumps({"writer": writer}).encode() for writer in range(8)]
        for query in ("?overwrite=false", "?seen="):
            if query == "?seen=":
                listed = (await ask(api, "GET", "/userdata?dir=workflows&full_info=true"))[1]
                found = next(entry for entry in listed if entry["path"] == f"same {number}.json")
                query += repr(found["modified"])
            ended = await asyncio.gather(*(ask(api, "POST", path + query, text) for text in texts))
            assert sorted(status for status, _ in ended) == [200] + [409] * 7
            writer = next(index for index, (status, _) in enumerate(ended) if status == 200)
            assert (await ask(api, "GET", path))[1] == {"writer": writer}


async def test_moving_replaces_a_file_only_when_it_may(api: Api) -> None:
    for name in ("one", "two"):
        await ask(api, "POST", f"/userdata/move%2F{name}", name.encode())
    assert (await ask(api, "POST", "/userdata/move%2Fone/move/move%2Ftwo?overwrite=false"))[0] == 409
    assert (await ask(api, "POST", "/userdata/move%2Fone/move/move%2Ftwo?overwrite=true"))[0] == 200
    assert (await ask(api, "GET", "/userdata/move%2Ftwo"))[1] == b"one"


async def test_files_are_listed_as_names_parts_or_in_full(api: Api) -> None:
    for name in ("list%2Fa.json", "list%2Fsub%2Fb.json"):
        await ask(api, "POST", f"/userdata/{name}", b"{}")
    assert await api.get("/userdata?dir=list") == ["a.json"]
    assert await api.get("/userdata?dir=list&recurse=true") == ["a.json", "sub/b.json"]
    assert await api.get("/userdata?dir=list&recurse=true&split=true") == [
        ["a.json", "a.json"], ["sub/b.json", "sub", "b.json"]
    ]  # fmt: skip
    full = await api.get("/api/userdata?dir=list&recurse=true&split=false&full_info=true")
    assert [(row["path"], row["size"]) for row in full] == [("a.json", 2), ("sub/b.json", 2)]
    tree = await api.get("/v2/userdata?path=list")
    assert [(entry["path"], entry["type"]) for entry in tree] == [
        ("list/sub", "directory"), ("list/a.json", "file"), ("list/sub/b.json", "file")
    ]  # fmt: skip
    assert (await ask(api, "GET", "/userdata?dir=missing"))[0] == 404
    assert (await ask(api, "GET", "/userdata"))[0] == 400


async def test_a_folder_that_is_not_there_may_be_empty(api: Api) -> None:
    assert (await ask(api, "GET", "/userdata?dir=none"))[0] == 404
    assert await ask(api, "GET", "/userdata?dir=none&optional=true") == (200, [])


@pytest.mark.parametrize("value", ["true", '"1.27.10"', "5", "null", '{"a": [1]}'])
async def test_a_setting_is_any_json_value(api: Api, value: str) -> None:
    status, body = await ask(api, "POST", "/api/settings/Skein.Test", value.encode())
    assert (status, body) == (200, b"")
    async with api.session.get(api.url + "/settings/Skein.Test") as answer:
        assert (await answer.text()).replace(" ", "") == value.replace(" ", "")


async def test_settings_are_merged(api: Api) -> None:
    await api.post("/settings", {"a.one": 1, "a.two": 2})
    await api.post("/settings", {"a.two": 3})
    settings = await api.get("/api/settings")
    assert (settings["a.one"], settings["a.two"]) == (1, 3)
    assert (await ask(api, "POST", "/settings", b"[]"))[0] == 400
    assert await ask(api, "GET", "/settings/never.set") == (200, None)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/users", {"storage": "server", "migrated": True}),
        ("/extensions", []),
        ("/i18n", {}),
        ("/workflow_templates", {}),
        ("/global_subgraphs", {}),
        ("/node_replacements", {}),
    ],
)
async def test_front_ends_find_what_they_cannot_start_without(api: Api, path: str, expected: Any) -> None:
    assert await api.get(path) == expected
    assert await api.get("/api" + path) == expected


async def test_system_stats_have_every_field_that_clients_read(api: Api) -> None:
    stats = await api.get("/api/system_stats")
    wanted = {"os", "ram_total", "ram_free", "comfyui_version", "python_version", "pytorch_version", "embedded_python"}
    assert set(stats["system"]) >= wanted
    assert stats["system"]["argv"][0] == "main.py"
    device = stats["devices"][0]
    assert set(device) >= {"name", "type", "vram_total", "vram_free", "torch_vram_total", "torch_vram_free"}


async def test_logs_and_folders_are_shown(api: Api) -> None:
    await api.get("/object_info")
    raw = await api.get("/internal/logs/raw")
    assert any("is ready" in entry["m"] for entry in raw["entries"])
    assert "is ready" in await api.get("/internal/logs")
    assert "checkpoints" in await api.get("/internal/folder_paths")


async def test_every_error_has_a_json_body(api: Api) -> None:
    for method, path in (("GET", "/nothing"), ("POST", "/nothing"), ("DELETE", "/queue"), ("GET", "/api/nothing")):
        status, body = await ask(api, method, path)
        assert status in (404, 405)
        assert body["error"]["message"]


async def test_a_workflow_that_is_replaced_stays_among_its_versions(api: Api) -> None:
    path = "/userdata/workflows%2Fkept%2Fa.json"
    for text in (b'{"a":1}', b'{"a":2}', b'{"a":2}'):
        await ask(api, "POST", path, text)
    [name] = await api.get("/userdata?dir=versions%2Fkept%2Fa")
    assert await ask(api, "GET", f"/userdata/versions%2Fkept%2Fa%2F{name}") == (200, {"a": 1})
    await ask(api, "POST", "/userdata/other%2Fa.json", b"1")
    await ask(api, "POST", "/userdata/other%2Fa.json", b"2")
    assert (await ask(api, "GET", "/userdata?dir=versions%2Fother"))[0] == 404


async def test_a_file_that_was_changed_since_it_was_read_is_not_replaced_unseen(api: Api) -> None:
    path = "/userdata/workflows%2Fseen.json?full_info=true"
    _, first = await ask(api, "POST", path, b"1")
    status, second = await ask(api, "POST", f"{path}&seen={first['modified']!r}", b"2")
    assert status == 200
    assert (await ask(api, "POST", f"{path}&seen={first['modified']!r}", b"3"))[0] == 409
    assert await ask(api, "GET", "/userdata/workflows%2Fseen.json") == (200, 2)
    assert (await ask(api, "POST", f"{path}&seen={second['modified']!r}", b"3"))[0] == 200
    assert (await ask(api, "POST", f"{path}&seen=yesterday", b"4"))[0] == 400
