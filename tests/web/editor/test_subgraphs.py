"""Subgraphs by mouse and keyboard: made, opened, edited, left, unpacked, and undone."""

from playwright.sync_api import expect

from tests.web.editor.editor_page import EditorPage, middle, place


def make(editor: EditorPage) -> None:
    editor.select("KSampler", "VAE Decode")
    editor.page.keyboard.press("Control+Shift+E")
    expect(editor.card("New subgraph")).to_be_visible()


def test_a_subgraph_is_made_opened_edited_and_unpacked_and_every_step_can_be_undone(editor: EditorPage) -> None:
    page = editor.page
    before = editor.workflow()
    make(editor)
    expect(page.locator(".card")).to_have_count(6)
    made = editor.workflow()
    assert [len(made["definitions"]["subgraphs"][0][side]) for side in ("inputs", "outputs")] == [5, 1]
    editor.card("New subgraph").get_by_role("button", name="Open the subgraph").click()
    expect(page.locator(".card")).to_have_count(4)
    way = page.get_by_role("navigation", name="Opened subgraphs")
    expect(way).to_contain_text("New subgraph")
    boxes = [place(bar) for bar in (page.get_by_role("navigation", name="Open workflows"), way)]
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]
    editor.card("KSampler").get_by_role("spinbutton", name="steps").fill("7")
    assert editor.workflow()["definitions"]["subgraphs"][0]["nodes"][0]["widgets_values"][2] == 7
    page.keyboard.press("Escape")
    page.get_by_role("navigation", name="Opened subgraphs").get_by_role("button").click()
    expect(page.locator(".card")).to_have_count(6)
    page.keyboard.press("Control+z")
    expect(editor.card("KSampler").get_by_role("spinbutton", name="steps")).to_have_value("20")
    page.keyboard.press("Control+z")
    expect(page.get_by_role("navigation", name="Opened subgraphs")).to_be_hidden()
    assert editor.workflow() == before
    page.keyboard.press("Control+y")
    expect(page.locator(".card")).to_have_count(6)
    editor.choose("New subgraph", "Unpack the subgraph")
    expect(page.locator(".card")).to_have_count(7)


def test_a_widget_inside_is_shown_outside_and_its_value_is_queued(editor: EditorPage) -> None:
    page = editor.page
    make(editor)
    editor.card("New subgraph").get_by_role("button", name="Open the subgraph").click()
    sampler = editor.card("KSampler")
    sampler.get_by_role("spinbutton", name="steps").click(button="right")
    menu = page.locator(".menu-list.is-context")
    menu.get_by_role("menuitem", name="Show steps on the subgraph's node").click()
    expect(sampler.get_by_role("button", name="steps no longer")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("navigation", name="Opened subgraphs").get_by_role("button").click()
    steps = editor.card("New subgraph").get_by_role("spinbutton", name="steps")
    steps.fill("5")
    steps.press("Enter")
    editor.card("New subgraph").get_by_role("button", name="Open the subgraph").click()
    inside = sampler.get_by_role("spinbutton", name="steps")
    expect(inside).to_have_value("5")
    inside.fill("3")
    inside.press("Enter")
    page.get_by_role("navigation", name="Opened subgraphs").get_by_role("button").click()
    expect(steps).to_have_value("3")
    editor.card("New subgraph").locator(".card-name").dblclick()
    page.keyboard.type("Hires")
    page.keyboard.press("Enter")
    editor.card("Hires").get_by_role("button", name="Open the subgraph").click()
    expect(page.get_by_role("navigation", name="Opened subgraphs")).to_contain_text("Hires")
    sampler.locator(".card-title").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("navigation", name="Opened subgraphs")).to_be_hidden()
    sent = editor.queue()
    host = next(
        node for node in sent["prompt"]["nodes"] if node["type"] == sent["prompt"]["definitions"]["subgraphs"][0]["id"]
    )
    assert host["properties"]["proxyWidgets"] == [["5", "steps"]]
    assert host["widgets_values"] == [3]
    assert sent["prompt"]["definitions"]["subgraphs"][0]["nodes"][0]["widgets_values"][2] == 20
    expect(editor.card("Save Image").locator("img")).to_be_visible(timeout=60_000)


def test_a_link_to_the_box_makes_an_input_of_the_node_which_can_be_named_and_removed(editor: EditorPage) -> None:
    page = editor.page
    make(editor)
    editor.card("New subgraph").get_by_role("button", name="Open the subgraph").click()
    editor.connect(editor.socket("Inputs", "output", "+"), editor.socket("KSampler", "input", "cfg"))
    expect(editor.socket("Inputs", "output", "cfg")).to_be_visible()
    editor.card("Inputs").locator(".slot-name", has_text="cfg").dblclick()
    page.get_by_label("Name of cfg").fill("strength")
    page.keyboard.press("Enter")
    page.get_by_role("navigation", name="Opened subgraphs").get_by_role("button").click()
    expect(editor.card("New subgraph").get_by_role("spinbutton", name="strength")).to_have_value("3")
    editor.card("New subgraph").get_by_role("button", name="Open the subgraph").click()
    row = editor.card("Inputs").locator(".slot", has_text="strength")
    row.hover()
    row.get_by_role("button", name="Remove strength").click()
    host = next(node for node in editor.workflow()["nodes"] if "-" in node["type"])
    assert [slot["name"] for slot in host["inputs"]] == ["model", "positive", "negative", "latent_image", "vae"]
    x, y = middle(editor.card("Inputs").locator(".card-title"))
    editor.drag((x, y), (x - 40, y + 10))
    page.keyboard.press("Delete")
    expect(editor.card("Inputs")).to_be_visible()
