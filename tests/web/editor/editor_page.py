"""What a person does on the page, in words that tests can use."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import FloatRect, Locator, Page, expect

DROP = """([name, type, packed]) => {
  const file = new File([Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0))], name, { type });
  const transfer = new DataTransfer();
  transfer.items.add(file);
  const target = document.elementFromPoint(640, 600);
  target.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""
# The stage draws once a frame and sets its cards right once the view has rested.
UNTIL_STILL = """async (element) => {
  const place = () => JSON.stringify(element.getBoundingClientRect());
  let [before, alike] = ["", 0];
  const end = performance.now() + 60_000;
  while (alike < 2) {
    if (performance.now() > end) throw new Error("the element did not come to rest in a minute");
    await new Promise(requestAnimationFrame);
    const now = document.querySelector("#stage.is-moving") ? "" : place();
    alike = now && now === before ? alike + 1 : 0;
    before = now;
  }
}"""
HAS_NOTHING_TO_SEND = "() => (localStorage.getItem('skein.settings.unsent') ?? '[]') === '[]'"


@dataclass(frozen=True)
class EditorPage:
    """The open page."""

    page: Page

    @classmethod
    def open(cls, page: Page, url: str) -> EditorPage:
        """Open the page and wait until its default workflow is there."""
        page.goto(url)
        editor = cls(page)
        editor.wait_ready()
        expect(page.locator('.card[data-node="7"]')).to_be_visible()
        return editor

    def reload(self) -> None:
        """Open the page anew and wait for what it opens by itself."""
        self.page.reload()
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until the page knows the server's nodes and settings, and packs' scripts have begun."""
        expect(self.page.locator("#stage")).to_have_attribute("aria-busy", "false")

    def wait_stored(self) -> None:
        """Wait until the server has every setting that was changed."""
        self.page.wait_for_function(HAS_NOTHING_TO_SEND)

    def card(self, title: str) -> Locator:
        """The card with exactly this title."""
        name = self.page.locator(".card-name", has_text=re.compile(rf"^{re.escape(title)}$"))
        return self.page.locator(".card").filter(has=name)

    def socket(self, title: str, side: str, name: str) -> Locator:
        """A socket: side is input or output, name that of the slot."""
        return self.card(title).locator(f'.socket[data-side="{side}"][data-name="{name}"]')

    def select(self, *titles: str) -> None:
        """Select exactly these cards."""
        for index, title in enumerate(titles):
            self.card(title).locator(".card-title").click(modifiers=["Control"] if index else [])
        expect(self.page.locator(".card.is-selected")).to_have_count(len(titles))

    def choose(self, title: str, *way: str) -> None:
        """Take something from the menu of the right button on a card; the words on the way unfold what is within."""
        self.card(title).locator(".card-title").click(button="right")
        for item in way:
            self.page.locator(".menu-list.is-context").get_by_role("menuitem", name=item).click()

    def search_node(self, x: float, y: float) -> Locator:
        """Double-click the empty canvas; answers the field that searches for a node."""
        self.page.mouse.dblclick(x, y)
        search = self.page.get_by_role("combobox", name="Search nodes")
        expect(search).to_be_focused()
        return search

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
        self.page.evaluate(DROP, [name, media_type, b64encode(content).decode()])

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

    def ask_name(self, name: str) -> None:
        """Type a name into the dialog that asks for that of a workflow."""
        field = self.page.get_by_role("dialog").get_by_role("textbox", name="Name of the workflow")
        field.fill(name)
        field.press("Enter")

    def save_as(self, name: str) -> None:
        """Save it on the server under a name."""
        with self.page.expect_response(lambda answer: "/userdata/" in answer.url):
            self.page.keyboard.press("Control+Shift+s")
            self.ask_name(name)
        expect(self.page.get_by_role("dialog")).to_have_count(0)
        expect(self.page.get_by_role("tab", selected=True)).to_contain_text(name.split("/")[-1])

    def node(self, node_id: int) -> dict[str, Any]:
        """A node of the saved workflow."""
        return next(dict(node) for node in self.workflow()["nodes"] if node["id"] == node_id)

    def queue(self) -> dict[str, Any]:
        """Press Queue; answers what was sent."""
        with self.page.expect_request(lambda request: request.url.endswith("/prompt")) as sent:
            self.page.get_by_role("button", name="Queue", exact=True).click()
        return dict(json.loads(sent.value.post_data or "{}"))


def place(target: Locator) -> FloatRect:
    """Where an element is on the page, once it has come to rest."""
    target.evaluate(UNTIL_STILL)
    box = target.bounding_box()
    assert box is not None, "the element is not on the page"
    return box


def middle(target: Locator) -> tuple[float, float]:
    """The middle of an element on the page."""
    box = place(target)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
