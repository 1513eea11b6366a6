"""Names by which packs order nodes and load others' nodes."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

import nodes
from nodes.registry import LOADED_MODULE_DIRS, NODE_CLASS_MAPPINGS
from tests.nodes.compat.studio import name

GRAPH: dict[str, Any] = {
    "a": {"class_type": "EmptyImage", "inputs": {}},
    "b": {"class_type": "ImageInvert", "inputs": {"image": ["a", 0]}},
    "c": {"class_type": "ImageBlend", "inputs": {"image1": ["a", 0], "image2": ["b", 0]}},
    "d": {"class_type": "EmptyImage", "inputs": {}},
}


def test_nodes_are_ready_once_all_that_they_wait_for_are_popped() -> None:
    graph = name("comfy_execution.graph")
    order = graph.TopologicalSort(graph.DynamicPrompt(GRAPH))
    order.add_node("c")
    done = []
    while not order.is_empty():
        (ready,) = order.get_ready_nodes()
        done.append(ready)
        order.pop_node(ready)
    assert done == ["a", "b", "c"]


def test_a_node_may_be_made_to_wait_for_more() -> None:
    graph = name("comfy_execution.graph")
    order = graph.TopologicalSort(graph.DynamicPrompt(GRAPH))
    order.add_node("a")
    order.add_strong_link("d", 0, "a")
    assert order.get_ready_nodes() == ["d"]
    with pytest.raises(graph.NodeInputError):
        order.make_input_strong_link("b", "nothing")
    with pytest.raises(graph.NodeNotFoundError):
        order.add_node("nobody")


def test_a_pack_loads_the_nodes_of_another(tmp_path: Path) -> None:
    pack = tmp_path / "other.py"
    pack.write_text(
        "class N:\n FUNCTION = 'run'\n RETURN_TYPES = ()\n def INPUT_TYPES(): return {}\n def run(self): return ()\n"
        "NODE_CLASS_MAPPINGS = {'LoadedByHand': N, 'KSampler': N}\n"
    )
    built_in = NODE_CLASS_MAPPINGS["KSampler"]
    try:
        assert asyncio.run(nodes.load_custom_node(str(pack)))
        assert nodes.NODE_CLASS_MAPPINGS["LoadedByHand"].__name__ == "N"
        assert nodes.NODE_CLASS_MAPPINGS["KSampler"] is built_in
        assert not asyncio.run(nodes.load_custom_node(str(tmp_path / "nothing.py")))
    finally:
        NODE_CLASS_MAPPINGS.pop("LoadedByHand", None)
        for pack_name in ("other", "nothing"):
            LOADED_MODULE_DIRS.pop(pack_name, None)


def test_upscalers_are_read_by_their_weights() -> None:
    loading = name("comfy_extras.chainner_models.model_loading")
    assert name("comfy_extras.chainner_models").model_loading is loading
    with pytest.raises(Exception, match="The network that a pack loads"):
        loading.load_state_dict({})
