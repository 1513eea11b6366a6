"""The log of the server and its workers, as the page's terminal reads it."""

import json
import time
from typing import Any

import aiohttp
import pytest

from execution.worker_output import LONGEST_LINE, MOST_LINES, LogLine, Output, Tee
from tests.web.server import graphs
from tests.web.server.conftest import Api
from tests.web.server.test_websocket import receive, receive_of_type, receive_until_end
from web.server.log_feed import MOST_FOLLOWERS, LogFeed


def talk(text: str, lines: int = 1) -> dict[str, Any]:
    return {"1": {"class_type": "Talkative", "inputs": {"text": text, "lines": lines}}}


async def subscribe(api: Api, **body: Any) -> int:
    async with api.session.patch(api.url + "/internal/logs/subscribe", data=json.dumps(body)) as answer:
        return answer.status


async def receive_lines(socket: aiohttp.ClientWebSocketResponse, last: str) -> list[str]:
    """What comes over the websocket until a line that holds a text."""
    lines: list[str] = []
    while not any(last in line for line in lines):
        message = await receive_of_type(socket, "logs")
        assert message["data"]["size"] == {"cols": 120, "rows": 50}
        assert all(set(entry) == {"t", "m"} for entry in message["data"]["entries"])
        lines += [entry["m"] for entry in message["data"]["entries"]]
    return lines


async def test_what_a_node_prints_and_logs_is_sent_to_those_who_follow(api: Api) -> None:
    async with api.socket("follower") as socket, api.socket("other") as other:
        assert await subscribe(api, clientId="follower", enabled=True) == 200
        await api.wait_ended(await api.queue(talk("hello")))
        lines = await receive_lines(socket, "bar hello 100%")
        assert [line for line in lines if "hello" in line] == [
            "printed hello 0\n", "WARNING toys: logged hello\n", "bar hello 100%\n"
        ]  # fmt: skip
        assert await subscribe(api, clientId="follower", enabled=False) == 200
        assert await subscribe(api, clientId="other", enabled=True) == 200
        await api.queue(talk("farewell"))
        assert not [line for line in await receive_lines(other, "bar farewell 100%") if "hello" in line]
        prompt_id = await api.queue(graphs.picture(), client_id="follower")
        messages = await receive_until_end(socket, prompt_id)
        assert not [message for message in messages if isinstance(message, dict) and message["type"] == "logs"]
    raw = [entry["m"] for entry in (await api.get("/internal/logs/raw"))["entries"]]
    assert "printed farewell 0\n" in raw
    assert "logged hello" in await api.get("/internal/logs")


async def test_what_the_server_logs_is_sent_too_and_a_reconnected_client_hears_on(api: Api) -> None:
    assert await subscribe(api, clientId="again", enabled=True) == 200
    for _ in range(2):
        async with api.socket("again") as socket:
            await receive(socket)
            await api.post("/prompt", {"prompt": {"1": {"class_type": "Failing"}}}, 400)
            prompt_id = await api.queue(talk(f"now {time.monotonic()}"))
            assert await receive_lines(socket, "logged now")
            await api.wait_ended(prompt_id)


async def test_a_flood_of_lines_comes_in_few_messages_and_is_cut(api: Api) -> None:
    async with api.socket("flood") as socket:
        await subscribe(api, clientId="flood", enabled=True)
        await api.wait_ended(await api.queue(talk("flood", 50_000)))
        messages, lines = 0, 0
        while True:
            message = await receive_of_type(socket, "logs")
            messages += 1
            lines += len(message["data"]["entries"])
            assert len(message["data"]["entries"]) <= MOST_LINES
            if any("logged flood" in entry["m"] for entry in message["data"]["entries"]):
                break
        assert lines < 50_000
        assert messages < 1000
    assert len((await api.get("/internal/logs/raw"))["entries"]) <= MOST_LINES


@pytest.mark.parametrize("body", [{}, {"clientId": ""}, {"clientId": 5}, {"clientId": "x" * 201}, {"clientId": "\n"}])
async def test_a_subscription_names_a_client(api: Api, body: dict[str, Any]) -> None:
    assert await subscribe(api, enabled=True, **body) == 400


def test_lines_are_told_whole_and_no_longer_than_need_be() -> None:
    class Stream:
        def __init__(self) -> None:
            self.written = ""

        def write(self, text: str) -> int:
            self.written += text
            return len(text)

        def fileno(self) -> int:
            return 7

    stream, output = Stream(), Output()
    tee = Tee(stream, output)  # type: ignore[arg-type]
    for text in ("a", "b\nc", "\r10%", "\r20%", "\r\n", "\n\n", "y" * 100_000, "z" * 100_000 + "\n", "end"):
        assert tee.write(text) == len(text)
    tee.writelines(["1", "\n"])
    told = [line.text for line in output.take()]
    assert told[:2] == ["ab", "20%"]
    assert len(told[2]) == LONGEST_LINE
    assert told[3:] == ["end1"]
    assert stream.written.startswith("ab\nc\r10%")
    assert tee.fileno() == 7
    assert output.take() == ()


def test_followers_are_not_remembered_without_end() -> None:
    feed = LogFeed()
    for number in range(MOST_FOLLOWERS + 10):
        feed.follow(str(number))
    assert len(feed._followers) == MOST_FOLLOWERS
    feed.add([LogLine(0.0, "x")] * (MOST_LINES + 1))
    assert len(feed.lines()) == MOST_LINES
