"""Packs as they are written for ComfyUI work in the real server, and broken ones harm nothing else."""

import asyncio
import json
import struct
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.web.server.conftest import PATIENCE, Api, RealServer, until
from tests.web.server.packs_written import HOLD, NODE, write


def shown(entry: dict[str, Any], node: str) -> str:
    """The text that an output node of the packs has shown."""
    return str(entry["outputs"][node]["text"][0])


def a(class_type: str, value: int = 0) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": {"value": value}}


# Messages and prompts


async def test_a_packs_messages_reach_the_browsers_that_they_are_for(api: Api) -> None:
    async with api.socket("mine") as mine, api.socket("other") as other:
        prompt_id = await api.queue({"1": a("Told", 5)}, client_id="mine")
        entry = await api.wait_ended(prompt_id)
        assert shown(entry, "1") == "1 0 1 True"
        heard, pictures = await listen(mine, "executing")
        told_other, pictures_of_other = await listen(other, "studio-for-all")
    feedback = {"type": "studio-feedback", "data": {"node_id": "1", "value": 5}}
    assert feedback in heard
    assert {"type": "studio-for-all", "data": {"value": 5}} in heard
    assert [message["type"] for message in told_other if message["type"].startswith("studio")] == ["studio-for-all"]
    assert not pictures_of_other
    text, picture = pictures
    assert text == struct.pack(">II", 3, 1) + b"1" + b"half way"
    assert picture[:8] == struct.pack(">II", 1, 2)
    assert picture[8:12] == b"\x89PNG"


async def listen(socket: Any, last: str) -> tuple[list[dict[str, Any]], list[bytes]]:
    """What a socket hears until the last message, or the end of the prompt."""
    texts: list[dict[str, Any]] = []
    pictures: list[bytes] = []
    while True:
        message = await asyncio.wait_for(socket.receive(), PATIENCE)
        if message.type is aiohttp.WSMsgType.BINARY:
            pictures.append(message.data)
            continue
        texts.append(json.loads(message.data))
        is_end = last != "executing" or texts[-1]["data"].get("node") is None
        if texts[-1]["type"] == last and is_end:
            return texts, pictures


async def test_what_is_posted_may_be_changed_by_packs_before_it_is_validated(api: Api) -> None:
    entry = await api.wait_ended(await api.queue({"1": a("Doubled", 21)}))
    assert shown(entry, "1") == "42"
    assert entry["prompt"][2]["1"]["inputs"]["value"] == 42


async def test_an_editors_workflow_is_shown_to_packs_as_the_prompt_that_it_means(api: Api) -> None:
    node = {"id": 1, "type": "Doubled", "mode": 0, "inputs": [], "outputs": [], "widgets_values": [4], "pos": [0, 0]}
    workflow = {"version": 0.4, "nodes": [node], "links": [], "last_node_id": 1, "last_link_id": 0}
    prompt_id = (await api.post("/prompt", {"prompt": workflow}))["prompt_id"]
    entry = await api.wait_ended(prompt_id)
    assert shown(entry, "1") == "8"
    assert entry["prompt"][3]["extra_pnginfo"]["workflow"]["nodes"] == [node]


async def test_prestartup_scripts_run_before_torch_is_loaded(api: Api) -> None:
    assert shown(await api.wait_ended(await api.queue({"1": a("Early")})), "1") == "False"


async def test_folders_that_a_pack_adds_are_known_to_the_server(api: Api, server: RealServer) -> None:
    write(server.folder / "models" / "studio", {"one.txt": "", "two.bin": ""})
    assert await api.get("/models/studio") == ["one.txt"]
    assert "studio" in await api.get("/models")


async def test_a_pack_may_queue_prompts_and_take_them_out(api: Api, server: RealServer) -> None:
    slow = await api.queue({"1": a("Slow", 1)})
    await api.wait_running(slow)
    for prompt_id, number in (("third", 900), ("second", 800), ("first", -1), ("fourth", 1000)):
        body = {"number": number, "id": prompt_id, "graph": {"1": a("Slow")}}
        assert (await api.post("/studio/queue/add", body))["exec_info"]["queue_remaining"] >= 1
    await until(partial(_waits, api, ["first", "second", "third", "fourth"]))
    assert await api.post("/studio/queue/remove", {"id": "second"}) is True
    assert await api.post("/studio/queue/remove", {"id": "none"}) is False
    await until(partial(_waits, api, ["first", "third", "fourth"]))
    await api.post("/studio/queue/wipe", {})
    await until(partial(_waits, api, []))
    (server.folder / "gate").touch()
    await api.post("/studio/queue/free", {})
    await api.post("/studio/queue/add", {"number": 5, "id": "last", "graph": {"1": a("Slow")}})
    entry = await until(lambda: api.get("/history/last"))
    assert entry["last"]["prompt"][3] == {"client_id": "c"}
    assert await api.post("/studio/queue/history", {"id": "last"}) == ["last", "last"]


async def _waits(api: Api, ids: list[str]) -> bool:
    return [item[1] for item in (await api.get("/queue"))["queue_pending"]] == ids


# What packs bring for the page


async def test_scripts_of_packs_are_listed_and_served(api: Api) -> None:
    listed = await api.get("/extensions")
    assert listed == ["/extensions/Studio-Routes/main.js", "/extensions/Studio-Routes/parts/%C3%A4%20b.js"]
    for path in listed:
        async with api.session.get(aiohttp.client.URL(api.url + path, encoded=True)) as answer:
            assert (answer.status, answer.content_type) == (200, "text/javascript")
    for path in ("..%2f..%2fsecret.py", "%2e%2e/%2e%2e/secret.py", "none.js", "docs", "parts\\..\\..\\..\\secret.py"):
        url = aiohttp.client.URL(f"{api.url}/extensions/Studio-Routes/{path}", encoded=True)
        async with api.session.get(url) as answer:
            assert answer.status == 404, path


async def test_examples_help_pages_and_translations_of_packs_are_served(api: Api) -> None:
    assert await api.get("/workflow_templates") == {"Studio-Routes": ["First"]}
    assert await api.get("/api/workflow_templates/Studio-Routes/First.json") == {"nodes": []}
    translated = {"hello": "hallo", "nodeDefs": {"Shown": {"display_name": "Gezeigt"}}}
    assert await api.get("/i18n") == {"de": translated}
    for path, text in (
        ("/extensions/Studio-Routes/docs/Shown/en.md", "# How to show"),
        ("/docs/Shown/en.md", "# How to show"), ("/docs/Told/fr.md", "# How to tell"),
    ):  # fmt: skip
        async with api.session.get(api.url + path) as answer:
            assert (answer.status, answer.content_type, await answer.text()) == (200, "text/markdown", text)
    async with api.session.get(f"{api.url}/docs/..%2f..%2fx/en.md") as answer:
        assert answer.status == 404


async def test_inputs_that_depend_on_others_are_described_posted_checked_and_run(api: Api) -> None:
    described = (await api.get("/object_info/Dependent"))["Dependent"]["input"]["required"]["mode"]
    assert (described[0], [option["key"] for option in described[1]["options"]]) == (
        "COMFY_DYNAMICCOMBO_V3", ["loud", "joined"],
    )  # fmt: skip
    inputs: dict[str, Any] = {"mode": "loud", "mode.times": 3}
    entry = await api.wait_ended(await api.queue({"1": {"class_type": "Dependent", "inputs": inputs}}))
    assert shown(entry, "1") == "!!!"
    inputs = {"mode": "joined", "mode.texts.text0": "a", "mode.texts.text2": "c"}
    entry = await api.wait_ended(await api.queue({"1": {"class_type": "Dependent", "inputs": inputs}}))
    assert shown(entry, "1") == "a+c"
    node = {"id": 1, "type": "Dependent", "mode": 0, "inputs": [], "outputs": [], "widgets_values": ["loud", 4]}
    posted = await api.post("/prompt", {"nodes": [node], "links": [], "version": 0.4})
    assert shown(await api.wait_ended(posted["prompt_id"]), "1") == "!!!!"
    refused = {"1": {"class_type": "Dependent", "inputs": {"mode": "loud", "mode.times": 9}}}
    answer = await api.post("/prompt", {"prompt": refused}, status=400)
    assert answer["node_errors"]["1"]["errors"][0]["extra_info"]["input_name"] == "mode.times"


# Packs that fail


@pytest.mark.parametrize(
    ("name", "state", "problem", "remedy"),
    [
        ("exits", "failed", "SystemExit: no CUDA, no nodes at exits.py:2", "called exit()"),
        ("recurses", "failed", "RecursionError: maximum recursion depth", "Report this"),
        ("syntax", "failed", "SyntaxError: ", "Mend that line"),
        ("needs_one", "failed", "No module named 'not_installed_either' at needs_one.py:1",
         "-m pip install not_installed_either"),
        ("needs_many", "failed", "No module named 'not_installed_here' at inner.py:1", "-m pip install -r "),
        ("number_mapping", "failed", "NODE_CLASS_MAPPINGS must be a dict, not int", "as a dict of class types"),
        ("newer", "failed", "comfy_api.latest.io has no NoSuchKind", "NoSuchKind of comfy_api.latest.io, which is"),
        ("newer_node", "failed", "comfy_api.latest.io has no NoSuchKind", "not part of Skein"),
        ("old_utils", "failed", "AttributeError", "not_there of comfy.utils, which is ComfyUI's own and not part of"),
        ("asks_server", "failed", "AttributeError", "not_there of PromptServer, which is ComfyUI's own"),
        ("own_fault", "failed", "AttributeError", "Report this to its author"),
        ("bad_mapping", "failed", "NODE_CLASS_MAPPINGS must be a dict, not list", "Tell its author"),
        ("broken_classes", "partly loaded", "Raises cannot say which inputs it has: IndexError", "Tell its author"),
        ("broken_classes", "partly loaded", "Leaves cannot say which inputs it has: SystemExit: 2", "Tell its author"),
        ("broken_classes", "partly loaded", "Number is not a node class", "Tell its author"),
        ("broken_classes", "partly loaded", "has the key 7, which is no text", "Tell its author"),
        ("bad_prestart", "partly loaded", "its prestartup script failed: ZeroDivisionError", "Report this"),
    ],
)  # fmt: skip
async def test_a_pack_that_fails_is_named_with_its_reason_and_remedy(
    api: Api, name: str, state: str, problem: str, remedy: str
) -> None:
    packs = {pack["name"]: pack for pack in (await api.get("/packs"))["packs"]}
    assert packs[name]["state"] == state
    assert problem in packs[name]["problem"]
    assert remedy in packs[name]["remedy"]


async def test_the_packs_that_are_well_are_told_of_with_their_nodes_and_times(api: Api, server: RealServer) -> None:
    found = await api.get("/packs")
    packs = {pack["name"]: pack for pack in found["packs"]}
    assert packs["entry"]["nodes"] == ["EntryNode"]
    assert packs["broken_classes"]["nodes"] == ["Fine"]
    assert packs["broken_classes"]["unusable"] == ["Leaves", "Raises"]
    assert packs["events"] | {"seconds": 0} == {
        "name": "events", "path": str(server.folder / "custom_nodes" / "events.py"), "state": "loaded",
        "nodes": ["Told"], "unusable": [], "seconds": 0, "problem": None, "remedy": None, "changed": [],
    }  # fmt: skip
    assert packs["events"]["seconds"] > 0
    assert not found["is_reloading"]
    log = server.output()
    assert "Pack events: 1 nodes in " in log
    assert "pip install not_installed_either" in log


async def test_node_classes_that_others_have_replaced_are_told(api: Api) -> None:
    assert (await api.get("/node_replacements"))["OldEntry"] == [
        {"new_node_id": "EntryNode", "old_node_id": "OldEntry",
         "old_widget_ids": None, "input_mapping": None, "output_mapping": None},
    ]  # fmt: skip


async def test_nodes_that_cannot_be_described_are_left_out_and_refused_alone(api: Api) -> None:
    found = await api.get("/object_info")
    assert {"EntryNode", "Told", "KSampler", "Fine"} <= set(found)
    assert not {"Raises", "Leaves"} & set(found)
    assert found["EntryNode"]["display_name"] == "A node of an extension"
    assert found["Told"]["python_module"] == "custom_nodes.events"
    answer = await api.post("/prompt", {"prompt": {"1": {"class_type": "Leaves", "inputs": {}}}}, status=400)
    assert answer["error"]["type"]
    entry = await api.wait_ended(await api.queue({"1": a("Early")}))
    assert entry["status"]["status_str"] == "success"


# Changed packs


async def test_changed_packs_are_loaded_anew_without_a_restart_and_the_queue_goes_on(
    tmp_path: Path, session: Any
) -> None:
    custom_nodes = tmp_path / "custom_nodes"
    gate = tmp_path / "gate"
    slow = "from . import word\n" + HOLD + NODE.format(name="Worded", body="hold(value); text = word.WORD")
    write(custom_nodes, {"worded/__init__.py": slow, "worded/word.py": "WORD = 'old'"})
    write(custom_nodes, {"leaving.py": NODE.format(name="Leaving", body="text = 'here'")})
    process = RealServer(tmp_path)
    process.start()
    try:
        api = Api(process.url, session)
        await api.wait_answering()
        first = await api.queue({"1": a("Worded", 1)})
        second = await api.queue({"1": a("Worded", 0)})
        homeless = await api.queue({"7": a("Worded", 0), "8": a("Leaving")})
        await api.wait_running(first)
        (custom_nodes / "leaving.py").unlink()
        (pid,) = process.worker_pids()
        write(
            custom_nodes, {"worded/word.py": "WORD = 'new'", "added.py": NODE.format(name="Added", body="text = '1'")}
        )
        changed = {pack["name"]: pack["changed"] for pack in (await api.get("/packs"))["packs"]}
        assert changed == {"worded": ["word.py"], "leaving": ["leaving.py"]}
        answer = await api.post("/packs/reload")
        assert answer["is_reloading"]
        gate.touch()
        assert shown(await api.wait_ended(first), "1") == "old"
        assert shown(await api.wait_ended(second), "1") == "new"
        ended = dict((await api.wait_ended(homeless))["status"]["messages"])["execution_error"]
        assert (ended["node_id"], ended["node_type"]) == ("8", "Leaving")
        assert "'Leaving' is no longer here: its pack was removed" in ended["exception_message"]
        assert process.worker_pids() != [pid]
        await until(lambda: _is_settled(api))
        names = [(pack["name"], pack["changed"]) for pack in (await api.get("/packs"))["packs"]]
        assert names == [("added", []), ("worded", [])]
        assert shown(await api.wait_ended(await api.queue({"1": a("Added")})), "1") == "1"
    finally:
        process.stop()


async def test_a_pack_whose_import_never_ends_is_gone_once_it_is_taken_away(tmp_path: Path, session: Any) -> None:
    custom_nodes, began = tmp_path / "custom_nodes", tmp_path / "began"
    endless = f"import pathlib, time\npathlib.Path({str(began)!r}).touch()\ntime.sleep(3600)\n"
    write(custom_nodes, {"endless.py": endless})
    process = RealServer(tmp_path)
    process.start()
    try:
        api = Api(process.url, session)
        await until(lambda: _exists(began))
        told = await api.get("/packs")
        assert told["is_reloading"]
        assert "importing the pack endless" in told["waits_for"]
        (custom_nodes / "endless.py").unlink()
        assert (await api.post("/packs/reload"))["packs"] == []
        await until(lambda: _is_settled(api))
        assert (await api.get("/packs"))["packs"] == []
    finally:
        process.stop()


async def _exists(path: Path) -> bool:
    return path.exists()


async def _is_settled(api: Api) -> bool:
    return not (await api.get("/packs"))["is_reloading"]
