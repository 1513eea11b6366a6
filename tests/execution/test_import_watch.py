"""When the import of a pack is given up."""

from collections.abc import Sequence
from itertools import repeat

import pytest

from execution.import_watch import ImportWatch


def looked(grace: float, steps: Sequence[tuple[float, str, float]]) -> list[str]:
    """What each look answers, given its time, the pack that is imported and how much was done until then."""
    watch = ImportWatch(grace)
    return [watch.look(pack, repeat(done).__next__, now) for now, pack, done in steps]


@pytest.mark.parametrize(
    ("case", "steps", "is_given_up"),
    [
        ("one that does nothing", [(0, "a", 5), (1, "a", 5), (9, "a", 5), (11, "a", 5)], True),
        ("one that does something", [(0, "a", 5), (6, "a", 6), (12, "a", 7), (18, "a", 8)], False),
        ("one that has come to rest", [(0, "a", 5), (6, "a", 6), (12, "a", 6), (16, "a", 6)], True),
        ("many one after another", [(0, "a", 5), (6, "b", 5), (12, "c", 5), (18, "d", 5)], False),
        ("none any more", [(0, "a", 5), (1, "a", 5), (12, "", 5), (99, "", 5)], False),
        ("one that is busy for ever", [(second, "a", second) for second in range(0, 105, 5)], True),
    ],
)
def test_an_import_is_given_up_when_it_makes_no_progress(
    case: str, steps: list[tuple[float, str, float]], is_given_up: bool
) -> None:
    *before, last = looked(10.0, steps)
    assert not any(before)
    assert bool(last) is is_given_up


def test_without_a_grace_time_it_is_waited_for_ever() -> None:
    assert not any(looked(0.0, [(0, "a", 5), (1, "a", 5), (10_000, "a", 5)]))
