"""Starts Skein itself for a measurement, and measures the start."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp

ROOT = Path(__file__).resolve().parents[1]


@contextlib.asynccontextmanager
async def started(extra: list[str]) -> AsyncIterator[tuple[str, dict[str, float]]]:
    """A server of our own on a free port; yields its URL and the seconds its start took."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        places = [f"--{kind}-directory={Path(folder) / kind}" for kind in ("output", "temp", "user", "input")]
        start = time.perf_counter()
        command = [sys.executable, str(ROOT / "main.py"), "--port", str(port), *places, *extra]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            port_open = await _seconds_until(url + "/system_stats", start, process)
            nodes_known = await _seconds_until(url + "/object_info", start, process, at_least_bytes=1000)
            yield url, {"port s": port_open, "node list s": nodes_known}
        finally:
            process.terminate()
            process.wait(30)


async def _seconds_until(url: str, start: float, process: subprocess.Popen[bytes], at_least_bytes: int = 0) -> float:
    async with aiohttp.ClientSession() as http:
        while process.poll() is None:
            with contextlib.suppress(aiohttp.ClientError):
                async with http.get(url) as reply:
                    if reply.status == 200 and len(await reply.read()) >= at_least_bytes:
                        return time.perf_counter() - start
            await asyncio.sleep(0.01)
    raise RuntimeError(f"the server ended with exit status {process.returncode}")
