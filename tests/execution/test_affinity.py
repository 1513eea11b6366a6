"""Which worker suits a prompt."""

import json
from typing import Any

from execution.affinity import MOST_REMEMBERED, Affinity, Traits, traits_of


def graph(checkpoint: str, text: str = "a cat", first_id: int = 1) -> str:
    loader, encoder = str(first_id), str(first_id + 1)
    nodes: dict[str, Any] = {
        loader: {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": checkpoint}},
        encoder: {"class_type": "CLIPTextEncode", "inputs": {"clip": [loader, 1], "text": text}},
        "size": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64}},
    }
    return json.dumps(nodes)


def test_equal_nodes_have_equal_traits_whatever_their_ids() -> None:
    assert traits_of(graph("a")) == traits_of(graph("a", first_id=7))
    assert traits_of(graph("a")) != traits_of(graph("b"))


def test_only_what_names_a_file_counts_as_a_loader() -> None:
    assert len(traits_of(graph("a")).loaders) == 1
    assert len(traits_of(graph("a")).nodes) == 3


def test_a_loaded_model_counts_for_more_than_any_other_result() -> None:
    affinity = Affinity()
    affinity.note("left", 1, traits_of(graph("a", "a dog")))
    affinity.note("right", 2, traits_of(graph("b", "a cat")))
    wanted = traits_of(graph("a", "a cat"))
    assert affinity.score("left", 1, wanted) > affinity.score("right", 2, wanted) > affinity.score("new", 3, wanted)


def test_a_worker_that_was_replaced_or_emptied_holds_nothing() -> None:
    affinity, wanted = Affinity(), traits_of(graph("a"))
    affinity.note("left", 1, wanted)
    assert affinity.score("left", 99, wanted) == (0, 0)
    affinity.note("left", 1, wanted)
    affinity.forget()
    assert affinity.score("left", 1, wanted) == (0, 0)


def test_what_was_long_ago_is_forgotten() -> None:
    affinity, wanted = Affinity(), traits_of(graph("a"))
    affinity.note("left", 1, wanted)
    affinity.note("left", 1, Traits(frozenset(), frozenset(range(MOST_REMEMBERED))))
    assert affinity.score("left", 1, wanted) == (0, 0)
