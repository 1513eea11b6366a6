"""The queue, the history and the jobs over HTTP: shown, moved, cancelled, searched and forgotten."""

from typing import Any

import pytest

from tests.web.server import graphs
from tests.web.server.conftest import Api


async def test_the_queue_is_paused_moved_and_goes_on(own_queue: Api) -> None:
    api = own_queue
    names = [await api.queue(graphs.picture(), prompt_id=name) for name in "abcd"]
    assert (await api.get("/queue"))["paused"] is True
    moves: list[tuple[dict[str, Any], str]] = [
        ({"prompt_ids": ["c", "nobody"], "to": "front"}, "cabd"),
        ({"prompt_ids": ["c"], "after": "a"}, "acbd"),
        ({"prompt_ids": ["d"], "before": "b"}, "acdb"),
        ({"prompt_ids": ["a"], "to": "back"}, "cdba"),
        ({"prompt_ids": ["b"], "number": -5}, "bcda"),
    ]
    for move, order in moves:
        assert await api.post("/queue/move", move) == {"moved": 1}
        assert [row[1] for row in (await api.get("/queue"))["queue_pending"]] == list(order)
    page = await api.get("/queue?limit=2&offset=1")
    assert [row[1] for row in page["queue_pending"]] == list("cd")
    pages = [await api.get(f"/jobs?status=pending&order=queue&limit=3&offset={offset}") for offset in (0, 3)]
    assert [[job["id"] for job in page["jobs"]] for page in pages] == [list("bcd"), ["a"]]
    assert pages[0]["pagination"] == {"offset": 0, "limit": 3, "total": 4, "has_more": True}
    for query in ("order=queue", "order=ended", "status=pending&order=queue&search=x", "status=pending&order=up"):
        async with api.session.get(f"{api.url}/jobs?{query}") as refusal:
            assert refusal.status == 400
    assert await api.get("/queue/paused") == {"paused": True}
    assert await api.post("/queue/resume") == {"paused": False}
    assert await api.get("/queue/paused") == {"paused": False}
    for name in names:
        await api.wait_ended(name)
    assert list(await api.get("/history")) == list("bcda")
    ended = await api.get("/jobs?status=completed,failed,cancelled&order=ended&limit=4")
    assert [job["id"] for job in ended["jobs"]] == list("adcb")


@pytest.mark.parametrize(
    ("move", "status"),
    [
        ({}, 400),
        ({"prompt_ids": ["a"]}, 400),
        ({"prompt_ids": ["a"], "to": "middle"}, 400),
        ({"prompt_ids": ["a"], "to": "front", "number": 1}, 400),
        ({"prompt_ids": ["a"], "number": "x"}, 400),
        ({"prompt_ids": "a", "to": "front"}, 400),
        ({"prompt_ids": ["nobody"], "before": "nobody"}, 200),
    ],
)
async def test_a_move_says_what_and_to_where(api: Api, move: dict[str, Any], status: int) -> None:
    await api.post("/queue/move", move, status=status)


async def test_what_waits_tells_the_workflow_that_it_is_of(api: Api) -> None:
    await api.post("/queue/pause", {})
    extra = {"extra_pnginfo": {"workflow": {"id": "w-2"}}, "workflow_name": "Apples"}
    prompt_id = await api.queue(graphs.picture(), extra_data=extra)
    job = await api.get(f"/jobs/{prompt_id}")
    assert (job["status"], job["workflow_id"], job["workflow_name"]) == ("pending", "w-2", "Apples")
    assert job["workflow"]["targets"] == ["2"]
    await api.post("/queue/resume", {})
    await api.wait_ended(prompt_id)
    assert (await api.get(f"/jobs/{prompt_id}"))["workflow_name"] == "Apples"


async def test_the_queue_shows_what_runs_and_what_waits_in_order(api: Api) -> None:
    first = await api.queue(graphs.slow())
    await api.wait_running(first)
    last = await api.queue(graphs.picture())
    front = await api.queue(graphs.picture(), front=True)
    middle = await api.queue(graphs.picture(), number=0.5)
    shown = await api.get("/api/queue")
    assert [item[1] for item in shown["queue_running"]] == [first]
    assert [item[1] for item in shown["queue_pending"]] == [front, middle, last]
    assert [len(item) for item in shown["queue_pending"]] == [5, 5, 5]
    assert (await api.get("/prompt"))["exec_info"]["queue_remaining"] == 4
    await api.post("/queue", {"delete": [front, "nobody"]})
    await api.post("/queue", {"clear": True})
    assert (await api.get("/queue"))["queue_pending"] == []
    assert await api.get(f"/history/{front}") == {}
    await api.post("/interrupt")
    await api.wait_ended(first)
    assert (await api.get("/prompt"))["exec_info"]["queue_remaining"] == 0


async def test_an_interrupt_whose_body_is_no_json_stops_what_runs(api: Api) -> None:
    running = await api.queue(graphs.slow())
    await api.wait_running(running)
    async with api.session.post(api.url + "/interrupt", data=b"stop, please") as answer:
        assert (answer.status, await answer.read()) == (200, b"")
    entry = await api.wait_ended(running)
    assert entry["status"]["messages"][-1][0] == "execution_interrupted"


async def test_interrupt_with_an_id_stops_only_that_one(api: Api) -> None:
    running, waiting = await api.queue(graphs.slow()), await api.queue(graphs.picture())
    await api.wait_running(running)
    for prompt_id in (waiting, "nobody"):
        await api.post("/interrupt", {"prompt_id": prompt_id})
    assert [item[1] for item in (await api.get("/queue"))["queue_running"]] == [running]
    await api.post("/interrupt", {"prompt_id": running})
    entry = await api.wait_ended(running)
    assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("error", False)
    name, body = entry["status"]["messages"][-1]
    assert (name, body["node_id"], body["node_type"]) == ("execution_interrupted", "2", "Slow")
    assert (await api.wait_ended(waiting))["status"]["completed"]


async def test_jobs_are_cancelled_by_id_whether_they_run_or_wait(api: Api) -> None:
    running, waiting, other = [await api.queue(graphs.slow()) for _ in range(3)]
    await api.wait_running(running)
    assert await api.post(f"/jobs/{waiting}/cancel") == {"cancelled": True}
    assert (await api.get(f"/jobs/{waiting}"))["status"] == "cancelled"
    assert (await api.post("/jobs/cancel", {"job_ids": [running, other, "nobody"]})) == {"cancelled": [running, other]}
    for prompt_id in (running, other):
        await api.wait_ended(prompt_id)
        assert (await api.get(f"/api/jobs/{prompt_id}"))["status"] == "cancelled"
    assert await api.post(f"/jobs/{running}/cancel") == {"cancelled": False}
    assert await api.post("/jobs/nobody/cancel") == {"cancelled": False}


async def test_jobs_are_listed_as_strict_clients_read_them(api: Api) -> None:
    done = await api.queue(graphs.picture())
    await api.wait_ended(done)
    failed = await api.queue(graphs.through("Failing"))
    await api.wait_ended(failed)
    running = await api.queue(graphs.slow())
    await api.wait_running(running)
    waiting = await api.queue(graphs.picture())
    active = await api.get("/jobs?status=in_progress,pending&limit=200")
    assert [(job["id"], job["status"]) for job in active["jobs"]] == [(waiting, "pending"), (running, "in_progress")]
    ended = await api.get("/jobs?status=completed,failed,cancelled&limit=2&offset=0")
    assert [job["id"] for job in ended["jobs"]] == [failed, done]
    assert set(ended["pagination"]) == {"offset", "limit", "total", "has_more"}
    error, success = ended["jobs"]
    assert error["execution_error"]["node_id"] == "2"
    assert isinstance(error["execution_error"]["traceback"], list)
    preview = success["preview_output"]
    assert (preview["nodeId"], preview["mediaType"], preview["type"]) == ("2", "images", "temp")
    assert success["outputs_count"] == 1
    for job in [*active["jobs"], *ended["jobs"]]:
        assert isinstance(job["create_time"], int)
    assert (await api.get("/jobs?limit=1"))["pagination"]["has_more"] is True
    none = await api.get("/jobs?limit=0")
    assert (none["jobs"], none["pagination"]["limit"], none["pagination"]["has_more"]) == ([], 0, True)
    await api.post("/jobs/cancel", {"job_ids": [running]})
    await api.wait_ended(waiting)


async def test_one_job_carries_its_workflow_and_outputs(api: Api) -> None:
    graph = graphs.picture()
    prompt_id = await api.queue(graph, extra_data={"extra_pnginfo": {"workflow": {"nodes": []}}})
    await api.wait_ended(prompt_id)
    job = await api.get(f"/jobs/{prompt_id}")
    assert job["workflow"]["prompt"] == graph
    assert job["workflow"]["extra_data"]["extra_pnginfo"]["workflow"] == {"nodes": []}
    assert job["outputs"]["2"]["images"]
    async with api.session.get(f"{api.url}/jobs/nobody") as answer:
        assert answer.status == 404


async def test_history_is_paged_and_forgotten(api: Api) -> None:
    ids = [await api.queue(graphs.picture()) for _ in range(4)]
    for prompt_id in ids:
        await api.wait_ended(prompt_id)
    assert list(await api.get("/history?max_items=3")) == ids[1:]
    everything = list(await api.get("/history"))
    assert everything[-4:] == ids
    assert list(await api.get(f"/history?max_items=2&offset={len(everything) - 4}")) == ids[:2]
    await api.post("/history", {"delete": [ids[0]]})
    assert await api.get(f"/history/{ids[0]}") == {}
    await api.post("/api/history", {"clear": True})
    assert await api.get("/history") == {}


async def test_ended_prompts_are_found_by_words_state_and_time(api: Api) -> None:
    first = await api.queue(graphs.journal("/dev/null", "a striped zebra"))
    entry = await api.wait_ended(first)
    second = await api.queue(graphs.through("Failing"))
    await api.wait_ended(second)
    times = entry["times"]
    assert times["created"] <= times["started"] <= times["finished"]
    assert times["seconds"] * 1000 == times["finished"] - times["started"]
    assert list(await api.get("/history?search=Zeb")) == [first]
    assert list(await api.get("/history?search=zebra&status=failed")) == []
    assert second in await api.get(f"/history?status=failed&since={times['created']}")
    assert first not in await api.get(f"/history?until={times['created'] - 1}")
    page = await api.get("/jobs?search=striped%20zebra&limit=5")
    assert [job["id"] for job in page["jobs"]] == [first]
    assert page["pagination"] == {"offset": 0, "limit": 5, "total": 1, "has_more": False}
    for query in ("status=odd", "since=x", f"search={'x' * 2000}"):
        async with api.session.get(f"{api.url}/history?{query}") as answer:
            assert answer.status == 400
