"""The same workflow gives the same picture, bit for bit, as a prompt, as a workflow, and from the command line."""

import json
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from execution.workflow import convert
from tests.comfy.small_sd1 import write_small_checkpoint
from tests.web.editor.conftest import PATIENCE, ROOT, ServerProcess

WORKFLOW = ROOT / "web" / "editor" / "default_workflow.json"
FLAGS = ("--cpu", "--disable-all-custom-nodes")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base folder whose only checkpoint is a small one with random weights."""
    folder = tmp_path_factory.mktemp("base")
    (folder / "models" / "checkpoints").mkdir(parents=True)
    write_small_checkpoint(folder / "models" / "checkpoints" / "small.safetensors")
    return folder


@pytest.fixture(scope="module")
def server(base: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(base, "main.py")
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    """The workflow that the page opens with, for the small checkpoint and a few steps."""
    document = json.loads(WORKFLOW.read_text(encoding="utf-8"))
    for node in document["nodes"]:
        values = node.get("widgets_values", [])
        if node["type"] == "CheckpointLoaderSimple":
            values[0] = "small.safetensors"
        if node["type"] == "KSampler":
            values[2] = 3
    return document


def ask(server: ServerProcess, path: str, body: Any = None) -> Any:
    request = urllib.request.Request(server.url + path, data=None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.loads(answer.read() or b"null")


def picture_of(server: ServerProcess, body: dict[str, Any]) -> np.ndarray:
    """Queue something with nothing cached, wait for its end, and fetch its picture."""
    ask(server, "/free", {"unload_models": True, "free_memory": True})
    prompt_id = ask(server, "/prompt", body)["prompt_id"]
    end = time.monotonic() + PATIENCE
    while not (entry := ask(server, f"/history/{prompt_id}").get(prompt_id)):
        assert time.monotonic() < end, "the prompt does not end"
        time.sleep(0.05)
    assert entry["status"]["status_str"] == "success", entry["status"]
    (image,) = (image for output in entry["outputs"].values() for image in output["images"])
    with urllib.request.urlopen(f"{server.url}/view?{urllib.parse.urlencode(image)}", timeout=PATIENCE) as answer:
        return np.asarray(Image.open(BytesIO(answer.read())))


def picture_of_command_line(base: Path, workflow: dict[str, Any], folder: Path) -> np.ndarray:
    file = folder / "workflow.json"
    file.write_text(json.dumps(workflow), encoding="utf-8")
    flags = ["--base-directory", str(base), "--output-directory", str(folder / "out"), *FLAGS, "--json"]
    done = subprocess.run(
        [sys.executable, "main.py", "run", str(file), *flags], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert json.loads(done.stdout)
    (picture,) = (folder / "out").rglob("*.png")
    return np.asarray(Image.open(picture))


def test_prompt_workflow_and_command_line_give_the_same_picture(
    server: ServerProcess, base: Path, workflow: dict[str, Any], tmp_path: Path
) -> None:
    from_workflow = picture_of(server, {"prompt": workflow})
    from_prompt = picture_of(server, {"prompt": convert(workflow, ask(server, "/object_info"))})
    from_command_line = picture_of_command_line(base, workflow, tmp_path)
    assert from_workflow.std() > 0
    np.testing.assert_array_equal(from_workflow, from_prompt)
    np.testing.assert_array_equal(from_workflow, from_command_line)
