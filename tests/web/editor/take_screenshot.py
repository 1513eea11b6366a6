"""`python -m tests.web.editor.take_screenshot URL FILE`: the editor after a run of its default workflow, as a PNG."""

import re
import sys

from playwright.sync_api import expect, sync_playwright

from tests.web.editor.conftest import CHROMIUM_FLAGS, find_chromium
from tests.web.editor.editor_page import EditorPage

PATIENCE_MS = 600_000


def take_screenshot(url: str, file: str) -> None:
    """Queue what the page shows, wait for the picture and photograph the page."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 720}, color_scheme="dark")
        editor = EditorPage.open(page, url)
        seed = page.get_by_role("combobox", name="after queueing")
        seed.select_option("fixed")
        editor.queue()
        card = editor.card("Save Image")
        expect(card).to_have_attribute("data-state", "finished", timeout=PATIENCE_MS)
        expect(card.locator("img")).to_have_attribute("src", re.compile("/api/view"))
        card.locator("img").evaluate("image => image.decode()")
        seed.blur()
        page.screenshot(path=file)
        browser.close()


if __name__ == "__main__":
    take_screenshot(sys.argv[1], sys.argv[2])
