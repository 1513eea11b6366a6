"""A disk that is full or may not be written to: clear errors, and nothing is lost.

A small file system of its own is mounted where that is allowed (as root on Linux). Where it is not, a limit on the size
of files stands for a full disk, and the rights of a folder for one that may not be written to.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.toy_nodes import is_whole
from tests.web.server import graphs
from tests.web.server.conftest import Api, ServerProcess, until

MEBIBYTE = 2**20
CAN_MOUNT = sys.platform == "linux" and os.geteuid() == 0
needs_mount = pytest.mark.skipif(not CAN_MOUNT, reason="only root on Linux may mount a small disk")


@dataclass(frozen=True)
class Disk:
    """A small file system."""

    path: Path

    def fill(self) -> None:
        """Leave no space at all."""
        with (self.path / "filler").open("wb", buffering=0) as file:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue

    def free(self) -> None:
        (self.path / "filler").unlink()

    def remount(self, rights: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{rights}", str(self.path)], check=True)


@contextmanager
def mounted(path: Path, size: int) -> Iterator[Disk]:
    path.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)], check=True)
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


class LimitedServer(ServerProcess):
    """A server none of whose files may become larger than a limit."""

    most = 4 * MEBIBYTE

    def start(self) -> None:
        import resource

        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.most, before[1]))
        try:
            super().start()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def begin(server: ServerProcess, session: aiohttp.ClientSession) -> Api:
    server.start()
    api = Api(server.url, session)
    await api.wait_answering()
    return api


async def check_failed(api: Api, prompt_id: str, path: Path, *words: str) -> None:
    entry = await api.wait_ended(prompt_id)
    (told,) = [body for kind, body in entry["status"]["messages"] if kind == "execution_error"]
    assert (told["node_id"], told["node_type"]) == ("3", "Save")
    assert "3" not in told["executed"]
    for word in (str(path), "could not be written", *words):
        assert word in told["exception_message"]


async def check_saved(api: Api, prompt_id: str, output: Path) -> None:
    entry = await api.wait_ended(prompt_id)
    assert entry["status"]["completed"], entry["status"]
    (image,) = entry["outputs"]["3"]["images"]
    assert is_whole(output / image["subfolder"] / image["filename"])


async def check_output_that_is_full(api: Api, output: Path, most: int, *words: str) -> None:
    small, large, next_small = [await api.queue(graphs.save("a", size)) for size in (1000, 2 * most, 1000)]
    await check_saved(api, small, output)
    await check_failed(api, large, output / "a_00002_.bin", *words)
    await check_saved(api, next_small, output)
    assert sorted(path.name for path in output.iterdir()) == ["a_00001_.bin", "a_00003_.bin"]


@needs_mount
async def test_a_full_output_disk_fails_the_prompt_that_does_not_fit_and_no_other(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    with mounted(tmp_path / "output", MEBIBYTE) as disk:
        server = ServerProcess(tmp_path / "skein", "--output-directory", str(disk.path))
        try:
            api = await begin(server, session)
            await check_output_that_is_full(api, disk.path, MEBIBYTE, "No space left", "Free some space")
        finally:
            server.stop()


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no limit on the size of files")
async def test_a_file_that_may_not_become_so_large_fails_its_prompt_and_no_other(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    server = LimitedServer(tmp_path / "skein")
    try:
        api = await begin(server, session)
        await check_output_that_is_full(api, server.folder / "output", server.most, "too large")
    finally:
        server.stop()


async def check_output_that_is_closed(
    server: ServerProcess, session: Any, output: Path, close: Any, open_: Any
) -> None:
    try:
        api = await begin(server, session)
        close()
        for prefix, path in (("a", output / "a_00001_.bin"), ("new/a", output / "new")):
            await check_failed(api, await api.queue(graphs.save(prefix, 1000)), path, "may write to")
        other = await api.wait_ended(await api.queue(graphs.picture()))
        assert other["status"]["completed"]
        assert "Traceback" not in server.output()
        open_()
        await check_saved(api, await api.queue(graphs.save("a", 1000)), output)
    finally:
        server.stop()


@needs_mount
async def test_an_output_disk_that_is_read_only_is_named_and_used_once_it_is_not(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    with mounted(tmp_path / "output", MEBIBYTE) as disk:
        server = ServerProcess(tmp_path / "skein", "--output-directory", str(disk.path))
        await check_output_that_is_closed(
            server, session, disk.path, lambda: disk.remount("ro"), lambda: disk.remount("rw")
        )


@pytest.mark.skipif(os.name == "nt" or CAN_MOUNT, reason="rights of folders bind neither root nor Windows")
async def test_an_output_folder_without_the_right_to_write_is_named(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    output = tmp_path / "output"
    output.mkdir()
    server = ServerProcess(tmp_path / "skein", "--output-directory", str(output))
    await check_output_that_is_closed(server, session, output, lambda: output.chmod(0o555), lambda: output.chmod(0o755))


async def post_until_refused(api: Api, long_line: str) -> list[str]:
    """The ids of the prompts that were accepted before the queue took no more."""
    accepted: list[str] = []
    while True:
        graph = graphs.picture() | {"9": {"class_type": "Failing", "inputs": {"unused": long_line}}}
        async with api.session.post(f"{api.url}/prompt", json={"prompt": graph}) as answer:
            body = await answer.json()
            if answer.status == 200:
                accepted.append(body["prompt_id"])
                continue
        assert answer.status == 507
        assert "The queue" in body["error"]["message"]
        assert "free some space" in body["error"]["message"]
        return accepted


@needs_mount
async def test_a_full_disk_under_the_queue_refuses_in_words_and_keeps_what_runs_until_it_can_be_stored(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    with mounted(tmp_path / "user", 8 * MEBIBYTE) as disk:
        server = ServerProcess(tmp_path / "skein", "--user-directory", str(disk.path))
        journal, gate = tmp_path / "journal", tmp_path / "gate"
        try:
            api = await begin(server, session)
            line = "x" * 100_000
            running = await api.queue(graphs.journal(str(journal), line, gate))
            await api.wait_running(running)
            disk.fill()
            accepted = await post_until_refused(api, line)
            gate.touch()
            await until(lambda: asyncio.to_thread(journal.exists))
            await asyncio.sleep(1)
            assert (await api.get("/queue"))["queue_running"]
            assert await api.get(f"/history/{running}") == {}
            disk.free()
            assert (await api.wait_ended(running))["outputs"]["3"]["text"] == [line]
            for prompt_id in accepted:
                assert (await api.wait_ended(prompt_id))["status"]["completed"]
            assert (await api.wait_ended(await api.queue(graphs.picture())))["status"]["completed"]
            assert journal.read_text() == line + "\n"
        finally:
            server.stop()


@needs_mount
async def test_a_server_killed_on_a_full_disk_answers_again_and_goes_on_once_there_is_space(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    with mounted(tmp_path / "user", 8 * MEBIBYTE) as disk:
        server = ServerProcess(tmp_path / "skein", "--user-directory", str(disk.path))
        try:
            api = await begin(server, session)
            gate = tmp_path / "gate"
            first = await api.queue(graphs.gated(gate))
            waiting = [await api.queue(graphs.picture()) for _ in range(3)]
            await api.wait_running(first)
            disk.fill()
            server.kill()
            api = await begin(server, session)
            disk.free()
            gate.touch()
            for prompt_id in (first, *waiting):
                assert (await api.wait_ended(prompt_id))["status"]["completed"]
        finally:
            server.stop()
