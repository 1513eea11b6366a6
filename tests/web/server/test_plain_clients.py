"""What programs that others have written send and read, step by step as they were seen to."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import aiohttp

from tests.web.server import graphs
from tests.web.server.conftest import Api, until

PATIENCE = 60


async def send(api: Api, method: str, path: str, body: Any = None, kind: str | None = None) -> Any:
    """A request with a body of JSON under whatever content type the client gives it, or under none."""
    content = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": kind} if kind else None
    skipped = () if kind else ("Content-Type",)
    url = api.url + path
    async with api.session.request(method, url, data=content, headers=headers, skip_auto_headers=skipped) as answer:
        text = await answer.text()
        assert answer.status == 200, text
        return json.loads(text) if text else None


async def read(socket: Any) -> Any:
    """The next text message."""
    while True:
        message = await asyncio.wait_for(socket.receive(), PATIENCE)
        assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message
        if message.type is aiohttp.WSMsgType.TEXT:
            return message.json()


async def read_until(socket: Any, kind: str, prompt_id: str) -> list[Any]:
    """The messages up to one of this kind about a prompt."""
    seen = []
    while True:
        seen.append(message := await read(socket))
        if message["type"] == kind and message["data"].get("prompt_id") == prompt_id:
            return seen


def of(messages: list[Any], kind: str) -> list[Any]:
    return [message["data"] for message in messages if message["type"] == kind]


async def test_one_listens_only_after_it_has_queued_and_ends_when_nothing_remains(api: Api) -> None:
    """comfy-api-simplified: no content type, and no look at the history before `queue_remaining` is 0."""
    await until(lambda: is_idle(api))
    for graph in (graphs.picture(), graphs.picture(), graphs.slow(steps=10, seconds=0.02)):
        client = str(uuid4())
        prompt_id = (await send(api, "POST", "/prompt", {"prompt": graph, "client_id": client}))["prompt_id"]
        async with api.socket(client) as socket:
            remaining = 1
            while remaining:
                message = await read(socket)
                if message["type"] == "status":
                    remaining = message["data"]["status"]["exec_info"]["queue_remaining"]
        outputs = (await send(api, "GET", f"/history/{prompt_id}"))[prompt_id]["outputs"]
        assert outputs


async def test_a_prompt_is_found_at_every_instant_in_the_queue_or_ended_in_the_history(api: Api) -> None:
    """@saintno/comfyui-sdk: at every `status` it reads queue and history, and gives up on what is in neither."""
    client = str(uuid4())
    async with api.socket(client) as socket:
        for graph in (graphs.picture(), graphs.picture(), graphs.slow(steps=5, seconds=0.01)):
            body = {"prompt": graph, "client_id": client}
            prompt_id = (await send(api, "POST", "/prompt", body, "text/plain;charset=UTF-8"))["prompt_id"]
            while True:
                message = await read(socket)
                if message["type"] != "status":
                    continue
                queue = await send(api, "GET", "/queue")
                if any(row[1] == prompt_id for row in (*queue["queue_running"], *queue["queue_pending"])):
                    continue
                assert (await send(api, "GET", f"/history/{prompt_id}"))[prompt_id]["status"]["completed"] is True
                break


async def test_a_repeated_run_repeats_its_outputs(api: Api) -> None:
    """The SDKs and comfy-script take what a run gave from `executed`, also where nothing had to be done again."""
    graph, client = graphs.picture(), str(uuid4())
    async with api.socket(client) as socket:
        given = []
        for _ in range(2):
            prompt_id = (await send(api, "POST", "/prompt", {"prompt": graph, "client_id": client}))["prompt_id"]
            messages = await read_until(socket, "execution_success", prompt_id)
            given.append([one["output"] for one in of(messages, "executed")])
        assert given[0] == given[1] != []


async def test_a_form_that_is_json_is_taken(api: Api) -> None:
    """comfy-cli: urllib's own content type; nodes first, then a socket, the prompt, and the files from the history."""
    kind, client = "application/x-www-form-urlencoded", str(uuid4())
    assert "EmptyImage" in await send(api, "GET", "/object_info")
    async with api.socket(client) as socket:
        body = {"prompt": graphs.save("cli"), "client_id": client, "extra_data": {}}
        prompt_id = (await send(api, "POST", "/prompt", body, kind))["prompt_id"]
        messages = await read_until(socket, "execution_success", prompt_id)
    assert of(messages, "executed")
    entry = (await send(api, "GET", f"/history/{prompt_id}"))[prompt_id]
    file = next(image for node in entry["outputs"].values() for image in node["images"])
    async with api.session.get(f"{api.url}/view", params=file) as answer:
        assert answer.status == 200
    for path, body in (
        ("/queue", {"delete": ["x"]}),
        ("/history", {"delete": ["x"]}),
        ("/interrupt", {}),
        ("/free", {}),
    ):
        await send(api, "POST", path, body, kind)
        await send(api, "POST", path, body, "text/plain")


async def test_ids_are_any_text_and_a_workflow_may_be_of_another_kind(api: Api) -> None:
    """comfy-script: node ids with names in them, its own source in place of a workflow, and an end by `executing`."""
    graph = {f"{node['class_type']}.{key}": node for key, node in graphs.picture().items()}
    names = {key.rpartition(".")[2]: key for key in graph}
    for node in graph.values():
        node["inputs"] = {
            name: [names[value[0]], value[1]] if isinstance(value, list) else value
            for name, value in node["inputs"].items()
        }
    client = str(uuid4())
    extra = {"extra_pnginfo": {"ComfyScriptSource": "EmptyImage(64, 64)"}}
    async with api.socket(client) as socket:
        answer = await send(api, "POST", "/prompt", {"prompt": graph, "client_id": client, "extra_data": extra})
        assert isinstance(answer["number"], int)
        while True:
            message = await read(socket)
            if message["type"] == "executing" and message["data"]["node"] is None:
                break
    entry = (await send(api, "GET", f"/history/{answer['prompt_id']}"))[answer["prompt_id"]]
    assert entry["prompt"][3]["extra_pnginfo"] == extra["extra_pnginfo"]
    assert set(entry["outputs"]) <= set(graph)


async def test_queries_that_mean_nothing_are_passed_over_and_refusals_are_json(api: Api) -> None:
    """@stable-canvas/comfyui-client: `?clientId=` on every request, `.json()` on every refusal."""
    for path in ("/queue", "/history", "/system_stats", "/object_info/EmptyImage", "/embeddings", "/extensions"):
        await send(api, "GET", f"{path}?clientId=me")
        await send(api, "GET", f"/api{path}?clientId=me")
    async with api.session.post(f"{api.url}/prompt?clientId=me", json={"prompt": {}}) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"]["type"]
    async with api.session.get(f"{api.url}/view?filename=none.png&clientId=me") as answer:
        assert answer.status == 404
        assert (await answer.json())["error"]["message"]


async def test_an_id_of_ones_own_is_echoed_and_an_interrupt_without_a_body_ends_the_run(api: Api) -> None:
    """krita-ai-diffusion and SwarmUI: their own ids; the run is over with `executing` of no node, also when stopped."""
    client, prompt_id = str(uuid4()), str(uuid4())
    async with api.socket(client) as socket:
        body = {"prompt": graphs.slow(), "client_id": client, "prompt_id": prompt_id}
        assert (await send(api, "POST", "/prompt", body, "text/plain"))["prompt_id"] == prompt_id
        await read_until(socket, "progress", prompt_id)
        await send(api, "POST", "/interrupt")
        messages = await read_until(socket, "execution_interrupted", prompt_id)
        while not (messages[-1]["type"] == "executing" and messages[-1]["data"]["node"] is None):
            messages.append(await read(socket))
        entry = (await send(api, "GET", f"/history/{prompt_id}"))[prompt_id]
    assert entry["status"]["status_str"] == "error"
    assert entry["status"]["messages"][-1][0] == "execution_interrupted"


async def test_an_idle_socket_may_be_dropped_and_opened_again_while_a_prompt_runs(api: Api) -> None:
    """@saintno/comfyui-sdk: the same id again; the end of the older socket must not silence the newer."""
    client = str(uuid4())
    first = await api.socket(client)
    prompt_id = await api.queue(graphs.slow(steps=20, seconds=0.02), client_id=client)
    async with api.socket(client) as second:
        await first.close()
        messages = await read_until(second, "execution_success", prompt_id)
    assert of(messages, "executed") or of(messages, "progress_state")


async def is_idle(api: Api) -> bool:
    return bool((await api.get("/prompt"))["exec_info"]["queue_remaining"] == 0)
