"""python -m benchmarks [--url URL] [--checkpoint NAME]: measure a running server, or Skein started for it."""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
from contextlib import AsyncExitStack
from pathlib import Path

from .client import connect
from .own_server import started
from .processes import Processes
from .rows import ENGINE_ROWS, Figures, Settings, sampling


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--url", help="a server that speaks the protocol; without it Skein is started")
    parser.add_argument("--repeats", type=int, default=100, help="prompts in the short rows (default 100)")
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--checkpoint", default="", help="also sample with this checkpoint, by its name on the server")
    parser.add_argument("--size", type=int, default=256, help="pixels of the sampled picture's side (default 256)")
    parser.add_argument("--steps", type=int, default=20, help="sampler steps (default 20)")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("server_flags", nargs="*", help="after --: flags for the server that is started")
    return parser.parse_args()


async def measure(options: argparse.Namespace) -> dict[str, Figures]:
    figures: dict[str, Figures] = {}
    settings = Settings(options.repeats, options.checkpoint, options.size, options.steps)
    async with AsyncExitStack() as stack:
        url = options.url
        if not url:
            url, figures["start"] = await stack.enter_async_context(started(options.server_flags))
            show("start", figures["start"])
        client = await stack.enter_async_context(connect(url))
        processes = Processes(url)
        for row in (*ENGINE_ROWS, *([sampling] if options.checkpoint else [])):
            if options.only in row.__name__:
                figures[row.__name__] = await row(client, processes, settings)
                show(row.__name__, figures[row.__name__])
    return figures


def show(name: str, figures: Figures) -> None:
    print(f"{name:22}", "  ".join(f"{what} {value:.4g}" for what, value in figures.items()), flush=True)


def main() -> None:
    options = parse()
    figures = asyncio.run(measure(options))
    if options.json:
        machine = {"machine": platform.machine(), "python": platform.python_version(), "system": platform.system()}
        options.json.write_text(json.dumps({"machine": machine, "figures": figures}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
