"""Scripts that make widgets, draw on cards, and bring kinds of nodes that only the page knows."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.editor.conftest import ServerProcess
from tests.web.editor.editor_page import EditorPage, place

GREEN = """(canvas) => {
  const { width, height } = canvas;
  const [red, green, blue] = canvas.getContext("2d").getImageData(width / 2, height / 2, 1, 1).data;
  return green === 200 && red === 0 && blue === 0;
}"""
RED = """(canvas) => {
  const ratio = canvas.width / parseFloat(canvas.style.width);
  const [red, green] = canvas.getContext("2d").getImageData(34 * ratio, 30 * ratio, 1, 1).data;
  return red === 200 && green === 0;
}"""


def tinted(node_id: int, kind: str = "Tinted", **more: Any) -> dict[str, Any]:
    """A stored node."""
    place = {"id": node_id, "type": kind, "pos": [140 + 330 * (node_id % 3), 180], "size": [300, 160], "flags": {}}
    inputs = [{"name": "words", "type": "STRING", "link": None}]
    outputs = [{"name": "STRING", "type": "STRING", "links": []}]
    slots = {"inputs": inputs, "outputs": outputs}
    return {**place, "order": 0, "mode": 0, **slots, "properties": {}, "widgets_values": ["wild", 3], **more}


def own(node_id: int, kind: str, value: str, **more: Any) -> dict[str, Any]:
    """A stored node of a kind that only the page knows."""
    place = {"id": node_id, "type": f"makers/{kind}", "pos": [140 + 330 * (node_id % 3), 420], "size": [210, 60]}
    return {**place, "flags": {}, "order": 0, "mode": 0, "properties": {}, "widgets_values": [value], **more}


def workflow(*nodes: dict[str, Any], links: list[list[Any]]) -> bytes:
    last = {"last_node_id": max(node["id"] for node in nodes), "last_link_id": len(links), "version": 0.4}
    return json.dumps({**last, "nodes": nodes, "links": links, "groups": [], "config": {}, "extra": {}}).encode()


@pytest.fixture
def opened(page: Page, mannered_server: ServerProcess) -> EditorPage:
    """The page once its scripts have begun."""
    editor = EditorPage.open(page, mannered_server.url)
    page.wait_for_function("() => window.heard && window.told?.includes('after all')")
    return editor


def wait_heard(page: Page, word: str) -> None:
    page.wait_for_function("(word) => window.heard.includes(word)", arg=word)


def test_an_input_of_a_packs_own_type_has_the_widget_that_its_script_makes(opened: EditorPage) -> None:
    opened.drop("tinted.json", workflow(tinted(3), links=[]))
    field = opened.card("Tinted").get_by_role("textbox", name="TINT tint")
    expect(field).to_have_value("wild")
    expect(opened.card("Tinted").get_by_role("spinbutton", name="times")).to_have_value("3")
    field.fill("pale")
    assert opened.queue()["prompt"]["3"]["inputs"] == {"tint": "pale", "times": 3}
    assert opened.node(3)["widgets_values"] == ["pale", 3]
    opened.reload()
    expect(field).to_have_value("pale")
    opened.search_node(640, 600).fill("Tinted")
    opened.page.keyboard.press("Enter")
    expect(field).to_have_count(2)
    expect(field.nth(1)).to_have_value("mild")


def test_scripts_draw_over_cards_and_as_widgets_and_hear_of_the_pointer(opened: EditorPage) -> None:
    page = opened.page
    opened.drop("drawn.json", workflow(tinted(3, "Drawn", widgets_values=["wild", 3, {"turned": 4}]), links=[]))
    card = opened.card("Drawn")
    dial = card.locator(".pack-widget")
    expect(dial).to_be_visible()
    page.wait_for_function(f"() => ({GREEN})(document.querySelector('.pack-widget'))")
    page.wait_for_function(f"() => ({RED})(document.querySelector('.pack-drawing'))")
    dial.click()
    wait_heard(page, "dial at true")
    assert opened.queue()["prompt"]["3"]["inputs"] == {"tint": "wild", "times": 3, "dial": 50}
    assert opened.node(3)["widgets_values"][2] == {"turned": 5}
    # A run that ends takes its card's pictures away.
    expect(card).to_have_attribute("data-state", re.compile("finished|cached"))
    title = card.locator(".card-title")
    title.click(position={"x": 100, "y": 10})
    wait_heard(page, "pressed title")
    wait_heard(page, "entered")
    wait_heard(page, "selected")
    drawn = page.evaluate("() => app.graph.getNodeById(3).drawn")
    page.evaluate("() => app.graph.setDirtyCanvas(true, true)")
    page.wait_for_function("(before) => app.graph.getNodeById(3).drawn > before", arg=drawn)
    page.evaluate(
        "() => { app.graph.getNodeById(3).imgs = [Object.assign(new Image(), { src: '/view?filename=a.png' })]; }"
    )
    expect(card.locator(".card-picture img")).to_have_attribute("src", re.compile(r"filename=a\.png"))
    assert page.evaluate("() => app.graph.getNodeById(3).imgs.length") == 1
    # What a script takes for itself moves no card.
    box = place(title)
    opened.drag((box["x"] + box["width"] - 8, box["y"] + 12), (box["x"] + 300, box["y"] + 160))
    assert opened.node(3)["pos"] == [140, 180]


def test_nodes_that_only_the_page_knows_pass_on_what_they_are_fed(opened: EditorPage) -> None:
    output = {"outputs": [{"name": "*", "type": "*", "links": [2]}], "inputs": []}
    fed = [
        {"name": "words", "type": "STRING", "link": 2},
        {"name": "times", "type": "INT", "link": 3, "widget": {"name": "times"}},
    ]
    nodes = [
        tinted(1, outputs=[{"name": "STRING", "type": "STRING", "links": [1]}]),
        own(4, "Keep", "it", inputs=[{"name": "*", "type": "*", "link": 1}], outputs=[]),
        own(6, "Take", "it", **output),
        own(8, "Preset", "many", inputs=[], outputs=[{"name": "INT", "type": "INT", "links": [3]}]),
        tinted(2, inputs=fed),
    ]
    links = [[1, 1, 0, 4, 0, "STRING"], [2, 6, 0, 2, 0, "STRING"], [3, 8, 0, 2, 1, "INT"]]
    opened.drop("passing.json", workflow(*nodes, links=links))
    expect(opened.card("Keep").get_by_role("textbox", name="name")).to_have_value("it")
    sent = opened.queue()["prompt"]
    assert set(sent) == {"1", "2"}
    assert sent["2"]["inputs"] == {"tint": "wild", "times": 9, "words": ["1", 0]}
    opened.card("Take").get_by_role("textbox", name="name").fill("other")
    assert opened.queue()["prompt"]["2"]["inputs"] == {"tint": "wild", "times": 9}
    saved = opened.workflow()
    assert saved["links"] == links
    assert [node["widgets_values"] for node in saved["nodes"]] == [
        ["wild", 3],
        ["it"],
        ["other"],
        ["many"],
        ["wild", 3],
    ]
    opened.card("Preset").get_by_role("combobox", name="value").select_option("few")
    opened.page.locator('.card[data-node="1"]').get_by_role("spinbutton", name="times").fill("-1")
    sent = opened.queue()
    assert [sent["prompt"][key]["inputs"]["times"] for key in ("1", "2")] == [5, 3]
    assert sent["extra_data"]["extra_pnginfo"]["workflow"]["extra"]["seen"] is True
    wait_heard(opened.page, "queues 0")
    wait_heard(opened.page, "queued true")
    opened.search_node(640, 640).fill("Preset")
    opened.page.keyboard.press("Enter")
    expect(opened.card("Preset")).to_have_count(2)
    assert opened.workflow()["nodes"][5]["outputs"] == [{"name": "INT", "type": "INT", "links": []}]
