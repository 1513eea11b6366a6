"""Running a workflow from the page: queue, previews, results, seeds, cancel, errors, a lost connection."""

import json
import re
from typing import Any

from playwright.sync_api import Request, Route, expect

from tests.web.editor.conftest import ServerProcess
from tests.web.editor.editor_page import EditorPage, middle, place

LONG = 150_000
GREEN = 0x12AB34
SHOWS_GREEN = """() => {
  const canvas = document.querySelector(".stage-canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const isNear = (at) => [0x12, 0xab, 0x34].every((value, part) => Math.abs(data[at + part] - value) < 12);
  for (let at = 0; at < data.length; at += 4) if (isNear(at)) return true;
  return false;
}"""


def image_slot(**links: Any) -> dict[str, Any]:
    """A slot of a picture: `link=` for an input, `links=` for an output."""
    return {"name": "image" if "link" in links else "IMAGE", "type": "IMAGE", **links}


DEFINITION = "22222222-2222-4222-8222-222222222222"
SUBGRAPH: dict[str, Any] = {
    "nodes": [
        {
            "id": 1,
            "type": "EmptyImage",
            "pos": [0, 40],
            "outputs": [image_slot(links=[1])],
            "widgets_values": [8, 8, 1, 3],
        },
        {
            "id": 5,
            "type": DEFINITION,
            "pos": [300, 40],
            "inputs": [image_slot(link=1)],
            "outputs": [image_slot(links=[2])],
        },
        {"id": 2, "type": "PreviewImage", "pos": [600, 40], "inputs": [{**image_slot(link=2), "name": "images"}]},
    ],
    "links": [[1, 1, 0, 5, 0, "IMAGE"], [2, 5, 0, 2, 0, "IMAGE"]],
    "version": 0.4,
    "definitions": {
        "subgraphs": [
            {
                "id": DEFINITION,
                "name": "Inside out",
                "inputs": [{"id": "a", "name": "image", "type": "IMAGE", "linkIds": [21]}],
                "outputs": [{"id": "b", "name": "IMAGE", "type": "IMAGE", "linkIds": [22]}],
                "nodes": [
                    {
                        "id": 11,
                        "type": "ImageInvert",
                        "pos": [0, 0],
                        "inputs": [image_slot(link=21)],
                        "outputs": [image_slot(links=[22])],
                    }
                ],
                "links": [
                    {"id": 21, "origin_id": -10, "origin_slot": 0, "target_id": 11, "target_slot": 0, "type": "IMAGE"},
                    {"id": 22, "origin_id": 11, "origin_slot": 0, "target_id": -20, "target_slot": 0, "type": "IMAGE"},
                ],
            }
        ]
    },
}


SENT = {"name": "IMAGE", "type": "IMAGE", "links": [1]}
TAKEN = {"name": "images", "type": "IMAGE", "link": 1}


def toy_workflow(*classes: str, seconds: float = 0.05, steps: int = 10) -> bytes:
    """EmptyImage, then the named toys in a row, then PreviewImage, as a prompt in JSON."""
    values: dict[str, dict[str, Any]] = {"Slow": {"steps": steps, "seconds": seconds}}
    size = {"width": 64, "height": 64, "batch_size": 1, "color": steps}
    prompt: dict[str, Any] = {"1": {"class_type": "EmptyImage", "inputs": size}}
    for name in (*classes, "PreviewImage"):
        entry = "images" if name == "PreviewImage" else "image"
        inputs = {entry: [str(len(prompt)), 0], **values.get(name, {})}
        prompt[str(len(prompt) + 1)] = {"class_type": name, "inputs": inputs}
    return json.dumps(prompt).encode()


def test_the_default_workflow_runs_to_a_picture_with_previews_on_the_way(editor: EditorPage) -> None:
    # A seed that no other test has run with, for what is cached has no previews.
    editor.page.get_by_role("spinbutton", name="seed", exact=True).fill("31337")
    sent = editor.queue()
    assert sent["extra_data"]["extra_pnginfo"]["workflow"]["nodes"]
    width = sent["prompt"]["2"]["inputs"]["width"]
    preview = editor.card("KSampler").locator(".card-picture img")
    expect(preview).to_be_visible(timeout=LONG)
    expect(preview).to_have_attribute("src", re.compile("^blob:"))
    picture = editor.card("Save Image").locator(".card-picture img")
    expect(picture).to_be_visible(timeout=LONG)
    expect(picture).to_have_js_property("naturalWidth", width)
    expect(editor.card("Save Image")).to_have_attribute("data-state", "finished")
    expect(editor.page).to_have_title(re.compile("^Text to image"))


def test_a_picture_is_seen_from_afar_on_a_painted_box_too(editor: EditorPage) -> None:
    size = {"width": 64, "height": 64, "batch_size": 1, "color": GREEN}
    inputs = {"images": ["1", 0]}
    prompt = {"1": {"class_type": "EmptyImage", "inputs": size}, "2": {"class_type": "PreviewImage", "inputs": inputs}}
    editor.drop("green.json", json.dumps(prompt).encode())
    expect(editor.page).to_have_title("green – Skein")
    editor.queue()
    expect(editor.card("Preview Image").locator("img")).to_be_visible(timeout=LONG)
    editor.page.mouse.move(640, 640)
    for _ in range(8):
        editor.page.mouse.wheel(0, 400)
    expect(editor.page.locator(".card")).to_have_count(0)
    editor.page.wait_for_function(SHOWS_GREEN)


def test_the_seed_is_sent_as_it_stands_and_changed_afterwards(editor: EditorPage) -> None:
    seed = editor.page.get_by_role("spinbutton", name="seed", exact=True)
    control = editor.page.get_by_role("combobox", name="after queueing")
    control.select_option("increment")
    editor.page.get_by_role("spinbutton", name="steps", exact=True).fill("2")
    seed.fill("41")
    sent = editor.queue()
    assert sent["prompt"]["5"]["inputs"]["seed"] == 41
    assert sent["extra_data"]["extra_pnginfo"]["workflow"]["nodes"][4]["widgets_values"][0] == 41
    expect(seed).to_have_value("42")
    control.select_option("fixed")
    with editor.page.expect_response(lambda response: response.url.endswith("/prompt")):
        editor.queue()
    expect(seed).to_have_value("42")
    expect(editor.card("Save Image")).to_have_attribute("data-state", "finished", timeout=LONG)


def test_fast_presses_of_queue_send_a_seed_each(editor: EditorPage) -> None:
    page = editor.page
    page.get_by_role("combobox", name="after queueing").select_option("increment")
    page.get_by_role("spinbutton", name="steps", exact=True).fill("1")
    page.get_by_role("spinbutton", name="seed", exact=True).fill("41")
    sent: list[int] = []

    def note_seed(request: Request) -> None:
        if request.url.endswith("/prompt"):
            sent.append(json.loads(request.post_data or "")["prompt"]["5"]["inputs"]["seed"])

    page.on("request", note_seed)
    for _ in range(3):
        page.get_by_role("button", name="Queue", exact=True).dispatch_event("click")
    expect(page.get_by_role("spinbutton", name="seed", exact=True)).to_have_value("44")
    assert sent == [41, 42, 43]


def test_the_seed_moves_on_in_the_tab_that_was_queued_though_another_is_shown_by_then(editor: EditorPage) -> None:
    page = editor.page
    seed = page.get_by_role("spinbutton", name="seed", exact=True)
    page.get_by_role("combobox", name="after queueing").select_option("increment")
    seed.fill("41")
    copy = json.dumps(editor.workflow()).encode()
    held: list[Route] = []
    page.route("**/prompt", lambda route: held.append(route))
    editor.queue()
    editor.drop("second.json", copy)
    second = page.get_by_role("tab", name=re.compile("second"))
    expect(second).to_have_attribute("aria-selected", "true")
    with page.expect_response(lambda response: response.url.endswith("/prompt")):
        held[0].continue_()
    page.get_by_role("tab", name=re.compile("Text to image")).click()
    expect(seed).to_have_value("42")
    second.click()
    expect(second).to_have_attribute("aria-selected", "true")
    expect(seed).to_have_value("41")


def test_results_are_still_on_their_cards_after_a_reload(page: Any, toys: ServerProcess) -> None:
    editor = open_toys(page, toys, toy_workflow("ImageInvert"))
    editor.queue()
    expect(editor.card("PreviewImage")).to_have_attribute("data-state", "finished", timeout=LONG)
    editor.reload()
    expect(editor.card("PreviewImage")).to_be_visible()
    expect(editor.card("PreviewImage").locator(".card-picture")).to_contain_text("not on the server")


def test_every_tab_shows_its_own_runs_and_errors(page: Any, toys: ServerProcess) -> None:
    editor = open_toys(page, toys, toy_workflow("Slow", "Failing", steps=21))
    editor.queue()
    slow = editor.card("Slow")
    editor.drop("others.json", toy_workflow("Slow", "Failing", steps=22))
    tabs = page.get_by_role("tab")
    expect(page).to_have_title(re.compile("others"))
    expect(slow.get_by_role("spinbutton", name="steps")).to_have_value("22")
    expect(slow).not_to_have_attribute("data-state", re.compile("."))
    tabs.filter(has_text="toys").click()
    expect(editor.card("Failing")).to_have_attribute("data-state", "failed", timeout=LONG)
    tabs.filter(has_text="others").click()
    expect(slow.get_by_role("spinbutton", name="steps")).to_have_value("22")
    expect(page.locator(".card[data-state]")).to_have_count(0)
    tabs.filter(has_text="toys").click()
    expect(editor.card("Failing").get_by_role("alert")).to_contain_text("toys break")


def test_a_duplicated_tab_is_a_client_of_its_own(context: Any, toys: ServerProcess) -> None:
    first, second = context.new_page(), context.new_page()
    for page in (first, second):
        page.add_init_script(
            "sessionStorage.getItem('skein.clientId') ?? sessionStorage.setItem('skein.clientId', 'copied')"
        )
    ids = []
    for page in (first, second):
        EditorPage.open(page, toys.url).drop("toys.json", toy_workflow())
        expect(EditorPage(page).card("PreviewImage")).to_be_visible()
        ids.append(EditorPage(page).queue()["client_id"])
    assert ids[0] == "copied"
    assert ids[1] not in ("", "copied")


def test_a_workflow_with_a_subgraph_runs(page: Any, toys: ServerProcess) -> None:
    editor = EditorPage.open(page, toys.url)
    editor.drop("subgraph.json", json.dumps(SUBGRAPH).encode())
    expect(editor.card("Inside out")).to_have_attribute("data-kind", "subgraph")
    editor.queue()
    expect(editor.card("Inside out")).to_have_attribute("data-state", "finished", timeout=LONG)
    expect(editor.card("PreviewImage")).to_have_attribute("data-state", "finished", timeout=LONG)


def test_a_wrong_input_is_marked_on_the_card_that_has_it(editor: EditorPage) -> None:
    workflow = editor.workflow()
    workflow["nodes"][0]["widgets_values"] = ["not-there.safetensors"]
    editor.drop("wrong.json", json.dumps(workflow).encode())
    expect(editor.page.get_by_role("tab", selected=True)).to_contain_text("wrong")
    editor.queue()
    loader = editor.card("Load Checkpoint")
    expect(loader).to_have_attribute("data-state", "failed")
    expect(loader.get_by_role("alert")).to_contain_text("not-there.safetensors")
    expect(loader.get_by_role("combobox")).to_have_attribute("aria-invalid", "true")


def test_what_another_window_ran_in_no_time_is_shown_here_too(context: Any, skein: ServerProcess) -> None:
    size = {"width": 64, "height": 64, "batch_size": 1, "color": 77}
    nodes = [
        {
            "id": 1,
            "type": "EmptyImage",
            "pos": [80, 80],
            "size": [250, 130],
            "outputs": [SENT],
            "widgets_values": [*size.values()],
        },
        {"id": 2, "type": "PreviewImage", "pos": [400, 80], "size": [250, 250], "inputs": [TAKEN]},
    ]
    workflow = {"id": "shown-in-two", "nodes": nodes, "links": [[1, 1, 0, 2, 0, "IMAGE"]], "version": 0.4}
    first, second = (EditorPage.open(context.new_page(), skein.url) for _ in range(2))
    for window in (first, second):
        window.drop("two.json", json.dumps(workflow).encode())
        expect(window.page).to_have_title("two – Skein")
    first.queue()
    expect(second.card("Preview Image")).to_have_attribute("data-state", "finished", timeout=LONG)
    second.queue()
    for window in (second, first):
        expect(window.card("Preview Image")).to_have_attribute("data-state", "cached", timeout=LONG)


def test_an_input_that_nothing_feeds_is_named_on_its_card(editor: EditorPage) -> None:
    editor.drag(middle(editor.socket("Save Image", "input", "images")), (640, 700))
    editor.queue()
    expect(editor.card("Save Image").get_by_role("alert")).to_contain_text("images is not connected")
    editor.select("Prompt")
    notice = editor.page.locator(".notice").filter(has_text="images is not connected")
    notice.get_by_role("button", name="Show").click()
    expect(editor.card("Save Image")).to_be_focused()


def test_of_two_refused_cards_the_lower_does_not_hide_what_the_upper_says(editor: EditorPage) -> None:
    cards = [
        {"id": number, "type": "PreviewImage", "title": title, "pos": [300, y], "size": [240, 60], "inputs": []}
        for number, title, y in ((1, "Upper", 200), (2, "Lower", 320))
    ]
    editor.drop("two.json", json.dumps({"nodes": cards, "links": [], "version": 0.4}).encode())
    editor.card("Lower").wait_for()
    editor.page.get_by_role("button", name="Queue", exact=True).click()
    expect(editor.card("Lower").get_by_role("alert")).to_be_visible()
    said = editor.card("Upper").get_by_role("alert")
    box, below = place(said), place(editor.card("Lower"))
    assert box["y"] + box["height"] > below["y"], "they overlap"
    assert said.evaluate(
        "(alert, [x, y]) => alert.contains(document.elementFromPoint(x, y))",
        [box["x"] + box["width"] / 2, box["y"] + box["height"] - 4],
    )


def test_a_node_that_fails_says_so_on_its_card(page: Any, toys: ServerProcess) -> None:
    editor = open_toys(page, toys, toy_workflow("Failing"))
    editor.queue()
    card = editor.card("Failing")
    expect(card.get_by_role("alert")).to_contain_text("toys break", timeout=LONG)
    expect(editor.page.locator(".toolbar").get_by_role("status")).to_have_text("The run failed.")
    card.get_by_text("Technical part").click()
    expect(card.locator("pre")).to_contain_text("ValueError")
    card.get_by_role("button", name="Dismiss").click()
    expect(card.locator(".card-error")).to_be_hidden()


def test_cancel_stops_the_prompt_that_runs(page: Any, toys: ServerProcess) -> None:
    editor = open_toys(page, toys, toy_workflow("Slow", seconds=0.1, steps=9000))
    editor.queue()
    card = editor.card("Slow")
    expect(card.locator(".card-picture img")).to_be_visible(timeout=LONG)
    expect(page).to_have_title(re.compile(r"^\[\d+%\] Slow"))
    expect(page.locator(".toolbar").get_by_role("status")).to_have_text("The run has begun.")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_disabled(timeout=LONG)
    expect(card).not_to_have_attribute("data-state", "running")


def test_a_reload_in_mid_run_shows_the_running_node_and_the_percent_again(page: Any, toys: ServerProcess) -> None:
    # So many steps that the percent stays what it is.
    editor = open_toys(page, toys, toy_workflow("Slow", seconds=0.1, steps=900_000))
    editor.queue()
    status = page.locator(".queue-status")
    expect(status).to_contain_text("/900000", timeout=LONG)
    percent = re.compile(rf"^{re.escape(status.inner_text().split(' · ')[0])} · Slow · ")
    editor.reload()
    expect(editor.card("Slow")).to_have_attribute("data-state", "running", timeout=LONG)
    expect(status).to_have_text(percent, timeout=LONG)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_disabled(timeout=LONG)


def test_a_lost_connection_is_said_and_mended_and_panels_open_meanwhile(page: Any, tmp_path: Any) -> None:
    server = ServerProcess(tmp_path, "-m", "tests.toy_server")
    server.start()
    try:
        editor = open_toys(page, server, toy_workflow("Slow", steps=3))
        server.stop()
        expect(page.locator(".banner")).to_contain_text("connection to the server is lost")
        expect(page.locator(".queue-status")).to_have_text("Not connected")
        page.keyboard.press("Control+Shift+p")
        expect(page.get_by_role("dialog", name="All commands")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.get_by_role("spinbutton", name="steps").fill("4")
        server.start()
        expect(page.locator(".banner")).to_be_hidden(timeout=LONG)
        editor.queue()
        expect(editor.card("PreviewImage")).to_have_attribute("data-state", "finished", timeout=LONG)
    finally:
        server.stop()


def open_toys(page: Any, server: ServerProcess, prompt: bytes) -> EditorPage:
    """The page in front of the toys, with this prompt dropped on it."""
    editor = EditorPage.open(page, server.url)
    editor.drop("toys.json", prompt)
    expect(editor.card("PreviewImage")).to_be_visible()
    return editor
