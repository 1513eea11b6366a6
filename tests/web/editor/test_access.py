"""The page by keys and for a reader of screens."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.editor.conftest import ROOT
from tests.web.editor.editor_page import EditorPage

pytestmark = pytest.mark.timeout(120)
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


def serious_faults(page: Page, axe: Path) -> list[str]:
    page.evaluate(axe.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [
        f"{fault['id']}: {fault['nodes'][0]['html']}" for fault in found if fault["impact"] in ("serious", "critical")
    ]


def test_axe_finds_no_serious_fault_on_the_page_and_its_panels(editor: EditorPage) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm install")
    page = editor.page
    for keys in ("", "q", "w", "?", "Control+,", "Control+Shift+p", "o"):
        if keys:
            page.keyboard.press(keys)
            expect(page.locator("dialog[open], .queue-panel")).to_be_visible()
        assert serious_faults(page, AXE) == [], keys
        page.keyboard.press("Escape")


def test_everything_is_removed_by_keys_and_comes_back(editor: EditorPage) -> None:
    page = editor.page
    page.keyboard.press("Control+Backspace")
    expect(page.locator(".card")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(page.locator(".card")).to_have_count(7)
