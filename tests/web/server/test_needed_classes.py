"""ComfyUI's own front end finds the node classes that it takes for granted."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.server import graphs
from tests.web.server.conftest import Api, ServerProcess
from web.server.needed_classes import NEEDED, with_needed


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of another front end."""
    page = tmp_path_factory.mktemp("page")
    (page / "index.html").write_text("another page")
    process = ServerProcess(tmp_path_factory.mktemp("skein"), "--front-end-root", str(page))
    process.start()
    yield process
    process.stop()


def test_what_is_there_stays_as_it_is() -> None:
    there = json.dumps({name: {"name": name, "category": "loaders"} for name in NEEDED})
    assert with_needed(there) == there
    one = json.dumps({"LoraLoader": {"category": "loaders"}})
    assert json.loads(with_needed(one))["LoraLoader"] == {"category": "loaders"}


async def test_another_front_end_is_told_of_the_classes_that_it_needs(api: Api) -> None:
    described = await api.get("/api/object_info")
    assert {*NEEDED, "EmptyImage"} <= described.keys()
    assert all(described[name]["deprecated"] and described[name]["name"] == name for name in NEEDED)
    fields = ("input", "output", "output_is_list", "output_name", "display_name", "python_module", "category")
    assert all(field in described[name] for name in NEEDED for field in fields)


async def test_a_prompt_of_such_a_class_is_told_that_it_is_not_here(api: Api) -> None:
    graph = {**graphs.picture(), "9": {"class_type": "GLIGENLoader", "inputs": {}}}
    answer = await api.post("/prompt", {"prompt": graph}, status=400)
    assert "GLIGENLoader" in answer["error"]["message"]


async def test_skeins_own_page_is_told_of_what_is_there_alone(tmp_path: Path, api: Api) -> None:
    own = ServerProcess(tmp_path)
    own.start()
    try:
        own_api = Api(own.url, api.session)
        await own_api.wait_answering()
        assert "GLIGENLoader" not in await own_api.get("/object_info")
    finally:
        own.stop()
