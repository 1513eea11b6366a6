"""Nothing accepted is lost and nothing finished runs again, whoever is killed, and whenever."""

import asyncio
import random
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from tests.toy_nodes import is_whole
from tests.web.server import graphs
from tests.web.server.conftest import Api, ServerProcess, until

ROUNDS = 6
MANY_ROUNDS = 100
CLIENTS = 3
MOST_IN_A_ROUND = 4
GONE = (aiohttp.ClientError, OSError, AssertionError, asyncio.TimeoutError)


@dataclass
class Posted:
    """What a client was told about a prompt of its own."""

    kind: str
    number: float


@dataclass
class Ledger:
    """What all clients know: the accepted prompts in the order of acceptance, and those seen to have ended."""

    accepted: dict[str, Posted] = field(default_factory=dict)
    ended: dict[str, Any] = field(default_factory=dict)
    kills: int = 0


def graph_of(kind: str) -> dict[str, Any]:
    if kind == "failing":
        return graphs.through("Failing")
    return graphs.save(f"{kind}/picture", steps=40 if kind == "cancelled" else 2)


async def post_some(api: Api, client: str, ledger: Ledger) -> None:
    """Queue prompts, and cancel some, until the server goes away; what it answered with 200 counts as accepted."""
    last = 0.0
    for _ in range(MOST_IN_A_ROUND):
        kind = random.choice(("kept", "kept", "kept", "failing", "cancelled"))
        prompt_id = f"{kind}-{random.getrandbits(64):x}"
        body = {"prompt": graph_of(kind), "client_id": client, "prompt_id": prompt_id}
        try:
            answer = await api.post("/prompt", body)
            assert answer["number"] > last
            last = answer["number"]
            ledger.accepted[prompt_id] = Posted(kind, last)
            await asyncio.sleep(random.uniform(0, 0.15))
            if kind == "cancelled":
                await api.post(f"/jobs/{prompt_id}/cancel")
        except GONE:
            return


async def kill_at_random(server: ServerProcess, api: Api, ledger: Ledger) -> None:
    before = len(ledger.accepted)
    posting = [asyncio.create_task(post_some(api, f"client {number}", ledger)) for number in range(CLIENTS)]
    if random.random() < 0.7:  # Else the worker may still be starting.
        while len(ledger.accepted) == before and not all(task.done() for task in posting):
            await asyncio.sleep(0.005)
    for _ in range(random.choice((0, 1, 1, 2))):
        await asyncio.sleep(random.uniform(0.0, 0.5))
        ledger.kills += len(server.worker_pids())
        server.kill_workers()
    await asyncio.sleep(random.uniform(0.0, 0.5))
    server.kill()
    ledger.kills += 1
    await asyncio.gather(*posting)


async def check_ended(api: Api, ledger: Ledger) -> None:
    """What was seen to have ended has ended for good, exactly as it did."""
    history = await api.get("/history")
    for prompt_id, entry in ledger.ended.items():
        assert history[prompt_id] == entry, f"{prompt_id} ended twice"
    ledger.ended = history


async def check_everything(server: ServerProcess, api: Api, ledger: Ledger) -> None:
    """Every accepted prompt ended, each once, in order, with its file whole and its own."""
    await work_off(api)
    await check_ended(api, ledger)
    history = ledger.ended
    assert set(ledger.accepted) <= set(history)
    pages = [await api.get(f"/jobs?limit=1000&offset={offset}") for offset in range(0, len(history), 1000)]
    statuses = {job["id"]: job["status"] for page in pages for job in page["jobs"]}
    for prompt_id, posted in ledger.accepted.items():
        check_status(posted, statuses[prompt_id], history[prompt_id])
    # One that is cancelled while it waits ends before its turn.
    numbers = [entry["prompt"][0] for name, entry in history.items() if not name.startswith("cancelled")]
    assert numbers == sorted(set(numbers))
    check_files(server.folder / "output", history)


def check_status(posted: Posted, status: str, entry: dict[str, Any]) -> None:
    endings = [message for message in entry["status"]["messages"] if message[0] != "execution_start"]
    kind, told = endings[-1]
    if kind == "execution_error" and told["exception_type"] == "WorkerDied":
        assert "It was tried" in told["exception_message"]
        assert status == "failed"
    elif posted.kind == "failing":
        assert (status, told["exception_type"]) == ("failed", "ValueError")
    elif posted.kind == "cancelled":
        assert status in ("completed", "cancelled")
    else:
        assert (status, kind) == ("completed", "execution_success")
    ends = ("execution_success", "execution_error", "execution_interrupted")
    assert sum(1 for name, _ in endings if name in ends) == 1


def check_files(output: Path, history: dict[str, Any]) -> None:
    recorded = [
        output / image["subfolder"] / image["filename"]
        for entry in history.values()
        if entry["status"]["completed"]
        for node in entry["outputs"].values()
        for image in node["images"]
    ]
    assert len(recorded) == len(set(recorded)), "two prompts have recorded the same file"
    there = [path for path in output.rglob("*") if path.is_file() and not path.name.startswith(".")]
    assert set(recorded) <= set(there)
    assert [path for path in there if not is_whole(path)] == []


def check_database(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT DISTINCT state FROM prompts").fetchall() == [("done",)]
    connection.close()


async def work_off(api: Api) -> None:
    """Wait until nothing is left, as long as it grows less: many rounds leave more than a busy machine does soon."""
    left = await count_left(api)
    while left:
        before = left

        async def has_fewer(before: int = before) -> bool:
            return await count_left(api) < before

        await until(has_fewer)
        left = await count_left(api)


async def count_left(api: Api) -> int:
    return int((await api.get("/prompt"))["exec_info"]["queue_remaining"])


async def check_rounds(server: ServerProcess, session: aiohttp.ClientSession, rounds: int) -> Ledger:
    random.seed(rounds)
    ledger = Ledger()
    api = Api(server.url, session)
    for _ in range(rounds):
        if random.random() < 0.2:
            server.start()
            await asyncio.sleep(random.uniform(0.0, 0.6))
            server.kill()
            ledger.kills += 1
        server.start()
        await api.wait_answering()
        await check_ended(api, ledger)
        await kill_at_random(server, api, ledger)
    server.start()
    await api.wait_answering()
    await check_everything(server, api, ledger)
    server.stop()
    check_database(server.folder / "user" / "skein.sqlite3")
    print(f"{ledger.kills} kills, {len(ledger.accepted)} prompts accepted")
    return ledger


async def test_killing_server_and_worker_loses_nothing(
    own_server: ServerProcess, session: aiohttp.ClientSession
) -> None:
    assert (await check_rounds(own_server, session, ROUNDS)).accepted


@pytest.mark.slow
@pytest.mark.timeout(2400)
async def test_killing_server_and_worker_hundreds_of_times_loses_nothing(
    own_server: ServerProcess, session: aiohttp.ClientSession
) -> None:
    ledger = await check_rounds(own_server, session, MANY_ROUNDS)
    assert ledger.kills > 2 * MANY_ROUNDS


async def test_a_killed_worker_is_replaced_and_its_prompt_run_again(
    own_server: ServerProcess, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    own_server.start()
    api = Api(own_server.url, session)
    await api.wait_answering()
    gate = tmp_path / "gate"
    prompt_id = await api.queue(graphs.gated(gate))
    await api.wait_running(prompt_id)
    own_server.kill_workers()
    gate.touch()
    assert (await api.wait_ended(prompt_id))["status"]["completed"]


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_a_cancel_that_was_answered_holds_although_the_server_ends_before_the_node_does(
    own_server: ServerProcess, session: aiohttp.ClientSession, end: str
) -> None:
    own_server.start()
    api = Api(own_server.url, session)
    await api.wait_answering()
    prompt_id = await api.queue(graphs.through("Stuck", seconds=600.0))
    await api.wait_running(prompt_id)
    assert await api.post(f"/jobs/{prompt_id}/cancel") == {"cancelled": True}
    getattr(own_server, end)()
    own_server.start()
    await api.wait_answering()
    entry = await api.wait_ended(prompt_id)
    assert (await api.get(f"/jobs/{prompt_id}"))["status"] == "cancelled"
    assert [name for name, _ in entry["status"]["messages"]][-1] == "execution_interrupted"


async def test_a_worker_ends_when_its_server_is_killed(
    own_server: ServerProcess, session: aiohttp.ClientSession
) -> None:
    own_server.start()
    api = Api(own_server.url, session)
    await api.wait_answering()
    await api.wait_running(await api.queue(graphs.slow()))
    workers = [psutil.Process(pid) for pid in own_server.worker_pids()]
    own_server.kill()
    _, alive = await asyncio.to_thread(psutil.wait_procs, workers, 20)
    assert workers
    assert not alive


async def test_a_server_told_to_stop_ends_its_worker_and_keeps_the_queue(
    own_server: ServerProcess, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    own_server.start()
    api = Api(own_server.url, session)
    await api.wait_answering()
    gate = tmp_path / "gate"
    running, waiting = await api.queue(graphs.gated(gate)), await api.queue(graphs.picture())
    await api.wait_running(running)
    own_server.stop()
    gate.touch()
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
