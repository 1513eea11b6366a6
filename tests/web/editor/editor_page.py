"""What a person does on the page, in words that tests can use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

DROP = """([name, type, bytes]) => {
  const file = new File([new Uint8Array(bytes)], name, { type });
  const transfer = new DataTransfer();
  transfer.items.add(file);
  const target = document.elementFromPoint(640, 600);
  target.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""


@dataclass(frozen=True)
class EditorPage:
    """The open page."""

    page: Page

    @classmethod
    def open(cls, page: Page, url: str) -> EditorPage:
        """Open the page and wait until its default workflow is there."""
        page.goto(url)
        editor = cls(page)
        expect(page.locator('.card[data-node="7"]')).to_be_visible()
        return editor

    def card(self, title: str) -> Locator:
        """The card with this title."""
        return self.page.locator(".card").filter(has=self.page.locator(".card-name", has_text=title)).first

    def socket(self, title: str, side: str, name: str) -> Locator:
        """A socket: side is input or output, name that of the slot."""
        return self.card(title).locator(f'.socket[data-side="{side}"][data-name="{name}"]')

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press, move in steps and release."""
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move(*end, steps=6)
        self.page.mouse.up()

    def connect(self, source: Locator, target: Locator) -> None:
        self.drag(middle(source), middle(target))

    def drop(self, name: str, content: bytes, media_type: str = "application/json") -> None:
        """Drop a file on the page."""
        self.page.evaluate(DROP, [name, media_type, list(content)])

    def workflow(self) -> dict[str, Any]:
        """The workflow as it is exported, without the names beside its nodes' values."""
        workflow = self.exported()
        for node in workflow["nodes"]:
            node.pop("widgets_values_named", None)
        return workflow

    def exported(self) -> dict[str, Any]:
        """The workflow as a file holds it."""
        with self.page.expect_download() as download:
            self.page.keyboard.press("Control+Alt+s")
        return dict(json.loads(download.value.path().read_text(encoding="utf-8")))

    def save_as(self, name: str) -> None:
        """Save it on the server under a name."""
        self.page.keyboard.press("Control+Shift+s")
        self.page.get_by_role("textbox", name="Name of the workflow").fill(name)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("dialog")).to_have_count(0)

    def node(self, node_id: int) -> dict[str, Any]:
        """A node of the saved workflow."""
        return next(dict(node) for node in self.workflow()["nodes"] if node["id"] == node_id)

    def queue(self) -> dict[str, Any]:
        """Press Queue; answers what was sent."""
        with self.page.expect_request(lambda request: request.url.endswith("/prompt")) as sent:
            self.page.get_by_role("button", name="Queue", exact=True).click()
        return dict(json.loads(sent.value.post_data or "{}"))


def middle(target: Locator) -> tuple[float, float]:
    """The middle of an element on the page."""
    box = target.bounding_box()
    assert box is not None, "the element is not on the page"
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
