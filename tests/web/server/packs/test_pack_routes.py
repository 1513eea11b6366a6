"""Routes of packs are served by the real server: what is sent reaches them, and their answers come back in pieces."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import make_mocked_request

from execution.supervisor import WorkerUnavailable
from tests.web.server.conftest import Api, RealServer, until
from tests.web.server.packs_written import write
from web.server import packs


@pytest.mark.parametrize("prefix", ["", "/api"])
async def test_a_packs_route_gets_what_was_sent_and_its_answer_is_passed_on(api: Api, prefix: str) -> None:
    url = f"{api.url}{prefix}/studio/show/a%20b?x=1&x=2&y=%C3%A4"
    async with api.session.get(url, headers={"X-Mine": "mine", "Cookie": "c=1"}) as answer:
        found = await answer.json()
        assert (answer.status, answer.headers["X-Theirs"], answer.headers["X-Stamp"]) == (200, "yes", "1")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    told = {"method": "GET", "name": "a b", "query": {"x": "1", "y": "ä"}, "mine": "mine", "cookies": {"c": "1"}}
    assert found == {**told, "authorization": None, "user": "default"}


async def test_a_pack_is_told_who_asks(api: Api) -> None:
    assert await api.get("/studio/asker") == ["127.0.0.1", "127.0.0.1"]


async def test_forms_raw_bodies_and_other_methods_reach_a_pack(api: Api) -> None:
    form = aiohttp.FormData({"word": "hello"})
    form.add_field("file", b"x" * 300_000, filename="big.bin")
    async with api.session.post(f"{api.url}/studio/save", data=form) as answer:
        assert await answer.json() == {"name": "big.bin", "size": 300_000, "word": "hello"}
    async with api.session.put(f"{api.url}/api/studio/raw", data=b"\x89\x00\xff" * 1_000_000) as answer:
        assert (answer.status, answer.content_type) == (201, "image/png")
        assert await answer.read() == b"\x89\x00\xff" * 1_000_000
    async with api.session.delete(f"{api.url}/studio/raw") as answer:
        assert (answer.status, await answer.read()) == (204, b"")
    async with api.session.head(f"{api.url}/studio/show/x") as answer:
        assert (answer.status, await answer.read()) == (200, b"")


async def test_streams_files_and_routes_added_to_the_application_are_answered(api: Api, server: RealServer) -> None:
    for path, text in (("/studio/stream", "0 1 2 "), ("/studio_files/a.txt", "a file")):
        async with api.session.get(api.url + path) as answer:
            assert (answer.status, await answer.text()) == (200, text)
    assert await api.get("/api/studio/direct") == "direct"
    assert await api.get("/studio/where") == ["127.0.0.1", server.port] * 2
    assert await api.get("/studio/asks") == [{"exec_info": {"queue_remaining": 0}}, True]


async def test_pieces_go_both_ways_while_the_others_are_still_to_come(api: Api) -> None:
    may_go_on = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"first"
        await may_go_on.wait()
        for _ in range(40):
            yield b"x" * 100_000

    async with api.session.put(f"{api.url}/studio/echo", data=pieces()) as answer:
        assert await answer.content.readexactly(5) == b"first"
        may_go_on.set()
        assert await answer.read() == b"x" * 4_000_000


async def test_a_long_answer_comes_whole_with_its_length_and_a_body_that_nobody_reads_does_no_harm(api: Api) -> None:
    async with api.session.get(f"{api.url}/studio/large/40") as answer:
        assert answer.content_length == 40 * 2**20
        for number in range(40):
            assert await answer.content.readexactly(2**20) == bytes([number]) * 2**20
    async with api.session.put(f"{api.url}/studio/unread", data=b"x" * 20_000_000) as answer:
        assert await answer.json() == "not wanted"


async def test_a_route_learns_that_nobody_reads_it_any_more(api: Api) -> None:
    for count in (1, 2):
        async with api.session.get(f"{api.url}/studio/endless") as answer:
            await answer.content.readexactly(2**20)
            answer.close()
        await until(partial(has_left, api, count))


@pytest.mark.parametrize("is_gone", [True, False])
async def test_a_silent_route_has_its_time_but_none_once_whoever_asked_has_gone(
    monkeypatch: pytest.MonkeyPatch, is_gone: bool
) -> None:
    monkeypatch.setattr(packs, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(packs, "ROUTE_SECONDS", 1e6 if is_gone else 0.03)
    request: Any = make_mocked_request("GET", "/studio/silent")
    request.transport.is_closing.return_value = is_gone
    sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    sent.set_result(None)
    with pytest.raises(WorkerUnavailable, match="has gone" if is_gone else "did not answer within"):
        await packs._await_reply(request, sent, asyncio.get_running_loop().create_future())


async def has_left(api: Api, count: int) -> bool:
    return bool(await api.get("/studio/left") == count)


async def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(api: Api) -> None:
    with pytest.raises(aiohttp.ClientError):
        async with api.session.get(f"{api.url}/studio/breaks") as answer:
            await answer.read()


async def test_an_answer_whose_worker_dies_breaks_off_and_the_next_worker_answers_again(
    api: Api, server: RealServer
) -> None:
    async with api.session.get(f"{api.url}/studio/endless") as answer:
        await answer.content.readexactly(2**20)
        server.kill_workers()
        with pytest.raises(aiohttp.ClientError):
            await answer.read()
    async with api.session.get(f"{api.url}/studio/stream") as answer:
        assert await answer.text() == "0 1 2 "


async def test_a_pack_may_take_a_method_that_the_server_leaves_free(api: Api) -> None:
    assert await api.post("/features", {}) == "the pack's"
    assert "supports_preview_metadata" in await api.get("/features")


async def test_a_route_that_fails_or_refuses_is_answered_as_its_pack_says(api: Api, server: RealServer) -> None:
    for path, kind in (("/studio/fails", "ValueError"), ("/api/studio/exits", "SystemExit")):
        async with api.session.get(api.url + path) as answer:
            error = (await answer.json())["error"]
        assert (answer.status, error["type"]) == (500, "pack_route_failed")
        assert f"GET {path}" in error["message"]
        assert "the pack Studio-Routes" in error["message"]
        assert kind in error["message"]
        assert "a fault of the pack" not in error["message"]
    assert "ValueError: a fault of the pack" in server.output()
    async with api.session.get(f"{api.url}/studio/refuses") as answer:
        assert (answer.status, await answer.text()) == (403, "not this one")


@pytest.mark.parametrize("prefix", ["", "/api"])
async def test_a_websocket_of_a_pack_goes_both_ways_and_either_side_may_end_it(api: Api, prefix: str) -> None:
    url = f"{api.url}{prefix}/studio/socket?name=you"
    before = await api.get("/studio/left")
    async with api.session.ws_connect(url, protocols=("mine",), compress=15, max_msg_size=0) as socket:
        assert (socket.protocol, await socket.receive_str()) == ("mine", "hello you")
        await socket.send_str("ä")
        assert await socket.receive_str() == "ä"
        large = bytes(range(256)) * 20_000
        await socket.send_bytes(large)
        assert await socket.receive_bytes() == large[::-1]
        await socket.send_str("end")
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 4001
    async with api.session.ws_connect(url) as socket:
        await socket.receive_str()
    await until(partial(has_left, api, before + 2))
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await api.session.ws_connect(url, headers={"Origin": "http://evil.example"})
    assert refused.value.status == 403


async def test_what_nobody_answers_is_not_found_and_known_paths_keep_their_methods(api: Api) -> None:
    for method, path, status in (
        ("GET", "/studio/none", 404), ("POST", "/nothing", 404), ("GET", "/studio/save", 404), ("PUT", "/prompt", 405),
    ):  # fmt: skip
        async with api.session.request(method, api.url + path) as answer:
            assert answer.status == status, path
            assert (await answer.json())["error"]["type"]


async def test_pages_of_other_sites_do_not_reach_a_pack(api: Api) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}):
        async with api.session.put(f"{api.url}/studio/raw", data=b"x", headers=headers) as answer:
            assert answer.status == 403


async def test_the_token_guards_packs_too_and_is_not_shown_to_them_nor_may_a_body_be_larger(
    tmp_path: Path, session: Any
) -> None:
    write(tmp_path / "custom_nodes", {"one/__init__.py": "from .routes import routes\nNODE_CLASS_MAPPINGS = {}"})
    write(tmp_path / "custom_nodes", {"one/routes.py": ROUTE})
    process = RealServer(tmp_path, "--max-upload-size", "1", "--token", "the-secret-word")
    process.start()
    try:
        api = Api(process.url, session)
        await until(partial(answers, session, f"{api.url}/features"))
        async with session.get(f"{api.url}/one", headers=AUTHORIZATION) as answer:
            told = await answer.json()
        assert told == {"headers": None, "cookies": {}, "query": {}}
        port = process.port
        cookies = {"Cookie": f"skein_token_{port}=the-secret-word; mine=1"}
        async with session.get(f"{api.url}/one?token=the-secret-word&a=1", headers=cookies) as answer:
            assert await answer.json() == {"headers": None, "cookies": {"mine": "1"}, "query": {"a": "1"}}
        async with session.get(f"{api.url}/one") as answer:
            assert answer.status == 401
        async with session.get(f"{api.url}/extensions") as answer:
            assert answer.status == 401
        async with session.post(f"{api.url}/one", data=b"x" * 3_000_000, headers=AUTHORIZATION) as answer:
            assert answer.status == 413
    finally:
        process.stop()


async def answers(session: aiohttp.ClientSession, url: str) -> bool:
    """Whether the server is up, whatever it says."""
    try:
        async with session.get(url):
            return True
    except aiohttp.ClientError:
        return False


AUTHORIZATION = {"Authorization": "Bearer the-secret-word"}

ROUTE = """
from aiohttp import web
from server import PromptServer
routes = PromptServer.instance.routes

@routes.get("/one")
@routes.post("/one")
async def one(request):
    cookies, query = dict(request.cookies), dict(request.query)
    return web.json_response({"headers": request.headers.get("Authorization"), "cookies": cookies, "query": query})
"""
