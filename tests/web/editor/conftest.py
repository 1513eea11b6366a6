"""A real browser in front of a real server: main.py with a tiny checkpoint, or the toy nodes."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.ports import free_port
from tests.web.editor.editor_page import EditorPage

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 90.0
MILLISECONDS = 60_000
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# A machine with other work may take long; what is waited for is there soon where it is not.
expect.set_options(timeout=MILLISECONDS)
# Where a test's site of models listens, for the shared server is told of it when it starts.
MODEL_SITE_PORT = free_port()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser of its own, a server and their clocks: what fails is tried once more, and the summary names it."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(180))


class ServerProcess:
    """A server on a free port, in a folder of its own."""

    def __init__(self, folder: Path, *module: str, loads_packs: bool = False, flags: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.more_flags = [*flags, *([] if loads_packs else ["--disable-all-custom-nodes"])]
        self.module = module
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers with its nodes."""
        flags = ["--port", str(self.port), "--base-directory", str(self.folder), "--cpu", *self.more_flags]
        environment = {**os.environ, "OMP_NUM_THREADS": "2", "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, *self.module, *flags]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=self.log, stderr=self.log)
        end = time.monotonic() + PATIENCE
        while not self.answers():
            assert self.process.poll() is None, self.output()
            assert time.monotonic() < end, self.output()
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/object_info", timeout=PATIENCE) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def post(self, path: str, body: Any) -> Any:
        """A request as another program sends it."""
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read() or "null")

    def get(self, path: str) -> Any:
        """What another program is answered."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=PATIENCE) as answer:
            return json.loads(answer.read())

    def empty_queue(self) -> None:
        """Let nothing of a test wait or run on."""
        self.post("/queue", {"clear": True})
        self.post("/interrupt", {})

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def output(self) -> str:
        self.log.seek(0)
        return self.log.read().decode(errors="replace")


def find_chromium() -> str:
    """The browser: CHROMIUM, or one on the PATH."""
    named = os.environ.get("CHROMIUM")
    names = (named,) if named else ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("The editor's tests need Chromium: install it, or set CHROMIUM to its path.")
    return found


@pytest.fixture(scope="session")
def skein_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Skein itself, with a tiny untrained checkpoint under the name that the default workflow uses."""
    from tests.web.editor.tiny_checkpoint import write_tiny_checkpoint

    folder = tmp_path_factory.mktemp("skein")
    write_tiny_checkpoint(folder / "models" / "checkpoints" / "skein-emoji.safetensors")
    server = ServerProcess(folder, "main.py", flags=("--model-hosts", f"http://127.0.0.1:{MODEL_SITE_PORT}"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def toy_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The same server with the toy nodes: slow ones, failing ones."""
    server = ServerProcess(tmp_path_factory.mktemp("toys"), "-m", "tests.toy_server")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mannered_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Skein with packs whose scripts are in the manner of those that many people have."""
    from tests.web.editor.packed_server import packs_of

    server = packs_of(tmp_path_factory.mktemp("mannered"), "manners", "makers")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def skein(skein_server: ServerProcess) -> Iterator[ServerProcess]:
    """Skein itself with an empty queue."""
    yield skein_server
    skein_server.empty_queue()


@pytest.fixture
def toys(toy_server: ServerProcess) -> Iterator[ServerProcess]:
    """The toys with an empty queue."""
    yield toy_server
    toy_server.empty_queue()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module; the playwright loop must not outlive it, for asynchronous tests come after."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile; an error on the page fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="dark", accept_downloads=True)
    context.set_default_timeout(MILLISECONDS)
    problems: list[str] = []
    context.on("weberror", lambda error: problems.append(str(error.error)))
    yield context
    context.close()
    assert not problems


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def editor(page: Page, skein: ServerProcess) -> EditorPage:
    """The editor with its default workflow, in front of Skein itself."""
    return EditorPage.open(page, skein.url)


@pytest.fixture
def toy_editor(page: Page, toys: ServerProcess) -> EditorPage:
    """The editor in front of the toy nodes."""
    return EditorPage.open(page, toys.url)
