"""Fetching what a workflow misses, from the panel of what is missing."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.editor.axe import AXE, load, look
from tests.web.editor.conftest import MODEL_SITE_PORT, ServerProcess
from tests.web.editor.editor_page import EditorPage
from tests.web.server.model_site import MODEL, ModelSite, model_site


class SiteThread:
    """A site of models on a thread of its own, for browser tests wait on theirs."""

    def __init__(self) -> None:
        self.site: ModelSite | None = None
        self.loop = asyncio.new_event_loop()
        self._is_up = threading.Event()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self.loop.run_until_complete, args=(self._serve(),))

    async def _serve(self) -> None:
        async with model_site(MODEL_SITE_PORT) as self.site:
            self._is_up.set()
            await self._over.wait()

    def __enter__(self) -> "SiteThread":
        self._thread.start()
        assert self._is_up.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self._over.set)
        self._thread.join(60)
        self.loop.close()

    @property
    def url(self) -> str:
        assert self.site is not None
        return self.site.url

    def let_on(self) -> None:
        """Open the gate at which /slow waits."""
        assert self.site is not None
        self.loop.call_soon_threadsafe(self.site.gate.set)


@pytest.fixture
def site() -> Iterator[SiteThread]:
    with SiteThread() as site:
        yield site


@pytest.fixture
def loras(skein: ServerProcess) -> Iterator[Path]:
    """The folder of LoRAs; what comes into it goes again, for other tests use the server too."""
    folder = skein.folder / "models" / "loras"
    yield folder
    (folder / "slow.safetensors").unlink(missing_ok=True)


def loader(node_id: int, name: str, url: str, **more: str) -> dict[str, Any]:
    model = {"name": name, "url": url, "directory": "loras", **more}
    return {
        "id": node_id,
        "type": "LoraLoaderModelOnly",
        "pos": [340 * (node_id - 1), 0],
        "size": [300, 110],
        "properties": {"models": [model]},
        "widgets_values": [name, 1.0],
    }


def test_what_a_workflow_misses_is_fetched_and_its_card_becomes_good(
    editor: EditorPage, site: SiteThread, loras: Path
) -> None:
    page = editor.page
    nodes = [
        loader(1, "slow.safetensors", f"{site.url}/slow"),
        loader(2, "other.safetensors", "https://models.example/other.safetensors"),
        loader(3, "page.safetensors", f"{site.url}/page"),
    ]
    editor.drop("missing.json", json.dumps({"nodes": nodes, "links": [], "version": 0.4}).encode())
    card = page.locator('.card[data-node="1"]')
    expect(card.locator('[aria-invalid="true"]')).to_have_count(1)
    page.get_by_role("status").get_by_role("button", name="What is missing").click()
    dialog = page.get_by_role("dialog", name="What is missing")

    slow = dialog.get_by_role("listitem").filter(has_text="slow.safetensors")
    slow.get_by_role("button", name="Fetch", exact=True).click()
    expect(slow.get_by_text("1 MB of 2 MB")).to_be_visible()
    slow.get_by_role("button", name="Cancel").click()
    slow.get_by_role("button", name="Fetch", exact=True).click()
    expect(slow.get_by_role("progressbar", name="slow.safetensors")).to_be_visible()

    other = dialog.get_by_role("listitem").filter(has_text="other.safetensors")
    other.get_by_role("button", name="Fetch", exact=True).click()
    expect(other.get_by_role("alert")).to_contain_text("not fetched from https://models.example")
    expect(other).to_contain_text("models/loras as other.safetensors")
    expect(other.get_by_role("link", name="https://models.example/other.safetensors")).to_be_visible()

    web_page = dialog.get_by_role("listitem").filter(has_text="page.safetensors")
    web_page.get_by_role("button", name="Fetch", exact=True).click()
    expect(web_page.get_by_role("alert")).to_contain_text("A web page came")
    expect(web_page.get_by_role("button", name="Fetch again")).to_be_visible()

    if AXE.exists():
        load(page)
        look(page, "dialog[open]")

    site.let_on()
    expect(slow).to_have_count(0)
    dialog.get_by_role("button", name="Close").click()
    expect(card.locator('[aria-invalid="true"]')).to_have_count(0)
    assert (loras / "slow.safetensors").read_bytes() == MODEL
