"""A small client of the protocol: post a prompt, wait for its end on the websocket, read the history."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import aiohttp

Prompt = dict[str, dict[str, Any]]
Socket: TypeAlias = "aiohttp.ClientWebSocketResponse[bool]"


class RunFailed(Exception):
    """The server ended a prompt with an error."""


@dataclass
class Traffic:
    """What one prompt sent over the websocket."""

    messages: int = 0
    bytes: int = 0
    steps: list[float] = field(default_factory=list)  # when each `progress` message came, seconds


@dataclass(frozen=True)
class Timing:
    """Seconds from POST to its answer, and from POST to the end of the prompt."""

    post: float
    total: float
    traffic: Traffic


class Client:
    """One browser's worth of connection to a server."""

    def __init__(self, url: str, http: aiohttp.ClientSession, socket: Socket, sid: str) -> None:
        self.url, self.http, self.socket, self.sid = url, http, socket, sid

    async def post(self, prompt: Prompt) -> str:
        """Queue a prompt; its id."""
        async with self.http.post(f"{self.url}/prompt", json={"prompt": prompt, "client_id": self.sid}) as reply:
            answer = await reply.json()
            if reply.status != 200:
                raise RunFailed(json.dumps(answer)[:500])
            return str(answer["prompt_id"])

    async def run(self, prompt: Prompt) -> Timing:
        """Queue a prompt and wait for its end."""
        start = time.perf_counter()
        prompt_id = await self.post(prompt)
        posted = time.perf_counter()
        traffic = await self.wait(prompt_id)
        return Timing(posted - start, time.perf_counter() - start, traffic)

    async def wait(self, prompt_id: str) -> Traffic:
        """Read messages to the end of this prompt."""
        traffic = Traffic()
        async for message in self.socket:
            traffic.messages += 1
            traffic.bytes += len(message.data)
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            event = json.loads(message.data)
            about = event.get("data") or {}
            if about.get("prompt_id") != prompt_id:
                continue
            if event["type"] == "progress":
                traffic.steps.append(time.perf_counter())
            if event["type"] == "execution_error":
                raise RunFailed(f"{about.get('node_type')}: {about.get('exception_message')}")
            if event["type"] == "executing" and about.get("node") is None:
                return traffic
        raise RunFailed("the server closed the websocket")

    async def get(self, path: str) -> Any:
        """The JSON at a path."""
        async with self.http.get(self.url + path) as reply:
            reply.raise_for_status()
            return await reply.json()


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Client]:
    """A client of the server at `url`, its websocket open."""
    sid = uuid.uuid4().hex
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as http,
        http.ws_connect(f"{url}/ws?clientId={sid}", max_msg_size=0) as socket,
    ):
        await asyncio.wait_for(socket.receive(), 30)  # the greeting: `status` with our sid
        yield Client(url, http, socket, sid)
