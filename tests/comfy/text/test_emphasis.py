"""The grammar of weights in prompt text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfy.text.emphasis import Segment, split_by_weight


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a cat", [("a cat", 1.0)]),
        ("", []),
        ("a (red) cat", [("a ", 1.0), ("red", 1.1), (" cat", 1.0)]),
        ("((red))", [("red", 1.1 * 1.1)]),
        ("(red:1.3)", [("red", 1.3)]),
        ("((red:1.3))", [("red", 1.3)]),
        ("((red:1.3) cat)", [("red", 1.3), (" cat", 1.1)]),
        ("((red) cat:1.5)", [("red", 1.5 * 1.1), (" cat", 1.5)]),
        ("[dog]", [("[dog]", 1.0)]),
        (r"a \(cat\)", [("a (cat)", 1.0)]),
        (r"(a \(cat\):0.5)", [("a (cat)", 0.5)]),
        ("(x:abc)", [("x:abc", 1.1)]),
        ("(:1.3)", [(":1.3", 1.1)]),
        ("(a:b:1.2)", [("a:b", 1.2)]),
        ("(a:-1)", [("a", -1.0)]),
        ("unfinished (cat", [("unfinished ", 1.0), ("(cat", 1.0)]),
        ("cat) (dog)", [("cat) (dog)", 1.0)]),
    ],
)
def test_text_is_cut_where_its_weight_changes(text, segments):
    assert split_by_weight(text) == [Segment(*segment) for segment in segments]


@given(st.text(alphabet="ab():1.\\ ", max_size=40))
def test_any_text_can_be_read_and_only_brackets_numbers_and_colons_are_lost(text):
    joined = "".join(segment.text for segment in split_by_weight(text))
    assert [letter for letter in joined if letter in "ab"] == [letter for letter in text if letter in "ab"]


def test_deep_nesting_is_read():
    (segment,) = split_by_weight("(" * 2000 + "a" + ")" * 2000)
    assert segment.text == "a"
    assert segment.weight == pytest.approx(1.1**2000)
