"""Looking at results and painting: the lightbox, masks that leave the colours alone, colour sketches with layers."""

import io
import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

from tests.web.editor.conftest import ServerProcess
from tests.web.editor.editor_page import EditorPage, middle, place
from tests.web.editor.test_running import LONG

SIZE = 64
COUNT_COVERED = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, index) => index % 4 === 3 && value > 0).length;
}"""
COLOUR_IN_THE_MIDDLE = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
  return [...data.subarray(0, 3)];
}"""
ALPHA_AT = """(layer) => [layer.width, layer.height, layer.getContext("2d").getImageData(...spot, 1, 1).data[3]])"""
WIDER = "(width) => document.querySelector('.picture-content').getBoundingClientRect().width > width"


def loader(name: str) -> bytes:
    """Load Image and Preview Image, as a workflow with places."""
    nodes: list[dict[str, Any]] = [
        {
            "id": 1,
            "type": "LoadImage",
            "pos": [0, 40],
            "size": [320, 330],
            "outputs": [
                {"name": "IMAGE", "type": "IMAGE", "links": [1]},
                {"name": "MASK", "type": "MASK", "links": []},
            ],
            "widgets_values": [name, "image"],
        },
        {
            "id": 2,
            "type": "PreviewImage",
            "pos": [400, 40],
            "size": [300, 300],
            "inputs": [{"name": "images", "type": "IMAGE", "link": 1}],
        },
    ]
    links = [[1, 1, 0, 2, 0, "IMAGE"]]
    return json.dumps({"id": f"workflow-{name}", "nodes": nodes, "links": links, "version": 0.4}).encode()


def colours() -> np.ndarray:
    """Random colours, of which the upper half is fully transparent."""
    pixels = np.random.default_rng(1).integers(0, 256, (SIZE, SIZE, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    pixels[: SIZE // 2, :, 3] = 0
    return pixels


PASTE = """([name, packed]) => {
  const file = new File([Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0))], name, { type: "image/png" });
  const clipboardData = new DataTransfer();
  clipboardData.items.add(file);
  document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


def open_picture(page: Page, server: ServerProcess, name: str, pixels: np.ndarray) -> EditorPage:
    """The page with a card that loads this picture."""
    folder = server.folder / "input"
    folder.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(folder / name)
    editor = EditorPage.open(page, server.url)
    editor.drop("loader.json", loader(name))
    expect(editor.card("Load Image").locator("img")).to_be_visible()
    return editor


def input_pixels(server: ServerProcess, name: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO((server.folder / "input" / name).read_bytes())))


def at(surface: Locator, x: float, y: float) -> tuple[float, float]:
    """Where a pixel of the painted picture is on the page."""
    box = place(surface.locator(".picture-content"))
    return box["x"] + x * box["width"] / SIZE, box["y"] + y * box["height"] / SIZE


def press_on_picture(card: Locator, name: str) -> None:
    """Press a button that a card's picture has while the pointer is on it."""
    card.locator(".picture-frame").hover()
    card.get_by_role("button", name=name).click()


def save(page: Page) -> None:
    page.locator(".painting").get_by_role("button", name="Save").click()
    expect(page.locator(".painting")).to_have_count(0)


def test_a_pasted_picture_goes_to_the_selected_card_that_loads_one(page: Page, skein: ServerProcess) -> None:
    editor = open_picture(page, skein, "before.png", colours())
    editor.select("Load Image")
    picture = io.BytesIO()
    Image.fromarray(colours()[::-1]).save(picture, "PNG")
    page.evaluate(PASTE, ["pasted.png", b64encode(picture.getvalue()).decode()])
    expect(editor.card("Load Image").get_by_role("combobox", name="image")).to_have_value("pasted.png")
    assert [node["type"] for node in editor.workflow()["nodes"]] == ["LoadImage", "PreviewImage"]
    assert np.array_equal(input_pixels(skein, "pasted.png"), colours()[::-1])


def test_a_card_is_dragged_by_its_picture_and_with_ctrl_the_picture_is_to_another_card(
    page: Page, skein: ServerProcess
) -> None:
    editor = open_picture(page, skein, "dragged.png", colours())
    x, y = middle(editor.card("Load Image").locator(".picture img"))
    before = editor.node(1)["pos"]
    editor.drag((x, y), (x + 40, y + 80))
    expect(page.get_by_role("dialog")).to_have_count(0)
    moved = editor.node(1)["pos"]
    assert moved[0] > before[0]
    assert moved[1] > before[1]
    page.keyboard.down("Control")
    editor.drag(middle(editor.card("Load Image").locator(".picture img")), (900, 720))
    page.keyboard.up("Control")
    expect(editor.card("Load Image")).to_have_count(2)
    assert editor.node(1)["pos"] == moved
    loaded = editor.card("Load Image").last.get_by_role("combobox", name="image")
    expect(loaded).to_have_value(re.compile(r"^dragged"))


def test_a_painted_mask_becomes_alpha_and_leaves_every_colour_alone(page: Page, skein: ServerProcess) -> None:
    before = colours()
    editor = open_picture(page, skein, "masked.png", before)
    card = editor.card("Load Image")
    card.locator(".picture-frame").hover()
    card.get_by_role("button", name="Paint a mask").evaluate("button => { button.click(); button.click(); }")
    window = page.locator(".painting")
    window.get_by_role("radio", name="Rectangle").click()
    editor.drag(at(window, 8, 40), at(window, 24, 56))
    window.get_by_role("radio", name="Eraser").click()
    window.get_by_role("button", name="Invert").click()
    window.get_by_role("button", name="Undo").click()
    save(page)
    name = editor.node(1)["widgets_values"][0]
    assert re.fullmatch(r"masked-masked-[0-9a-f]{8}\.png", name)
    after = input_pixels(skein, name)
    assert (after[..., :3] == before[..., :3]).all()
    expected = before[..., 3].copy()
    expected[40:56, 8:24] = 0
    assert (after[..., 3] == expected).all()
    expect(card.get_by_role("combobox")).not_to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Control+z")
    assert editor.node(1)["widgets_values"][0] == "masked.png"


def test_the_brush_fill_lasso_grow_and_feather_change_the_mask(page: Page, skein: ServerProcess) -> None:
    opaque = np.full((SIZE, SIZE, 3), 90, dtype=np.uint8)
    editor = open_picture(page, skein, "tools.png", opaque)
    press_on_picture(editor.card("Load Image"), "Paint a mask")
    window = page.locator(".painting")
    canvas = window.locator("canvas")

    def covered() -> int:
        return int(canvas.evaluate(COUNT_COVERED))

    window.get_by_role("slider", name="Size").fill("8")
    editor.drag(at(window, 10, 10), at(window, 40, 10))
    brushed = covered()
    assert brushed >= 30 * 7
    window.get_by_role("radio", name="Lasso").click()
    page.mouse.move(*at(window, 10, 30))
    page.mouse.down()
    for x, y in ((50, 30), (50, 60), (10, 60)):
        page.mouse.move(*at(window, x, y), steps=4)
    page.mouse.up()
    lassoed = covered()
    assert lassoed - brushed == pytest.approx(40 * 30, abs=90)
    window.get_by_role("button", name="Grow").click()
    grown = covered()
    assert grown > lassoed
    window.get_by_role("button", name="Feather").click()
    assert covered() > grown
    for _ in range(3):
        window.get_by_role("button", name="Undo").click()
    assert covered() == brushed
    window.get_by_role("radio", name="Brush").click()
    page.mouse.move(*at(window, 30, 10))
    page.mouse.down(button="right")
    page.mouse.move(*at(window, 60, 10), steps=4)
    page.mouse.up(button="right")
    assert 0 < covered() < brushed
    window.get_by_role("button", name="Undo").click()
    window.get_by_role("radio", name="Fill").click()
    page.mouse.click(*at(window, 60, 60))
    assert covered() == SIZE * SIZE
    window.get_by_role("radio", name="White").click()
    assert canvas.evaluate(COLOUR_IN_THE_MIDDLE) == [255, 255, 255]
    window.get_by_role("button", name="Clear").click()
    assert covered() == 0
    window.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Discard it").click()
    expect(window).to_have_count(0)
    assert editor.node(1)["widgets_values"][0] == "tools.png"
    press_on_picture(editor.card("Load Image"), "Paint a mask")
    expect(window.get_by_role("radio", name="White")).to_be_checked()
    window.get_by_role("radio", name="Red").click()
    window.get_by_role("button", name="Cancel").click()
    expect(window).to_have_count(0)
    editor.wait_stored()


def test_a_colour_sketch_is_painted_in_layers_and_is_an_image_like_any_other(page: Page, skein: ServerProcess) -> None:
    editor = EditorPage.open(page, skein.url)
    prompt = {
        "1": {"class_type": "Painter", "inputs": {"mask": "", "width": SIZE, "height": SIZE, "bg_color": "#ffffff"}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "sketch"}},
    }
    editor.drop("painter.json", json.dumps(prompt).encode())
    card = editor.card("Painter")
    card.get_by_role("button", name="Paint…").click()
    window = page.locator(".painting")
    window.get_by_role("button", name="Black").click()
    window.get_by_role("button", name="#ff3b30").click()
    window.get_by_role("radio", name="Rectangle").click()
    editor.drag(at(window, 8, 8), at(window, 40, 40))
    window.get_by_role("button", name="Add", exact=True).click()
    window.get_by_role("button", name="#ffffff").click()
    editor.drag(at(window, 24, 24), at(window, 56, 56))
    places = [place(canvas) for canvas in window.locator(".paint-layers canvas").all()]
    assert len(places) == 2
    assert places[0] == places[1], "layers lie on each other"
    window.get_by_role("button", name="Layer down").first.click()
    window.get_by_role("radio", name="Pick a colour").click()
    page.mouse.click(*at(window, 30, 30))
    expect(window.get_by_label("Colour", exact=True)).to_have_value("#ff3b30")
    save(page)
    expect(card.locator("img")).to_be_visible()
    expect(card.locator("img")).to_have_css("background-image", re.compile("svg.*%23000000"))
    editor.queue()
    expect(editor.card("Save Image")).to_have_attribute("data-state", "finished", timeout=LONG)
    saved = max((skein.folder / "output").glob("sketch*.png"), key=lambda path: path.stat().st_mtime)
    pixels = np.asarray(Image.open(saved))
    assert pixels[20, 20].tolist() == [255, 59, 48]
    assert pixels[30, 30].tolist() == [255, 59, 48]
    assert pixels[50, 50].tolist() == [255, 255, 255]
    assert pixels[2, 2].tolist() == [0, 0, 0]
    card.get_by_role("button", name="Paint…").click()
    expect(window.locator(".layer")).to_have_count(2)
    hide = window.locator(".layer").first.get_by_role("button", name="Hide the layer")
    hide.focus()
    page.keyboard.press("Enter")
    expect(window.locator(".layer").first.get_by_role("button", name="Show the layer")).to_be_focused()
    ground = window.locator(".paint-ground")
    window.get_by_role("button", name="White").click()
    expect(ground).to_have_css("background-color", "rgb(255, 255, 255)")
    page.keyboard.press("Control+z")
    expect(ground).to_have_css("background-color", "rgb(0, 0, 0)")
    page.keyboard.press("Control+z")
    expect(hide).to_be_visible()
    window.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Discard it").click()
    expect(window).to_have_count(0)
    card.get_by_role("spinbutton", name="width").fill("128")
    card.get_by_role("spinbutton", name="width").press("Enter")
    card.get_by_role("button", name="Paint…").click()
    expect(window.locator(".layer")).to_have_count(2)
    drawn = window.locator(".paint-layers canvas").evaluate_all("(layers, spot) => layers.map(" + ALPHA_AT, [40, 20])
    assert drawn == [[128, 64, 0], [128, 64, 255]]


def make_results(page: Page, skein: ServerProcess) -> EditorPage:
    editor = open_picture(page, skein, "shown.png", colours()[..., :3])
    editor.queue()
    expect(editor.card("Preview Image")).to_have_attribute("data-state", re.compile("finished|cached"), timeout=LONG)
    return editor


def test_the_right_button_on_a_picture_offers_what_can_be_done_with_it(page: Page, skein: ServerProcess) -> None:
    editor = open_picture(page, skein, "pressed.png", colours()[..., :3])
    menu = page.locator(".menu-list.is-context")
    card = editor.card("Load Image")
    card.locator(".card-picture img").click(button="right")
    expect(menu.get_by_role("menuitem", name="Mute or unmute")).to_be_visible()
    expect(menu.get_by_role("menuitem", name="Send to Load Image")).to_have_count(0)
    menu.get_by_role("menuitem", name="Paint a mask").click()
    window = page.locator("dialog.painting")
    window.get_by_role("button", name="Cancel").click()
    expect(window).to_have_count(0)
    editor.choose("Load Image", "Look at the picture")
    expect(page.get_by_role("dialog", name="Picture").locator(".lightbox-name")).to_contain_text("64 × 64")
    page.keyboard.press("Escape")
    card.locator(".card-picture img").click(button="right", modifiers=["Shift"])
    expect(menu).to_have_count(0)
    card.locator(".card-picture img").click(button="right")
    with page.expect_download() as download:
        menu.get_by_role("menuitem", name="Download the picture").click()
    assert download.value.suggested_filename == "pressed.png"


def test_a_result_is_looked_at_compared_sent_on_and_deleted(page: Page, skein: ServerProcess) -> None:
    size = {"width": 32, "height": 64, "batch_size": 1, "color": 7}
    images = {"images": ["1", 0]}
    prompt = {"1": {"class_type": "EmptyImage", "inputs": size}, "2": {"class_type": "PreviewImage", "inputs": images}}
    skein.post("/prompt", {"prompt": prompt})
    editor = make_results(page, skein)
    press_on_picture(editor.card("Preview Image"), "Enlarge")
    box = page.get_by_role("dialog", name="Picture")
    expect(box.locator(".lightbox-name")).to_contain_text("64 × 64")
    content = box.locator(".picture-content")
    before = place(content)
    page.mouse.move(640, 400)
    page.mouse.wheel(0, -300)
    page.wait_for_function(WIDER, arg=before["width"])
    box.get_by_role("button", name="Compare").click()
    expect(box.locator(".strip-row:not([hidden]) .strip-picture").first).to_be_visible()
    runs_of_two = box.get_by_role("button", name="2 pictures of one run")
    known = runs_of_two.count()
    skein.post("/prompt", {"prompt": {**prompt, "1": {**prompt["1"], "inputs": {**size, "batch_size": 2}}}})
    expect(runs_of_two).to_have_count(known + 1)
    box.locator(".strip-row:not([hidden]) .strip-picture:not(:has(.strip-count))").first.click()
    expect(box.locator(".lightbox-name")).to_contain_text("left")
    slider = box.get_by_role("slider", name="Before and after")
    slider.fill("30")
    expect(box.locator(".is-before")).to_have_css("clip-path", re.compile("inset"))
    x, y = middle(box.locator(".compare-line"))
    editor.drag((x, y), (x + 200, y))
    expect(slider).to_have_value(re.compile(r"^4\d"))
    with page.expect_download() as download:
        box.get_by_role("button", name="Download").click()
    assert Path(download.value.suggested_filename).suffix == ".png"
    box.get_by_role("button", name="Load Image").click()
    expect(page.locator(".card")).to_have_count(3)
    sent = next(node for node in editor.workflow()["nodes"] if node["id"] == 3)
    assert (input_pixels(skein, sent["widgets_values"][0])[..., :3] == colours()[..., :3]).all()
    press_on_picture(editor.card("Preview Image"), "Enlarge")
    box.get_by_role("button", name="Sketch").click()
    sketch = page.locator("dialog.painting")
    sketch.get_by_role("button", name="Cancel").click()
    expect(sketch).to_have_count(0)
    expect(page.locator(".card")).to_have_count(3)
    page.keyboard.press("Control+.")
    press_on_picture(editor.card("Preview Image"), "Enlarge")
    box.get_by_role("button", name="Delete").click()
    box.get_by_role("button", name="Really delete?").click()
    expect(box).to_have_count(0)


def test_the_mask_editor_is_there_before_its_picture_and_can_be_left(page: Page, skein: ServerProcess) -> None:
    editor = open_picture(page, skein, "late.png", colours())
    held: list[Route] = []
    alpha = re.compile(r"late\.png.*channel=a")
    page.route(alpha, lambda route: held.append(route))
    press_on_picture(editor.card("Load Image"), "Paint a mask")
    window = page.get_by_role("dialog", name="Mask")
    expect(window.get_by_role("status")).to_have_text("Loading the picture…")
    page.keyboard.press("Delete")
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)
    expect(editor.card("Load Image")).to_be_visible()
    page.unroute(alpha)
    press_on_picture(editor.card("Load Image"), "Paint a mask")
    expect(window.get_by_role("radio", name="Brush")).to_be_visible()
    expect(window.get_by_role("status")).to_have_count(0)
    lasso = window.get_by_role("radio", name="Lasso")
    lasso.click()
    before = place(window.locator(".picture-content"))
    page.keyboard.down(" ")
    editor.drag((640, 400), (700, 440))
    page.keyboard.up(" ")
    after = place(window.locator(".picture-content"))
    assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx((60, 40), abs=1)
    expect(window.get_by_role("button", name="Undo")).to_be_disabled()
    window.get_by_role("radio", name="Rectangle").focus()
    page.keyboard.press(" ")
    expect(window.get_by_role("radio", name="Rectangle")).to_be_checked()


def test_what_was_painted_goes_only_when_one_says_so(page: Page, skein: ServerProcess) -> None:
    editor = open_picture(page, skein, "leave.png", colours())
    press_on_picture(editor.card("Load Image"), "Paint a mask")
    window = page.locator("dialog.painting")
    window.get_by_role("radio", name="Lasso").click()
    page.mouse.click(*at(window, 30, 30))
    expect(window.get_by_role("button", name="Undo")).to_be_disabled()
    window.get_by_role("spinbutton", name="Size").fill("12")
    window.get_by_role("spinbutton", name="Size").press("Tab")
    expect(window.get_by_role("slider", name="Size", exact=True)).to_have_value("12")
    window.get_by_role("radio", name="Rectangle").click()
    editor.drag(at(window, 8, 40), at(window, 24, 56))
    question = page.get_by_role("dialog", name="Leave without saving?")
    for _ in range(3):
        page.keyboard.press("Escape")
        expect(question).to_be_visible()
        page.keyboard.press("Escape")
        expect(question).to_have_count(0)
        expect(window).to_be_visible()
    page.route("**/upload/mask", lambda route: route.abort())
    page.keyboard.press("Control+s")
    expect(window.get_by_role("alert")).to_contain_text("Not saved")
    window.get_by_role("button", name="Cancel").click()
    question.get_by_role("button", name="Discard it").click()
    expect(window).to_have_count(0)
    assert editor.node(1)["widgets_values"][0] == "leave.png"
