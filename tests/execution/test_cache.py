"""The cache never holds more than its bound, and lets go of the least valuable first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.cache import ENTRY_BYTES, PROMPTS_KEPT, Cache, Result


class Storage:
    def __init__(self, pointer: int, size: int) -> None:
        self.pointer, self.size = pointer, size

    def data_ptr(self) -> int:
        return self.pointer

    def nbytes(self) -> int:
        return self.size


class Tensor:
    """As much of a tensor as the cache looks at."""

    device = "cpu"

    def __init__(self, pointer: int, size: int) -> None:
        self.storage, self.nbytes = Storage(pointer, size), size

    def untyped_storage(self) -> Storage:
        return self.storage


def result(*values: object) -> Result:
    return Result(tuple([value] for value in values))


def test_a_tensor_shared_by_results_counts_once() -> None:
    cache = Cache(10_000_000)
    cache.put(b"a", result(Tensor(1, 1000), {"samples": Tensor(2, 500)}))
    cache.put(b"b", result([Tensor(1, 1000)]))
    assert cache.held == 1500 + 2 * ENTRY_BYTES
    cache.put(b"a", result())
    assert cache.held == 1000 + 2 * ENTRY_BYTES


def test_tensors_are_found_inside_objects_and_circles_do_no_harm() -> None:
    class Model:
        def __init__(self) -> None:
            self.weights = {"w": Tensor(5, 4000)}
            self.itself = self

    cache = Cache(10_000_000)
    cache.put(b"a", result(Model()))
    assert cache.held == 4000 + ENTRY_BYTES


@given(st.lists(st.tuples(st.integers(0, 9), st.lists(st.integers(1, 6), max_size=3), st.floats(0, 10), st.booleans())))
def test_the_bound_is_never_exceeded(steps: list[tuple[int, list[int], float, bool]]) -> None:
    cache = Cache(5000)
    for signature, pointers, seconds, reads in steps:
        if reads:
            cache.get(bytes([signature]))
        else:
            cache.put(bytes([signature]), result(*[Tensor(p, p * 700) for p in pointers]), seconds)
        assert 0 <= cache.held <= 5000
        held = {p: p * 700 for e in cache._entries.values() for _, p in e.blocks}
        assert cache.held == sum(held.values()) + ENTRY_BYTES * len(cache)


def test_what_took_long_outlives_what_was_quick() -> None:
    cache = Cache(3000)
    cache.put(b"slow", result(Tensor(1, 1000)), seconds=60)
    for number in range(20):
        cache.put(b"quick%d" % number, result(Tensor(100 + number, 1000)), seconds=0.01)
    assert cache.get(b"slow") is not None
    assert len(cache) == 1 or cache.get(b"quick0") is None


def test_a_result_larger_than_the_bound_is_not_kept() -> None:
    cache = Cache(3000)
    cache.put(b"big", result(Tensor(1, 4000)))
    assert cache.get(b"big") is None
    assert cache.held == 0


def test_policies() -> None:
    lru = Cache(10_000, "lru", most_entries=2)
    for name in (b"a", b"b"):
        lru.put(name, result())
    lru.get(b"a")
    lru.put(b"c", result())
    assert [name in lru for name in (b"a", b"b", b"c")] == [True, False, True]
    none = Cache(10_000, "none")
    none.put(b"a", result())
    assert none.get(b"a") is None
    classic = Cache(10_000, "classic")
    classic.put(b"a", result())
    classic.put(b"b", result())
    classic.begin_prompt([b"b"])
    assert [name in classic for name in (b"a", b"b")] == [False, True]
    with pytest.raises(ValueError, match="cache policy"):
        Cache(1, "often")


def test_what_many_prompts_had_no_use_for_is_forgotten() -> None:
    cache = Cache(10_000_000)
    cache.put(b"used", result())
    for number in range(1000):
        cache.begin_prompt([b"used"])
        cache.put(b"%d" % number, result(Tensor(number, 1000)))
    assert b"used" in cache
    assert len(cache) <= PROMPTS_KEPT + 2


def test_clear_forgets_everything() -> None:
    cache = Cache(10_000)
    cache.put(b"a", result(Tensor(1, 100)))
    cache.clear()
    assert (len(cache), cache.held) == (0, 0)


def test_reading_again_and_again_costs_no_memory() -> None:
    cache = Cache(10_000)
    cache.put(b"a", result())
    for _ in range(1000):
        cache.get(b"a")
    assert len(cache._queue) < 100
