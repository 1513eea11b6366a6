"""Commands by menu, palette and keys that can be changed; settings, themes, the other language."""

import re

from playwright.sync_api import Browser, Page, Route, expect

from tests.web.editor.conftest import ServerProcess
from tests.web.editor.editor_page import EditorPage


def test_a_menu_is_walked_by_keys(editor: EditorPage) -> None:
    page = editor.page
    page.get_by_role("menuitem", name="File").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="New workflow")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("menuitem", name="New workflow")).to_be_hidden()
    expect(page.get_by_role("menu", name="Edit")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menuitem", name="Edit")).to_be_focused()


def test_the_palette_finds_a_command_by_parts_of_its_words_and_runs_it(editor: EditorPage) -> None:
    page = editor.page
    page.keyboard.press("Control+Shift+P")
    words = page.get_by_role("combobox", name="All commands")
    options = page.get_by_role("listbox", name="All commands").get_by_role("option")
    words.fill("everyth unmut")
    expect(options).to_have_count(0)
    words.fill("ll sele")
    expect(options.first).to_contain_text("Select all")
    page.keyboard.press("Enter")
    expect(page.locator(".card.is-selected")).to_have_count(7)


def test_keys_pressed_while_a_panel_is_still_being_fetched_are_for_the_panel(page: Page, skein: ServerProcess) -> None:
    waiting: list[Route] = []
    page.route("**/later.js", lambda route: waiting.append(route))
    with page.expect_request("**/later.js"):
        EditorPage.open(page, skein.url)
        page.keyboard.press("Control+Shift+P")
    page.keyboard.type("ll selx")
    page.keyboard.press("Backspace")
    page.keyboard.type("e")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    waiting[0].continue_()
    expect(page.locator(".card.is-selected")).to_have_count(7)
    expect(page.locator(".card")).to_have_count(7)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_keys_are_changed_and_stay_so_after_a_reload(editor: EditorPage) -> None:
    page = editor.page
    page.keyboard.press("?")
    row = page.locator('tr[data-command="collapse"]')
    row.get_by_role("button", name="Change the keys").click()
    page.keyboard.press("Control+m")
    expect(row).to_contain_text("Ctrl+M")
    mute = page.locator('tr[data-command="mute"]')
    expect(mute).to_contain_text("—")
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("Ctrl+M was taken from “Mute or unmute”")
    row.get_by_role("button", name="First keys").click()
    expect(mute).to_contain_text("Ctrl+M")
    row.get_by_role("button", name="Change the keys").click()
    page.keyboard.press("Control+m")
    expect(mute).to_contain_text("—")
    page.keyboard.press("Escape")
    editor.reload()
    editor.card("KSampler").locator(".card-title").click()
    page.keyboard.press("Control+m")
    expect(editor.card("KSampler")).to_have_class(re.compile("is-collapsed"))
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_role("button", name="All keys as they were").click()
    expect(page.locator('tr[data-command="mute"]')).to_contain_text("Ctrl+M")
    editor.wait_stored()


def test_themes_are_chosen_in_the_settings_which_have_a_search(editor: EditorPage) -> None:
    page = editor.page
    page.keyboard.press("Control+,")
    page.get_by_role("searchbox", name="Search settings").fill("them")
    expect(page.locator(".setting")).to_have_count(1)
    grounds = set()
    for theme in ("dark", "light", "contrast", "auto"):
        page.get_by_role("combobox", name="Theme").select_option(theme)
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(grounds) == 3
    editor.wait_stored()


def test_the_page_speaks_german_where_the_browser_does(browser: Browser, skein: ServerProcess) -> None:
    context = browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    EditorPage.open(page, skein.url)
    assert page.evaluate("document.documentElement.lang") == "de"
    expect(page.get_by_role("menuitem", name="Datei")).to_be_visible()
    page.keyboard.press("Control+Shift+P")
    expect(page.get_by_role("combobox", name="Alle Befehle")).to_be_focused()
    context.close()
