"""python -m benchmarks.editor [--nodes 1000 2000 10000]: the editor with large workflows in headless Chromium."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from ..own_server import started
from .meter import Meter
from .workflows import CLASS, PACK, sheet, title_near

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SCREEN = ViewportSize(width=1600, height=900)
MIDDLE = (800.0, 450.0)
MOVES = 60
# Answers the milliseconds from the drop to the first frame that shows the workflow and takes an edit.
OPEN = """async ([name, text]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([text], `${name}.json`, { type: "application/json" }));
  const target = document.elementFromPoint(800, 450);
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  const start = performance.now();
  target.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  while (!document.title.includes(name)) await frame();
  await frame();
  return performance.now() - start;
}"""

HAS_RESTED = "() => document.querySelector('link[href$=\"queue.css\"]')?.sheet"

# A browser hands over what a hand does once a frame, however often the mouse tells; more moves than that cannot come.
FRAME = "() => new Promise((done) => requestAnimationFrame(() => done()))"

Figures = dict[str, float]


@contextmanager
def own_server() -> Iterator[str]:
    """Skein with one more node class, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        pack = Path(folder) / "custom_nodes" / "skein_benchmark.py"
        pack.parent.mkdir()
        pack.write_text(PACK, encoding="utf-8")
        loop = asyncio.new_event_loop()
        context = started(["--base-directory", folder, "--cpu"])
        url, _ = loop.run_until_complete(context.__aenter__())
        try:
            yield url
        finally:
            loop.run_until_complete(context.__aexit__(None, None, None))
            loop.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        sys.exit("This needs Chromium: install it, or set CHROMIUM to its path.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


def load(browser: Browser, url: str) -> Figures:
    """The page with its default workflow, from nothing to every card drawn, and what it fetches once it rests."""
    page = browser.new_page(viewport=SCREEN)
    meter = Meter(page)
    page.goto(url)
    page.locator(".card").first.wait_for()
    page.wait_for_load_state("networkidle")
    figures = {"main thread ms": meter.main_thread_ms(), "KiB over the wire": meter.bytes / 1024}
    page.wait_for_function(HAS_RESTED)
    page.wait_for_load_state("networkidle")
    figures |= {
        "at rest main thread ms": meter.main_thread_ms() - figures["main thread ms"],
        "at rest KiB": meter.bytes_at_rest / 1024,
    }
    page.context.close()
    return figures


def sheet_of(browser: Browser, url: str, count: int) -> Figures:
    """A workflow of `count` nodes: opened, then moved about near and with everything in view."""
    page = browser.new_page(viewport=SCREEN)
    meter = Meter(page)
    page.goto(url)
    page.locator(".card").first.wait_for()
    page.wait_for_function("() => document.querySelectorAll('.card').length > 3")
    opened = page.evaluate(OPEN, [f"sheet-{count}", json.dumps(sheet(count))])
    meter.count_frames()
    figures = {"open ms": float(opened), "heap MiB": meter.heap_mib()}
    figures |= gestures(page, meter, "far")
    page.mouse.move(*MIDDLE)
    come_near(page)
    figures |= gestures(page, meter, "near")
    page.context.close()
    return figures


def gestures(page: Page, meter: Meter, where: str) -> Figures:
    """Milliseconds a frame for pan, zoom and the dragging of a node."""
    figures: Figures = {}
    for name, gesture in (("pan", pan), ("zoom", zoom), ("drag", drag_node)):
        figures[f"{name} {where} ms"] = meter.cost(partial(gesture, page)).ms
    return figures


def pan(page: Page) -> None:
    page.mouse.move(*MIDDLE)
    page.mouse.down(button="middle")
    _sweep(page, 2)
    page.mouse.up(button="middle")


def zoom(page: Page) -> None:
    for step in range(MOVES):
        page.mouse.wheel(0, -40 if step < MOVES // 2 else 40)
        page.evaluate(FRAME)


def drag_node(page: Page) -> None:
    """Drag the node that lies nearest to the middle by its title."""
    place = title_near(page.locator(".stage-cards").get_attribute("style") or "", MIDDLE)
    page.mouse.move(*place)
    page.mouse.down()
    _sweep(page, 1, place)
    page.mouse.up()


def come_near(page: Page) -> None:
    """Zoom in until cards can be read."""
    for _ in range(200):
        page.mouse.wheel(0, -120)
        if page.locator(".card").count():
            break
    page.wait_for_timeout(400)


def _sweep(page: Page, pixels: int, start: tuple[float, float] = MIDDLE) -> None:
    x, y = start
    for step in range(MOVES):
        away = step if step < MOVES // 2 else MOVES - step
        page.mouse.move(x + away * pixels, y + away * pixels)
        page.evaluate(FRAME)


def show(name: str, figures: Figures) -> None:
    print(f"{name:12}", "  ".join(f"{what} {value:.4g}" for what, value in figures.items()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.editor", description=__doc__)
    parser.add_argument("--url", help=f"a running server that has the node {CLASS}; without it Skein is started")
    parser.add_argument("--nodes", type=int, nargs="*", default=[1000, 2000, 10000], help="sizes of workflow to open")
    options = parser.parse_args()

    def measure(url: str) -> None:
        with chromium() as browser:
            show("page", load(browser, url))
            for count in options.nodes:
                show(f"{count} nodes", sheet_of(browser, url, count))

    if options.url:
        measure(options.url)
    else:
        with own_server() as url:
            measure(url)


if __name__ == "__main__":
    main()
