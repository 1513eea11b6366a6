"""python -m benchmarks.storage: operations on a long queue and a long history, timed over HTTP.

The queue's file is filled first, then a server is started on it with its queue paused.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp

from execution import queue
from execution.database import Database
from execution.queue import NewPrompt, Result

from . import graphs
from .own_server import started

REPEATS = 15
AT_ONCE = 2000
WORDS = ("red", "green", "blue", "cat", "house", "boat", "tree", "night", "table", "river")
Operation = Callable[["Server", int], Awaitable[Any]]


class Server:
    """Requests to the server that is measured."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self.url, self.http = url, http

    async def get(self, path: str) -> bytes:
        async with self.http.get(self.url + path) as reply:
            reply.raise_for_status()
            return await reply.read()

    async def post(self, path: str, body: Any = None) -> bytes:
        async with self.http.post(self.url + path, json=body) as reply:
            reply.raise_for_status()
            return await reply.read()


def waiting(index: int) -> str:
    return f"waiting-{index:06}"


QUEUE: dict[str, Operation] = {
    "queue one more": lambda server, index: server.post("/prompt", {"prompt": graphs.trivial(index)}),
    "queue one in front": lambda server, index: server.post(
        "/prompt", {"prompt": graphs.trivial(index), "front": True}
    ),
    "a page of the queue, graphs": lambda server, index: server.get("/queue?limit=100"),
    "how many wait": lambda server, index: server.get("/prompt"),
    "first page of the queue": lambda server, index: server.get("/jobs?status=in_progress,pending&limit=100"),
    "one job": lambda server, index: server.get(f"/jobs/{waiting(index)}"),
    "move to the front": lambda server, index: _move(server, [waiting(index + 5000)], to="front"),
    "move between two": lambda server, index: _move(server, [waiting(index + 5000)], before=waiting(3000)),
    "move ten to the back": lambda server, index: _move(
        server, [waiting(index * 10 + n) for n in range(10)], to="back"
    ),
    "pause": lambda server, index: server.post("/queue/pause"),
    "delete one": lambda server, index: server.post("/queue", {"delete": [waiting(index + 4000)]}),
    "cancel one": lambda server, index: server.post(f"/jobs/{waiting(index + 2000)}/cancel"),
}
WHOLE_QUEUE: dict[str, Operation] = {"the whole queue": lambda server, index: server.get("/queue")}
CLEAR: dict[str, Operation] = {"clear": lambda server, index: server.post("/queue", {"clear": True})}
HISTORY: dict[str, Operation] = {
    "history, newest 100": lambda server, index: server.get("/history?max_items=100"),
    "jobs that ended, newest 100": lambda server, index: server.get(
        "/jobs?status=completed,failed,cancelled&limit=100"
    ),
    "jobs that failed": lambda server, index: server.get("/jobs?status=failed&limit=100"),
    "jobs, page 500": lambda server, index: server.get("/jobs?limit=100&offset=50000"),
    "search of two words": lambda server, index: server.get("/jobs?search=cat+river&limit=100"),
    "search of a rare word": lambda server, index: server.get("/jobs?search=seldom&limit=100"),
    "search of a word in all": lambda server, index: server.get("/jobs?search=painting&limit=100"),
    "search of the history": lambda server, index: server.get("/history?search=boat&max_items=100"),
    "one entry": lambda server, index: server.get("/history/ended-050000"),
    "delete one entry": lambda server, index: server.post("/history", {"delete": [f"ended-{index:06}"]}),
}


async def fill(file: Path, pending: int, ended: int) -> None:
    """A queue's file with prompts as text-to-image makes them."""
    database = Database(file)
    try:
        await database.write(queue.pause)
        for start in range(0, ended, AT_ONCE):
            await database.write(partial(_add_ended, indices=range(start, min(start + AT_ONCE, ended))))
        rows = [_prompt(waiting(index), index) for index in range(pending)]
        await database.write(partial(queue.add_all, new=rows))
    finally:
        database.close()


def _add_ended(connection: Any, indices: range) -> None:
    for index in indices:
        prompt_id = f"ended-{index:06}"
        picture = {"filename": f"picture_{index:05}_.png", "subfolder": "", "type": "output"}
        outputs = json.dumps({"7": {"images": [picture]}})
        messages = json.dumps([[kind, {"prompt_id": prompt_id, "timestamp": index}] for kind in ("start", "success")])
        summary = json.dumps({"outputs_count": 1, "preview_output": {**picture, "nodeId": "7", "mediaType": "images"}})
        queue.add(connection, _prompt(prompt_id, index))
        status = "error" if index % 1000 == 0 else "success"
        queue.finish(connection, prompt_id, Result(status, outputs, "{}", messages, summary))


def _prompt(prompt_id: str, index: int) -> NewPrompt:
    graph = graphs.text_to_image("some.safetensors", 512, 20, index)
    words = " ".join(WORDS[index // 10**place % 10] for place in range(4))
    graph["2"]["inputs"]["text"] = f"painting of a {words}{' seldom' if index % 10_000 == 5 else ''}"
    return NewPrompt(prompt_id, json.dumps(graph), '{"client_id":"me"}', '["7"]')


async def _move(server: Server, prompt_ids: list[str], **place: Any) -> bytes:
    return await server.post("/queue/move", {"prompt_ids": prompt_ids, **place})


async def _measure(server: Server, operations: dict[str, Operation], repeats: int = REPEATS) -> None:
    for name, operation in operations.items():
        seconds = []
        for index in range(repeats):
            start = time.perf_counter()
            answer = await operation(server, index)
            seconds.append(time.perf_counter() - start)
        least, middle, most = (number(seconds) * 1e3 for number in (min, median, max))
        print(f"{name:28} least {least:8.2f} ms   median {middle:8.2f}   worst {most:8.2f}   {len(answer):,} bytes")


async def measure(pending: int, ended: int) -> None:
    for counts, measured in (
        ((pending, 0), (QUEUE, WHOLE_QUEUE, CLEAR)),
        ((100, ended), (HISTORY,)),
    ):
        with tempfile.TemporaryDirectory() as folder:
            await fill(Path(folder) / "skein.sqlite3", *counts)
            print(f"{counts[0]:,} waiting, {counts[1]:,} ended", flush=True)
            async with started([f"--user-directory={folder}"]) as (url, _), aiohttp.ClientSession() as http:
                for operations in measured:
                    await _measure(Server(url, http), operations, 1 if operations is CLEAR else REPEATS)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storage", description=__doc__)
    parser.add_argument("--pending", type=int, default=10_000)
    parser.add_argument("--ended", type=int, default=100_000)
    options = parser.parse_args()
    asyncio.run(measure(options.pending, options.ended))


if __name__ == "__main__":
    main()
