"""Prompts over HTTP: taken, copied, refused, converted and run."""

import asyncio
import json
from typing import Any

import pytest

from tests.web.server import graphs
from tests.web.server.conftest import Api


async def test_an_accepted_prompt_is_answered_with_its_id_and_a_growing_number(api: Api) -> None:
    first, second = [await api.post("/prompt", {"prompt": graphs.picture()}) for _ in range(2)]
    assert set(first) == {"prompt_id", "number", "node_errors"}
    assert first["node_errors"] == {}
    assert second["number"] > first["number"]
    entry = await api.wait_ended(second["prompt_id"])
    assert entry["prompt"][0] == second["number"]
    assert entry["prompt"][1] == second["prompt_id"]
    assert entry["status"] == {"status_str": "success", "completed": True, "messages": entry["status"]["messages"]}
    assert [name for name, _ in entry["status"]["messages"]] == [
        "execution_start", "execution_cached", "execution_success"
    ]  # fmt: skip
    assert all("timestamp" in body for _, body in entry["status"]["messages"])


async def test_a_count_makes_copies_with_seeds_stepped_that_their_workflows_tell(own_queue: Api) -> None:
    api = own_queue
    graph = {"1": {"class_type": "Seeded", "inputs": {"seed": 7}}, "2": graphs.preview("1")}
    shown = {"id": 1, "type": "Seeded", "widgets_values": [7, "fixed"]}
    body = {"prompt": graph, "count": 3, "prompt_id": "first", "front": True}
    answer = await api.post("/prompt", {**body, "extra_data": {"extra_pnginfo": {"workflow": {"nodes": [shown]}}}})
    assert answer["prompt_id"] == answer["prompt_ids"][0] == "first"
    assert len(set(answer["prompt_ids"])) == 3
    waiting = (await api.get("/queue"))["queue_pending"]
    assert [row[1] for row in waiting] == answer["prompt_ids"]
    assert waiting[0][0] == answer["number"]
    assert [row[2]["1"]["inputs"]["seed"] for row in waiting] == [7, 8, 9]
    stored = [row[3]["extra_pnginfo"]["workflow"]["nodes"][0]["widgets_values"] for row in waiting]
    assert stored == [[7, "fixed"], [8, "fixed"], [9, "fixed"]]


@pytest.mark.parametrize(
    ("control", "seeds"),
    [("fixed", [7, 7, 7]), ("increment", [7, 8, 9]), ("decrement", [7, 6, 5]), (True, None), ("randomize", None)],
)
async def test_copies_of_an_editors_workflow_have_the_seeds_that_their_control_asks_for(
    own_queue: Api, control: Any, seeds: list[int] | None
) -> None:
    shown = {"id": 1, "type": "Seeded", "mode": 0, "outputs": [{"name": "IMAGE", "type": "IMAGE", "links": [1]}]}
    seen = {"id": 2, "type": "PreviewImage", "mode": 0, "inputs": [{"name": "images", "type": "IMAGE", "link": 1}]}
    nodes = [{**shown, "widgets_values": [7, control]}, {**seen, "widgets_values": []}]
    await own_queue.post("/prompt", {"nodes": nodes, "links": [[1, 1, 0, 2, 0, "IMAGE"]], "version": 0.4, "count": 3})
    waiting = (await own_queue.get("/queue"))["queue_pending"]
    found = [row[2]["1"]["inputs"]["seed"] for row in waiting]
    assert found[0] == 7
    assert found == seeds if seeds else len(set(found)) == 3
    stored = [row[3]["extra_pnginfo"]["workflow"]["nodes"][0]["widgets_values"] for row in waiting]
    assert stored == [[seed, control] for seed in found]


async def test_a_seed_of_minus_one_is_drawn_and_told_by_the_prompt_and_its_workflow(own_queue: Api) -> None:
    graph = {"1": {"class_type": "Seeded", "inputs": {"seed": -1}}, "2": graphs.preview("1")}
    shown = {"id": 1, "type": "Seeded", "widgets_values": [-1, "fixed"]}
    body = {"prompt": graph, "extra_data": {"extra_pnginfo": {"workflow": {"nodes": [shown]}}}}
    await own_queue.post("/prompt", body)
    [row] = (await own_queue.get("/queue"))["queue_pending"]
    seed = row[2]["1"]["inputs"]["seed"]
    assert seed >= 0
    assert row[3]["extra_pnginfo"]["workflow"]["nodes"][0]["widgets_values"] == [seed, "fixed"]


@pytest.mark.parametrize("count", [0, -1, 1.5, "2", True, 1001])
async def test_a_count_that_makes_no_sense_is_refused(api: Api, count: Any) -> None:
    refusal = await api.post("/prompt", {"prompt": graphs.picture(), "count": count}, status=400)
    assert "count" in refusal["error"]["message"]


async def test_an_id_that_a_client_chose_is_kept_and_taken_once(api: Api) -> None:
    answer = await api.post("/prompt", {"prompt": graphs.picture(), "prompt_id": "my-own"})
    assert answer["prompt_id"] == "my-own"
    refusal = await api.post("/prompt", {"prompt": graphs.picture(), "prompt_id": "my-own"}, status=409)
    assert "my-own" in refusal["error"]["message"]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream"]
)
async def test_json_is_read_whatever_its_content_type(api: Api, content_type: str) -> None:
    body = json.dumps({"prompt": graphs.picture()}).encode()
    for path in ("/prompt", "/api/prompt"):
        async with api.session.post(api.url + path, data=body, headers={"Content-Type": content_type}) as answer:
            assert answer.status == 200, await answer.text()
    for path in ("/queue", "/history"):
        headers = {"Content-Type": content_type}
        async with api.session.post(api.url + path, data=b'{"delete":["none"]}', headers=headers) as answer:
            assert (answer.status, await answer.read()) == (200, b"")


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"{", 400, "bad_request"),
        (b'{"prompt": nope}', 400, "bad_request"),
        (b'{"prompt": {"1": NaN}}', 400, "bad_request"),
        (b'{"prompt": {"1": {"class_type": "Number", "inputs": {"value": 1e400}}}}', 400, "bad_request"),
        (b'{"prompt": {"1": {"class_type": "Number", "inputs": {"value": "\\ud800"}}}}', 400, "bad_request"),
        (b"[" * 100_000, 400, "bad_request"),
        (b'{"prompt": {"1": ' + b"[" * 2000 + b"]" * 2000 + b"}}", 400, "bad_request"),
        (
            b'{"prompt": {"1": {"class_type": "Show", "inputs": {"x": ' + b"[" * 500 + b"]" * 500 + b"}}}}",
            400,
            "invalid_prompt",
        ),
        (b"\xff\xfe", 400, "bad_request"),
        (b"[]", 400, "bad_request"),
        (b'"text"', 400, "bad_request"),
        (b"", 400, "no_prompt"),
        (b"{}", 400, "no_prompt"),
        (b'{"prompt": {}}', 400, "prompt_no_outputs"),
        (b'{"prompt": 5}', 400, "invalid_prompt"),
        (b'{"prompt": {"1": {"inputs": {}}}}', 400, "invalid_prompt"),
        (b'{"prompt": {"1": {"class_type": "Nobody", "inputs": {}}}}', 400, "invalid_prompt"),
        (b'{"prompt": {}, "client_id": 5}', 400, "bad_request"),
        (b'{"prompt": {}, "prompt_id": "a\\u0000b"}', 400, "bad_request"),
        (b'{"prompt": {}, "prompt_id": "\\ud800"}', 400, "bad_request"),
        (b'{"prompt": {}, "number": "x"}', 400, "bad_request"),
        (b'{"prompt": {}, "number": 1e999}', 400, "bad_request"),
        (b'{"prompt": {}, "extra_data": []}', 400, "bad_request"),
        (b'{"prompt": {}, "extra_data": {"extra_pnginfo": 5}}', 400, "bad_request"),
        (b'{"prompt": {}, "extra_data": {"extra_pnginfo": "text"}}', 400, "bad_request"),
        (b'{"prompt": {}, "partial_execution_targets": "2"}', 400, "bad_request"),
    ],
)
async def test_what_cannot_be_run_is_refused_with_a_reason(api: Api, body: bytes, status: int, kind: str) -> None:
    async with api.session.post(api.url + "/prompt", data=body) as answer:
        refusal = await answer.json()
        assert (answer.status, refusal["error"]["type"]) == (status, kind)
        assert refusal["error"]["message"]
        assert "node_errors" in refusal


async def test_malformed_json_is_located(api: Api) -> None:
    async with api.session.post(api.url + "/prompt", data=b'{\n "prompt": oops}') as answer:
        assert "line 2, column 12" in (await answer.json())["error"]["message"]


@pytest.mark.parametrize("as_text", [False, True])
async def test_a_number_of_too_many_digits_is_told_without_advice_to_programmers(api: Api, as_text: bool) -> None:
    digits = f'"{"9" * 5000}"' if as_text else "9" * 5000
    body = json.dumps({"prompt": graphs.picture()}).replace('"width": 64', f'"width": {digits}')
    async with api.session.post(api.url + "/prompt", data=body.encode()) as answer:
        told = await answer.text()
    assert (answer.status, "sys." in told) == (400, False)
    assert "more digits than can be read" in told


async def test_what_goes_into_pictures_may_be_nothing(api: Api) -> None:
    answer = await api.post("/prompt", {"prompt": graphs.picture(), "extra_data": {"extra_pnginfo": None}})
    assert (await api.wait_ended(answer["prompt_id"]))["status"]["status_str"] == "success"


async def test_errors_of_inputs_name_node_and_input(api: Api) -> None:
    graph = graphs.picture()
    graph["1"]["inputs"]["width"] = -5
    refusal = await api.post("/prompt", {"prompt": graph}, status=400)
    assert refusal["error"]["type"] == "prompt_outputs_failed_validation"
    (error,) = refusal["node_errors"]["1"]["errors"]
    assert error["type"] == "value_smaller_than_min"
    assert error["extra_info"]["input_name"] == "width"


async def test_good_outputs_run_while_bad_ones_are_reported(api: Api) -> None:
    graph = graphs.picture()
    graph["3"] = {"class_type": "PreviewImage", "inputs": {}}
    answer = await api.post("/prompt", {"prompt": graph})
    assert answer["node_errors"]["3"]["errors"][0]["type"] == "required_input_missing"
    entry = await api.wait_ended(answer["prompt_id"])
    assert entry["prompt"][4] == ["2"]
    assert list(entry["outputs"]) == ["2"]


async def test_only_the_targets_named_are_run(api: Api) -> None:
    graph = graphs.picture()
    graph["3"] = {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}
    entry = await api.wait_ended(await api.queue(graph, partial_execution_targets=["3"]))
    assert list(entry["outputs"]) == ["3"]


async def test_extra_data_is_kept_but_not_secrets(api: Api) -> None:
    extra = {"extra_pnginfo": {"workflow": {"id": "w-1"}}, "auth_token_comfy_org": "s", "api_key_comfy_org": "s"}
    prompt_id = await api.queue(graphs.picture(), extra_data=extra, client_id="me")
    entry = await api.wait_ended(prompt_id)
    assert entry["prompt"][3] == {"extra_pnginfo": {"workflow": {"id": "w-1"}}, "client_id": "me"}
    assert (await api.get(f"/jobs/{prompt_id}"))["workflow_id"] == "w-1"


async def test_a_node_that_ignores_cancelling_is_ended_with_its_worker(own_server: Any, session: Any) -> None:
    own_server.start()
    api = Api(own_server.url, session)
    await api.wait_answering()
    stuck, next_one = await api.queue(graphs.through("Stuck", seconds=60)), await api.queue(graphs.picture())
    await api.wait_running(stuck)
    async with api.socket() as socket:
        await api.post("/interrupt", {"prompt_id": stuck})
        assert not (await api.wait_ended(stuck))["status"]["completed"]
        while (await socket.receive_json(timeout=30))["type"] != "execution_interrupted":
            pass
    assert (await api.get(f"/jobs/{stuck}"))["status"] == "cancelled"
    assert (await api.wait_ended(next_one))["status"]["completed"]


async def test_a_prompt_that_ends_its_worker_twice_fails_with_signal_and_node(api: Api) -> None:
    deadly, next_one = await api.queue(graphs.through("Deadly")), await api.queue(graphs.picture())
    entry = await api.wait_ended(deadly)
    name, body = entry["status"]["messages"][-1]
    assert name == "execution_error"
    assert (body["node_id"], body["node_type"], body["exception_type"]) == ("2", "Deadly", "WorkerDied")
    assert "SIGKILL" in body["exception_message"]
    assert (await api.wait_ended(next_one))["status"]["completed"]


async def test_questions_are_answered_while_a_prompt_runs(api: Api) -> None:
    running = await api.queue(graphs.through("Stuck", seconds=1.5))
    await api.wait_running(running)
    assert "EmptyImage" in await api.get("/object_info")
    assert list(await api.get("/object_info/EmptyImage")) == ["EmptyImage"]
    assert await api.get("/object_info/Nobody") == {}
    assert (await api.get("/system_stats"))["devices"][0]["name"] == "toy"
    await api.queue(graphs.picture())
    assert (await api.get("/queue"))["queue_running"]
    await api.wait_ended(running)


async def test_many_clients_may_queue_at_once(api: Api) -> None:
    ids = await asyncio.gather(*(api.queue(graphs.picture()) for _ in range(60)))
    entries = [await api.wait_ended(prompt_id) for prompt_id in ids]
    assert all(entry["status"]["completed"] for entry in entries)
    assert len({entry["prompt"][0] for entry in entries}) == 60


async def test_memory_is_let_go_of_on_request(api: Api) -> None:
    graph = graphs.picture()
    await api.wait_ended(await api.queue(graph))
    await api.post("/free", {"unload_models": True, "free_memory": True})
    entry = await api.wait_ended(await api.queue(graph))
    (cached,) = [body["nodes"] for name, body in entry["status"]["messages"] if name == "execution_cached"]
    assert cached == []
    await api.post("/free")


async def test_a_workflow_is_converted_without_being_queued(api: Api) -> None:
    inner = {"id": 1, "type": "EmptyImage", "pos": [0, 0], "size": [1, 1], "widgets_values": [8, 8, 1, 255],
             "outputs": [{"name": "IMAGE", "type": "IMAGE", "links": [1]}]}  # fmt: skip
    definition = {
        "id": "white", "name": "White", "nodes": [inner], "inputNode": {"id": -10}, "outputNode": {"id": -20},
        "inputs": [], "outputs": [{"id": "o", "name": "image", "type": "IMAGE", "linkIds": [1]}],
        "links": [{"id": 1, "origin_id": 1, "origin_slot": 0, "target_id": -20, "target_slot": 0, "type": "IMAGE"}],
    }  # fmt: skip
    host = {"id": 3, "type": "white", "outputs": [{"name": "image", "type": "IMAGE", "links": [2]}]}
    shown = {"id": 4, "type": "PreviewImage", "inputs": [{"name": "images", "type": "IMAGE", "link": 2}]}
    nodes = [{"pos": [0, 0], "size": [1, 1], **node} for node in (host, shown)]
    workflow = {"nodes": nodes, "links": [[2, 3, 0, 4, 0, "IMAGE"]], "definitions": {"subgraphs": [definition]}}
    before = await api.get("/prompt")
    prompt = (await api.post("/prompt/converted", {"workflow": workflow}))["prompt"]
    assert {node_id: entry["class_type"] for node_id, entry in prompt.items()} == {
        "3:1": "EmptyImage", "4": "PreviewImage"
    }  # fmt: skip
    assert prompt["4"]["inputs"] == {"images": ["3:1", 0]}
    assert await api.get("/prompt") == before
    await api.post("/prompt/converted", {"workflow": {"1": {}}}, status=400)
    group = {
        "nodes": [{"type": "EmptyImage", "index": 0, "widgets_values": [8, 8, 1, 255]}],
        "links": [],
        "external": [],
    }
    host, shown = ({"pos": [0, 0], "size": [1, 1], **node} for node in ({**host, "type": "workflow>G"}, shown))
    old = {"nodes": [host, shown], "links": [[2, 3, 0, 4, 0, "IMAGE"]], "extra": {"groupNodes": {"G": group}}}
    prompt = (await api.post("/prompt/converted", {"workflow": old}))["prompt"]
    assert sorted(entry["class_type"] for entry in prompt.values()) == ["EmptyImage", "PreviewImage"]
