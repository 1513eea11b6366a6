"""A real server with the toy nodes, and what talks to it."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import psutil
import pytest

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 120.0


class ServerProcess:
    """A server in a process of its own, in a folder of its own."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self.folder = folder
        self.flags = flags
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process

    def start(self) -> None:
        flags = ("--port", str(self.port), "--base-directory", str(self.folder), *self.flags)
        command = [sys.executable, "-m", "tests.toy_server", *flags]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=self.log, stderr=self.log)

    def kill(self) -> None:
        """End the server as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def worker_pids(self) -> list[int]:
        assert self.process is not None
        return [pid for pid in children_of(self.process.pid) if is_worker(pid)]

    def kill_workers(self) -> None:
        for pid in self.worker_pids():
            with suppress(psutil.NoSuchProcess):
                psutil.Process(pid).kill()

    def output(self) -> str:
        self.log.seek(0)
        return self.log.read().decode(errors="replace")


class RealServer(ServerProcess):
    """The program itself, with all nodes, in a folder of its own."""

    def start(self) -> None:
        flags = ("--port", str(self.port), "--base-directory", str(self.folder), "--cpu", *self.flags)
        command = [sys.executable, "main.py", *flags]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=self.log, stderr=self.log)


P = TypeVar("P", bound=ServerProcess)


def running(process: P) -> Iterator[P]:
    """The server, started and in the end stopped; what it said is shown when a test has failed."""
    process.start()
    yield process
    process.stop()
    print(process.output()[-20_000:])


def children_of(parent: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(parent).children()]
    except psutil.NoSuchProcess:
        return []


def is_worker(pid: int) -> bool:
    try:
        command = " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return False
    return "spawn_main" in command


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
    """The first answer that is not empty or false."""

    async def ask() -> Any:
        while not (answer := await condition()):
            await asyncio.sleep(0.02)
        return answer

    return await asyncio.wait_for(ask(), PATIENCE)


class Api:
    """Requests to a server as plain clients send them."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.session = session

    async def get(self, path: str, **options: Any) -> Any:
        async with self.session.get(self.url + path, **options) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        async with self.session.post(self.url + path, json=body) as answer:
            text = await answer.text()
            assert answer.status == status, text
            return json.loads(text) if text else None

    async def queue(self, graph: Any, **body: Any) -> str:
        """Queue a prompt; answers its id."""
        return str((await self.post("/prompt", {"prompt": graph, **body}))["prompt_id"])

    async def wait_answering(self) -> None:
        async def answers() -> bool:
            try:
                await self.get("/prompt")
            except (aiohttp.ClientError, OSError):
                return False
            return True

        await until(answers)

    async def wait_ended(self, prompt_id: str) -> dict[str, Any]:
        """The history entry, once there is one."""
        return dict((await until(lambda: self.get(f"/history/{prompt_id}")))[prompt_id])

    async def wait_running(self, prompt_id: str) -> None:
        """Return once the prompt runs."""

        async def has_begun() -> bool:
            return bool((await self.get(f"/jobs/{prompt_id}"))["status"] != "pending")

        await until(has_begun)

    def socket(self, client_id: str = "", **options: Any) -> Any:
        query = f"?clientId={client_id}" if client_id else ""
        return self.session.ws_connect(f"{self.url}/ws{query}", max_msg_size=0, **options)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server for all tests of a file."""
    yield from running(ServerProcess(tmp_path_factory.mktemp("skein")))


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server that a test may kill; started by the test."""
    process = ServerProcess(tmp_path / "skein", "--cancel-grace", "0.5")
    yield process
    process.stop()
    print(process.output()[-20_000:])  # Shown when the test has failed.


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def api(server: ServerProcess, session: aiohttp.ClientSession) -> Api:
    """The shared server, answering."""
    api = Api(server.url, session)
    await api.wait_answering()
    return api


@pytest.fixture
async def own_queue(own_server: ServerProcess, session: aiohttp.ClientSession) -> Api:
    """A server of the test's own, its queue paused."""
    own_server.start()
    own = Api(own_server.url, session)
    await own.wait_answering()
    assert await own.post("/queue/pause") == {"paused": True}
    return own
