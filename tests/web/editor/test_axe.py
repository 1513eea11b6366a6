"""What axe-core says of the page, its panels, menus and dialogs, in each theme."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.editor.axe import AXE, load, look
from tests.web.editor.editor_page import EditorPage

LONG = 60_000
PAINTER = {"class_type": "Painter", "inputs": {"mask": "", "width": 64, "height": 64, "bg_color": "#ffffff"}}


@pytest.fixture
def judged(editor: EditorPage) -> EditorPage:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm install")
    load(editor.page)
    return editor


def run_command(page: Page, words: str) -> None:
    page.keyboard.press("Control+Shift+P")
    palette = page.get_by_role("dialog", name="All commands")
    palette.get_by_role("combobox").fill(words)
    expect(palette.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(palette).to_have_count(0)


def test_no_serious_fault_on_the_page_its_panels_and_dialogs(judged: EditorPage) -> None:
    page = judged.page
    look(page, "body")
    judged.card("KSampler").locator(".card-title").click()
    opened_by_keys = {
        "Control+`": ".log",
        "q": ".queue-panel",
        "n": ".library",
        "m": ".library",
        "a": ".search",
        "w": ".drawer.workflows",
    } | dict.fromkeys(("?", "Control+,", "Control+Shift+p", "o", "l", "Control+Shift+s"), "dialog[open]")
    for keys, panel in opened_by_keys.items():
        page.keyboard.press(keys)
        look(page, panel)
        page.keyboard.press("Escape")
        expect(page.locator(panel)).to_be_hidden()
    for words in ("templates", "what is missing", "an address of this server"):
        run_command(page, words)
        look(page, "dialog[open]")
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
    page.get_by_role("button", name="Run options").click()
    look(page, ".run-options")
    page.keyboard.press("Escape")
    judged.card("KSampler").get_by_role("spinbutton", name="steps", exact=True).click(button="right")
    look(page, ".menu-list.is-context")
    page.keyboard.press("Escape")
    page.locator(".toolbar").get_by_role("menuitem", name="File").click()
    look(page, ".toolbar")


def test_no_serious_fault_where_pictures_are_looked_at_and_painted(judged: EditorPage) -> None:
    page = judged.page
    judged.queue()
    saved = judged.card("Save Image")
    expect(saved).to_have_attribute("data-state", re.compile("finished|cached"), timeout=LONG)
    expect(page.locator(".toolbar").get_by_role("status")).to_have_text("Done: 1 picture.")
    saved.get_by_role("button", name="Enlarge picture 1").dblclick()  # and yet one window
    look(page, "dialog.lightbox[open]")
    page.get_by_role("dialog", name="Picture").get_by_role("button", name="Compare").click()
    look(page, "dialog.lightbox[open]")
    page.locator(".lightbox-bar").get_by_role("button", name="Close").click()
    expect(page.locator("dialog")).to_have_count(0)
    page.keyboard.press("q")
    expect(page.locator(".job.is-completed").first).to_be_visible()
    look(page, ".queue-panel")
    page.keyboard.press("q")
    expect(page.locator(".queue-panel")).to_have_count(0)
    saved.locator(".picture-frame").hover()
    saved.get_by_role("button", name="Paint a mask").click()
    look(page, "dialog.painting")
    page.locator("dialog.painting").get_by_role("button", name="Cancel").click()
    judged.drop("painter.json", json.dumps({"1": PAINTER}).encode())
    judged.card("Painter").get_by_role("button", name="Paint…").click()
    look(page, "dialog.painting")


def coloured(workflow: dict[str, Any]) -> dict[str, Any]:
    """A workflow whose cards have colours of all kinds, some muted, some bypassed, and one that the server lacks."""
    colours = ("#432", "#653"), (None, "#ddd"), ("#232", "#353"), (None, None)
    for place, node in enumerate(workflow["nodes"]):
        title, body = colours[place % len(colours)]
        node.update({"color": title} if title else {}, mode=(0, 2, 4)[place % 3], **({"bgcolor": body} if body else {}))
    unknown = {"id": 99, "type": "Nope", "pos": [400, 0], "size": [200, 80], "widgets_values": [1]}
    workflow["nodes"].append(unknown)
    return workflow


def test_no_serious_fault_on_coloured_muted_and_unknown_cards_and_in_subgraphs(judged: EditorPage) -> None:
    page = judged.page
    judged.drop("colours.json", json.dumps(coloured(judged.workflow())).encode())
    expect(page.locator(".notice-action")).to_be_visible()
    look(page, "body")
    page.locator(".notice").get_by_role("button", name="What is missing").click()
    look(page, "dialog[open]")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    judged.select("KSampler")
    page.keyboard.press("Control+Shift+E")
    expect(judged.card("New subgraph")).to_be_visible()
    page.keyboard.press("Alt+Enter")
    expect(page.get_by_role("navigation", name="Opened subgraphs")).to_be_visible()
    page.keyboard.press("Alt+m")
    expect(page.get_by_role("complementary", name="Minimap")).to_be_visible()
    look(page, "body")
    page.keyboard.press("Alt+m")
    judged.wait_stored()
    page.keyboard.press("Alt+w")
    look(page, "dialog[open]")
