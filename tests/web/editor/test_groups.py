"""Groups on the canvas: made, named, moved with their cards, resized, chosen, deleted."""

from playwright.sync_api import expect

from tests.web.editor.editor_page import EditorPage, place


def test_a_group_is_made_and_moves_with_its_cards(editor: EditorPage) -> None:
    page = editor.page
    editor.select("Prompt", "Negative prompt")
    page.keyboard.press("Control+g")
    page.keyboard.type("LoRAs")
    page.keyboard.press("Enter")
    before = editor.workflow()
    assert before["groups"][0]["title"] == "LoRAs"
    box = place(editor.card("Prompt"))
    editor.drag((box["x"] + 100, box["y"] - 14), (box["x"] + 100, box["y"] + 46))
    after = editor.workflow()
    moved = after["groups"][0]["bounding"][1] - before["groups"][0]["bounding"][1]
    assert moved > 40
    places = {node["id"]: node["pos"][1] for node in before["nodes"]}
    shifts = {node["id"]: node["pos"][1] - places[node["id"]] for node in after["nodes"]}
    assert {key for key, value in shifts.items() if value} == {3, 4}
    assert shifts[3] == moved
    page.keyboard.press("Control+z")
    assert editor.workflow() == before
    page.keyboard.press("Control+a")
    page.keyboard.press("ArrowRight")
    assert editor.workflow()["groups"][0]["bounding"][0] == before["groups"][0]["bounding"][0] + 10


def test_a_group_is_named_in_place_and_resized_in_one_step(editor: EditorPage) -> None:
    page = editor.page
    editor.select("Prompt", "Negative prompt")
    page.keyboard.press("Control+g")
    page.keyboard.press("Escape")
    box = place(editor.card("Prompt"))
    page.mouse.dblclick(box["x"] + 20, box["y"] - 14)
    name = page.get_by_role("textbox", name="Name of the group")
    name.fill("Words")
    name.press("Enter")
    expect(name).to_have_count(0)
    expect(page.locator(".group-name")).to_have_count(0)
    before = editor.workflow()
    assert before["groups"][0]["title"] == "Words"
    last = place(editor.card("Negative prompt"))
    corner = (last["x"] + last["width"] + 8, last["y"] + last["height"] + 8)
    editor.drag(corner, (corner[0] + 20, corner[1] + 40))
    after = editor.workflow()["groups"][0]["bounding"]
    assert after[:2] == before["groups"][0]["bounding"][:2]
    assert after[3] > before["groups"][0]["bounding"][3] + 30
    page.keyboard.press("Control+z")
    assert editor.workflow() == before


def test_a_group_is_chosen_by_its_title_coloured_and_deleted_with_what_is_in_it(editor: EditorPage) -> None:
    page = editor.page
    before = editor.workflow()
    editor.select("Prompt", "Negative prompt")
    page.keyboard.press("Control+g")
    page.keyboard.press("Escape")
    box = place(editor.card("Prompt"))
    page.mouse.click(box["x"] + 100, box["y"] - 14)
    expect(page.locator(".stage-group")).to_be_visible()
    expect(page.locator(".card.is-selected")).to_have_count(2)
    page.locator(".toolbar").get_by_role("menuitem", name="Colour").click()
    page.locator(".toolbar").get_by_role("menuitem", name="Green", exact=True).click()
    coloured = editor.workflow()
    assert coloured["groups"][0]["color"] == "#8A8"
    assert coloured["nodes"] == before["nodes"]
    page.keyboard.press("Delete")
    expect(page.locator(".stage-group")).to_have_count(0)
    left = editor.workflow()
    assert (left["groups"], {node["id"] for node in left["nodes"]} & {3, 4}) == ([], set())
    for _ in range(3):
        page.keyboard.press("Control+z")
    assert editor.workflow() == before
