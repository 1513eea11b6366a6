"""Signatures are equal exactly where everything that a result depends on is equal."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from execution.node_class import NodeClass
from execution.prompt import Link, PromptNode
from execution.signature import sign
from tests.execution.toys import Add, Number

ADD = NodeClass("Add", Add)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0, 2.0]) | st.text("ab1", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)
inputs = st.dictionaries(
    st.sampled_from("ab"), values | st.builds(Link, st.sampled_from("xyz"), st.integers(0, 1)), max_size=2
)
ANCESTORS = {"x": b"one", "y": b"one", "z": b"two"}


def signature(given: dict[str, Any], fingerprint: Any = None, declared: NodeClass = ADD, node_id: str = "1") -> bytes:
    node = PromptNode(declared.class_type, given)
    return sign(node_id, node, declared, fingerprint, ANCESTORS.__getitem__)


def content(value: Any) -> Any:
    """The value with types told apart that Python calls equal, and ancestors replaced by their signatures."""
    if isinstance(value, Link):
        return ("link", ANCESTORS[value.node_id], value.output_index)
    if isinstance(value, list):
        return ("list", [content(part) for part in value])
    if isinstance(value, dict):
        return ("map", {key: content(part) for key, part in value.items()})
    return (type(value), value)


@given(inputs, inputs)
def test_signatures_are_equal_exactly_where_content_is(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert (signature(first) == signature(second)) == (content(first) == content(second))


@given(inputs)
def test_the_order_of_inputs_does_not_matter(given: dict[str, Any]) -> None:
    assert signature(given) == signature(dict(reversed(given.items())))


def test_class_and_fingerprint_matter_and_the_id_does_not() -> None:
    assert signature({"a": 1}) != signature({"a": 1}, declared=NodeClass("Number", Number))
    assert signature({"a": 1}, ["x"]) != signature({"a": 1}, ["y"])
    assert signature({"a": 1}, node_id="1") == signature({"a": 1}, node_id="2")


def test_what_equals_nothing_is_never_reused() -> None:
    for strange in (float("nan"), [float("nan")], object()):
        assert signature({"a": strange}) != signature({"a": strange})
        assert signature({}, strange) != signature({}, strange)


def test_another_name_of_a_class_is_the_same_class() -> None:
    class Renamed(Add):
        OTHER_NAMES = ("Old",)

    assert signature({}, declared=NodeClass("Renamed", Renamed)) == signature({}, declared=NodeClass("Old", Renamed))
