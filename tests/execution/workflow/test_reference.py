"""Published workflows become the prompts that the official front end makes of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from execution.errors import WorkflowError
from execution.workflow import convert
from tests.execution.conversion import without_ids
from tests.reference import reference_dir


def workflow_files() -> list[Path]:
    folder = reference_dir()
    if folder is None:
        return []
    files = [path for room in ("conversion", "workflows") for path in sorted((folder / room).glob("*.json"))]
    return [path for path in files if not path.name.endswith(".api.json")]


@pytest.fixture(scope="module")
def object_info() -> Any:
    folder = reference_dir()
    assert folder is not None
    return json.loads((folder / "object_info.json").read_text())


@pytest.mark.skipif(not workflow_files(), reason="the reference material is not here")
@pytest.mark.parametrize("path", workflow_files(), ids=lambda path: path.stem)
def test_a_workflow_becomes_the_prompt_of_the_official_front_end(path: Path, object_info: Any) -> None:
    expected = json.loads(path.with_suffix(".api.json").read_text())
    document = json.loads(path.read_text())
    if "error" in expected:
        with pytest.raises(WorkflowError):
            convert(document, object_info)
        return
    prompt = convert(document, object_info)
    assert without_ids(prompt) == without_ids(expected)
    if {*prompt} == {*expected}:
        assert {node_id: entry["inputs"] for node_id, entry in prompt.items()} == {
            node_id: entry["inputs"] for node_id, entry in expected.items()
        }
