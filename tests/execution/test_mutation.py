"""A node that changes its inputs is found and named."""

from typing import Any

import numpy
import pytest

from execution.cache import Cache
from execution.executor import Executor, Run
from execution.mutation import digest
from execution.progress import CancelToken
from tests.execution.toys import TOYS, node, prompt


class MakesList:
    RETURN_TYPES, FUNCTION = ("LATENT",), "run"
    INPUT_TYPES = staticmethod(dict)

    def run(self) -> tuple[Any]:
        return ({"samples": numpy.zeros(3), "more": [1]},)


class Changes:
    RETURN_TYPES, FUNCTION = ("LATENT",), "run"
    INPUT_TYPES = staticmethod(lambda: {"required": {"latent": ("LATENT",), "really": ("BOOLEAN",)}})

    def run(self, latent: Any, really: bool) -> tuple[Any]:
        if really:
            latent["samples"] += 1
        return (latent,)


class ChangesLater(Changes):
    async def run(self, latent: Any, really: bool) -> tuple[Any]:  # type: ignore[override]
        return super().run(latent, really)


@pytest.mark.parametrize("kind", ["Changes", "ChangesLater"])
@pytest.mark.parametrize(
    ("is_checked", "really", "status"), [(True, True, "error"), (True, False, "success"), (False, True, "success")]
)
def test_a_node_that_changes_its_input_is_named(kind: str, is_checked: bool, really: bool, status: str) -> None:
    nodes = TOYS | {"MakesList": MakesList, "Changes": Changes, "ChangesLater": ChangesLater}
    executor = Executor(nodes, Cache(10**6), check_mutation=is_checked)
    graph = prompt(m=node("MakesList"), c=node(kind, latent=["m", 0], really=really), show=node("Show", value=["c", 0]))
    outcome = executor.run(Run("p", graph, ("show",)), lambda event: None, CancelToken())
    assert outcome.status == status
    if outcome.error is not None:
        assert outcome.error.node_id == "c"
        assert f"{kind} changed its input latent" in outcome.error.exception_message


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value["a"].append(1),
        lambda value: value.update(b=2),
        lambda value: value["x"].__setitem__(0, 5),
        lambda value: value["a"].clear(),
    ],
)
def test_any_change_of_content_changes_the_digest(change: Any) -> None:
    value: dict[str, Any] = {"a": [[1, "x"], (2.5,)], "x": numpy.zeros(4, numpy.float32)}
    value["itself"] = value
    before = digest(value)
    assert digest(value) == before
    change(value)
    assert digest(value) != before


class Thing:
    """An object of a pack's own."""

    def __init__(self) -> None:
        self.size, self.parts, self.is_loaded = 1, [1], False


Thing.__module__ = "custom_nodes.things"


class Watched:
    def __init__(self) -> None:
        self.state, self.loaded = {"options": [print]}, 0

    def watched_state(self) -> Any:
        return self.state


@pytest.mark.parametrize(
    ("made", "change", "is_seen"),
    [
        (Thing, lambda thing: setattr(thing, "size", 2), True),
        (Thing, lambda thing: thing.parts.append(2), True),
        (Thing, lambda thing: setattr(thing, "is_loaded", True), False),
        (Watched, lambda watched: watched.state.update(options=[len]), True),
        (Watched, lambda watched: setattr(watched, "loaded", 1), False),
    ],
)
def test_of_objects_what_they_say_of_themselves_is_looked_at(made: Any, change: Any, is_seen: bool) -> None:
    value = [made()]
    before = digest(value)
    assert digest(value) == before
    change(value[0])
    assert (digest(value) != before) is is_seen


def test_what_was_changed_is_made_anew_for_those_who_still_need_it_and_for_later_prompts() -> None:
    executor = Executor(TOYS | {"MakesList": MakesList, "Changes": Changes}, Cache(10**6), check_mutation=True)
    guilty = {"m": node("MakesList"), "c": node("Changes", latent=["m", 0], really=True)}
    guilty["d"] = node("Changes", latent=["m", 0], really=False)
    outputs = {"a": node("Show", value=["c", 0]), "b": node("Show", value=["d", 0])}
    outcome = executor.run(Run("p", prompt(**guilty, **outputs), ("a", "b")), lambda event: None, CancelToken())
    assert outcome.status == "error"
    assert outcome.outputs["b"]["shown"][0]["samples"] == "[0. 0. 0.]"
    innocent = prompt(m=node("MakesList"), b=node("Show", value=["m", 0]))
    outcome = executor.run(Run("q", innocent, ("b",)), lambda event: None, CancelToken())
    assert outcome.outputs["b"]["shown"][0]["samples"] == "[0. 0. 0.]"
