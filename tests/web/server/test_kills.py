"""Nothing accepted is lost and nothing finished runs again, whoever is killed, and whenever."""

import asyncio
import random
import sqlite3
from collections import Counter
from pathlib import Path

import aiohttp
import pytest

from tests.web.server import graphs
from tests.web.server.conftest import Api, ServerProcess, until

ROUNDS = 12
MANY_ROUNDS = 150


def count_lines(journal: Path) -> Counter[str]:
    return Counter(journal.read_text().split()) if journal.exists() else Counter()


async def submit_some(api: Api, journal: Path, accepted: list[str]) -> None:
    """Queue prompts until the server goes away; what it answered with 200 counts as accepted."""
    while True:
        name = f"p{len(accepted)}-{random.random()}"
        try:
            await api.queue(graphs.journal(str(journal), name), prompt_id=name)
        except (aiohttp.ClientError, OSError, AssertionError):
            return
        accepted.append(name)
        await asyncio.sleep(random.uniform(0, 0.1))


async def kill_at_random(server: ServerProcess, api: Api, journal: Path, accepted: list[str]) -> None:
    before = len(accepted)
    submitting = asyncio.create_task(submit_some(api, journal, accepted))
    if random.random() < 0.7:  # Else the worker may still be starting.
        while len(accepted) == before:
            await asyncio.sleep(0.005)
    await asyncio.sleep(random.uniform(0.0, 0.5))
    victim = random.choice(("server", "worker", "both"))
    if victim != "server":
        server.kill_workers()
    if victim == "worker":
        await asyncio.sleep(random.uniform(0, 0.3))
    server.kill()
    await submitting


async def is_idle(api: Api) -> bool:
    return bool((await api.get("/prompt"))["exec_info"]["queue_remaining"] == 0)


async def check_rounds(server: ServerProcess, session: aiohttp.ClientSession, rounds: int) -> None:
    random.seed(rounds)
    journal = server.folder.parent / "journal.txt"
    accepted: list[str] = []
    finished: Counter[str] = Counter()
    for _ in range(rounds):
        server.start()
        api = Api(server.url, session)
        await api.wait_answering()
        # A run that was cut off may have written its line before its end was stored; an end that was stored is final.
        history = await api.get("/history")
        lines = count_lines(journal)
        for name, count in finished.items():
            assert name in history
            assert lines[name] == count, f"{name} ran again"
        finished = Counter({name: lines[name] for name in history})
        await kill_at_random(server, api, journal, accepted)
    server.start()
    api = Api(server.url, session)
    await api.wait_answering()
    for name in accepted:
        assert (await api.wait_ended(name))["status"]["completed"], name
    # What was stored just before its answer could be sent is run too.
    await until(lambda: is_idle(api))
    history = await api.get("/history")
    assert all(entry["status"]["completed"] for entry in history.values())
    assert set(accepted) <= set(history)
    assert set(count_lines(journal)) >= set(accepted)
    server.stop()
    with sqlite3.connect(server.folder / "user" / "skein.sqlite3") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


async def test_killing_server_and_worker_loses_nothing(
    own_server: ServerProcess, session: aiohttp.ClientSession
) -> None:
    await check_rounds(own_server, session, ROUNDS)


@pytest.mark.slow
@pytest.mark.timeout(1200)
async def test_killing_server_and_worker_many_times_loses_nothing(
    own_server: ServerProcess, session: aiohttp.ClientSession
) -> None:
    await check_rounds(own_server, session, MANY_ROUNDS)


async def test_a_killed_worker_is_replaced_and_its_prompt_run_again(
    own_server: ServerProcess, session: aiohttp.ClientSession
) -> None:
    own_server.start()
    api = Api(own_server.url, session)
    await api.wait_answering()
    prompt_id = await api.queue(graphs.slow(steps=40, seconds=0.05))
    await api.wait_running(prompt_id)
    await asyncio.sleep(0.2)
    own_server.kill_workers()
    assert (await api.wait_ended(prompt_id))["status"]["completed"]


async def test_a_worker_ends_when_its_server_is_killed(
    own_server: ServerProcess, session: aiohttp.ClientSession
) -> None:
    import psutil

    own_server.start()
    api = Api(own_server.url, session)
    await api.wait_answering()
    await api.wait_running(await api.queue(graphs.slow(steps=1000)))
    workers = [psutil.Process(pid) for pid in own_server.worker_pids()]
    own_server.kill()
    _, alive = await asyncio.to_thread(psutil.wait_procs, workers, 20)
    assert workers
    assert not alive


async def test_a_server_told_to_stop_ends_its_worker_and_keeps_the_queue(
    own_server: ServerProcess, session: aiohttp.ClientSession
) -> None:
    own_server.start()
    api = Api(own_server.url, session)
    await api.wait_answering()
    running, waiting = await api.queue(graphs.slow(steps=40, seconds=0.05)), await api.queue(graphs.picture())
    await api.wait_running(running)
    own_server.stop()
    assert own_server.process is not None
    assert own_server.process.returncode == 0, own_server.output()
    own_server.start()
    await api.wait_answering()
    for prompt_id in (running, waiting):
        assert (await api.wait_ended(prompt_id))["status"]["completed"]


async def test_the_port_answers_and_takes_prompts_before_a_worker_is_up(
    own_server: ServerProcess, session: aiohttp.ClientSession
) -> None:
    own_server.start()
    api = Api(own_server.url, session)
    await api.wait_answering()
    first = await api.get("/object_info")
    own_server.kill()
    own_server.start()
    await api.wait_answering()
    assert await api.get("/object_info") == first
    assert (await api.wait_ended(await api.queue(graphs.picture())))["status"]["completed"]
