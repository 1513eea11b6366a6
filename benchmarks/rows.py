"""What is measured: one function per row, each giving named figures."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from . import graphs
from .client import Client, Timing
from .processes import PeakMemory, Processes

Figures = dict[str, float]


@dataclass(frozen=True)
class Settings:
    """How much to run."""

    repeats: int = 100
    checkpoint: str = ""
    size: int = 256
    steps: int = 20


Row = Callable[[Client, Processes, Settings], Awaitable[Figures]]


async def trivial_in_sequence(client: Client, processes: Processes, settings: Settings) -> Figures:
    """EmptyImage → PreviewImage with a new colour each time, one after the other."""
    before = processes.usage().cpu
    timings = [await client.run(graphs.trivial(graphs.fresh_colour())) for _ in range(settings.repeats)]
    cpu = (processes.usage().cpu - before) / settings.repeats
    return {
        "round trip ms": _ms(t.total for t in timings),
        "post ms": _ms(t.post for t in timings),
        "cpu ms": cpu * 1e3,
    }


async def trivial_at_once(client: Client, processes: Processes, settings: Settings) -> Figures:
    """The same, all queued before the first is waited for."""
    start = time.perf_counter()
    posted = [await client.post(graphs.trivial(graphs.fresh_colour())) for _ in range(settings.repeats)]
    await client.wait(posted[-1])
    return {"prompts per s": settings.repeats / (time.perf_counter() - start)}


async def trivial_cached(client: Client, processes: Processes, settings: Settings) -> Figures:
    """The same prompt again and again."""
    prompt = graphs.trivial(graphs.fresh_colour())
    await client.run(prompt)
    return {"round trip ms": _ms([(await client.run(prompt)).total for _ in range(settings.repeats)])}


async def web_of_500(client: Client, processes: Processes, settings: Settings) -> Figures:
    """500 cheap nodes in 16 chains, all executed, then all cached."""
    return await _graph(client, graphs.web(500, 16, graphs.fresh_colour()))


async def web_of_2000(client: Client, processes: Processes, settings: Settings) -> Figures:
    """2,000 cheap nodes in 32 chains, all executed, then all cached."""
    return await _graph(client, graphs.web(2000, 32, graphs.fresh_colour()))


async def chain_of_500(client: Client, processes: Processes, settings: Settings) -> Figures:
    """500 cheap nodes in one line, all executed, then all cached."""
    return await _graph(client, graphs.chain(500, graphs.fresh_colour()))


async def object_info(client: Client, processes: Processes, settings: Settings) -> Figures:
    """The description of every node."""
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        answer = await client.get("/object_info")
        seconds.append(time.perf_counter() - start)
    return {"ms": _ms(seconds), "classes": len(answer)}


async def sampling(client: Client, processes: Processes, settings: Settings) -> Figures:
    """Text to image with a checkpoint: cold, then warm with another seed."""
    with PeakMemory(processes) as peak:
        cold = await client.run(graphs.text_to_image(settings.checkpoint, settings.size, settings.steps, seed=1))
        warm = await client.run(graphs.text_to_image(settings.checkpoint, settings.size, settings.steps, seed=2))
    return {
        "cold s": cold.total,
        "warm s": warm.total,
        "s per step": _seconds_per_step(warm),
        "resident MiB": processes.usage().resident,
        "peak MiB": peak.mib,
    }


ENGINE_ROWS: tuple[Row, ...] = (
    trivial_in_sequence,
    trivial_at_once,
    trivial_cached,
    web_of_500,
    web_of_2000,
    chain_of_500,
    object_info,
)


async def _graph(client: Client, prompt: graphs.Prompt) -> Figures:
    fresh = await client.run(prompt)
    cached = await client.run(prompt)
    return {
        "s": fresh.total,
        "ms a node": fresh.total / len(prompt) * 1e3,
        "post ms": fresh.post * 1e3,
        "websocket KiB": fresh.traffic.bytes / 1024,
        "cached s": cached.total,
    }


def _seconds_per_step(timing: Timing) -> float:
    steps = timing.traffic.steps
    return median(b - a for a, b in pairwise(steps)) if len(steps) > 1 else float("nan")


def _ms(seconds: Iterable[float]) -> float:
    return median(seconds) * 1e3
