"""The controls on cards: wrong values, seeds, lists with a filter, words while typing, colours, notes."""

import json
import re

import torch
from playwright.sync_api import expect
from safetensors.torch import save_file

from tests.web.editor.conftest import ServerProcess
from tests.web.editor.editor_page import EditorPage, place

LONG = 60_000

# Keys that come before a frame between them, and what stands in the field once the page has drawn.
TYPE_FAST = """async (input, texts) => {
  input.focus();
  for (const text of texts) {
    input.value = text;
    input.dispatchEvent(new Event("input"));
  }
  for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
  return input.value;
}"""


def test_a_sum_typed_faster_than_the_page_draws_loses_nothing(editor: EditorPage) -> None:
    steps = editor.page.get_by_role("spinbutton", name="steps", exact=True)
    # An empty title of its own would hide the row's tooltip.
    expect(steps).not_to_have_attribute("title", re.compile(""))
    # A text's field fills its row and shows the same.
    prompt = editor.card("Prompt").locator(".widget.is-area")
    expect(prompt).to_have_attribute("title", "What the picture should show.")
    assert steps.evaluate(TYPE_FAST, ["7", "7*"]) == "7*"
    assert steps.evaluate(TYPE_FAST, ["7*3", "7*3+"]) == "7*3+"
    assert steps.evaluate(TYPE_FAST, ["9999", "99999"]) == "99999"
    steps.fill("7*3+1")
    steps.press("Enter")
    expect(steps).to_have_value("22")
    assert editor.node(5)["widgets_values"][2] == 22


def test_digits_stay_under_the_pointer_and_a_long_seed_is_shown_whole(editor: EditorPage) -> None:
    page = editor.page
    width = editor.card("Empty Latent Image").get_by_role("spinbutton", name="width", exact=True)
    box = place(width)
    right, middle = box["x"] + box["width"] - 4, box["y"] + box["height"] / 2
    page.mouse.move(right, middle)
    expect(editor.card("Empty Latent Image").get_by_role("button", name="more width")).to_be_visible()
    assert place(width) == box
    page.mouse.dblclick(right, middle)
    page.keyboard.type("256")
    page.keyboard.press("Tab")
    expect(width).to_have_value("256")
    seed = editor.card("KSampler").get_by_role("spinbutton", name="seed", exact=True)
    seed.fill("18446744073709551615")
    assert seed.evaluate("field => field.scrollWidth <= field.clientWidth")


def test_a_wrong_number_stays_as_typed_says_why_and_names_its_card_when_queued(editor: EditorPage) -> None:
    page = editor.page
    sampler = editor.card("KSampler")
    steps = sampler.get_by_role("spinbutton", name="steps", exact=True)
    for typed, reason in (("0", "The least value is 1."), ("2*", "“2*” is neither a number nor a sum.")):
        steps.fill(typed)
        expect(sampler.get_by_text(reason)).to_be_visible()
        steps.press("Tab")
        expect(steps).to_have_value(typed)
        expect(steps).to_have_attribute("aria-invalid", "true")
        expect(steps).to_have_accessible_description(reason)
        expect(sampler.get_by_role("img", name=f"steps: {reason}")).to_be_visible()
    with page.expect_response(lambda response: response.url.endswith("/prompt")) as answered:
        editor.queue()
    assert answered.value.status == 400
    expect(page.get_by_text(re.compile("Not queued. KSampler: steps"))).to_be_visible()
    sampler.locator(".card-wrong").click()
    expect(steps).to_be_focused()
    steps.fill("2*3")
    steps.press("Enter")
    expect(steps).to_have_value("6")
    expect(steps).not_to_have_attribute("aria-invalid", "true")
    expect(sampler.locator(".card-wrong")).to_be_hidden()
    page.keyboard.press("Escape")
    for before in ("2*", "0", "20"):
        page.keyboard.press("Control+z")
        expect(steps).to_have_value(before)


def test_the_seed_of_the_last_run_can_be_had_again_and_stays(editor: EditorPage) -> None:
    page = editor.page
    seed = page.get_by_role("spinbutton", name="seed", exact=True)
    page.get_by_role("spinbutton", name="steps", exact=True).fill("1")
    seed.fill("4242")
    editor.queue()
    expect(seed).not_to_have_value("4242")
    expect(editor.card("Save Image")).to_have_attribute("data-state", re.compile("finished|cached"), timeout=LONG)
    page.get_by_role("button", name="the value of the last run for seed").click()
    expect(seed).to_have_value("4242")
    expect(page.get_by_role("combobox", name="after queueing")).to_have_value("fixed")


def test_a_long_list_is_filtered_by_typing_and_a_choice_is_taken_by_key(editor: EditorPage) -> None:
    page = editor.page
    sampler = page.get_by_role("combobox", name="sampler name", exact=True)
    sampler.focus()
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name="Filter sampler name").fill("ance eul")
    options = page.get_by_role("listbox", name="sampler name").get_by_role("option")
    expect(options.first).to_have_text("euler_ancestral")
    page.keyboard.press("Enter")
    expect(sampler).to_have_value("euler_ancestral")
    expect(sampler).to_be_focused()
    sampler.click()
    expect(options.first).to_be_visible()
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(sampler).to_have_value("euler_ancestral")


def test_names_of_embeddings_and_loras_are_offered_while_a_prompt_is_typed(
    editor: EditorPage, skein: ServerProcess
) -> None:
    for kind, name in (("embeddings", "easynegative"), ("loras", "styles/oil")):
        path = skein.folder / "models" / kind / f"{name}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    prompt = editor.card("Prompt").get_by_role("textbox")
    for typed, name, whole in (
        ("a cat, embedding:neg", "easynegative", "a cat, embedding:easynegative"),
        ("a cat <lora:oi", "styles/oil", "a cat <lora:styles/oil:1>"),
    ):
        prompt.fill("")
        prompt.press_sequentially(typed)
        expect(editor.page.get_by_role("option", name=name)).to_be_visible()
        prompt.press("Enter")
        expect(prompt).to_have_value(whole)
        expect(editor.page.get_by_role("listbox")).to_have_count(0)


def test_an_embedding_with_a_space_in_its_name_counts_and_one_that_is_not_there_is_marked_and_listed(
    editor: EditorPage, skein: ServerProcess
) -> None:
    file = skein.folder / "models" / "embeddings" / "sub" / "two words (x).safetensors"
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file({"emb_params": torch.zeros(5, 768)}, file)
    prompt = editor.card("Prompt").get_by_role("textbox")
    length = editor.card("Prompt").locator(".token-count")
    prompt.fill("")
    prompt.press_sequentially("embedding:words")
    editor.page.get_by_role("option", name="sub/two words (x)").click()
    expect(prompt).to_have_value(r"embedding:sub/two words \(x\)")
    expect(length).to_have_text("5 / 75")
    file.unlink()
    prompt.fill("a cat, embedding:gone")
    expect(length).to_have_text("left out: “gone” · 3 / 75")
    editor.page.keyboard.press("Control+Shift+p")
    words = editor.page.get_by_role("combobox", name="All commands")
    words.fill("what is missing")
    words.press("Enter")
    missing = editor.page.get_by_role("dialog", name="What is missing")
    expect(missing.get_by_role("listitem").filter(has_text="gone")).to_contain_text("embeddings")


NOTE = """# Title
Some *words*, [a link](https://example.org/a) and <img src=x onerror=alert(1)>
- one
- [bad](javascript:alert(1)) ![far](https://example.org/p.png) ![near](/favicon.ico)
"""


def test_a_markdown_note_is_shown_as_it_reads_with_nothing_but_safe_parts(editor: EditorPage) -> None:
    workflow = editor.workflow()
    note = {"id": 90, "type": "MarkdownNote", "pos": [0, 500], "size": [380, 220], "widgets_values": [NOTE]}
    empty = {"flags": {}, "order": 0, "mode": 0, "inputs": [], "outputs": [], "properties": {}}
    workflow["nodes"].append({**empty, **note})
    editor.drop("note.json", json.dumps(workflow).encode())
    shown = editor.card("Markdown note").get_by_role("document")
    expect(shown.get_by_role("heading", name="Title")).to_be_visible()
    expect(shown.get_by_role("link", name="a link")).to_have_attribute("rel", "noopener noreferrer")
    assert shown.locator("a").evaluate_all("links => links.map((link) => link.href)") == [
        "https://example.org/a",
        "https://example.org/p.png",
    ]
    expect(shown.locator("img")).to_have_count(1)
    expect(shown).to_contain_text("<img src=x onerror=alert(1)>")
    shown.dblclick(position={"x": 200, "y": 15})
    text = editor.card("Markdown note").get_by_role("textbox")
    text.fill("**new**")
    text.blur()
    expect(shown.locator("strong")).to_have_text("new")
    assert editor.node(90)["widgets_values"] == ["**new**"]
    editor.select("Markdown note")
    editor.page.keyboard.press("Enter")
    expect(text).to_be_focused()


def test_a_prompt_shows_its_tokens_and_the_parts_they_are_read_in(editor: EditorPage) -> None:
    prompt = editor.card("Prompt").get_by_role("textbox")
    length = editor.card("Prompt").locator(".token-count")
    prompt.fill("a (red:1.2) cat")
    expect(length).to_have_text("3 / 75")
    prompt.fill("cat " * 80)
    expect(length).to_have_text("80 / 150 · 2 parts")
    page = editor.page
    page.route("**/prompt_text/tokens", lambda route: route.abort())
    prompt.fill("nobody counts this")
    expect(length).to_be_hidden()
    page.unroute("**/prompt_text/tokens")
    prompt.fill("a cat")
    expect(length).to_have_text("2 / 75")


def test_a_double_click_on_a_values_socket_makes_a_primitive_that_feeds_it(editor: EditorPage) -> None:
    editor.socket("KSampler", "input", "steps").dblclick(force=True)
    expect(editor.card("Primitive").get_by_role("spinbutton")).to_have_value("20")
    made = editor.workflow()
    assert [link[3:] for link in made["links"] if link[1] == made["nodes"][-1]["id"]] == [[5, 4, "INT"]]


def test_a_value_is_turned_to_an_input_and_back_by_its_menu_and_the_palette(editor: EditorPage) -> None:
    page = editor.page
    before = editor.workflow()
    sampler = editor.card("KSampler")
    steps = sampler.get_by_role("spinbutton", name="steps", exact=True)
    steps.click(button="right")
    page.get_by_role("menuitem", name="Turn steps to an input").click()
    expect(steps).to_have_count(0)
    expect(sampler.locator(".slot.is-turned")).to_contain_text("steps20")
    turned = editor.node(5)
    assert turned["properties"]["turned_inputs"] == ["steps"]
    assert {"name": "steps", "type": "INT", "link": None, "widget": {"name": "steps"}} in turned["inputs"]
    page.keyboard.press("Control+z")
    expect(steps).to_be_visible()
    assert editor.workflow() == before
    page.keyboard.press("Control+y")
    expect(steps).to_have_count(0)
    palette = page.get_by_role("dialog", name="All commands")
    page.keyboard.press("Control+Shift+P")
    palette.get_by_role("combobox").fill("back to a value")
    page.keyboard.press("Enter")
    inputs = page.get_by_role("dialog", name="Turn an input back to a value")
    expect(inputs.get_by_role("option")).to_have_count(1)
    inputs.get_by_role("combobox").press("Enter")
    expect(steps).to_have_value("20")
    steps.focus()
    page.keyboard.press("Control+Shift+P")
    palette.get_by_role("combobox").fill("value to an input")
    page.keyboard.press("Enter")
    expect(steps).to_have_count(0)
    assert editor.node(5)["properties"]["turned_inputs"] == ["steps"]
