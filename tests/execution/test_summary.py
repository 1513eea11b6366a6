"""What lists show of a finished prompt."""

from typing import Any

import pytest

from execution.summary import origin, summarise


def file(name: str, kind: str = "output") -> dict[str, Any]:
    return {"filename": name, "subfolder": "", "type": kind}


@pytest.mark.parametrize(
    ("outputs", "count", "preview"),
    [
        ({}, 0, None),
        ({"9": {"images": [file("a.png")]}}, 1, ("a.png", "9", "images")),
        ({"8": {"images": [file("t.png", "temp")]}, "9": {"images": [file("a.png")]}}, 2, ("a.png", "9", "images")),
        ({"9": {"images": [file("a.png")]}, "8": {"images": [file("t.png", "temp")]}}, 2, ("a.png", "9", "images")),
        ({"8": {"images": [file("t.png", "temp"), file("u.png", "temp")]}}, 2, ("u.png", "8", "images")),
        ({"5": {"audio": [file("a.flac")]}}, 1, ("a.flac", "5", "audio")),
        ({"5": {"latents": [file("a.latent")]}}, 1, None),
        ({"5": {"text": ["hello"], "animated": [True], "odd": "x", "none": None}}, 0, None),
        ({"5": {"images": [{"source": "http", "id": "1"}, {"filename": 7}]}}, 0, None),
    ],
)
def test_outputs_are_counted_and_one_stands_for_all(outputs: Any, count: int, preview: Any) -> None:
    summary = summarise(outputs, {}, None)
    assert summary["outputs_count"] == count
    shown = summary.get("preview_output")
    assert (shown and (shown["filename"], shown["nodeId"], shown["mediaType"])) == preview


@pytest.mark.parametrize(
    ("extra_data", "expected"),
    [
        ({"extra_pnginfo": {"workflow": {"id": "w"}}}, "w"),
        ({"extra_pnginfo": {"workflow": {}}}, None),
        ({"extra_pnginfo": {"workflow": None}}, None),
        ({"extra_pnginfo": "text"}, None),
        ({}, None),
    ],
)
def test_the_workflows_id_is_found_where_there_is_one(extra_data: Any, expected: str | None) -> None:
    assert summarise({}, extra_data, None).get("workflow_id") == expected


def test_the_workflows_name_is_what_its_sender_says_and_no_longer_than_a_line() -> None:
    assert origin({"workflow_name": "Apples"}) == {"workflow_name": "Apples"}
    assert origin({"workflow_name": ["Apples"], "extra_pnginfo": None}) == {}
    assert len(origin({"workflow_name": "x" * 5000})["workflow_name"]) == 200
