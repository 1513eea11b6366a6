"""The canvas by mouse and keyboard: reroutes, lining up, nodes on links, weights, dragged numbers."""

import json
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.editor.meter import Meter
from benchmarks.editor.workflows import CLASS, sheet, title_near
from tests.web.editor.conftest import ServerProcess
from tests.web.editor.editor_page import EditorPage, middle, place

# How many of the canvas's pixels differ clearly from those that were looked at last.
# What a press changes may be painted some frames later: it looks once the canvas has stayed the same for a while.
# Only squares of four pixels count: the edges of curves are rounded otherwise where less is painted at once.
CHANGED_PIXELS = """async () => {
  const canvas = document.querySelector(".stage-canvas");
  const look = () => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let [pixels, alike] = [look(), 0];
  while (alike < 4) {
    for (let frame = 0; frame < 6; frame += 1) await new Promise(requestAnimationFrame);
    const now = look();
    alike = now.every((value, at) => value === pixels[at]) ? alike + 1 : 0;
    pixels = now;
  }
  const before = window.lookedAt ?? new Uint8ClampedArray(pixels.length);
  window.lookedAt = pixels;
  const isOther = (at) => [0, 1, 2, 3].some((channel) => Math.abs(pixels[at + channel] - before[at + channel]) > 40);
  const [right, below] = [4, 4 * canvas.width];
  let changed = 0;
  for (let at = 0; at < pixels.length - right - below; at += 4) {
    if (isOther(at) && [right, below, right + below].every((step) => isOther(at + step))) changed += 1;
  }
  return changed;
}"""


def test_a_card_let_go_across_a_link_is_put_into_it(editor: EditorPage) -> None:
    search = editor.search_node(300, 700)
    search.fill("invert image")
    search.press("Enter")
    card = editor.card("Invert Image")
    box, target = place(card), place(editor.card("Save Image"))
    source = editor.socket("VAE Decode", "output", "IMAGE")
    y = middle(source)[1]
    x = (middle(source)[0] + target["x"]) / 2
    grip = (box["x"] + 60, box["y"] + 12)
    centre = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    editor.drag(grip, (grip[0] + x - centre[0], grip[1] + y - centre[1]))
    after = editor.workflow()
    kinds = {node["id"]: node["type"] for node in after["nodes"]}
    pairs = {(kinds[link[1]], kinds[link[3]]) for link in after["links"] if link[5] == "IMAGE"}
    assert pairs == {("VAEDecode", "ImageInvert"), ("ImageInvert", "SaveImage")}


HAS_MOVED = """(x) => document.querySelector('.card[data-node="7"]').getBoundingClientRect().x > x + 20"""


def test_panning_with_the_middle_button_writes_nothing_into_the_prompt_and_opens_nothing(editor: EditorPage) -> None:
    page = editor.page
    prompt = editor.card("Prompt").get_by_role("textbox")
    prompt.fill("some words")
    prompt.press("Control+a")
    prompt.press("ArrowRight")
    for is_in_prompt in (True, False):
        if not is_in_prompt:
            editor.select("VAE Decode")
        x = place(editor.card("Save Image"))["x"]
        page.mouse.move(600, 720)
        page.mouse.down(button="middle")
        page.mouse.move(640, 700, steps=4)
        page.mouse.up(button="middle")
        page.wait_for_function(HAS_MOVED, arg=x)
    expect(prompt).to_have_value("some words")
    expect(page.locator(".notice")).to_have_count(0)
    expect(page.get_by_role("tab")).to_have_count(1)


def test_cards_are_cut_and_pasted_where_the_pointer_is_never_on_one_another(editor: EditorPage) -> None:
    page = editor.page
    before = editor.workflow()
    # Its digits stay marked, which must not keep the card from being copied.
    page.get_by_role("spinbutton", name="steps", exact=True).click()
    editor.select("VAE Decode")
    page.keyboard.press("Control+c")
    page.mouse.move(300, 650)
    for _ in range(2):
        page.keyboard.press("Control+v")
    pasted = editor.card("VAE Decode")
    expect(pasted).to_have_count(3)
    first, second = (place(pasted.nth(index)) for index in (1, 2))
    assert (first["x"], first["y"]) == pytest.approx((300, 625), abs=8)
    assert second["x"] > first["x"] + 10
    expect(pasted.nth(2)).to_be_focused()
    page.keyboard.press("Control+x")
    expect(pasted).to_have_count(2)
    for _ in range(3):
        page.keyboard.press("Control+z")
    assert editor.workflow() == before


def test_a_link_is_bent_the_bend_moved_and_taken_away(editor: EditorPage) -> None:
    page = editor.page
    source = middle(editor.socket("Load Checkpoint", "output", "CLIP"))
    target = middle(editor.socket("Negative prompt", "input", "clip"))
    between = ((source[0] + target[0]) / 2, (source[1] + target[1]) / 2)
    page.keyboard.down("Alt")
    page.mouse.click(*between)
    page.keyboard.up("Alt")
    assert len(editor.workflow()["extra"]["reroutes"]) == 1
    editor.drag(between, (between[0], between[1] + 200))
    workflow = editor.workflow()
    assert workflow["extra"]["linkExtensions"] == [
        {"id": workflow["extra"]["reroutes"][0]["linkIds"][0], "parentId": 1}
    ]
    page.keyboard.down("Alt")
    page.mouse.click(between[0], between[1] + 200)
    page.keyboard.up("Alt")
    assert "reroutes" not in editor.workflow()["extra"]
    page.keyboard.press("Control+z")
    page.mouse.click(between[0], between[1] + 200)
    page.keyboard.press("Delete")
    after = editor.workflow()
    assert "reroutes" not in after["extra"]
    assert len(after["links"]) == len(workflow["links"])
    page.keyboard.press("Control+z")
    page.mouse.click(between[0], between[1] + 200, button="right")
    page.locator(".menu-list.is-context").get_by_role("menuitem", name="Remove the reroute").click()
    assert "reroutes" not in editor.workflow()["extra"]


def test_cards_are_coloured_pinned_and_lined_up_from_the_menu(editor: EditorPage) -> None:
    editor.select("Prompt", "Negative prompt", "Empty Latent Image")
    for way in (("Arrange", "Align left edges"), ("Colour", "Purple"), ("Pin or free",)):
        editor.choose("Prompt", *way)
    nodes = {node["id"]: node for node in editor.workflow()["nodes"]}
    assert len({nodes[key]["pos"][0] for key in (2, 3, 4)}) == 1
    assert nodes[2]["bgcolor"] == "#535"
    assert nodes[3]["flags"]["pinned"] is True
    x, y = middle(editor.card("Prompt").locator(".card-title"))
    editor.drag((x, y), (x + 60, y + 60))
    assert editor.node(3)["pos"] == nodes[3]["pos"]


def test_everything_is_arranged_without_overlaps(editor: EditorPage) -> None:
    page = editor.page
    editor.select("Save Image")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    editor.choose("Save Image", "Arrange", "Arrange everything")
    expect(page.locator(".card")).to_have_count(7)
    boxes = [place(card) for card in page.locator(".card").all()]
    for one in boxes:
        for other in boxes:
            apart = one["x"] + one["width"] <= other["x"] + 1 or other["x"] + other["width"] <= one["x"] + 1
            assert (
                one is other
                or apart
                or one["y"] + one["height"] <= other["y"] + 1
                or other["y"] + other["height"] <= one["y"] + 1
            )


def test_a_deleted_node_lets_its_link_flow_past_it(editor: EditorPage) -> None:
    page = editor.page
    search = editor.search_node(640, 740)
    search.fill("LoraLoaderModelOnly")
    search.press("Enter")
    box = place(page.locator(".card.is-selected"))
    source = middle(editor.socket("Load Checkpoint", "output", "MODEL"))
    target = middle(editor.socket("KSampler", "input", "model"))
    grip = (box["x"] + 60, box["y"] + 12)
    editor.drag(grip, (source[0] * 0.3 + target[0] * 0.7, source[1] * 0.3 + target[1] * 0.7))
    inserted = {tuple(link[1:4:2]) for link in editor.workflow()["links"] if link[5] == "MODEL"}
    assert inserted == {(1, 8), (8, 5)}
    page.keyboard.press("Delete")
    assert {tuple(link[1:4:2]) for link in editor.workflow()["links"] if link[5] == "MODEL"} == {(1, 5)}


def test_words_are_weighted_by_keys_and_a_number_is_dragged(editor: EditorPage) -> None:
    page = editor.page
    field = editor.card("Prompt").locator("textarea")
    field.fill("a red cat")
    field.evaluate("area => area.setSelectionRange(2, 5)")
    page.keyboard.press("Control+ArrowUp")
    page.keyboard.press("Control+ArrowUp")
    expect(field).to_have_value("a (red:1.1) cat")
    assert editor.node(3)["widgets_values"] == ["a (red:1.1) cat"]
    page.keyboard.press("Escape")
    steps = editor.card("KSampler").get_by_role("spinbutton", name="steps")
    before = int(steps.input_value())
    x, y = middle(steps)
    editor.drag((x, y), (x + 30, y))
    expect(steps).not_to_have_value(str(before))
    assert int(steps.input_value()) > before


def test_escape_takes_a_number_back_that_was_typed_or_dragged_and_leaves_no_step(editor: EditorPage) -> None:
    page = editor.page
    undo = page.get_by_role("button", name="Undo", exact=True)
    steps = editor.card("KSampler").get_by_role("spinbutton", name="steps", exact=True)
    steps.click()
    page.keyboard.type("95")
    expect(undo).to_be_enabled()
    page.keyboard.press("Escape")
    expect(steps).to_have_value("20")
    expect(undo).to_be_disabled()
    x, y = middle(steps)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=6)
    expect(undo).to_be_enabled()
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(steps).to_have_value("20")
    expect(undo).to_be_disabled()


def test_a_lasso_selects_what_it_goes_around(editor: EditorPage) -> None:
    page = editor.page
    box = place(editor.card("Empty Latent Image"))
    left, top, right, bottom = box["x"] - 12, box["y"] - 12, box["x"] + box["width"] + 12, box["y"] + box["height"] + 12
    page.keyboard.down("Control")
    page.keyboard.down("Alt")
    page.mouse.move(left, bottom)
    page.mouse.down()
    for point in ((right, bottom), (right, top), (left, top)):
        page.mouse.move(*point, steps=3)
    page.mouse.up()
    page.keyboard.up("Alt")
    page.keyboard.up("Control")
    expect(page.locator(".card.is-selected .card-name")).to_have_text(["Empty Latent Image"])


def test_the_minimap_is_toggled_and_moves_the_view(editor: EditorPage) -> None:
    page = editor.page
    before = place(editor.card("KSampler"))
    page.keyboard.press("Alt+m")
    minimap = page.get_by_role("complementary", name="Minimap")
    expect(minimap).to_be_visible()
    x, y = middle(minimap)
    editor.drag((x, y), (x + 40, y))
    assert place(editor.card("KSampler"))["x"] < before["x"] - 100
    page.keyboard.press("Alt+m")
    expect(minimap).to_be_hidden()
    editor.wait_stored()


def test_two_fingers_zoom_and_a_long_press_opens_the_menu(browser: Browser, skein: ServerProcess) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
    page = context.new_page()
    editor = EditorPage.open(page, skein.url)
    touches = context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    before = place(editor.card("KSampler"))
    touch("touchStart", (500, 700))
    touch("touchStart", (500, 700), (700, 700))
    touch("touchMove", (530, 700), (670, 700))
    touch("touchEnd")
    after = place(editor.card("KSampler"))
    assert after["width"] == pytest.approx(0.7 * before["width"], rel=0.02)
    touch("touchStart", middle(editor.card("KSampler").locator(".card-title")))
    expect(
        page.locator(".menu-list.is-context").get_by_role("menuitem", name="Duplicate with its inputs' links")
    ).to_be_visible()
    touch("touchEnd")
    expect(page.locator(".card.is-selected .card-name")).to_have_text(["KSampler"])
    context.close()


def test_with_shift_all_links_of_an_output_move_and_what_does_not_fit_says_why(editor: EditorPage) -> None:
    page = editor.page
    editor.select("Load Checkpoint")
    page.keyboard.press("d")
    for _ in range(16):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Control+.")
    added = page.locator('.card.is-selected[data-node="8"]')
    start = middle(page.locator('.card[data-node="1"] .socket[data-name="CLIP"]'))
    page.keyboard.down("Shift")
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*middle(added.locator('.socket[data-name="VAE"]')), steps=4)
    expect(page.locator(".hint")).to_contain_text("CLIP")
    page.mouse.move(*middle(added.locator('.socket[data-name="CLIP"]')), steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    assert [link[1] for link in editor.workflow()["links"] if link[5] == "CLIP"] == [8, 8]


def test_space_or_the_hand_and_a_drag_move_the_view_on_a_card_too_and_a_tap_of_space_searches(
    editor: EditorPage,
) -> None:
    page = editor.page
    card = editor.card("KSampler")
    places = [node["pos"] for node in editor.workflow()["nodes"]]
    before = place(card)
    x, y = middle(card)
    page.keyboard.down("Space")
    editor.drag((x, y), (x + 60, y + 30))
    page.keyboard.up("Space")
    after = place(card)
    assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx((60, 30), abs=1)
    expect(page.get_by_role("combobox", name="Search nodes")).to_be_hidden()
    page.keyboard.press("h")
    x, y = middle(card)
    editor.drag((x, y), (x - 40, y - 30))
    page.keyboard.press("v")
    back = place(card)
    assert (back["x"] - after["x"], back["y"] - after["y"]) == pytest.approx((-40, -30), abs=1)
    assert [node["pos"] for node in editor.workflow()["nodes"]] == places
    page.keyboard.press("Space")
    expect(page.get_by_role("combobox", name="Search nodes")).to_be_focused()


def test_what_changes_in_a_crowd_is_painted_as_if_all_were_painted_anew(editor: EditorPage) -> None:
    page = editor.page
    text = json.dumps(sheet(192)).replace(CLASS, "ImageBatch")
    for old, new in (("left", "image1"), ("above", "image2")):
        text = text.replace(f'"{old}"', f'"{new}"')
    editor.drop("crowd.json", text.encode())
    expect(page).to_have_title("crowd – Skein")
    expect(page.locator("#stage")).to_have_class(re.compile("is-far"))
    expect(page.locator("#stage")).not_to_have_class(re.compile("is-moving"))
    page.evaluate(CHANGED_PIXELS)
    style = page.locator(".stage-cards").get_attribute("style") or ""
    first, second, third, fourth = (title_near(style, at) for at in ((560, 240), (640, 370), (500, 440), (700, 560)))
    page.mouse.click(*first)
    page.keyboard.press("Control+m")
    editor.drag(second, (second[0] + 31, second[1] + 17))
    page.mouse.click(*third)
    page.keyboard.press("Delete")
    page.mouse.click(*fourth)
    assert page.evaluate(CHANGED_PIXELS) > 1000
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("html")).to_have_attribute("data-theme", scheme)
    assert page.evaluate(CHANGED_PIXELS) == 0


def test_a_drag_with_alt_leaves_the_card_and_moves_a_copy_in_one_step(editor: EditorPage) -> None:
    page = editor.page
    before = editor.workflow()
    x, y = middle(editor.card("VAE Decode").locator(".card-title"))
    page.keyboard.down("Alt")
    editor.drag((x, y), (x + 30, y + 200))
    page.keyboard.up("Alt")
    copies = page.locator(".card").filter(has=page.locator(".card-name", has_text="VAE Decode"))
    expect(copies).to_have_count(2)
    nodes = {node["id"]: node for node in editor.workflow()["nodes"]}
    assert nodes[6] == next(node for node in before["nodes"] if node["id"] == 6)
    assert nodes[8]["pos"][1] > nodes[6]["pos"][1] + 150
    assert [slot["link"] for slot in nodes[8]["inputs"]] == [None, None]
    page.keyboard.press("Control+z")
    expect(copies).to_have_count(1)
    assert editor.workflow() == before


def test_a_press_with_shift_adds_to_the_selection_and_a_dot_shows_what_is_selected(editor: EditorPage) -> None:
    page = editor.page
    editor.card("VAE Decode").locator(".card-title").click()
    editor.card("Save Image").locator(".card-title").click(modifiers=["Shift"])
    expect(page.locator(".card.is-selected")).to_have_count(2)
    page.keyboard.press(".")
    expect(page.locator(".zoom-level")).to_have_text("100 %")
    page.keyboard.press("Control+.")
    expect(page.locator(".zoom-level")).not_to_have_text("100 %")
    page.keyboard.press("Escape")
    expect(page.locator(".card.is-selected")).to_have_count(0)


def test_the_page_with_its_default_workflow_comes_in_150_kilobytes(page: Page, skein: ServerProcess) -> None:
    meter = Meter(page)
    EditorPage.open(page, skein.url)
    page.wait_for_load_state("networkidle")
    assert 0 < meter.bytes <= 150_000
