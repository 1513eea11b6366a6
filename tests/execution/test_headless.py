"""Workflows, prompts and pictures run and are checked from the command line."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from execution import paths
from execution.headless import CANCELLED, FAILED, FINE, MISUNDERSTOOD, run_file, validate_file
from execution.options import parse
from execution.progress import StoppedByHand

NODES = "tests.execution.headless_nodes:load_nodes"

PROMPT: dict[str, Any] = {
    "3": {"class_type": "Sampler", "inputs": {"seed": 7, "steps": 2, "name": "n"}, "_meta": {"title": "My Sampler"}},
    "9": {"class_type": "Save", "inputs": {"value": ["3", 0], "filename_prefix": "sub/x"}},
}
WORKFLOW: dict[str, Any] = {
    "nodes": [
        {"id": 3, "type": "Sampler", "title": "My Sampler", "widgets_values": [7, "increment", 2, "n"],
         "outputs": [{"name": "INT", "type": "INT", "links": [1]}]},
        {"id": 9, "type": "Save", "inputs": [{"name": "value", "type": "*", "link": 1}], "widgets_values": ["x"]},
    ],
    "links": [[1, 3, 0, 9, 0, "INT"]],
}  # fmt: skip


class Desk:
    """A folder to work in and the command line."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def file(self, content: Any, name: str = "x.json") -> str:
        (self.folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
        return str(self.folder / name)

    def call(self, command: str, file: str, *flags: str) -> tuple[int, str, str]:
        options = parse([command, file, "--base-directory", str(self.folder), *flags])
        code = {"run": run_file, "validate": validate_file}[command](options, NODES)
        out, err = self.capsys.readouterr()
        return code, out, err

    def texts(self, out: str) -> list[str]:
        return [Path(line).read_text() for line in out.splitlines()]


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    before = paths._installed
    yield Desk(tmp_path, capsys)
    paths._installed = before


def test_a_prompt_runs_and_its_files_are_printed(desk: Desk) -> None:
    code, out, err = desk.call("run", desk.file(PROMPT))
    assert code == FINE
    assert out.splitlines() == [str(desk.folder / "output" / "sub" / "x_00001_.txt")]
    assert desk.texts(out) == ["n7 []"]
    assert "My Sampler: 100%" in err


def test_a_request_body_runs_like_its_prompt(desk: Desk) -> None:
    body = {"prompt": PROMPT, "extra_data": {"extra_pnginfo": {"workflow": WORKFLOW}}}
    assert desk.texts(desk.call("run", desk.file(body))[1]) == ["n7 [7]"]


def test_a_workflow_runs_with_its_seed_stepped_and_carries_the_seed_that_was_used(desk: Desk) -> None:
    code, out, _ = desk.call("run", desk.file(WORKFLOW), "--count", "3")
    assert code == FINE
    assert desk.texts(out) == ["n7 [7]", "n8 [8]", "n9 [9]"]


def test_seeds_of_a_prompt_count_up(desk: Desk) -> None:
    assert desk.texts(desk.call("run", desk.file(PROMPT), "--count", "2")[1]) == ["n7 []", "n8 []"]


@pytest.mark.parametrize("place", ["3.seed", "My Sampler.seed", "my sampler.seed", "Sampler.seed"])
def test_an_input_is_set_by_id_title_or_class(desk: Desk, place: str) -> None:
    for content, carried in ((PROMPT, "[]"), (WORKFLOW, "[40]")):
        assert desk.texts(desk.call("run", desk.file(content), "--set", f"{place}=40")[1]) == [f"n40 {carried}"]


def test_a_set_text_stays_a_text_and_a_set_seed_is_stepped(desk: Desk) -> None:
    flags = ("--set", "3.name=5", "--set", "3.seed=50", "--count", "2")
    assert desk.texts(desk.call("run", desk.file(WORKFLOW), *flags)[1]) == ["550 [50]", "551 [51]"]


def test_a_set_link_stays_set(desk: Desk) -> None:
    assert desk.texts(desk.call("run", desk.file(WORKFLOW), "--set", "9.value=1", "--count", "2")[1])[0] == "1 [7]"


@pytest.mark.parametrize(
    ("setting", "hint"),
    [
        ("3.sead=1", "did you mean seed"),
        ("My Sampla.seed=1", "did you mean My Sampler"),
        ("nonsense", "NODE.INPUT=VALUE"),
        ("4.seed=1", "no node with the id, title or class '4'"),
        ("Nope.seed=1", "there are 3 (My Sampler), 9 (Save)"),
    ],
)
def test_a_change_that_finds_nothing_suggests_what_is_near(desk: Desk, setting: str, hint: str) -> None:
    code, out, err = desk.call("run", desk.file(PROMPT), "--set", setting)
    assert (code, out) == (MISUNDERSTOOD, "")
    assert hint in err


def test_a_name_that_several_nodes_have_is_not_guessed(desk: Desk) -> None:
    code, _, err = desk.call("run", desk.file({**PROMPT, "4": PROMPT["3"]}), "--set", "My Sampler.seed=1")
    assert code == MISUNDERSTOOD
    assert "3, 4" in err


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize(
    "carried", [{"prompt": PROMPT}, {"workflow": WORKFLOW}, {"prompt": PROMPT, "workflow": WORKFLOW}]
)
def test_a_picture_runs_what_it_carries(desk: Desk, kind: str, carried: dict[str, Any]) -> None:
    path = desk.folder / "picture.bin"
    picture = Image.new("RGB", (8, 8))
    if kind == "PNG":
        texts = PngImagePlugin.PngInfo()
        for name, value in carried.items():
            texts.add_text(name, json.dumps(value))
        picture.save(path, kind, pnginfo=texts)
    else:
        exif = picture.getexif()
        for tag, (name, value) in zip((0x010F, 0x0110), carried.items(), strict=False):
            exif[tag] = f"{name}:{json.dumps(value)}"
        picture.save(path, kind, exif=exif)
    code, out, _ = desk.call("run", str(path))
    assert code == FINE
    assert desk.texts(out) == ["n7 [7]" if "workflow" in carried else "n7 []"]


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("{", "neither JSON nor"),
        ("[]", "neither a workflow"),
        ("{}", "neither a workflow"),
        ('"x"', "neither a workflow"),
        ("\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR1234", "This PNG file is damaged"),
        ("[" * 100_000, "neither JSON nor"),
    ],
)
@pytest.mark.parametrize("command", ["run", "validate"])
def test_a_file_with_nothing_to_run_is_explained(desk: Desk, command: str, content: str, hint: str) -> None:
    path = desk.folder / "x.json"
    path.write_bytes(content.encode("latin-1"))
    code, _, err = desk.call(command, str(path))
    assert code == MISUNDERSTOOD
    assert hint in err


def test_a_missing_file_and_an_empty_picture_are_explained(desk: Desk) -> None:
    assert "cannot be read" in desk.call("run", str(desk.folder / "none.json"))[2]
    Image.new("RGB", (8, 8)).save(desk.folder / "bare.png")
    assert "carries neither" in desk.call("run", str(desk.folder / "bare.png"))[2]


def test_a_node_that_fails_is_named(desk: Desk) -> None:
    broken = {
        "1": {"class_type": "Fails", "inputs": {}},
        "9": {"class_type": "Save", "inputs": {"value": ["1", 0], "filename_prefix": "x"}},
    }
    code, out, err = desk.call("run", desk.file(broken))
    assert (code, out) == (FAILED, "")
    assert "Node 1 (Fails) failed: ValueError: out of luck" in err


def test_json_tells_everything_and_nothing_else(desk: Desk) -> None:
    code, out, err = desk.call("run", desk.file(PROMPT), "--json", "--count", "2")
    told = json.loads(out)
    assert (code, err, told["status"]) == (FINE, "", "success")
    assert [len(each["files"]) for each in told["prompts"]] == [1, 1]
    assert told["prompts"][0]["outputs"]["9"]["texts"][0]["subfolder"] == "sub"


def test_validate_says_what_is_wrong_and_where(desk: Desk) -> None:
    assert desk.call("validate", desk.file(PROMPT))[0] == FINE
    wrong = {"3": {**PROMPT["3"], "inputs": {"seed": -2, "name": "n"}}, "9": PROMPT["9"]}
    code, out, _ = desk.call("validate", desk.file(wrong))
    assert code == FAILED
    assert out.splitlines() == [
        'Node 3 (Sampler, "My Sampler"): Value -2 smaller than min of 0: seed',
        'Node 3 (Sampler, "My Sampler"): Required input is missing: steps',
    ]
    told = json.loads(desk.call("validate", desk.file(wrong), "--json")[1])
    assert (told["valid"], told["outputs"]) == (False, [])
    assert told["node_errors"]["3"]["dependent_outputs"] == ["9"]
    code, _, err = desk.call("run", desk.file(wrong))
    assert code == FAILED
    assert err == out


def test_nodes_that_are_not_installed_are_named(desk: Desk) -> None:
    code, out, _ = desk.call("validate", desk.file({"1": {"class_type": "Nowhere", "inputs": {}}}))
    lacking = {
        **WORKFLOW,
        "nodes": [*WORKFLOW["nodes"], {"id": 5, "type": "Elsewhere", "properties": {"cnr_id": "a-pack"}}],
    }
    workflow_code, _, workflow_err = desk.call("validate", desk.file(lacking))
    assert (code, workflow_code) == (FAILED, FAILED)
    assert "Elsewhere (node 5, pack a-pack)" in workflow_err
    assert "Nowhere" in out


def test_interrupting_cancels_the_prompt(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.execution.headless_nodes import Sampler

    def interrupt(self: Any, **inputs: Any) -> tuple[str]:
        os.kill(os.getpid(), signal.SIGINT)
        return ("x",)

    monkeypatch.setattr(Sampler, "sample", interrupt)
    before = signal.getsignal(signal.SIGINT)
    code, out, err = desk.call("run", desk.file(PROMPT), "--count", "3")
    assert (code, out) == (CANCELLED, "")
    assert "Cancelled" in err
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_again_ends_a_run_whose_node_does_not_heed_the_first(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.execution.headless_nodes import Sampler

    def insist(self: Any, **inputs: Any) -> tuple[str]:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        return ("x",)

    monkeypatch.setattr(Sampler, "sample", insist)
    with pytest.raises(KeyboardInterrupt):
        desk.call("run", desk.file(PROMPT))


def test_ctrl_c_ends_a_run_while_nodes_are_loaded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.execution.headless_nodes.load_nodes", lambda _: os.kill(os.getpid(), signal.SIGINT))
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(StoppedByHand):
        desk.call("run", desk.file(PROMPT))
    assert signal.getsignal(signal.SIGINT) is before


def test_a_node_that_raises_keyboard_interrupt_is_no_ctrl_c(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.execution.headless_nodes import Sampler

    def rude(self: Any, **inputs: Any) -> tuple[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Sampler, "sample", rude)
    code, _, err = desk.call("run", desk.file(PROMPT))
    assert code == FAILED
    assert "KeyboardInterrupt" in err
