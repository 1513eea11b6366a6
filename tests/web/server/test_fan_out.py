"""Many listeners, some of whom do not listen: nobody else waits for them, and what waits for them is bounded."""

import asyncio
import json
import socket
import struct
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import psutil
import pytest

from tests.toy_nodes import PIXEL
from tests.web.server import graphs
from tests.web.server.conftest import PATIENCE, Api, ServerProcess
from web.server.client import CROWDED_BYTES, MOST_BYTES

CLIENT_ID = "crowd"
PREVIEW_BYTES = 100_000
MEBIBYTE = 2**20


@dataclass
class Heard:
    """What one client has been told: texts as they came, and the steps whose previews it got."""

    texts: list[str] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    bytes: int = 0

    def story(self) -> list[str]:
        """Everything but the snapshots, of which a newer one may replace an older one."""
        return [text for text in self.texts if not text.startswith(('{"type":"progress_state"', '{"type":"status"'))]

    def last_states(self) -> dict[str, str]:
        snapshot = next(text for text in reversed(self.texts) if text.startswith('{"type":"progress_state"'))
        return {node: state["state"] for node, state in json.loads(snapshot)["data"]["nodes"].items()}


async def listen(socket: aiohttp.ClientWebSocketResponse, prompt_ids: list[str]) -> Heard:
    """Hear everything up to the end of the last of some prompts."""
    heard = Heard()
    ends = [f'{{"type":"executing","data":{{"node":null,"prompt_id":"{prompt_id}"}}}}' for prompt_id in prompt_ids]
    async for message in socket:
        heard.bytes += len(message.data)
        if message.type is aiohttp.WSMsgType.BINARY:
            start = 8 + len(PIXEL)
            heard.steps.append(struct.unpack(">I", message.data[start : start + 4])[0])
            continue
        heard.texts.append(message.data)
        if message.data == ends[-1]:
            return heard
    raise AssertionError("the socket was closed before the end")


def connect_deaf(api: Api) -> socket.socket:
    """A client that opens a websocket and never reads from it."""
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", int(api.url.rsplit(":", 1)[1])))
    deaf.sendall(
        f"GET /ws?clientId={CLIENT_ID} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    return deaf


def read_rest(deaf: socket.socket) -> int:
    """How many bytes one that did not read could read now."""
    deaf.settimeout(1.0)
    total = 0
    try:
        while piece := deaf.recv(2**20):
            total += len(piece)
    except (TimeoutError, ConnectionError):
        pass
    return total


def showy(steps: int) -> dict[str, Any]:
    return graphs.through("Showy", steps=steps, size=PREVIEW_BYTES, seconds=0.01)


async def check_crowd(server: ServerProcess, session: aiohttp.ClientSession, count: int, steps: int) -> None:
    api = Api(server.url, session)
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    await api.wait_ended(await api.queue(showy(5)))
    deaf = [connect_deaf(api) for _ in range(count // 10)]
    sockets = [await api.socket(CLIENT_ID) for _ in range(count - len(deaf))]
    before = process.memory_info().rss
    chain, previews = graphs.chain(200), showy(steps)
    prompt_ids = [f"{CLIENT_ID}-{number}" for number in range(3)]
    listeners = [asyncio.create_task(listen(one, prompt_ids)) for one in sockets]
    for prompt_id, graph in zip(prompt_ids, (chain, previews, chain | {"1": graphs.chain(2)["1"]}), strict=True):
        await api.queue(graph, client_id=CLIENT_ID, prompt_id=prompt_id)
    heard = await asyncio.wait_for(asyncio.gather(*listeners), 4 * PATIENCE)
    grown = process.memory_info().rss - before

    story = heard[0].story()
    executing = [json.loads(text)["data"]["node"] for text in story if text.startswith('{"type":"executing"')]
    nodes = [str(number) for number in range(1, 201)]
    assert executing == [*nodes, None, "1", "2", "3", None, *nodes, None]
    for one in heard:
        assert one.story() == story
        assert one.last_states() == dict.fromkeys(nodes, "finished")
        assert one.steps == sorted(set(one.steps))
        assert one.steps
    # Each that does not read may have what its socket took, what is written ahead, and what is too little to skip.
    assert grown < len(deaf) * (CROWDED_BYTES + 2**18) + 48 * MEBIBYTE
    for one in deaf:
        assert await asyncio.to_thread(read_rest, one) < max(reader.bytes for reader in heard)
        one.close()
    for one in sockets:
        await one.close()
    assert (await api.wait_ended(await api.queue(graphs.picture())))["status"]["completed"]


async def test_readers_hear_everything_in_order_while_a_tenth_does_not_read(
    server: ServerProcess, api: Api, session: aiohttp.ClientSession
) -> None:
    await check_crowd(server, session, count=30, steps=80)


async def test_one_that_never_reads_is_hung_up_on_in_the_end_and_hears_the_rest_when_it_comes_again(api: Api) -> None:
    deaf = connect_deaf(api)
    told = 0
    while told < MOST_BYTES + 8 * MEBIBYTE:  # Beyond what is kept for it, and what its socket takes.
        text = f"{told} ".ljust(1_800_000, "x")
        talk = {"1": {"class_type": "Talkative", "inputs": {"text": text, "lines": 0}}}
        await api.wait_ended(await api.queue(talk, client_id=CLIENT_ID))
        told += len(text)
    is_over, taken = await asyncio.to_thread(read_to_end, deaf)
    deaf.close()
    assert is_over
    assert taken < MOST_BYTES
    again = await api.socket(CLIENT_ID)
    assert json.loads((await again.receive()).data)["type"] == "status"
    await again.close()


def read_to_end(deaf: socket.socket) -> tuple[bool, int]:
    """Whether the server has hung up, and how much could be read before that."""
    deaf.settimeout(PATIENCE)
    total = 0
    try:
        while piece := deaf.recv(2**20):
            total += len(piece)
    except TimeoutError:
        return False, total
    except ConnectionError:
        pass
    return True, total


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_five_hundred_clients_of_whom_a_tenth_does_not_read(server: ServerProcess, api: Api) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await check_crowd(server, session, count=500, steps=200)
