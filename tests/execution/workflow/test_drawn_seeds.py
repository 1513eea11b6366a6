"""A seed that was drawn is found in the workflow wherever that held the -1."""

from typing import Any

import pytest

from execution.workflow.drawn_seeds import with_drawn_seeds

INFO: dict[str, Any] = {"S": {"name": "S", "input": {"required": {"steps": ["INT", {}], "seed": ["INT", {"min": -1}]}}}}
SOCKET = {"name": "seed", "type": "INT", "link": 1, "widget": {"name": "seed"}}


def node(node_id: int, kind: str, *values: Any, **more: Any) -> dict[str, Any]:
    return {"id": node_id, "type": kind, "widgets_values": list(values), **more}


def inner(**more: Any) -> dict[str, Any]:
    return {"definitions": {"subgraphs": [{"id": "sub", "name": "Sub", "links": [], "inputs": [], **more}]}}


def test_a_nodes_own_widget_tells_the_seed_and_the_given_workflow_stays() -> None:
    given = {"nodes": [node(1, "S", -1, -1, "fixed"), node(2, "S", 20, -1, "fixed")], "links": []}
    told = with_drawn_seeds(given, {"1": {"seed": 5}}, INFO)
    assert [shown["widgets_values"] for shown in told["nodes"]] == [[-1, 5, "fixed"], [20, -1, "fixed"]]
    assert given["nodes"][0]["widgets_values"] == [-1, -1, "fixed"]


def test_a_widget_that_holds_a_seed_keeps_it() -> None:
    given = {"nodes": [node(1, "S", 20, 3, "fixed")], "links": []}
    assert with_drawn_seeds(given, {"1": {"seed": 5}}, INFO) == given


def test_a_primitive_that_gave_the_seed_tells_it() -> None:
    nodes = [node(1, "S", 20, -1, "fixed", inputs=[SOCKET]), node(2, "PrimitiveNode", -1, "fixed")]
    told = with_drawn_seeds({"nodes": nodes, "links": [[1, 2, 0, 1, 0, "INT"]]}, {"1": {"seed": 5}}, INFO)
    assert told["nodes"][1]["widgets_values"] == [5, "fixed"]


@pytest.mark.parametrize(
    ("host", "definition", "at_host"),
    [
        ({}, {"nodes": [node(3, "S", 20, -1, "fixed")]}, None),
        ({"properties": {"proxyWidgets": [["3", "seed"]]}}, {"nodes": [node(3, "S", 20, -1, "fixed")]}, [5]),
        (
            {},
            {
                "nodes": [node(3, "S", 20, -1, "fixed", inputs=[SOCKET])],
                "inputs": [{"name": "seed", "type": "INT"}],
                "links": [
                    {"id": 1, "origin_id": -10, "origin_slot": 0, "target_id": 3, "target_slot": 0, "type": "INT"}
                ],
            },
            [5],
        ),
    ],
    ids=["inside", "shown by proxy", "shown by a slot"],
)
def test_a_seed_in_a_subgraph_is_told_where_it_is_held(host: Any, definition: Any, at_host: list[int] | None) -> None:
    held = [-1] if at_host else []
    given = {"nodes": [node(7, "sub", *held, **host)], "links": [], **inner(**definition)}
    told = with_drawn_seeds(given, {"7:3": {"seed": 5}}, INFO)
    inside = told["definitions"]["subgraphs"][0]["nodes"][0]["widgets_values"]
    assert (told["nodes"][0]["widgets_values"], inside) == (at_host or [], [20, -1 if at_host else 5, "fixed"])


def test_a_seed_is_told_at_the_outermost_host_that_shows_it() -> None:
    sub = {"id": "sub", "name": "Sub", "links": [], "inputs": [], "nodes": [node(3, "S", 20, -1, "fixed")]}
    within = node(4, "sub", 9, properties={"proxyWidgets": [["3", "seed"]]})
    outer = {"id": "outer", "name": "Outer", "links": [], "inputs": [], "nodes": [within]}
    host = node(7, "outer", -1, properties={"proxyWidgets": [["4", "3/seed"]]})
    given = {"nodes": [host], "links": [], "definitions": {"subgraphs": [sub, outer]}}
    told = with_drawn_seeds(given, {"7:4:3": {"seed": 5}}, INFO)
    inside = [subgraph["nodes"][0]["widgets_values"] for subgraph in told["definitions"]["subgraphs"]]
    assert (told["nodes"][0]["widgets_values"], inside) == ([5], [[20, -1, "fixed"], [9]])


@pytest.mark.parametrize("document", [None, [], {"nodes": 3}, {"nodes": [{"id": 1}]}, {"nodes": []}])
def test_what_is_no_workflow_stays_as_it_is(document: Any) -> None:
    assert with_drawn_seeds(document, {"1": {"seed": 5}, "2:3": {"seed": 6}}, INFO) == document
