"""Scripts in the manner of packs that many people have: what they keep, hide, add and listen to."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.editor.conftest import ServerProcess
from tests.web.editor.editor_page import EditorPage


def mannered(node_id: int, y: int, **more: Any) -> dict[str, Any]:
    """A stored node; of its slots one takes another's words."""
    return {
        "id": node_id,
        "type": "Mannered",
        "pos": [200, y],
        "size": [300, 220],
        "flags": {},
        "order": 0,
        "mode": 0,
        "inputs": [{"name": "other", "type": "STRING", "link": None}],
        "outputs": [{"name": "STRING", "type": "STRING", "links": []}],
        "properties": {},
        "widgets_values": ["hello", "simple", 2, "Choose one"],
        **more,
    }


def workflow(*nodes: dict[str, Any], **more: Any) -> bytes:
    last = max(node["id"] for node in nodes)
    whole = {"last_node_id": last, "last_link_id": 0, "version": 0.4, "links": [], "groups": [], "config": {}}
    return json.dumps({**whole, "extra": {}, "nodes": list(nodes), **more}).encode()


def linked() -> bytes:
    """Two nodes, of which the first stored is fed by the second."""
    fed = mannered(3, 140, inputs=[{"name": "other", "type": "STRING", "link": 1}], kept={"opened": 4})
    feeding = mannered(4, 440, outputs=[{"name": "STRING", "type": "STRING", "links": [1]}], title="Feeder")
    return workflow(fed, feeding, links=[[1, 4, 0, 3, 0, "STRING"]], last_link_id=1)


@pytest.fixture
def opened(page: Page, mannered_server: ServerProcess) -> EditorPage:
    """The page once its scripts have begun."""
    editor = EditorPage.open(page, mannered_server.url)
    wait_told(page, "after all")
    return editor


def wait_told(page: Page, word: str) -> None:
    page.wait_for_function("(word) => window.told?.includes(word)", arg=word)


def told(page: Page) -> list[str]:
    return list(page.evaluate("() => window.told.splice(0)"))


def drop(editor: EditorPage, content: bytes) -> list[str]:
    """Open a file; answers what the scripts were told meanwhile."""
    told(editor.page)
    editor.drop("mannered.json", content)
    wait_told(editor.page, "after all")
    return told(editor.page)


def test_all_nodes_are_there_before_the_first_is_configured(opened: EditorPage) -> None:
    heard = drop(opened, linked())
    made = ["made", "added true"]
    assert heard[0] == "before all"
    assert [word for word in heard[1:] if not word.startswith("resized")] == [
        *made,
        *made,
        "configured 3 fed by Feeder",
        "configured 4",
        "loaded 3",
        "loaded 4",
        "after all",
    ]


def test_what_scripts_write_into_their_stored_nodes_comes_back(opened: EditorPage) -> None:
    drop(opened, linked())
    stored = opened.node(3)
    assert stored["kept"] == {"opened": 5}
    assert stored["properties"]["note"] == "of the script"
    assert opened.node(4)["kept"] == {"opened": 0}
    opened.page.reload()
    opened.wait_ready()
    wait_told(opened.page, "after all")
    again = opened.node(3)
    assert again == {**stored, "kept": {"opened": 6}}
    assert opened.workflow()["links"] == [[1, 4, 0, 3, 0, "STRING"]]


def test_hidden_widgets_and_own_values_follow_what_is_chosen_on_the_card(opened: EditorPage) -> None:
    drop(opened, workflow(mannered(3, 140)))
    card = opened.card("Mannered")
    times = card.get_by_role("spinbutton", name="times")
    expect(card.get_by_role("combobox", name="mode")).to_be_visible()
    expect(times).to_have_count(0)
    card.get_by_role("combobox", name="mode").select_option("full")
    expect(times).to_be_visible()
    insert = card.get_by_role("combobox", name="insert")
    insert.select_option("red")
    words = card.get_by_role("textbox", name="words")
    expect(words).to_have_value("hello, red")
    expect(words).to_have_attribute("readonly", "")
    words.focus()
    wait_told(opened.page, "focused")
    expect(insert).to_have_value("Choose one")
    sent = opened.queue()["prompt"]["3"]["inputs"]
    assert sent == {"words": "hello, red", "mode": "full", "times": 2, "insert": "Choose one"}
    wait_told(opened.page, "executed Mannered hello, redhello, red")


def test_an_own_value_follows_undo_and_redo_without_changing_them(opened: EditorPage) -> None:
    drop(opened, workflow(mannered(3, 140)))
    card = opened.card("Mannered")
    mode = card.get_by_role("combobox", name="mode")
    times = card.get_by_role("spinbutton", name="times")
    mode.select_option("full")
    expect(times).to_be_visible()
    after = opened.node(3)
    card.locator(".card-title").click()
    for _ in range(2):
        opened.page.keyboard.press("Control+z")
    expect(mode).to_have_value("simple")
    expect(times).to_have_count(0)
    for _ in range(2):
        opened.page.keyboard.press("Control+y")
    expect(mode).to_have_value("full")
    expect(times).to_be_visible()
    assert opened.node(3) == after


def test_a_node_hears_of_its_size_its_properties_and_its_values(opened: EditorPage) -> None:
    drop(opened, workflow(mannered(3, 140)))
    page = opened.page
    page.evaluate("() => { window.node = app.graph.getNodeById(3); node.setSize([420, 300]); }")
    wait_told(page, "resized to 420")
    page.evaluate("() => { node.setProperty('tone', 'warm'); node.setProperty('tone', 'refused'); }")
    page.evaluate("() => { node.widgets[2].value = 7; }")
    heard = told(page)
    assert "property tone undefined warm" in heard
    assert not [word for word in heard if word.startswith("widget times")]
    assert page.evaluate("() => [node.properties.tone, node.widgets[2].value]") == ["warm", 7]
    page.evaluate("() => { node.widgets[0].inputEl.readOnly = false; }")
    opened.card("Mannered").get_by_role("textbox", name="words").fill("typed")
    wait_told(page, "widget words hello typed")


def test_a_link_that_a_script_refuses_goes_as_it_came(opened: EditorPage) -> None:
    drop(opened, workflow(mannered(3, 140), mannered(4, 460, title="Unwanted")))
    page = opened.page
    connect = "() => app.graph.getNodeById(4).connect(0, app.graph.getNodeById(3), 'other')"
    assert page.evaluate(connect) is None
    assert "asked for 0 STRING STRING 4" in told(page)
    assert opened.workflow()["links"] == []
    page.evaluate("() => { app.graph.getNodeById(4).title = 'Wanted'; }")
    assert page.evaluate(connect)["origin_id"] == 4
    wait_told(page, "link 1 0 true")
    wait_told(page, "link 2 0 true")
    assert page.evaluate("() => app.graph.getNodeById(3).disconnectInput('other')")
    wait_told(page, "link 1 0 false")
    assert opened.workflow()["links"] == []


def test_modules_buttons_and_menus_that_packs_ask_for_are_there(opened: EditorPage) -> None:
    page = opened.page
    assert page.evaluate("() => Object.values(window.imported).map((one) => typeof one)") == ["function"] * 5
    assert page.evaluate("() => comfyAPI.app.app === app && LiteGraph.LGraphNode === LGraphNode")
    assert page.evaluate("() => LGraphCanvas.node_colors.red.color") == "#322"
    page.get_by_role("button", name="Behave").click()
    menu = page.locator(".menu-list.is-context")
    menu.get_by_role("menuitem", name="plain").click()
    wait_told(page, "chose plain")
    page.get_by_role("button", name="Behave").click()
    menu.get_by_role("menuitem", name="More").click()
    menu.get_by_role("menuitem", name="within").click()
    wait_told(page, "took within")
    sheet = page.get_by_text("Mind your manners")
    expect(sheet).to_be_hidden()
    page.evaluate("() => sheet.show()")
    page.locator(".comfy-modal").filter(has=sheet).get_by_role("button", name="Close").click()
    expect(sheet).to_be_hidden()
    page.evaluate("() => app.ui.dialog.show('Please <b>behave</b>')")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Please behave")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    drop(opened, workflow(mannered(3, 140)))
    page.locator("#stage").click(button="right", position={"x": 60, "y": 500})
    menu.get_by_role("menuitem", name="Tidy").click()
    wait_told(page, "tidied")
    assert [text for text in page.evaluate("() => app.blame.told") if "drawNode" in text and "manners" in text]


INSIDE = "11111111-2222-4333-8444-555555555555"


def with_subgraph() -> bytes:
    """Two nodes that are one subgraph, with a node inside."""
    box = {"bounding": [0, 0, 120, 60]}
    state = {"lastNodeId": 3, "lastLinkId": 0, "lastGroupId": 0, "lastRerouteId": 0}
    inside = {"id": INSIDE, "version": 1, "state": state, "revision": 0, "config": {}, "name": "Inside"}
    boxes = {"inputNode": {"id": -10, **box}, "outputNode": {"id": -20, **box}, "inputs": [], "outputs": []}
    definition = {**inside, **boxes, "widgets": [], "nodes": [mannered(3, 140)], "groups": [], "links": [], "extra": {}}
    hosts = [
        {**mannered(number, y, inputs=[], outputs=[], widgets_values=[]), "type": INSIDE}
        for number, y in ((3, 140), (5, 440))
    ]
    return workflow(*hosts, definitions={"subgraphs": [definition]})


def test_nodes_inside_subgraphs_have_their_scripts(opened: EditorPage) -> None:
    page = opened.page
    heard = drop(opened, with_subgraph())
    assert heard.count("configured 3") == 1
    page.evaluate(
        """() => {
            window.inner = app.graph.getNodeById(5).subgraph;
            window.node = inner.getNodeById(3);
            node.addWidget("number", "extra", 4, null);
            node.widgets.find(({ name }) => name === "words").serializeValue = () => "made";
            node.widgets.find(({ name }) => name === "mode").value = "full";
            node.properties.tone = "warm";
        }"""
    )
    facts = "() => [app.graph.subgraphs.size, app.rootGraph === app.graph, inner === app.graph.getNodeById(3).subgraph]"
    assert page.evaluate(facts) == [1, True, True]
    facts = "() => [inner.rootGraph === app.graph, node.graph === inner, node.isSubgraphNode(), inner.name]"
    assert page.evaluate(facts) == [True, True, False, "Inside"]
    assert page.evaluate("() => app.graph.getNodeById(5).isSubgraphNode()")
    page.evaluate("() => { node.addWidget('button', 'first', null, () => told.push('pressed')).name = 'Second'; }")
    sent = opened.queue()["prompt"]
    inputs = {"words": "made", "mode": "full", "times": 2, "insert": "Choose one", "extra": 4}
    assert {key: node["inputs"] for key, node in sent.items()} == {"3:3": inputs, "5:3": inputs}
    wait_told(page, "executed Mannered mademade")
    stored = opened.workflow()["definitions"]["subgraphs"][0]["nodes"][0]
    assert (stored["properties"]["tone"], stored["kept"]) == ("warm", {"opened": 0})
    page.evaluate("() => app.canvas.selectNode(node)")
    expect(page.get_by_role("navigation", name="Opened subgraphs")).to_be_visible()
    card = opened.card("Mannered")
    expect(card).to_have_class(re.compile("is-selected"))
    expect(card.get_by_role("spinbutton", name="extra")).to_have_value("4")
    card.get_by_role("button", name="Second").click()
    wait_told(page, "pressed")
    assert page.evaluate("() => app.canvas.graph === inner && Object.values(app.canvas.selected_nodes)[0] === node")
