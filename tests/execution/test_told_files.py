"""Files that outputs tell of, and outputs whose files are gone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from execution import paths
from execution.paths import PathOptions
from execution.told_files import files_in, has_lost_files
from tests.execution.runs import Bench
from tests.execution.toys import node, prompt


class Keep:
    """Writes a value into a file of the output folder."""

    RETURN_TYPES = ()
    FUNCTION = "run"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"value": ("*", {})}}

    def run(self, value: Any) -> dict[str, Any]:
        target = paths.current().save_name("sub/kept", paths.current().output)
        name = f"{target.name}_{target.counter:05}_.txt"
        (target.folder / name).write_text(str(value))
        return {"ui": {"texts": [{"filename": name, "subfolder": target.subfolder, "type": "output"}]}}


@pytest.fixture
def output(tmp_path: Path) -> Iterator[Path]:
    paths.configure(PathOptions(base_directory=tmp_path))
    yield paths.current().output
    paths.configure(PathOptions())


def test_a_saved_file_that_is_gone_is_saved_again_from_the_cached_values(output: Path) -> None:
    bench = Bench({"Keep": Keep})
    graph = prompt(n=node("Number", value=7), keep=node("Keep", value=["n", 0]))
    assert bench.run(graph, "keep").started == ["n", "keep"]
    assert bench.run(graph, "keep").started == []
    (output / "sub" / "kept_00001_.txt").unlink()
    again = bench.run(graph, "keep")
    assert (again.cached, again.started) == (["n"], ["keep"])
    (told,) = files_in(again.outcome.outputs["keep"])
    assert (told.place, told.path.read_text()) == ("output", "7")
    assert bench.run(graph, "keep").started == []


def test_only_files_that_were_saved_for_good_are_missed(output: Path) -> None:
    assert has_lost_files({"images": [{"filename": "a.png"}]})
    assert not has_lost_files({"images": [{"filename": "a.png", "type": "temp"}]})
    odd: list[Any] = [None, {}, {"text": ["a"], "flag": True, "images": [{"filename": 3}, {"filename": "../a.png"}]}]
    assert not any(map(has_lost_files, odd))
