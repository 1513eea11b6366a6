"""The libraries beside the canvas, and pictures that are dropped on it."""

import io
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.web.editor.editor_page import EditorPage

pytestmark = pytest.mark.timeout(120)


def added(editor: EditorPage) -> dict[str, Any]:
    return dict(editor.workflow()["nodes"][-1])


def test_nodes_are_found_by_category_pressed_dragged_and_walked_by_keys(editor: EditorPage) -> None:
    page = editor.page
    page.keyboard.press("n")
    library = page.get_by_role("complementary", name="Nodes")
    library.locator("summary", has_text="latent").first.click()
    library.get_by_role("button", name="Empty Latent Image").first.click()
    expect(page.locator(".card.is-selected .card-name")).to_have_text(["Empty Latent Image"])
    assert added(editor)["type"] == "EmptyLatentImage"
    search = library.get_by_role("searchbox")
    search.fill("preview image")
    row = library.get_by_role("button", name="Preview Image", exact=True)
    row.drag_to(page.locator("#stage"), target_position={"x": 700, "y": 640})
    expect(page.locator(".card.is-selected .card-name")).to_have_text(["Preview Image"])
    search.press("Escape")
    expect(library).to_have_count(0)
    page.keyboard.press("n")
    search.fill("vae decode")
    expect(library.locator(".library-item").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(library.locator("summary").first).to_be_focused()


def test_a_model_brings_the_node_that_loads_it(editor: EditorPage) -> None:
    page = editor.page
    page.keyboard.press("m")
    library = page.get_by_role("complementary", name="Models")
    library.locator("summary", has_text="checkpoints").click()
    library.get_by_role("button", name="skein-emoji.safetensors").click()
    expect(page.locator(".card.is-selected .card-name")).to_have_text(["Load Checkpoint"])
    node = added(editor)
    assert (node["type"], node["widgets_values"]) == ("CheckpointLoaderSimple", ["skein-emoji.safetensors"])
    page.keyboard.press("Escape")


def test_a_subgraph_is_kept_in_the_library_placed_in_another_workflow_and_taken_out(editor: EditorPage) -> None:
    page = editor.page
    editor.select("KSampler", "VAE Decode")
    page.keyboard.press("Control+Shift+E")
    editor.choose("New subgraph", "Keep in the library")
    asked = page.get_by_role("dialog")
    asked.get_by_role("textbox", name="Name in the library").fill("Sketch stage")
    asked.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("“Sketch stage” is in the library")).to_be_visible()
    page.get_by_role("button", name="New workflow").click()
    expect(page.locator(".card")).to_have_count(0)
    search = editor.search_node(640, 400)
    search.fill("sketch st")
    result = page.get_by_role("listbox", name="Nodes").get_by_role("option", name="Sketch stage")
    expect(result).to_be_visible()
    result.click()
    expect(editor.card("Sketch stage")).to_be_visible()
    placed = editor.workflow()
    assert [node["type"] for node in placed["nodes"]] == [placed["definitions"]["subgraphs"][0]["id"]]
    page.keyboard.press("n")
    library = page.get_by_role("complementary", name="Nodes")
    library.get_by_role("searchbox").fill("sketch st")
    library.get_by_role("button", name="Take Sketch stage out of the library").click()
    page.get_by_role("dialog").get_by_role("button", name="Take it out").click()
    expect(library.locator(".library-kept")).to_have_count(0)
    expect(editor.card("Sketch stage")).to_be_visible()


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(written, "PNG")
    return written.getvalue()


def drop_on(page: Page, name: str, selector: str) -> None:
    """Let a picture go on an element of the page."""
    page.evaluate(
        """([name, bytes, selector]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
          const target = document.querySelector(selector);
          target.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
        }""",
        [name, list(picture()), selector],
    )


def test_a_dropped_picture_without_a_workflow_gets_a_card_and_one_on_that_card_takes_its_place(
    editor: EditorPage,
) -> None:
    page = editor.page
    editor.drop("red.png", picture(), "image/png")
    card = editor.card("Load Image")
    expect(card.locator("img")).to_be_visible()
    node = added(editor)
    assert node["type"] == "LoadImage"
    assert node["widgets_values"][0].startswith("red")
    expect(page.get_by_role("tab")).to_have_count(1)
    drop_on(page, "other.png", f'.card[data-node="{node["id"]}"] .card-title')
    expect(card.get_by_role("combobox", name="image")).to_have_value("other.png")
    assert len(editor.workflow()["nodes"]) == 8
