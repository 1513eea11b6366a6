"""The dispatcher with real workers of toy nodes, without HTTP."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from execution import history, paths, queue
from execution.database import Database
from execution.dispatch import Dispatcher
from execution.errors import PromptError, QueueError
from execution.events import Event
from execution.messages import Describe, Validate, WorkerOptions
from execution.options import EngineOptions
from execution.paths import PathOptions
from execution.queue import NewPrompt
from execution.queue_order import Place
from execution.supervisor import WorkerUnavailable
from tests.web.server import graphs

PATIENCE = 60.0


class Listener:
    """Notes what clients would hear."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.changed = asyncio.Event()

    def send_event(self, event: Event, client_id: str | None) -> None:
        self.heard.append((event.type, event.wire()))
        self.changed.set()

    def send_queue(self, remaining: int, trouble: str = "") -> None:
        self.heard.append(("trouble", trouble) if trouble else ("status", remaining))
        self.changed.set()

    def count(self, kind: str) -> int:
        return sum(1 for heard, _ in self.heard if heard == kind)

    async def wait_for(self, kind: str, times: int = 1) -> None:
        async def wait() -> None:
            while self.count(kind) < times:
                self.changed.clear()
                await self.changed.wait()

        await asyncio.wait_for(wait(), PATIENCE)


@asynccontextmanager
async def running_dispatcher(
    folder: Path, load_nodes: str = "tests.toy_nodes:load_nodes", workers: int = 1, import_grace: float = 60.0
) -> AsyncIterator[tuple[Dispatcher, Database, Listener]]:
    engine = EngineOptions(paths=PathOptions(base_directory=folder), import_grace=import_grace)
    paths.configure(engine.paths)
    database, listener = Database(folder / "user" / "queue.sqlite3"), Listener()
    dispatcher = Dispatcher(database, [WorkerOptions(engine, load_nodes)] * workers, listener, cancel_grace=1.0)
    await dispatcher.start()
    try:
        yield dispatcher, database, listener
    finally:
        await dispatcher.close()
        database.close()
        paths.configure(PathOptions())


def prompt(prompt_id: str, graph: Any = None, target: str = "2") -> NewPrompt:
    return NewPrompt(prompt_id, json.dumps(graph or graphs.picture()), "{}", json.dumps([target]))


async def test_a_prompt_is_stored_before_its_end_is_told(tmp_path: Path) -> None:
    async with running_dispatcher(tmp_path) as (dispatcher, database, listener):
        await dispatcher.submit(prompt("a"))
        await listener.wait_for("execution_success")
        entry = database.read(lambda c: history.find_history(c, "a"))
        assert entry is not None
        assert entry.status == "success"
        assert [kind for kind, _ in listener.heard[-3:]] == ["execution_success", "status", "executing"]
        assert listener.heard[-2] == ("status", 0)


async def test_no_prompt_is_overlooked_that_comes_just_as_another_ends(tmp_path: Path) -> None:
    async with running_dispatcher(tmp_path) as (dispatcher, _, listener):
        for number in range(96):
            await dispatcher.submit(prompt(str(number)))
            await listener.wait_for("execution_success", number + 1)
            for _ in range(number % 12):  # each time at another moment of what follows an end
                await asyncio.sleep(0)


async def test_what_the_last_server_left_running_is_run_first(tmp_path: Path) -> None:
    database = Database(tmp_path / "user" / "queue.sqlite3")
    for name in ("a", "b"):
        await database.write(lambda c, name=name: queue.add(c, prompt(name)))
    await database.write(queue.claim)
    database.close()
    async with running_dispatcher(tmp_path) as (_, reopened, listener):
        await listener.wait_for("execution_success", times=2)
        assert [entry.prompt_id for entry in reopened.read(history.list_history)] == ["a", "b"]


async def test_a_prompt_that_never_let_a_server_live_is_given_up(tmp_path: Path) -> None:
    database = Database(tmp_path / "user" / "queue.sqlite3")
    await database.write(lambda c: queue.add(c, prompt("a")))
    for _ in range(queue.MOST_STARTS):
        await database.write(queue.claim)
        await database.write(queue.return_running)
    database.close()
    async with running_dispatcher(tmp_path) as (dispatcher, reopened, listener):
        await dispatcher.submit(prompt("b"))
        await listener.wait_for("execution_success")
        assert {e.prompt_id: e.status for e in reopened.read(history.list_history)} == {"a": "error", "b": "success"}


async def test_questions_are_answered_or_refused(tmp_path: Path) -> None:
    async with running_dispatcher(tmp_path) as (dispatcher, _, _listener):
        assert "EmptyImage" in json.loads(await dispatcher.ask(Describe()))
        validated = await dispatcher.ask(Validate(json.dumps(graphs.picture())))
        assert validated.targets == ("2",)
        with pytest.raises(PromptError) as refused:
            await dispatcher.ask(Validate('{"1": {"class_type": "Nobody", "inputs": {}}}'))
        assert refused.value.type == "invalid_prompt"


async def test_a_worker_that_cannot_load_its_nodes_says_why(tmp_path: Path) -> None:
    async with running_dispatcher(tmp_path, "tests.toy_nodes:nothing_of_this_name") as (dispatcher, _, _listener):
        for _ in range(100):
            with pytest.raises(WorkerUnavailable) as unavailable:
                await dispatcher.ask(Describe(), seconds=0.5)
            if "nothing_of_this_name" in str(unavailable.value):
                return
        pytest.fail("the reason was never given")


async def test_a_worker_that_dies_while_it_loads_is_told_of_soon(tmp_path: Path) -> None:
    async with running_dispatcher(tmp_path, "tests.toy_nodes:load_and_die") as (dispatcher, _, _listener):
        with pytest.raises(WorkerUnavailable) as unavailable:
            await dispatcher.ask(Describe(), seconds=10 * PATIENCE)
        assert "ended with status 3 while it loaded its nodes" in str(unavailable.value)


@pytest.mark.parametrize(
    ("code", "grace"),
    [("import os\nos._exit(7)\n", 60.0), ("import time\nwhile True: time.sleep(0.1)\n", 2.0)],
    ids=["ends it", "hangs"],
)
async def test_a_pack_that_lets_no_worker_come_up_is_left_out_and_named(
    tmp_path: Path, code: str, grace: float, caplog: pytest.LogCaptureFixture
) -> None:
    packs = tmp_path / "custom_nodes"
    packs.mkdir()
    (packs / "deadly.py").write_text(code)
    pack = "class Fine:\n FUNCTION = 'run'\n RETURN_TYPES = ()\n def INPUT_TYPES(): return {}\n"
    (packs / "fine.py").write_text(f"{pack}NODE_CLASS_MAPPINGS = {{'Fine': Fine}}\n")
    load = "tests.toy_nodes:load_with_packs"
    async with running_dispatcher(tmp_path, load, import_grace=grace) as (dispatcher, _, listener):
        await dispatcher.submit(prompt("a"))
        await listener.wait_for("execution_success")
        assert "Fine" in json.loads(await dispatcher.ask(Describe()))
    assert ("made no progress for 2 seconds" if grace == 2.0 else "ended with status 7") in caplog.text


async def test_a_prompt_that_kills_its_worker_twice_fails_with_what_is_known(tmp_path: Path) -> None:
    async with running_dispatcher(tmp_path) as (dispatcher, database, listener):
        for name, class_type in (("killed", "Deadly"), ("quit", "Quitting")):
            await dispatcher.submit(prompt(name, graphs.through(class_type), "3"))
        await dispatcher.submit(prompt("next"))
        await listener.wait_for("execution_success")
        entries = {entry.prompt_id: entry for entry in database.read(history.list_history)}
        assert {name: entry.status for name, entry in entries.items()} == {
            "killed": "error", "quit": "error", "next": "success",
        }  # fmt: skip
        for name, class_type in (("killed", "Deadly"), ("quit", "Quitting")):
            ((_, told),) = [m for m in json.loads(entries[name].messages) if m[0] == "execution_error"]
            assert (told["node_id"], told["node_type"]) == ("2", class_type)
            assert told["current_inputs"] == {"image": [["1", 0]]}
            assert "tried 2 times" in told["exception_message"]
            assert "GiB of memory" in told["exception_message"]
            assert ("status 3" in told["exception_message"]) is (name == "quit")
            if os.name != "nt" and name == "killed":
                assert "SIGKILL" in told["exception_message"]


async def test_a_full_disk_delays_the_end_of_a_prompt_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("execution.dispatch.RETRY_SECONDS", 0.05)
    async with running_dispatcher(tmp_path) as (dispatcher, database, listener):
        # Long texts, so that not even the rest of a page can take the result.
        gate = tmp_path / "gate"
        graph = {**graphs.gated(gate), "9": {"class_type": "Journal", "inputs": {"images": ["2", 0]}}}
        graph["9"]["inputs"] |= {"file": str(tmp_path / "journal"), "line": "x" * 50_000}
        await dispatcher.submit(prompt("a", graph, "9"))
        await listener.wait_for("execution_start")
        (pages,) = await database.write(lambda c: c.execute("PRAGMA page_count").fetchone())
        await database.write(lambda c: c.execute(f"PRAGMA max_page_count = {pages}").fetchone())
        gate.touch()
        await listener.wait_for("trouble")
        assert "disk is full" in dict(listener.heard)["trouble"]
        assert listener.count("execution_success") == 0
        await database.write(lambda c: c.execute("PRAGMA max_page_count = 100000").fetchone())
        await listener.wait_for("execution_success")
        assert dispatcher.trouble == ""
        assert (tmp_path / "journal").read_text() == "x" * 50_000 + "\n"
        entry = database.read(lambda c: history.find_history(c, "a"))
        assert entry is not None
        assert len(entry.outputs) > 50_000


async def test_a_paused_queue_finishes_what_runs_and_begins_nothing_until_it_goes_on(tmp_path: Path) -> None:
    async with running_dispatcher(tmp_path) as (dispatcher, _, listener):
        await dispatcher.submit(prompt("running", graphs.slow(steps=5), "3"))
        await listener.wait_for("execution_start")
        await dispatcher.pause()
        await dispatcher.submit(prompt("waiting"))
        await listener.wait_for("execution_success")
    async with running_dispatcher(tmp_path) as (dispatcher, database, listener):
        await dispatcher.workers[0].wait_ready(PATIENCE)
        await asyncio.sleep(0.2)
        assert (listener.count("execution_start"), database.read(queue.count_remaining)) == (0, 1)
        await dispatcher.resume()
        await listener.wait_for("execution_success")


async def test_prompts_moved_to_the_front_run_first(tmp_path: Path) -> None:
    async with running_dispatcher(tmp_path) as (dispatcher, database, listener):
        await dispatcher.pause()
        await dispatcher.submit_all([prompt(name) for name in "abcd"])
        assert await dispatcher.move(["c", "d"], Place(is_front=True)) == 2
        assert await dispatcher.renumber(["a"], 100) == 1
        await dispatcher.resume()
        await listener.wait_for("execution_success", times=4)
        assert [entry.prompt_id for entry in database.read(history.list_history)] == list("cdba")


async def test_several_prompts_are_queued_together_or_not_at_all(tmp_path: Path) -> None:
    async with running_dispatcher(tmp_path) as (dispatcher, database, _):
        await dispatcher.pause()
        await dispatcher.submit(prompt("a"))
        with pytest.raises(QueueError, match="already"):
            await dispatcher.submit_all([prompt("b"), prompt("a")])
        assert [item.prompt_id for item in database.read(queue.list_pending)] == ["a"]


async def test_a_prompt_goes_to_the_worker_that_has_its_results(tmp_path: Path) -> None:
    async with running_dispatcher(tmp_path, workers=2) as (dispatcher, _, listener):
        await asyncio.gather(*(worker.wait_ready(PATIENCE) for worker in dispatcher.workers))
        first, second = graphs.slow(steps=10), graphs.slow(steps=10)
        # Both at once, so that each worker gets one of them.
        await dispatcher.submit_all([prompt("a", first, "3"), prompt("b", second, "3")])
        await listener.wait_for("execution_success", times=2)
        for count, graph in enumerate((second, first, second), start=3):
            await dispatcher.submit(prompt(f"again{count}", graph, "3"))
            await listener.wait_for("execution_success", times=count)
        cached = [told["nodes"] for kind, told in listener.heard if kind == "execution_cached"]
        assert [sorted(nodes) for nodes in cached] == [[], [], *[["1", "2", "3"]] * 3]
