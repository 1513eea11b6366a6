"""Opening and saving: nothing is lost, pictures carry workflows, unknown nodes stay, drafts survive."""

import io
import json
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import FilePayload, expect

from tests.web.editor.conftest import ServerProcess
from tests.web.editor.editor_page import EditorPage

STRANGE: dict[str, Any] = {
    "id": "0b6c0a52-14a2-4c37-9d0e-0f4c5a9c1e11",
    "revision": 3,
    "last_node_id": 12,
    "last_link_id": 5,
    "nodes": [
        {
            "id": 12,
            "type": "NobodyKnowsThis",
            "pos": [40, 300],
            "size": [300, 120],
            "flags": {"strange": True},
            "order": 0,
            "mode": 0,
            "inputs": [{"name": "image", "type": "IMAGE", "link": 5, "shape": 7}],
            "outputs": [{"name": "out", "type": "WEIRD", "links": None}],
            "properties": {"aux_id": "someone/pack", "ver": "1.2"},
            "widgets_values": [1, "two", 3.5, None, {"deep": [1]}],
            "unknown_key": {"kept": "yes"},
        },
        {
            "id": 11,
            "type": "LoadImage",
            "pos": [40, 60],
            "size": [260, 320],
            "flags": {},
            "mode": 0,
            "outputs": [{"name": "IMAGE", "type": "IMAGE", "links": [5]}],
            "properties": {},
            "widgets_values": ["äpfel.png", "image"],
        },
    ],
    "links": [[5, 11, 0, 12, 0, "IMAGE"]],
    "groups": [{"title": "Gruppe", "bounding": [0, 0, 700, 500], "color": "#3f789e", "flags": {}}],
    "config": {"links_ontop": False},
    "extra": {"ds": {"scale": 1.1, "offset": [1.5, 2]}, "seed": 18446744073709551615},
    "version": 0.4,
    "someone": "else",
}


def test_opening_and_saving_loses_nothing(editor: EditorPage) -> None:
    editor.drop("strange.json", json.dumps(STRANGE).encode())
    expect(editor.card("NobodyKnowsThis")).to_be_visible()
    assert editor.workflow() == STRANGE
    assert list(editor.workflow()) == list(STRANGE)


def test_a_node_of_an_unknown_class_is_red_and_named_when_queued(editor: EditorPage) -> None:
    editor.drop("strange.json", json.dumps(STRANGE).encode())
    card = editor.card("NobodyKnowsThis")
    expect(card).to_have_attribute("data-kind", "unknown")
    editor.page.keyboard.press("Control+Enter")
    expect(card.get_by_role("alert")).to_contain_text("no node class “NobodyKnowsThis”")


def test_a_prompt_opens_as_an_arranged_workflow(editor: EditorPage) -> None:
    prompt = {
        "7:1": {"class_type": "EmptyImage", "inputs": {"width": 48, "height": 32, "batch_size": 1, "color": 255}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["7:1", 0]}, "_meta": {"title": "Look"}},
    }
    editor.drop("prompt.json", json.dumps(prompt).encode())
    expect(editor.card("Look")).to_be_visible()
    nodes = {node["type"]: node for node in editor.workflow()["nodes"]}
    assert nodes["EmptyImage"]["widgets_values"] == [48, 32, 1, 255]
    assert nodes["PreviewImage"]["pos"][0] > nodes["EmptyImage"]["pos"][0]
    sent = editor.queue()["prompt"]
    assert sorted(node["class_type"] for node in sent.values()) == ["EmptyImage", "PreviewImage"]


@pytest.mark.parametrize("key", ["workflow", "prompt"])
def test_a_picture_opens_as_the_workflow_that_made_it(editor: EditorPage, key: str) -> None:
    prompt = {"1": {"class_type": "EmptyImage", "inputs": {"width": 48}, "_meta": {"title": "Vom Bild"}}}
    node = {
        "id": 1,
        "type": "EmptyImage",
        "title": "Vom Bild",
        "pos": [0, 0],
        "size": [200, 120],
        "widgets_values": [48],
    }
    texts = PngInfo()
    texts.add_text(key, json.dumps(prompt if key == "prompt" else {"nodes": [node], "links": [], "version": 0.4}))
    content = io.BytesIO()
    Image.new("RGB", (8, 8)).save(content, "PNG", pnginfo=texts)
    editor.drop("apple.png", content.getvalue(), "image/png")
    expect(editor.card("Vom Bild")).to_be_visible()
    assert editor.workflow()["nodes"][0]["widgets_values"][0] == 48


@pytest.mark.parametrize("content", [b"no json", b"[1, 2]", b'{"a": 1}'])
def test_what_holds_no_workflow_is_refused_in_words_and_the_open_one_stays(editor: EditorPage, content: bytes) -> None:
    editor.drop("holiday.json", content)
    expect(editor.page.locator(".notice")).to_contain_text("holiday.json")
    expect(editor.card("KSampler")).to_be_visible()


def test_hashes_of_a_rebuilt_picture_are_shown_and_the_same_file_under_another_name_is_offered(
    editor: EditorPage, skein: ServerProcess
) -> None:
    file = skein.folder / "models" / "loras" / "renamed.safetensors"
    file.parent.mkdir(parents=True, exist_ok=True)
    header = json.dumps({"__metadata__": {"sshs_model_hash": "123456789abc" + "0" * 52}}).encode()
    file.write_bytes(len(header).to_bytes(8, "little") + header)
    hashes = 'Model hash: 6ce0161689, Model: vision, Lora hashes: "ly: 123456789abc"'
    text = f"a <lora:ly:0.5> cat\nSteps: 4, Sampler: Euler, Seed: 1, {hashes}"
    editor.drop("old.txt", text.encode(), "text/plain")
    expect(editor.page.get_by_role("tab", selected=True)).to_contain_text("old")
    editor.page.keyboard.press("r")
    editor.page.get_by_role("status").get_by_role("button", name="What is missing").click()
    dialog = editor.page.get_by_role("dialog", name="What is missing")
    expect(dialog.get_by_role("listitem").filter(has_text="vision.safetensors")).to_contain_text("AutoV2 6ce0161689")
    missing = dialog.get_by_role("listitem").filter(has_text="ly.safetensors")
    missing.get_by_role("button", name="renamed.safetensors").click()
    expect(missing).to_have_count(0)
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    file.unlink()
    assert "renamed.safetensors" in [value for node in editor.workflow()["nodes"] for value in node["widgets_values"]]


def test_a_draft_survives_a_reload(editor: EditorPage) -> None:
    editor.card("Prompt").get_by_role("textbox").fill("a draft that must not be lost")
    editor.reload()
    expect(editor.card("Prompt").get_by_role("textbox")).to_have_value("a draft that must not be lost")
    expect(editor.page.get_by_label("changed")).to_be_visible()


def test_the_mark_of_changes_goes_with_saving_and_with_undoing(editor: EditorPage) -> None:
    mark = editor.page.get_by_label("changed")
    expect(mark).to_be_hidden()
    editor.card("Prompt").get_by_role("textbox").fill("another")
    expect(mark).to_be_visible()
    editor.page.keyboard.press("Control+z")
    expect(mark).to_be_hidden()
    editor.page.keyboard.press("Control+y")
    expect(mark).to_be_visible()
    editor.save_as("marked")
    expect(mark).to_be_hidden()


def test_copied_nodes_paste_with_the_links_among_them(editor: EditorPage) -> None:
    page = editor.page
    editor.select("KSampler", "VAE Decode")
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    expect(page.locator(".card")).to_have_count(9)
    workflow = editor.workflow()
    assert [node["id"] for node in workflow["nodes"][-2:]] == [8, 9]
    assert workflow["links"][-1] == [10, 8, 0, 9, 0, "LATENT"]
    assert workflow["nodes"][-2]["inputs"][0]["link"] is None


def test_a_picture_dropped_on_a_load_card_is_uploaded_and_chosen(editor: EditorPage) -> None:
    page = editor.page
    search = editor.search_node(640, 740)
    search.fill("load image")
    expect(page.get_by_role("listbox", name="Nodes").get_by_role("option").first).to_contain_text("Load Image")
    search.press("Enter")
    content = io.BytesIO()
    Image.new("RGB", (8, 8), (255, 0, 0)).save(content, "PNG")
    picture: FilePayload = {"name": "red.png", "mimeType": "image/png", "buffer": content.getvalue()}
    editor.card("Load Image").locator("input[type=file]").set_input_files([picture])
    expect(editor.card("Load Image").get_by_role("combobox")).to_have_value("red.png")
    expect(editor.card("Load Image").locator(".card-picture img")).to_be_visible()


def test_a_thousand_nodes_keep_few_cards_on_the_page(editor: EditorPage) -> None:
    nodes = [
        {
            "id": n,
            "type": "EmptyImage",
            "pos": [n % 40 * 260, n // 40 * 220],
            "size": [220, 130],
            "widgets_values": [n, 8],
        }
        for n in range(1, 1001)
    ]
    editor.drop("many.json", json.dumps({"nodes": nodes, "links": [], "version": 0.4}).encode())
    expect(editor.page.get_by_role("tab", selected=True)).to_contain_text("many")
    expect(editor.page.locator(".card")).to_have_count(0)
    editor.page.mouse.move(640, 400)
    for _ in range(10):
        editor.page.mouse.wheel(0, -240)
    expect(editor.page.locator(".card").first).to_be_visible()
    assert editor.page.locator(".card").count() < 100


def test_a_damaged_workflow_is_refused_and_the_present_one_stays(editor: EditorPage) -> None:
    before = editor.workflow()
    editor.drop("damaged.json", json.dumps({"nodes": [{"id": 1, "type": "KSampler"}], "links": 5}).encode())
    expect(editor.page.locator(".notice", has_text="damaged.json is a damaged workflow: its links")).to_be_visible()
    assert editor.workflow() == before
    editor.reload()
    expect(editor.card("KSampler")).to_be_visible()
