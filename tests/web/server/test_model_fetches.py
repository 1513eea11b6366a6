"""Fetching models through a server: the routes, what is told over the websocket, cancelling, kills; and the command."""

import asyncio
import hashlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.ports import free_port
from tests.web.server.conftest import ROOT, Api, ServerProcess, running, until
from tests.web.server.model_site import MODEL, SIZE, ModelSite, model_site

PORT = free_port()
ALLOWED = ("--model-hosts", f"http://127.0.0.1:{PORT}", "--max-model-size", "0.004")
NAME = "style.safetensors"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that may fetch from the site of the tests."""
    yield from running(ServerProcess(tmp_path_factory.mktemp("skein"), *ALLOWED))


@pytest.fixture
async def site() -> AsyncIterator[ModelSite]:
    async with model_site(PORT) as site:
        yield site


def wanted(way: str, name: str = NAME, **more: str) -> dict[str, str]:
    return {"url": f"http://127.0.0.1:{PORT}/{way}", "kind": "loras", "name": name, **more}


async def state_of(api: Api, fetch_id: str, *states: str) -> dict[str, Any]:
    """The fetch, once it is in one of these states."""

    async def find() -> Any:
        fetches = (await api.get("/model_fetches"))["fetches"]
        return next((one for one in fetches if one["id"] == fetch_id and one["state"] in states), None)

    return dict(await until(find))


async def test_a_model_is_fetched_told_of_and_listed(api: Api, site: ModelSite, server: ServerProcess) -> None:
    hash_ = hashlib.sha256(MODEL).hexdigest().upper()
    async with api.socket() as socket:
        fetch = await api.post("/model_fetches", wanted("whole/x?token=a-secret", "a.safetensors", sha256=hash_))
        told = []
        while not told or told[-1]["state"] not in ("done", "failed"):
            message = await socket.receive_json(timeout=60)
            if message["type"] == "model_fetch":
                told.append(message["data"])
    assert {one["id"] for one in told} == {fetch["id"]}
    assert [*dict.fromkeys(one["state"] for one in told)] == ["waiting", "running", "checking", "done"]
    assert (told[-1]["bytes"], told[-1]["total"]) == (SIZE, SIZE)
    assert "a.safetensors" in await api.get("/models/loras")
    assert "a-secret" not in json.dumps(told) + json.dumps(await api.get("/model_fetches"))
    assert "a-secret" not in server.output()
    await api.post("/model_fetches", wanted("whole", "a.safetensors"), status=409)


async def test_a_fetch_that_is_asked_for_twice_is_one_and_another_address_for_its_file_is_refused(
    api: Api, site: ModelSite
) -> None:
    first = await api.post("/model_fetches", wanted("slow"))
    assert (await api.post("/model_fetches", wanted("slow")))["id"] == first["id"]
    await api.post("/model_fetches", wanted("whole"), status=409)
    await api.post(f"/model_fetches/{first['id']}/cancel")


async def test_a_cancelled_fetch_leaves_nothing(api: Api, site: ModelSite, server: ServerProcess) -> None:
    fetch = await api.post("/model_fetches", wanted("slow", "b.safetensors"))
    await until(lambda: _part_of(server))
    cancelled = await api.post(f"/model_fetches/{fetch['id']}/cancel")
    assert (cancelled["state"], cancelled["bytes"]) == ("cancelled", 0)
    assert not await _part_of(server)
    assert "b.safetensors" not in await api.get("/models/loras")
    await api.post("/model_fetches/nothing/cancel", status=404)


async def test_a_fetch_that_failed_says_why(api: Api, site: ModelSite) -> None:
    fetch = await api.post("/model_fetches", wanted("page", "c.safetensors"))
    failed = await state_of(api, fetch["id"], "failed")
    assert "web page" in failed["message"]


REFUSED = {
    "another host": ({"url": "https://evil.example/x.safetensors"}, 403, "host_refused"),
    "another port": ({"url": "http://127.0.0.1:1/x.safetensors"}, 403, "host_refused"),
    "a folder of code": ({"kind": "custom_nodes"}, 403, "path_refused"),
    "a name that leads out": ({"name": "../x.safetensors"}, 403, "path_refused"),
    "a hash that is none": ({"sha256": "abc"}, 400, "bad_request"),
    "no address": ({"url": ""}, 400, "bad_request"),
    "an endless address": ({"url": "https://huggingface.co/" + "x" * 5000}, 400, "bad_request"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_may_not_be_fetched_is_refused_at_once(api: Api, case: str) -> None:
    change, status, word = REFUSED[case]
    answer = await api.post("/model_fetches", {**wanted("whole"), **change}, status=status)
    assert answer["error"]["type"] == word


async def test_another_sites_page_cannot_start_a_fetch(api: Api) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        async with api.session.post(f"{api.url}/model_fetches", json=wanted("whole"), headers=headers) as answer:
            assert answer.status == 403
            assert (await answer.json())["error"]["type"] == "forbidden"


async def test_after_a_kill_a_fetch_goes_on(api: Api, site: ModelSite, server: ServerProcess) -> None:
    await api.post("/model_fetches", wanted("slow", "d.safetensors"))
    await until(lambda: _part_of(server))
    server.kill()
    folder = server.folder / "models" / "loras"
    assert not (folder / "d.safetensors").exists()
    server.start()
    await api.wait_answering()
    assert "d.safetensors" not in await api.get("/models/loras")
    fetch = await api.post("/model_fetches", wanted("slow", "d.safetensors"))
    assert (await state_of(api, fetch["id"], "done", "failed"))["message"] == ""
    assert (folder / "d.safetensors").read_bytes() == MODEL
    assert "Range" in site.headers_of("/slow")[-1]
    assert not await _part_of(server)


async def test_a_server_may_fetch_nothing_and_needs_a_token_where_others_do(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    process = ServerProcess(tmp_path, "--disable-model-fetch", "--token", "a-long-enough-secret")
    process.start()
    try:
        await _check_closed(Api(process.url, session))
    finally:
        process.stop()


async def _check_closed(api: Api) -> None:
    bearer = {"Authorization": "Bearer a-long-enough-secret"}

    async def answers() -> bool:
        try:
            async with api.session.get(f"{api.url}/model_fetches", headers=bearer) as answer:
                assert (await answer.json())["is_allowed"] is False
        except aiohttp.ClientConnectionError:
            return False
        return True

    await until(answers)
    await api.post("/model_fetches", wanted("whole"), status=401)
    async with api.session.post(f"{api.url}/model_fetches", json=wanted("whole"), headers=bearer) as answer:
        assert answer.status == 403
        assert (await answer.json())["error"]["type"] == "fetching_is_off"


async def test_the_command_fetches_a_model_and_says_where_it_is(site: ModelSite, tmp_path: Path) -> None:
    good = (f"{site.url}/whole/e.safetensors", "--kind", "loras", "--sha256", hashlib.sha256(MODEL).hexdigest())
    ended = await _run(tmp_path, *good)
    path = tmp_path / "models" / "loras" / "e.safetensors"
    assert (ended.returncode, ended.stdout.strip()) == (0, str(path))
    assert path.read_bytes() == MODEL
    for arguments, word in (
        (good, "already"),
        ((f"{site.url}/whole", "--kind", "loras"), "--name"),
        (("https://evil.example/x.safetensors", "--kind", "loras"), "--model-hosts"),
        ((f"{site.url}/gone/x.safetensors", "--kind", "loras"), "nothing at this address"),
    ):
        ended = await _run(tmp_path, *arguments)
        assert ended.returncode == 1
        assert word in ended.stderr
        assert "Traceback" not in ended.stderr


async def _run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "main.py", "fetch", *arguments, "--base-directory", str(folder), *ALLOWED]
    run = subprocess.run
    return await asyncio.to_thread(run, command, cwd=ROOT, capture_output=True, text=True, timeout=120)


async def _part_of(server: ServerProcess) -> list[Path]:
    """The partial files that hold something."""
    return [path for path in (server.folder / "models").rglob("*.part") if path.stat().st_size]
