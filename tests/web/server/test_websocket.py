"""What clients hear over the websocket, and in which order."""

import asyncio
import json
import struct
from pathlib import Path
from typing import Any

import aiohttp

from tests.web.server import graphs
from tests.web.server.conftest import Api

FLAGS = {"type": "feature_flags", "data": {"supports_preview_metadata": True}}
SECONDS = 60.0


async def receive(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any] | bytes:
    message = await socket.receive(SECONDS)
    assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message
    return json.loads(message.data) if message.type is aiohttp.WSMsgType.TEXT else message.data


async def receive_until_end(socket: aiohttp.ClientWebSocketResponse, prompt_id: str) -> list[dict[str, Any] | bytes]:
    messages = []
    while True:
        message = await receive(socket)
        messages.append(message)
        if isinstance(message, dict) and message["type"] == "executing" and message["data"]["node"] is None:
            assert message["data"] == {"node": None, "prompt_id": prompt_id}
            return messages


async def receive_of_type(socket: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    while True:
        message = await receive(socket)
        if isinstance(message, dict) and message["type"] == kind:
            return message


def brief(messages: list[dict[str, Any] | bytes]) -> list[str]:
    """Messages as the protocol's description writes them."""
    result = []
    for message in messages:
        assert isinstance(message, dict)
        kind, body = message["type"], message["data"]
        if kind == "status":
            kind += f"({body['status']['exec_info']['queue_remaining']})"
        elif kind in ("executing", "executed"):
            kind += f"({body['node']})"
        result.append(kind)
    return result


async def test_a_fresh_run_tells_the_fourteen_messages_in_order(api: Api) -> None:
    async with api.socket("fourteen") as socket:
        assert brief([await receive(socket)]) == ["status(0)"]
        prompt_id = await api.queue(graphs.picture(), client_id="fourteen")
        assert brief(await receive_until_end(socket, prompt_id)) == [
            "status(1)", "status(1)", "execution_start", "execution_cached", "progress_state", "executing(1)",
            "progress_state", "progress_state", "executing(2)", "executed(2)", "progress_state", "execution_success",
            "status(0)", "executing(None)",
        ]  # fmt: skip


async def test_a_cached_run_tells_nine_and_its_outputs_again(api: Api) -> None:
    graph = graphs.picture()
    await api.wait_ended(await api.queue(graph))
    async with api.socket("cached") as socket:
        await receive(socket)
        prompt_id = await api.queue(graph, client_id="cached")
        messages = await receive_until_end(socket, prompt_id)
    assert brief(messages) == [
        "status(1)", "status(1)", "execution_start", "execution_cached", "executed(2)", "progress_state",
        "execution_success", "status(0)", "executing(None)",
    ]  # fmt: skip
    cached = next(m["data"] for m in messages if isinstance(m, dict) and m["type"] == "execution_cached")
    assert sorted(cached["nodes"]) == ["1", "2"]
    entry = await api.wait_ended(prompt_id)
    assert entry["outputs"]["2"]["images"]


async def test_the_first_key_of_every_text_is_type(api: Api) -> None:
    async with api.socket("first-key") as socket:
        await api.queue(graphs.picture(), client_id="first-key")
        for _ in range(14):
            message = await socket.receive(SECONDS)
            assert message.data.startswith('{"type":"')


async def test_the_greeting_names_the_client_and_one_is_made_when_it_has_no_name(api: Api) -> None:
    async with api.socket("named") as socket:
        assert (await receive_of_type(socket, "status"))["data"]["sid"] == "named"
    async with api.socket() as socket:
        assert len((await receive_of_type(socket, "status"))["data"]["sid"]) == 32


async def test_only_the_first_message_may_be_the_feature_flags(api: Api) -> None:
    async with api.socket("flags") as socket:
        await receive(socket)
        await socket.send_json(FLAGS)
        answer = await receive_of_type(socket, "feature_flags")
        assert answer["data"]["supports_preview_metadata"] is True
        assert answer["data"]["max_upload_size"] == 100 * 2**20
    async with api.socket("flags-late") as socket:
        await receive(socket)
        for text in ("hello", "[]", '{"type":5}', json.dumps(FLAGS)):
            await socket.send_str(text)
        await api.queue(graphs.picture(), client_id="flags-late")
        kinds = []
        while not kinds or kinds[-1] != "execution_success":
            message = await receive(socket)
            assert isinstance(message, dict)
            kinds.append(message["type"])
        assert "feature_flags" not in kinds


async def test_previews_come_in_the_form_a_client_asked_for(api: Api) -> None:
    async with api.socket("new") as new, api.socket("old") as old:
        await new.send_json(FLAGS)
        await receive_of_type(new, "feature_flags")
        for name, socket in (("new", new), ("old", old)):
            prompt_id = await api.queue(graphs.slow(steps=6, seconds=0.1), client_id=name)
            messages = await receive_until_end(socket, prompt_id)
            previews = [message for message in messages if isinstance(message, bytes)]
            assert previews
            if name == "new":
                kind, length = struct.unpack(">II", previews[0][:8])
                header = json.loads(previews[0][8 : 8 + length])
                assert kind == 4
                assert header["image_type"] == "image/png"
                assert (header["node_id"], header["display_node_id"], header["prompt_id"]) == ("2", "2", prompt_id)
                assert previews[0][8 + length :].startswith(b"\x89PNG")
            else:
                assert struct.unpack(">II", previews[0][:8]) == (1, 2)
                assert previews[0][8:].startswith(b"\x89PNG")


async def test_an_error_names_the_node_and_the_end_is_still_told(api: Api) -> None:
    async with api.socket("failing") as socket:
        prompt_id = await api.queue(graphs.through("Failing"), client_id="failing")
        messages = await receive_until_end(socket, prompt_id)
    error = next(m["data"] for m in messages if isinstance(m, dict) and m["type"] == "execution_error")
    assert (error["node_id"], error["node_type"]) == ("2", "Failing")
    assert "toys break" in error["exception_message"]
    assert isinstance(error["traceback"], list)
    assert brief(messages)[-3:] == ["execution_error", "status(0)", "executing(None)"]
    entry = await api.wait_ended(prompt_id)
    assert entry["status"]["status_str"] == "error"
    assert entry["status"]["completed"] is False
    assert entry["status"]["messages"][-1][0] == "execution_error"


async def test_history_has_the_prompt_before_its_end_is_told(api: Api) -> None:
    async with api.socket("eager") as socket:
        for _ in range(5):
            prompt_id = await api.queue(graphs.picture(), client_id="eager")
            await receive_of_type(socket, "execution_success")
            assert prompt_id in await api.get(f"/history/{prompt_id}")


async def test_others_hear_of_the_queue_but_not_of_the_run(api: Api) -> None:
    async with api.socket("listener") as listener:
        await receive(listener)
        prompt_id = await api.queue(graphs.picture(), client_id="somebody else")
        await api.wait_ended(prompt_id)
        for _ in range(3):
            message = await receive(listener)
            assert isinstance(message, dict)
            assert message["type"] == "status"


async def test_a_prompt_without_a_client_tells_everybody_its_progress_only(api: Api) -> None:
    async with api.socket("anybody") as socket:
        await receive(socket)
        await api.queue(graphs.picture())
        kinds = set()
        while True:
            message = await receive(socket)
            assert isinstance(message, dict)
            kinds.add(message["type"])
            if brief([message]) == ["status(0)"]:
                break
        assert kinds == {"status", "progress_state"}


async def receive_until_state(socket: Any) -> list[Any]:
    """What is told to whoever comes in mid-run: what runs, what came from the cache, where all nodes are."""
    messages = [await receive(socket) for _ in range(3)]
    if brief(messages)[2] == "execution_cached":
        messages.append(await receive(socket))
        assert messages.pop(2)["data"]["nodes"]
    assert brief(messages) == ["status(1)", "executing(2)", "progress_state"]
    return messages


async def test_whoever_comes_back_hears_where_its_prompt_is(api: Api) -> None:
    async with api.socket("returning") as socket:
        prompt_id = await api.queue(graphs.slow(), client_id="returning")
        while not isinstance(await receive(socket), bytes):
            pass
    async with api.socket("returning") as socket:
        first = await receive_until_state(socket)
        assert first[-1]["data"]["nodes"]["2"]["state"] == "running"
        await socket.send_json(FLAGS)
        await receive_of_type(socket, "feature_flags")
        assert isinstance(await receive(socket), bytes)
        await api.post("/interrupt", {"prompt_id": prompt_id})
        assert brief((await receive_until_end(socket, prompt_id))[-1:]) == ["executing(None)"]


async def test_whoever_comes_back_and_says_nothing_gets_the_last_preview_in_the_old_form(
    api: Api, tmp_path: Path
) -> None:
    async with api.socket("silent") as socket:
        prompt_id = await api.queue(graphs.gated(tmp_path / "gate"), client_id="silent")
        while not isinstance(await receive(socket), bytes):
            pass
    async with api.socket("silent") as socket:
        await receive_of_type(socket, "progress_state")
        preview = await receive(socket)
        assert isinstance(preview, bytes)
        assert struct.unpack(">II", preview[:8]) == (1, 2)
        await api.post("/interrupt", {"prompt_id": prompt_id})


async def test_a_second_device_hears_of_what_another_has_queued_when_it_watches(api: Api) -> None:
    async with api.socket("desk") as desk:
        prompt_id = await api.queue(graphs.slow(), client_id="desk")
        while not isinstance(await receive(desk), bytes):
            pass
        async with api.session.ws_connect(f"{api.url}/ws?clientId=sofa&watch=all") as sofa:
            await receive_until_state(sofa)
            await sofa.send_json(FLAGS)
            await receive_of_type(sofa, "feature_flags")
            assert isinstance(await receive(sofa), bytes)
            await api.post("/interrupt", {"prompt_id": prompt_id})
            assert brief((await receive_until_end(sofa, prompt_id))[-1:]) == ["executing(None)"]


async def test_a_ping_is_answered(api: Api) -> None:
    async with api.session.ws_connect(f"{api.url}/ws", autoping=False) as socket:
        await receive(socket)
        await socket.ping(b"there?")
        answer = await socket.receive(SECONDS)
        assert (answer.type, answer.data) == (aiohttp.WSMsgType.PONG, b"there?")


async def test_the_end_of_an_older_socket_does_not_silence_a_newer_one(api: Api) -> None:
    older = await api.socket("twice")
    newer = await api.socket("twice")
    await receive(newer)
    await older.close()
    prompt_id = await api.queue(graphs.picture(), client_id="twice")
    assert len(await receive_until_end(newer, prompt_id)) == 14
    await newer.close()


async def test_both_windows_of_one_client_hear_everything(api: Api) -> None:
    async with api.socket("windows") as one, api.socket("windows") as two:
        prompt_id = await api.queue(graphs.picture(), client_id="windows")
        for socket in (one, two):
            assert "execution_success" in brief(await receive_until_end(socket, prompt_id))


async def test_a_client_that_does_not_read_holds_up_nobody(api: Api) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", int(api.url.rsplit(":", 1)[1]), limit=1)
    writer.write(
        b"GET /ws?clientId=sleepy HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await writer.drain()
    async with api.socket("awake") as socket:
        await receive(socket)
        for _ in range(3):
            await api.wait_ended(await api.queue(graphs.chain(1000), client_id="sleepy"))
        prompt_id = await api.queue(graphs.picture(), client_id="awake")
        assert "execution_success" in brief(await receive_until_end(socket, prompt_id))
    writer.close()


async def test_the_bytes_of_a_run_grow_with_its_nodes_and_not_with_their_square(api: Api) -> None:
    sizes = {}
    for length in (500, 1000, 2000):
        async with api.socket("many") as socket:
            await receive(socket)
            prompt_id = await api.queue(graphs.chain(length), client_id="many")
            messages = await receive_until_end(socket, prompt_id)
            assert brief(messages).count(f"executing({length - 1})") == 1
            last = [m for m in messages if isinstance(m, dict) and m["type"] == "progress_state"][-1]
            states = {state["state"] for state in last["data"]["nodes"].values()}
            assert (len(last["data"]["nodes"]), states) == (length, {"finished"})
            sizes[length] = sum(len(json.dumps(message)) for message in messages)
    # Twice the nodes, about twice the bytes; a square would make it four times.
    assert sizes[1000] < 3 * sizes[500]
    assert sizes[2000] < 3 * sizes[1000]
