"""How much of a run is said to be done."""

from execution.forecast import Forecast, Timings
from tests.execution.runs import Bench
from tests.execution.toys import node, prompt


def test_nodes_weigh_what_they_took_last_and_new_ones_what_others_do_on_average() -> None:
    timings = Timings()
    timings.keep("1", "Load", 1.0)
    timings.keep("2", "Sample", 7.0)
    forecast = Forecast(timings)
    forecast.plan({"1": "Load", "2": "Sample", "3": "Save", "4": "Load"})
    assert (forecast.share, forecast.seconds_ahead) == (0.0, 8.0)
    forecast.begin("1")
    forecast.finish("1", "Load")
    assert (forecast.share, forecast.seconds_ahead) == (0.0625, 7.0)
    forecast.begin("2")
    forecast.note("2", 0.5)
    assert (forecast.share, forecast.seconds_ahead) == (0.2812, 0.0)
    forecast.note("2", 0.1)
    assert forecast.share == 0.2812
    forecast.finish("2", "Sample")
    assert forecast.share == 0.5


def test_what_joins_later_counts_from_its_start_and_a_run_without_a_plan_has_done_nothing() -> None:
    forecast = Forecast(Timings())
    assert (forecast.share, forecast.seconds_ahead) == (0.0, 0.0)
    forecast.plan({"1": "A"})
    forecast.begin("late")
    forecast.finish("late", "B")
    assert forecast.share == 0.5


def test_only_so_many_nodes_are_remembered() -> None:
    timings = Timings(most=2)
    for name in ("1", "2", "1", "3"):
        timings.keep(name, "A", 1.0)
    assert [timings.of(name, "A") for name in ("1", "2", "3")] == [1.0, None, 1.0]


def test_each_run_tells_its_share_by_what_the_one_before_took() -> None:
    bench = Bench()
    timings = bench.executor._engine.timings

    def shares(value: int) -> list[tuple[float, float]]:
        graph = prompt(
            n=node("Number", value=value),
            add=node("Add", a=["n", 0], b=1),
            unused=node("Number", value=9),
            show=node("Show", value=["add", 0]),
        )
        return [(told["share"], told["seconds_ahead"]) for told in bench.run(graph).of("progress_state")]

    thirds = [0.0, 0.3333, 0.3333, 0.6667, 0.6667, 1.0]
    assert [share for share, _ in shares(1)] == thirds
    assert timings.of("show", "Show") is not None
    timings.keep("n", "Number", 100.0)
    timings.keep("add", "Add", 300.0)
    timings.keep("show", "Show", 100.0)
    assert shares(2) == [(0.0, 400.0), (0.2, 400.0), (0.2, 100.0), (0.8, 100.0), (0.8, 0.0), (1.0, 0.0)]
    # What is in the cache is no part of the run.
    assert shares(2) == [(1.0, 0.0)]
