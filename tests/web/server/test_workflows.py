"""Editor workflows are taken like prompts, and pages and files of the editor are served."""

from typing import Any

import pytest

from tests.web.server import graphs
from tests.web.server.conftest import Api, ServerProcess


@pytest.mark.parametrize("wrap", [lambda w: w, lambda w: {"workflow": w}, lambda w: {"prompt": w}])
async def test_a_workflow_is_run_like_the_prompt_it_stands_for(api: Api, wrap: Any) -> None:
    colour = graphs.fresh_colour()
    workflow = graphs.workflow(colour)
    prompt_id = (await api.post("/prompt", wrap(workflow)))["prompt_id"]
    entry = await api.wait_ended(prompt_id)
    assert entry["status"]["completed"]
    inputs = {node_id: node["inputs"] for node_id, node in entry["prompt"][2].items()}
    assert inputs == {node_id: node["inputs"] for node_id, node in graphs.picture(colour).items()}
    assert entry["prompt"][3]["extra_pnginfo"]["workflow"] == workflow
    assert (await api.get(f"/jobs/{prompt_id}"))["workflow_id"] == "w-7"


async def test_a_workflow_of_unknown_nodes_is_refused_by_name(api: Api) -> None:
    workflow = graphs.workflow(1)
    workflow["nodes"][0]["type"] = "FromAMissingPack"
    refusal = await api.post("/prompt", workflow, status=400)
    assert "FromAMissingPack" in str(refusal)


async def test_the_editor_is_served_with_the_types_that_browsers_insist_on(api: Api) -> None:
    async with api.session.get(api.url + "/") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "script" not in answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    async with api.session.get(api.url + "/main.js") as answer:
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        etag = answer.headers["ETag"]
    async with api.session.get(api.url + "/main.js", headers={"If-None-Match": etag}) as answer:
        assert answer.status == 304


async def check_templates(api: Api) -> None:
    """The editor's own examples are there for a front end that brings none, in the form in which it asks."""
    [group] = await api.get("/templates/index.json")
    assert group["templates"][0]["name"] == "text_to_image"
    assert group["templates"][0]["title"] == "Text to image"
    assert (await api.get("/templates/index.de.json"))[0]["templates"][0]["title"] == "Text zu Bild"
    for template in group["templates"]:
        assert (await api.get(f"/templates/{template['name']}.json"))["nodes"]
        async with api.session.get(f"{api.url}/templates/{template['name']}-1.webp") as answer:
            assert (answer.status, answer.headers["Content-Type"]) == (200, "image/webp")


async def test_another_front_end_can_be_served(tmp_path: Any, session: Any) -> None:
    root = tmp_path / "front"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<html>other</html>")
    (root / "assets" / "a.mjs").write_text("export {}")
    server = ServerProcess(tmp_path / "base", "--front-end-root", str(root))
    server.start()
    try:
        api = Api(server.url, session)
        await api.wait_answering()
        async with api.session.get(api.url + "/") as answer:
            assert "other" in await answer.text()
            assert "Content-Security-Policy" not in answer.headers
        async with api.session.get(api.url + "/assets/a.mjs") as answer:
            assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        await check_templates(api)
        for path in ("/user.css", "/templates/index.xx.json", "/templates/none.json", "/templates/..%2Fmain.js"):
            async with api.session.get(api.url + path) as answer:
                assert answer.status == 404, path
    finally:
        server.stop()


async def test_pages_of_an_origin_that_was_let_in_may_read(tmp_path: Any, session: Any) -> None:
    server = ServerProcess(tmp_path, "--enable-cors-header", "http://app.example", "--enable-compress-response-body")
    server.start()
    try:
        api = Api(server.url, session)
        await api.wait_answering()
        headers = {"Origin": "http://app.example"}
        async with api.session.get(api.url + "/queue", headers=headers) as answer:
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, "http://app.example")
        async with api.session.options(api.url + "/prompt", headers=headers) as answer:
            assert "POST" in answer.headers["Access-Control-Allow-Methods"]
        async with api.session.get(api.url + "/queue", headers={"Origin": "http://evil.example"}) as answer:
            assert answer.status == 403
        async with api.session.get(api.url + "/models", headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.status == 200
        async with api.session.get(api.url + "/object_info", headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert "EmptyImage" in await answer.json()
    finally:
        server.stop()


async def test_two_workers_run_two_prompts_at_once(tmp_path: Any, session: Any) -> None:
    server = ServerProcess(tmp_path, "--cuda-device", "0,1")
    server.start()
    try:
        api = Api(server.url, session)
        await api.wait_answering()
        ids = [await api.queue(graphs.slow()) for _ in range(3)]
        for prompt_id in ids[:2]:
            await api.wait_running(prompt_id)
        queue = await api.get("/queue")
        assert [item[1] for item in queue["queue_running"]] == ids[:2]
        assert [item[1] for item in queue["queue_pending"]] == ids[2:]
        await api.post("/jobs/cancel", {"job_ids": [ids[1]]})
        await api.wait_running(ids[2])
        assert [item[1] for item in (await api.get("/queue"))["queue_running"]] == [ids[0], ids[2]]
        await api.post("/interrupt")
        for prompt_id in ids:
            await api.wait_ended(prompt_id)
    finally:
        server.stop()
