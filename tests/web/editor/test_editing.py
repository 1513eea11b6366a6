"""Editing by mouse and keyboard: moving, selecting, connecting, adding, changing values, undoing."""

import re

import pytest
from playwright.sync_api import expect

from tests.web.editor.editor_page import EditorPage, middle, place


def test_every_card_of_the_default_workflow_is_in_view(editor: EditorPage) -> None:
    cards = editor.page.locator(".card")
    expect(cards).to_have_count(7)
    for card in cards.all():
        box = place(card)
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 1280
        assert box["y"] >= 56
        assert box["y"] + box["height"] <= 800


def test_a_card_moves_by_its_title_and_undo_brings_it_back(editor: EditorPage) -> None:
    before = editor.workflow()
    x, y = middle(editor.card("Empty Latent Image").locator(".card-title"))
    editor.drag((x, y), (x + 80, y + 60))
    moved = editor.node(2)["pos"]
    assert moved[0] > 60
    assert moved[1] > 230
    editor.page.keyboard.press("Control+z")
    assert editor.workflow() == before
    editor.page.keyboard.press("Control+y")
    assert editor.node(2)["pos"] == moved


def test_arrow_keys_move_the_selection(editor: EditorPage) -> None:
    editor.card("KSampler").locator(".card-title").click()
    editor.page.keyboard.press("ArrowRight")
    editor.page.keyboard.press("ArrowDown")
    assert editor.node(5)["pos"] == [680, 40]


def test_a_box_selects_what_it_touches_and_delete_removes_it_with_its_links(editor: EditorPage) -> None:
    negative = place(editor.card("Negative prompt"))
    bottom = negative["y"] + negative["height"]
    editor.page.keyboard.down("Control")
    editor.drag((negative["x"] - 30, bottom + 30), (negative["x"] + 60, bottom - 20))
    editor.page.keyboard.up("Control")
    expect(editor.page.locator(".card.is-selected")).to_have_count(1)
    editor.page.keyboard.press("Delete")
    workflow = editor.workflow()
    assert [node["id"] for node in workflow["nodes"]] == [1, 2, 3, 5, 6, 7]
    assert all(4 not in (link[1], link[3]) for link in workflow["links"])
    sampler = next(node for node in workflow["nodes"] if node["id"] == 5)
    assert sampler["inputs"][2]["link"] is None


def test_values_change_through_native_inputs(editor: EditorPage) -> None:
    page = editor.page
    editor.card("Prompt").get_by_role("textbox").fill("a green apple")
    page.get_by_role("spinbutton", name="steps", exact=True).fill("4*3")
    page.get_by_role("spinbutton", name="cfg", exact=True).press("ArrowUp")
    page.get_by_role("combobox", name="sampler name").select_option("euler")
    assert editor.node(3)["widgets_values"] == ["a green apple"]
    assert editor.node(5)["widgets_values"] == [42, "randomize", 12, 3.1, "euler", "karras", 1]


def test_typing_is_undone_in_one_step_even_inside_the_text(editor: EditorPage) -> None:
    text = editor.card("Prompt").get_by_role("textbox")
    text.focus()
    expect(text).to_be_focused()
    text.press("End")
    editor.page.keyboard.type(", oil painting")
    editor.page.keyboard.press("Control+z")
    expect(text).to_have_value("a red apple on a blue background")


def test_a_link_is_taken_off_by_dragging_its_end_away_and_made_by_dragging_to_a_slot(editor: EditorPage) -> None:
    images = editor.socket("Save Image", "input", "images")
    editor.drag(middle(images), (640, 740))
    assert len(editor.workflow()["links"]) == 8
    editor.connect(editor.socket("VAE Decode", "output", "IMAGE"), images)
    workflow = editor.workflow()
    assert workflow["links"][-1] == [10, 6, 0, 7, 0, "IMAGE"]
    assert editor.node(7)["inputs"][0]["link"] == 10


def test_a_link_of_the_wrong_type_is_refused_with_the_reason(editor: EditorPage) -> None:
    page = editor.page
    before = editor.workflow()
    page.mouse.move(*middle(editor.socket("KSampler", "output", "LATENT")))
    page.mouse.down()
    page.mouse.move(*middle(editor.socket("Save Image", "input", "images")), steps=6)
    expect(page.locator(".hint")).to_contain_text("LATENT does not fit images, which takes IMAGE")
    page.mouse.up()
    assert editor.workflow() == before


def test_a_widget_takes_a_link_from_a_primitive_and_the_prompt_follows_it(editor: EditorPage) -> None:
    search = editor.search_node(200, 700)
    search.fill("primitive")
    search.press("Enter")
    expect(editor.card("Primitive")).to_be_visible()
    width = editor.card("Empty Latent Image").get_by_role("spinbutton", name="width")
    before = width.input_value()
    width.hover()
    editor.connect(
        editor.socket("Primitive", "output", "connect to widget"), editor.socket("Empty Latent Image", "input", "width")
    )
    expect(width).to_be_disabled()
    assert editor.node(2)["inputs"] == [{"name": "width", "type": "INT", "link": 10, "widget": {"name": "width"}}]
    value = editor.card("Primitive").get_by_role("spinbutton")
    expect(value).to_have_value(before)
    value.fill("72")
    assert editor.queue()["prompt"]["2"]["inputs"]["width"] == 72
    editor.card("Empty Latent Image").get_by_role("spinbutton", name="height").hover()
    editor.drag(middle(editor.socket("Empty Latent Image", "input", "height")), (200, 600))
    expect(editor.page.get_by_role("combobox", name="Search nodes")).to_be_focused()
    expect(editor.page.get_by_role("listbox", name="Nodes").get_by_role("option").first).to_contain_text("Primitive")
    editor.page.keyboard.press("Enter")
    expect(editor.card("Primitive").get_by_role("spinbutton")).to_have_count(2)
    expect(editor.card("Primitive").get_by_role("spinbutton").last).to_have_value(before)


def test_a_node_is_added_by_double_click_and_words(editor: EditorPage) -> None:
    page = editor.page
    editor.search_node(500, 740)
    page.keyboard.type("load image")
    expect(page.get_by_role("listbox", name="Nodes").get_by_role("option").first).to_contain_text("Load Image")
    page.keyboard.press("Enter")
    expect(editor.card("Load Image")).to_be_visible()
    added = editor.workflow()["nodes"][-1]
    assert (added["id"], added["type"]) == (8, "LoadImage")
    page.keyboard.press("Control+z")
    expect(editor.card("Load Image")).to_have_count(0)


def test_a_link_dropped_in_the_empty_offers_what_fits_and_connects_it(editor: EditorPage) -> None:
    page = editor.page
    editor.drag(middle(editor.socket("VAE Decode", "output", "IMAGE")), (500, 740))
    search = page.get_by_role("combobox", name="Search nodes")
    expect(search).to_be_focused()
    page.keyboard.type("preview")
    page.keyboard.press("Enter")
    expect(search).to_be_hidden()
    link = editor.workflow()["links"][-1]
    assert link[1:] == [6, 0, 8, 0, "IMAGE"]


def test_muting_bypassing_and_collapsing_by_key(editor: EditorPage) -> None:
    editor.card("VAE Decode").locator(".card-title").click()
    editor.page.keyboard.press("Control+m")
    assert editor.node(6)["mode"] == 2
    editor.page.keyboard.press("Control+b")
    assert editor.node(6)["mode"] == 4
    editor.page.keyboard.press("Control+b")
    assert editor.node(6)["mode"] == 0
    editor.page.keyboard.press("Alt+c")
    assert editor.node(6)["flags"] == {"collapsed": True}
    expect(editor.card("VAE Decode").locator(".slot-name").first).to_be_hidden()


def test_a_title_is_typed_over_after_a_double_click(editor: EditorPage) -> None:
    name = editor.page.get_by_role("textbox", name="Title")
    editor.card("KSampler").locator(".card-name").dblclick()
    expect(name).to_be_focused()
    editor.page.keyboard.type("Painter")
    editor.page.keyboard.press("Enter")
    expect(editor.card("Painter")).to_be_visible()
    assert editor.node(5)["title"] == "Painter"
    bar = place(editor.card("Painter").locator(".card-title"))
    editor.page.mouse.dblclick(bar["x"] + bar["width"] - 60, bar["y"] + 12)
    expect(name).to_be_focused()
    editor.page.keyboard.type("Never mind")
    editor.page.keyboard.press("Escape")
    assert editor.node(5)["title"] == "Painter"


def test_the_right_button_offers_what_can_be_done_with_a_card(editor: EditorPage) -> None:
    editor.choose("VAE Decode", "Mute or unmute")
    assert editor.node(6)["mode"] == 2
    expect(editor.page.get_by_role("menu")).to_have_count(0)
    editor.card("VAE Decode").locator(".card-title").click(button="right")
    menu = editor.page.locator(".menu-list.is-context")
    before = place(menu)
    menu.get_by_role("menuitem", name="Colour").hover()
    green = menu.get_by_role("group", name="Colour").get_by_role("menuitem", name="Green")
    expect(green).to_be_visible()
    assert place(menu) == before
    green.click()
    assert editor.node(6)["color"] == "#232"


def test_the_right_button_on_a_slot_lets_go_of_its_links_and_names_it(editor: EditorPage) -> None:
    page = editor.page
    menu = page.locator(".menu-list.is-context")
    editor.card("Load Checkpoint").locator(".is-output .slot-name", has_text="CLIP").click(button="right")
    menu.get_by_role("menuitem", name="Disconnect all 2").click()
    expect(editor.socket("Load Checkpoint", "output", "CLIP")).not_to_have_class(re.compile("is-linked"))
    assert [node["inputs"][0]["link"] for node in editor.workflow()["nodes"] if node["type"] == "CLIPTextEncode"] == [
        None,
        None,
    ]
    editor.card("VAE Decode").locator(".is-input .slot-name", has_text="samples").click(button="right")
    menu.get_by_role("menuitem", name="Rename the slot…").click()
    name = page.get_by_role("textbox", name="Name of samples")
    name.fill("what is decoded")
    name.press("Enter")
    expect(editor.card("VAE Decode").locator(".slot-name").first).to_have_text("what is decoded")
    assert editor.node(6)["inputs"][0]["label"] == "what is decoded"


def test_the_right_button_offers_what_fits_a_link_and_the_empty_canvas(editor: EditorPage) -> None:
    page = editor.page
    menu = page.locator(".menu-list.is-context")
    start, end = (
        middle(editor.socket("VAE Decode", "output", "IMAGE")),
        middle(editor.socket("Save Image", "input", "images")),
    )
    page.mouse.click((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, button="right")
    expect(menu.get_by_role("menuitem")).to_have_text(["Insert a node…", "Add a reroute here", "Delete the link"])
    menu.get_by_role("menuitem", name="Insert a node…").click()
    search = page.get_by_role("combobox", name="Search nodes")
    search.fill("invert")
    search.press("Enter")
    after = editor.workflow()
    kinds = {node["id"]: node["type"] for node in after["nodes"]}
    pairs = {(kinds[link[1]], kinds[link[3]]) for link in after["links"] if link[5] == "IMAGE"}
    assert pairs == {("VAEDecode", "ImageInvert"), ("ImageInvert", "SaveImage")}
    page.mouse.click(300, 740, button="right")
    items = menu.get_by_role("menuitem")
    expect(items.first).to_have_text("Add a node…A")
    expect(menu.locator("button:disabled")).to_have_count(0)
    view = menu.locator('[aria-haspopup="menu"]').filter(has_text="View")
    view.press("ArrowRight")
    expect(view).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowLeft")
    expect(view).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)


def test_the_wheel_zooms_at_the_pointer(editor: EditorPage) -> None:
    page = editor.page
    target = editor.socket("KSampler", "input", "model")
    x, y = middle(target)
    level = page.locator(".zoom-level")
    before = level.inner_text()
    page.mouse.move(x, y)
    page.mouse.wheel(0, -300)
    expect(level).not_to_have_text(before)
    assert middle(target) == pytest.approx((x, y), abs=2)


def test_zoomed_out_the_nodes_are_boxes_and_come_back_as_cards(editor: EditorPage) -> None:
    page = editor.page
    page.mouse.move(640, 400)
    for _ in range(8):
        page.mouse.wheel(0, 240)
    expect(page.locator(".card")).to_have_count(0)
    page.keyboard.press(".")
    expect(page.locator(".card")).to_have_count(7)
