"""Workflows: tabs with their own histories, drafts of several windows, saving, versions, the trash."""

from __future__ import annotations

import io
import json
import re
from base64 import b64decode
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.web.editor.conftest import ServerProcess
from tests.web.editor.editor_page import EditorPage

# As of a promise that nobody waits for, without the error that fails a test.
REJECT = """(message) => window.dispatchEvent(
  new PromiseRejectionEvent("unhandledrejection", { promise: Promise.resolve(), reason: new Error(message) }),
)"""


def prompt_box(editor: EditorPage) -> Locator:
    return editor.card("Prompt").get_by_role("textbox")


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("tab").filter(has_text=name)


def run_command(page: Page, name: str) -> None:
    """Run a command by the palette."""
    page.keyboard.press("Control+Shift+P")
    words = page.get_by_role("combobox", name="All commands")
    words.fill(name)
    words.press("Enter")


def open_address(page: Page, address: str) -> None:
    run_command(page, "Open an address")
    field = page.get_by_role("dialog").get_by_role("textbox", name="Address")
    field.fill(address)
    field.press("Enter")


def named(title: str) -> bytes:
    node = {"id": 1, "type": "EmptyImage", "title": title, "pos": [0, 0], "size": [220, 130], "widgets_values": [8, 8]}
    return json.dumps({"nodes": [node], "links": [], "version": 0.4}).encode()


def test_each_tab_has_its_own_history(editor: EditorPage) -> None:
    page = editor.page
    prompt_box(editor).fill("changed in the first")
    editor.drop("second.json", named("Second"))
    expect(editor.card("Second")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    page.keyboard.press("Control+z")
    tab(page, "Text to image").click()
    expect(prompt_box(editor)).to_have_value("changed in the first")
    page.keyboard.press("Control+z")
    expect(prompt_box(editor)).to_have_value("a red apple on a blue background")
    tab(page, "second").get_by_title("Close second").click()
    expect(page.get_by_role("tab")).to_have_count(1)


def test_a_tab_with_changes_is_closed_only_when_that_is_said(editor: EditorPage) -> None:
    page = editor.page
    prompt_box(editor).fill("precious")
    page.get_by_title("Close Text to image").click()
    # Whatever may be lost, the harmless answer has the focus.
    expect(page.get_by_role("dialog").get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(prompt_box(editor)).to_have_value("precious")
    page.get_by_title("Close Text to image").click()
    page.get_by_role("dialog").get_by_role("button", name="Close without saving").click()
    expect(tab(page, "Untitled")).to_be_visible()


def test_every_tab_survives_a_reload(editor: EditorPage) -> None:
    page = editor.page
    prompt_box(editor).fill("a draft")
    editor.drop("second.json", named("Second"))
    expect(editor.card("Second")).to_be_visible()
    editor.reload()
    expect(page.get_by_role("tab")).to_have_count(2)
    expect(editor.card("Second")).to_be_visible()
    tab(page, "Text to image").click()
    expect(prompt_box(editor)).to_have_value("a draft")


def test_two_windows_keep_their_drafts_apart_and_a_third_takes_over_what_one_left(
    context: BrowserContext, skein: ServerProcess
) -> None:
    first, second = (EditorPage.open(context.new_page(), skein.url) for _ in range(2))
    for number, window in enumerate((first, second)):
        window.drop(f"window{number}.json", named(f"Window {number}"))
        expect(window.card(f"Window {number}")).to_be_visible()
    for number, window in enumerate((first, second)):
        window.reload()
        expect(window.card(f"Window {number}")).to_be_visible()
        expect(window.page.get_by_role("tab")).to_have_count(1)
    second.page.close()
    third = context.new_page()
    third.goto(skein.url)
    expect(EditorPage(third).card("Window 1")).to_be_visible()
    expect(EditorPage(third).card("Window 0")).to_have_count(0)


def test_a_draft_survives_a_crash_of_the_page(context: BrowserContext, skein: ServerProcess) -> None:
    doomed = EditorPage.open(context.new_page(), skein.url)
    doomed.drop("crash.json", named("Before the crash"))
    expect(doomed.card("Before the crash")).to_be_visible()
    doomed.page.wait_for_function(
        """() => new Promise((resolve) => {
          const request = indexedDB.open("skein");
          request.onsuccess = () => {
            const all = request.result.transaction("drafts").objectStore("drafts").getAll();
            all.onsuccess = () => {
              request.result.close();
              resolve(all.result.some(({ text }) => text.includes("Before the crash")));
            };
          };
        })"""
    )
    doomed.page.evaluate("addEventListener('pagehide', (event) => event.stopImmediatePropagation(), true)")
    doomed.page.close()
    after = context.new_page()
    after.goto(skein.url)
    expect(EditorPage(after).card("Before the crash")).to_be_visible()


def test_a_workflow_is_saved_opened_renamed_and_comes_back_from_the_trash(editor: EditorPage) -> None:
    page = editor.page
    prompt_box(editor).fill("to be kept")
    page.keyboard.press("Control+Shift+s")
    editor.ask_name("apples/.red one")
    expect(page.get_by_text("“apples/.red one” cannot be its name")).to_be_visible()
    editor.save_as("apples/red one")
    expect(tab(page, "red one")).to_be_visible()
    tab(page, "red one").get_by_title("Close red one").click()
    page.keyboard.press("w")
    page.get_by_role("searchbox", name="Search workflows").fill("red")
    page.get_by_role("button", name="Rename or move: apples/red one").click()
    editor.ask_name("pears/green one")
    # Nothing can be typed beside an open dialog.
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("searchbox", name="Search workflows").fill("green")
    page.locator('li[data-path="pears/green one.json"]').locator(".file-name").click()
    expect(prompt_box(editor)).to_have_value("to be kept")
    expect(page.get_by_label("changed")).to_be_hidden()
    # The list stays beside the canvas.
    panel = page.get_by_role("complementary", name="Saved workflows")
    expect(panel.locator('li[data-tab] button[aria-pressed="true"]')).to_have_text("green one")
    page.get_by_role("button", name="Move to the trash: pears/green one").click()
    expect(page.get_by_role("button", name="Move to the trash: pears/green one")).to_have_count(0)
    page.get_by_role("button", name="Trash", exact=True).click()
    row = page.locator('li[data-path="pears/green one.json"]')
    row.get_by_role("button", name="Put back").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Trash", exact=True).click()
    expect(page.get_by_role("button", name="Move to the trash: pears/green one")).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_an_earlier_version_takes_the_place_of_the_present_one_and_undo_brings_that_back(editor: EditorPage) -> None:
    page = editor.page
    prompt_box(editor).fill("the first version")
    editor.save_as("versions/one")
    prompt_box(editor).fill("the second version")
    with page.expect_response(lambda answer: "/userdata/" in answer.url):
        page.keyboard.press("Control+s")
    expect(page.get_by_label("changed")).to_be_hidden()
    run_command(page, "Earlier versions")
    row = page.get_by_role("dialog").get_by_role("listitem")
    expect(row).to_contain_text("7 nodes · since then 0 added, 0 removed, 1 changed")
    page.get_by_role("dialog").get_by_role("button", name="Go back to this one").click()
    expect(prompt_box(editor)).to_have_value("the first version")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(prompt_box(editor)).to_have_value("the second version")


def test_what_was_changed_elsewhere_is_not_overwritten_unseen(context: BrowserContext, skein: ServerProcess) -> None:
    mine = EditorPage.open(context.new_page(), skein.url)
    mine.save_as("shared one")
    theirs = EditorPage.open(context.new_page(), skein.url)
    prompt_box(theirs).fill("theirs")
    theirs.page.keyboard.press("Control+Shift+s")
    theirs.ask_name("shared one")
    expect(theirs.page.get_by_role("dialog")).to_contain_text("exists already")
    theirs.page.get_by_role("dialog").get_by_role("button", name="Replace it").click()
    expect(theirs.page.get_by_label("changed")).to_be_hidden()
    prompt_box(mine).fill("mine")
    mine.page.keyboard.press("Control+s")
    expect(mine.page.get_by_role("dialog")).to_contain_text("was changed elsewhere")
    expect(mine.page.get_by_role("dialog").get_by_role("button", name="Cancel")).to_be_focused()
    mine.page.keyboard.press("Enter")
    expect(mine.page.get_by_role("dialog")).to_have_count(0)
    expect(mine.page.get_by_label("changed")).to_be_visible()


def test_what_was_changed_elsewhere_is_looked_at_or_left_beside(editor: EditorPage, skein: ServerProcess) -> None:
    page = editor.page
    editor.save_as("contested")
    skein.post("/userdata/workflows%2Fcontested.json?overwrite=true", json.loads(named("Theirs")))
    prompt_box(editor).fill("mine")
    page.keyboard.press("Control+s")
    page.get_by_role("dialog").get_by_role("button", name="Look at what is there").click()
    expect(editor.card("Theirs")).to_be_visible()
    page.keyboard.press("Alt+PageUp")
    expect(prompt_box(editor)).to_have_value("mine")
    page.keyboard.press("Control+s")
    page.get_by_role("dialog").get_by_role("button", name="Save as").click()
    editor.ask_name("contested beside")
    expect(page.get_by_role("tab", selected=True)).to_contain_text("contested beside")
    assert skein.get("/userdata/workflows%2Fcontested.json")["nodes"][0]["title"] == "Theirs"


def test_what_is_saved_by_itself_asks_once_where_the_file_was_changed_elsewhere(
    page: Page, skein: ServerProcess
) -> None:
    skein.post("/settings", {"skein.autosave": True, "skein.autosaveSeconds": 1})
    try:
        editor = EditorPage.open(page, skein.url)
        editor.save_as("by itself")
        with page.expect_response(lambda answer: "/userdata/" in answer.url and answer.request.method == "POST"):
            prompt_box(editor).fill("kept by itself")
        assert "kept by itself" in json.dumps(skein.get("/userdata/workflows%2Fby%20itself.json"))
        skein.post("/userdata/workflows%2Fby%20itself.json?overwrite=true", json.loads(named("Theirs")))
        prompt_box(editor).fill("mine")
        question = page.get_by_role("dialog")
        question.get_by_role("button", name="Cancel").click()
        prompt_box(editor).fill("mine, more")
        page.evaluate("() => new Promise((resolve) => setTimeout(resolve, 1500))")
        expect(question).to_have_count(0)
    finally:
        skein.post("/settings", {"skein.autosave": False, "skein.autosaveSeconds": 5})


def test_a_name_that_cannot_be_is_said_in_the_dialog_and_stays_to_be_mended(editor: EditorPage) -> None:
    page = editor.page
    page.keyboard.press("Control+Shift+s")
    dialog = page.get_by_role("dialog", name="Save the workflow")
    for name, why in (
        ("  ", "name"),
        ("dir/", "after the last"),
        ("a:b", "cannot have “:”"),
        (".hidden", "begin with a point"),
    ):
        editor.ask_name(name)
        expect(dialog.get_by_role("alert")).to_contain_text(why)
        expect(dialog.get_by_role("textbox")).to_have_value(name)
    editor.ask_name("dir/mended")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("tab", selected=True)).to_contain_text("mended")
    expect(page.locator(".notice")).to_have_text([re.compile("Saved as dir/mended")])


def test_a_changed_tab_is_saved_as_it_is_closed_and_the_menu_of_a_tab_closes_the_others(editor: EditorPage) -> None:
    page = editor.page
    editor.save_as("closing")
    prompt_box(editor).fill("kept by closing")
    page.get_by_title("Close closing").click()
    page.get_by_role("dialog").get_by_role("button", name="Save and close").click()
    expect(tab(page, "closing")).to_have_count(0)
    for name in ("first", "second", "third"):
        editor.drop(f"{name}.json", named(name))
        expect(tab(page, name)).to_be_visible()
    tab(page, "second").click(button="right")
    page.get_by_role("menuitem", name="Close the others").click()
    expect(page.get_by_role("tab")).to_have_text([re.compile("second")])
    tab(page, "second").click(button="middle")
    expect(tab(page, "Untitled")).to_be_visible()
    page.keyboard.press("w")
    page.locator('li[data-path="closing.json"]').locator(".file-name").click()
    expect(prompt_box(editor)).to_have_value("kept by closing")


def test_notices_go_with_their_tab_and_fold_where_they_are_many(editor: EditorPage) -> None:
    page = editor.page
    notices = page.locator(".notice:visible")
    settings = b"a cat\nSteps: 4, Sampler: Euler, Seed: 1, Model: skein-emoji, RNG: CPU, Tiling: True"
    for name in ("one", "two"):
        editor.drop(f"{name}.txt", settings, "text/plain")
        expect(notices.filter(has_text=f"{name}.txt was made by")).to_be_visible()
    expect(notices.filter(has_text="one.txt")).to_have_count(0)
    tab(page, "one").click()
    expect(notices.filter(has_text="one.txt was made by")).to_be_visible()
    page.keyboard.press("Alt+w")
    expect(tab(page, "one")).to_have_count(0)
    expect(notices.filter(has_text="one.txt")).to_have_count(0)
    for path in ("a", "b", "c"):
        page.evaluate(REJECT, f"trouble {path}")
    expect(notices.filter(has_text="trouble c")).to_be_visible()
    expect(notices).to_have_count(2)
    page.get_by_role("button", name="2 more").click()
    expect(notices).to_have_count(4)


def test_a_saved_workflow_names_its_values(editor: EditorPage) -> None:
    sampler = next(node for node in editor.exported()["nodes"] if node["id"] == 5)
    names = ["seed", "control_after_generate", "steps", "cfg", "sampler_name", "scheduler", "denoise"]
    assert list(sampler["widgets_values_named"]) == names
    assert list(sampler["widgets_values_named"].values()) == sampler["widgets_values"]


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("SVG", "svg")])
def test_an_exported_picture_opens_as_its_workflow(editor: EditorPage, kind: str, ending: str) -> None:
    page = editor.page
    before: dict[str, Any] = editor.workflow()
    page.get_by_role("menuitem", name="File").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name=f"Export a picture ({kind})").click()
    picture = download.value.path().read_bytes()
    editor.drop(f"canvas.{ending}", picture, "image/png" if ending == "png" else "image/svg+xml")
    expect(tab(page, "canvas")).to_be_visible()
    assert {**editor.workflow(), "id": ""} == {**before, "id": ""}


def test_an_exported_picture_holds_the_pictures_of_far_nodes_too(editor: EditorPage, skein: ServerProcess) -> None:
    page = editor.page
    colours = {"far red.png": (255, 0, 0), "far blue.png": (0, 0, 255)}
    (skein.folder / "input").mkdir(exist_ok=True)
    for name, colour in colours.items():
        Image.new("RGB", (8, 8), colour).save(skein.folder / "input" / name)
    nodes = [
        {"id": index + 1, "type": "LoadImage", "pos": [index * 30_000, 0], "size": [300, 340], "widgets_values": [name]}
        for index, name in enumerate(colours)
    ]
    editor.drop("far.json", json.dumps({"version": 0.4, "nodes": nodes, "links": []}).encode())
    expect(tab(page, "far")).to_be_visible()
    page.get_by_role("menuitem", name="File").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Export a picture (SVG)").click()
    packed = re.findall(r'<image [^>]*href="data:image/webp;base64,([^"]+)"', download.value.path().read_text())
    drawn = [Image.open(io.BytesIO(b64decode(data))).convert("RGB").getpixel((4, 4)) for data in packed]
    assert [max(range(3), key=colour.__getitem__) for colour in drawn] == [0, 2]


def test_a_workflow_opens_by_its_address_on_this_server_only(editor: EditorPage) -> None:
    page = editor.page
    open_address(page, "/templates/upscale.json")
    expect(editor.card("Image Sharpen")).to_be_visible()
    open_address(page, "https://example.org/x.json")
    expect(page.locator(".notice", has_text="Only addresses of this server")).to_be_visible()


def test_templates_open_from_a_gallery_of_pictures_with_nothing_but_their_models_missing(
    editor: EditorPage, skein: ServerProcess
) -> None:
    page = editor.page
    templates = {entry["name"]: entry for entry in page.request.get(f"{skein.url}/templates/index.json").json()}
    page.route("**/templates/index.json", lambda route: route.abort())
    run_command(page, "Templates")
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    page.unroute("**/templates/index.json")
    again.click()
    page.get_by_role("dialog").get_by_role("button", name="Close", exact=True).click()
    for name in ("animation", "regions", "parts_apart", "taesd"):
        run_command(page, "Templates")
        entries = page.get_by_role("dialog").locator("[data-template]")
        expect(entries).to_have_count(len(templates))
        page.get_by_role("dialog").get_by_role("searchbox", name="Search templates").fill(name)
        expect(entries).not_to_have_count(len(templates))
        entry = page.get_by_role("dialog").locator(f'[data-template="{name}"]')
        picture = entry.locator("img")
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("naturalWidth", 256)
        entry.click()
        expect(page.get_by_role("tab", selected=True)).to_contain_text(templates[name]["title"]["en"])
        expect(page.locator('.card[data-kind="unknown"]')).to_have_count(0)
    # The last one names files that no widget chooses.
    run_command(page, "What is missing")
    missing = page.get_by_role("dialog", name="What is missing")
    for file in ("taesd_encoder.pth", "taesd_decoder.pth"):
        expect(missing.locator("li", has_text=file).get_by_role("link")).to_be_visible()


def test_what_is_missing_is_listed_and_replaced_by_what_comes_near(editor: EditorPage) -> None:
    page = editor.page
    model = {"name": "skein_emojis.safetensors", "url": "https://example.org/a", "directory": "checkpoints"}
    place = {"pos": [0, 0], "size": [280, 98]}
    loader = {"id": 1, "type": "CheckpointLoaderSimple", **place, "properties": {"models": [model]}}
    nodes = [
        {**loader, "widgets_values": [model["name"]]},
        {"id": 2, "type": "KSamplerr", **place, "properties": {"cnr_id": "some-pack"}},
    ]
    editor.drop("missing.json", json.dumps({"nodes": nodes, "links": [], "version": 0.4}).encode())
    page.get_by_role("button", name="What is missing").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("some-pack")
    expect(dialog.get_by_role("link", name="https://example.org/a")).to_be_visible()
    dialog.get_by_role("button", name="skein-emoji.safetensors").click()
    dialog.get_by_role("button", name="KSampler", exact=True).click()
    expect(dialog).to_contain_text("Nothing is missing")
    page.keyboard.press("Escape")
    assert editor.node(1)["widgets_values"] == ["skein-emoji.safetensors"]
    assert editor.node(2)["type"] == "KSampler"
