"""The queue and the history beside the canvas: what waits is moved and cancelled, what has ended is opened again."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.web.editor.conftest import ServerProcess
from tests.web.editor.editor_page import EditorPage
from tests.web.editor.test_running import LONG, open_toys, toy_workflow

ROW_HEIGHT = 64


def submit(server: ServerProcess, prompt_id: str, prompt: bytes = b"", **more: Any) -> None:
    graph = json.loads(prompt or toy_workflow())
    server.post("/prompt", {"prompt": graph, "prompt_id": prompt_id, **more})


@pytest.fixture
def paused(toys: ServerProcess) -> Iterator[ServerProcess]:
    """The toys with an empty queue that begins nothing."""
    toys.post("/queue/pause", {})
    yield toys
    toys.post("/queue", {"clear": True})
    toys.post("/queue/resume", {})


def open_panel(editor: EditorPage) -> Locator:
    editor.page.get_by_role("button", name="Queue and history").click()
    panel = editor.page.get_by_role("complementary", name="Queue and history")
    expect(panel).to_be_visible()
    return panel


def open_run_options(page: Page) -> Locator:
    page.get_by_role("button", name="Run options").click()
    return page.get_by_role("dialog", name="Run options")


def set_times(page: Page, count: str) -> None:
    options = open_run_options(page)
    times = options.get_by_role("spinbutton", name="Times")
    times.fill(count)
    times.press("Escape")
    expect(options).to_have_count(0)


def set_repeat(page: Page, name: str) -> None:
    options = open_run_options(page)
    options.get_by_role("radio", name=name).check()
    options.get_by_role("radio", name=name).press("Escape")
    expect(options).to_have_count(0)


def waiting_list(panel: Locator) -> Locator:
    return panel.locator(".windowed", has=panel.page.get_by_role("list", name="Waiting"))


def wait_for_order(panel: Locator, order: list[str]) -> None:
    for number, job in enumerate(order):
        row = panel.locator(f'.job.is-pending[data-job="{job}"]')
        expect(row).to_contain_text(f"{number + 1}.")
        expect(row).to_have_css("top", f"{number * ROW_HEIGHT}px")
    expect(panel.locator(".job.is-pending")).to_have_count(len(order))


def test_what_waits_is_dragged_elsewhere_moved_by_keys_and_cancelled(page: Page, paused: ServerProcess) -> None:
    for name in "abcd":
        submit(paused, f"wait-{name}")
    panel = open_panel(EditorPage.open(page, paused.url))
    wait_for_order(panel, ["wait-a", "wait-b", "wait-c", "wait-d"])
    expect(page.locator(".queue-status")).to_have_text("paused · 4 waiting")
    row = {name: panel.locator(f'.job[data-job="wait-{name}"]') for name in "abcd"}
    row["c"].locator(".job-lines").drag_to(row["a"].locator(".job-lines"), target_position={"x": 20, "y": 2})
    wait_for_order(panel, ["wait-c", "wait-a", "wait-b", "wait-d"])
    row["c"].focus()
    page.keyboard.press("Alt+ArrowDown")
    wait_for_order(panel, ["wait-a", "wait-c", "wait-b", "wait-d"])
    expect(row["c"]).to_be_focused()
    waiting_list(panel).evaluate("list => list.scrollTo(0, 1000)")
    row["d"].get_by_role("button", name="To the front").click()
    waiting_list(panel).evaluate("list => list.scrollTo(0, 0)")
    wait_for_order(panel, ["wait-d", "wait-a", "wait-c", "wait-b"])
    row["a"].get_by_role("button", name="Cancel it").click()
    wait_for_order(panel, ["wait-d", "wait-c", "wait-b"])
    panel.get_by_role("button", name="Clear").click()
    question = page.get_by_role("dialog", name="Clear")
    expect(question).to_contain_text("All 3 prompts that wait")
    question.get_by_role("button", name="Clear").click()
    expect(panel).to_contain_text("0 waiting")


def test_pausing_is_seen_in_a_second_window_and_so_is_what_runs(context: BrowserContext, paused: ServerProcess) -> None:
    first, second = (EditorPage.open(context.new_page(), paused.url) for _ in range(2))
    panels = [open_panel(editor) for editor in (first, second)]
    for panel in panels:
        expect(panel.get_by_role("button", name="Go on")).to_be_visible()
    submit(paused, "seen-by-two", toy_workflow("Slow", seconds=0.1, steps=3000))
    expect(panels[1].locator('.job.is-pending[data-job="seen-by-two"]')).to_contain_text("Waiting")
    panels[0].get_by_role("button", name="Go on").click()
    expect(panels[1].get_by_role("button", name="Pause")).to_be_visible()
    for editor, panel in zip((first, second), panels, strict=True):
        expect(panel.locator(".job.is-in_progress")).to_have_attribute("data-job", "seen-by-two")
        expect(editor.page).to_have_title(re.compile(r"^\[\d+%\] Another workflow"))
        expect(editor.page.locator(".queue-status")).to_contain_text(re.compile(r"\d+/3000 · [\d.]+ it/s · .* left"))
    panels[1].locator(".job.is-in_progress").get_by_role("button", name="Cancel it").click()
    expect(panels[0].locator('.job.is-cancelled[data-job="seen-by-two"]')).to_contain_text("Cancelled", timeout=LONG)


def test_a_second_device_opens_what_runs_and_sees_its_card_and_preview(
    page: Page, browser: Browser, toys: ServerProcess
) -> None:
    first = open_toys(page, toys, toy_workflow("Slow", seconds=0.1, steps=3002))
    sent = first.queue()
    expect(first.card("Slow")).to_have_attribute("data-state", "running", timeout=LONG)
    device = browser.new_context()
    second = EditorPage.open(device.new_page(), toys.url)
    panel = open_panel(second)
    running = panel.locator(f'.job.is-in_progress[data-job="{sent["prompt_id"]}"]')
    running.get_by_role("button", name="Open its workflow").click()
    expect(second.card("Slow")).to_have_attribute("data-state", "running")
    expect(second.card("Slow").locator(".card-picture img")).to_have_attribute("src", re.compile("^blob:"))
    running.get_by_role("button", name="Cancel it").click()
    for editor in (first, second):
        expect(editor.card("Slow")).not_to_have_attribute("data-state", "running", timeout=LONG)
    device.close()


def test_a_failed_one_tells_why_and_leads_back_to_its_workflow(page: Page, toys: ServerProcess) -> None:
    editor = open_toys(page, toys, toy_workflow("Failing"))
    sent = editor.queue()
    expect(editor.card("Failing").get_by_role("alert")).to_contain_text("toys break", timeout=LONG)
    notice = page.locator(".notice", has_text="Failing failed")
    expect(notice).to_contain_text("toys break")
    notice.get_by_role("button", name="Show").click()
    expect(editor.card("Failing")).to_have_class(re.compile("is-selected"))
    editor.reload()
    editor.drop("other.json", toy_workflow())
    expect(page.locator(".card")).to_have_count(2)
    panel = open_panel(editor)
    row = panel.locator(f'.job.is-failed[data-job="{sent["prompt_id"]}"]')
    expect(row).to_contain_text("toys break")
    row.get_by_role("button", name="Open its workflow").click()
    expect(editor.card("Failing").get_by_role("alert")).to_contain_text("toys break")


def test_an_ended_one_is_starred_run_again_and_forgotten(page: Page, toys: ServerProcess) -> None:
    prompt = toy_workflow("ImageInvert", steps=77)
    submit(toys, "starred", prompt)
    editor = EditorPage.open(page, toys.url)
    panel = open_panel(editor)
    row = panel.locator('.job.is-completed[data-job="starred"]')
    row.get_by_role("button", name="Star").click()
    expect(row.get_by_role("button", name="Star")).to_have_attribute("aria-pressed", "true")
    with page.expect_response(lambda response: response.url.endswith("/prompt")) as again:
        row.get_by_role("button", name="Run again").click()
    assert json.loads(again.value.request.post_data or "")["prompt"] == json.loads(prompt)
    done = panel.locator(f'.job.is-completed[data-job="{again.value.json()["prompt_id"]}"]')
    expect(done).to_contain_text("Done", timeout=LONG)
    editor.reload()
    panel = open_panel(editor)
    panel.get_by_role("combobox").select_option("starred")
    expect(panel.locator(".job.is-completed")).to_have_count(1)
    row.get_by_role("button", name="Star").click()
    expect(panel.locator(".job.is-completed")).to_have_count(0)
    panel.get_by_role("combobox").select_option("all")
    row.get_by_role("button", name="Take out of the history").click()
    expect(row).to_have_count(0)


def test_the_arrow_keys_lead_from_one_runs_picture_to_the_next_ones(page: Page, skein: ServerProcess) -> None:
    older, newer = (f"walked-{uuid4()}" for _ in range(2))
    submit(skein, older, toy_workflow(steps=81))
    submit(skein, newer, toy_workflow(steps=82))
    panel = open_panel(EditorPage.open(page, skein.url))
    expect(panel.locator(f'.job.is-completed[data-job="{newer}"]')).to_be_visible(timeout=LONG)
    files = {}
    for prompt_id in (older, newer):
        source = panel.locator(f'[data-job="{prompt_id}"] img').get_attribute("src") or ""
        files[prompt_id] = re.compile(re.escape(parse_qs(urlsplit(source).query)["filename"][0]))
    panel.locator(f'[data-job="{newer}"]').get_by_role("button", name="Look at the pictures").click()
    box = page.get_by_role("dialog", name="Picture")
    shown = box.locator(".picture-content img").first
    expect(shown).to_have_attribute("src", files[newer])
    page.keyboard.press("ArrowRight")
    expect(shown).to_have_attribute("src", files[older])
    page.keyboard.press("ArrowLeft")
    expect(shown).to_have_attribute("src", files[newer])
    page.keyboard.press("ArrowLeft")
    expect(box.get_by_role("status")).to_contain_text("no further picture")


def test_thousands_that_wait_are_a_screenful_on_the_page(page: Page, paused: ServerProcess) -> None:
    submit(paused, "many", count=1000)
    panel = open_panel(EditorPage.open(page, paused.url))
    expect(panel).to_contain_text("1000 waiting")
    rows = panel.get_by_role("list", name="Waiting").locator(".job")
    assert rows.count() < 40
    waiting_list(panel).evaluate("list => list.scrollTo(0, 64 * 700)")
    expect(panel).to_contain_text("703. Waiting")
    assert rows.count() < 40


def test_the_workflow_is_queued_as_often_as_the_options_say_and_only_for_selected_outputs(
    page: Page, paused: ServerProcess
) -> None:
    editor = open_toys(page, paused, toy_workflow("ImageInvert", steps=77))
    set_times(page, "3")
    panel = open_panel(editor)
    editor.queue()
    expect(panel).to_contain_text("3 waiting")
    panel.get_by_role("button", name="Close").click()
    editor.card("EmptyImage").locator(".card-title").click()
    open_run_options(page).get_by_role("button", name="Queue only the selected outputs").click()
    expect(page.get_by_text("None of the selected cards is an output")).to_be_visible()
    editor.card("PreviewImage").locator(".card-title").click()
    set_times(page, "1")
    with page.expect_request(lambda request: request.url.endswith("/prompt")) as sent:
        open_run_options(page).get_by_role("button", name="Queue only the selected outputs").click()
    assert json.loads(sent.value.post_data or "")["partial_execution_targets"] == ["3"]


def test_again_and_again_goes_on_until_cancel(page: Page, toys: ServerProcess) -> None:
    editor = open_toys(page, toys, toy_workflow("Slow", seconds=0.01, steps=7))
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url) if request.url.endswith("/prompt") else None)
    set_repeat(page, "Again and again")
    assert editor.queue()["prompt"], "nothing was queued before"
    while len(requests) < 3:  # the test's own limit ends it
        page.wait_for_timeout(20)
    set_repeat(page, "After every change")
    expect(editor.card("PreviewImage")).to_have_attribute("data-state", re.compile("finished|cached"), timeout=LONG)
    with page.expect_request(lambda request: request.url.endswith("/prompt")):
        page.get_by_role("spinbutton", name="steps").fill("8")
    held: list[Route] = []
    page.route("**/prompt", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request(lambda request: request.url.endswith("/prompt")):
        page.get_by_role("spinbutton", name="steps").fill("9")
    page.get_by_role("spinbutton", name="steps").fill("10")
    with page.expect_request(lambda request: '"steps":10' in (request.post_data or "")):
        held[0].continue_()
    editor.reload()
    expect(page.get_by_role("button", name="Queue", exact=True)).to_have_text("Queue ✎")
    expect(page.get_by_role("spinbutton", name="steps")).to_have_value("10")


def test_what_somebody_clears_from_the_queue_is_waited_for_no_more(page: Page, paused: ServerProcess) -> None:
    editor = open_toys(page, paused, toy_workflow("ImageInvert", steps=77))
    cancel = page.get_by_role("button", name="Cancel", exact=True)
    for _ in range(2):
        with page.expect_response(lambda answer: answer.url.endswith("/prompt")):
            editor.queue()
    expect(cancel).to_be_enabled()
    expect(page.locator(".queue-status").filter(has_text="2")).to_be_visible()
    paused.post("/queue", {"clear": True})
    expect(cancel).to_be_disabled()
    set_repeat(page, "Again and again")
    with page.expect_response(lambda answer: answer.url.endswith("/prompt")):
        editor.queue()
    expect(cancel).to_be_enabled()
    with page.expect_request(lambda request: request.url.endswith("/prompt")):
        paused.post("/queue", {"clear": True})
    set_repeat(page, "Only when asked")


def test_what_waits_is_listed_by_its_workflows_name_without_empty_boxes(page: Page, paused: ServerProcess) -> None:
    editor = open_toys(page, paused, toy_workflow("ImageInvert", steps=78))
    with page.expect_response(lambda answer: answer.url.endswith("/prompt")):
        editor.queue()
    submit(paused, "from-a-program", toy_workflow("ImageInvert", steps=79))
    panel = open_panel(editor)
    rows = panel.get_by_role("list", name="Waiting").locator(".job")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="1. toys")).to_have_count(1)
    expect(rows.filter(has_text="2. Waiting")).to_have_attribute("data-job", "from-a-program")
    expect(rows.locator(".job-picture")).to_have_count(0)


def test_one_fault_is_said_once(page: Page, toys: ServerProcess) -> None:
    editor = open_toys(page, toys, toy_workflow("Nope", "ImageInvert"))
    notices = page.locator(".notice")
    expect(notices).to_have_text([re.compile("does not have everything that “toys” names")])
    page.get_by_role("button", name="Queue", exact=True).click()
    expect(notices).to_have_text([re.compile("does not have all node classes")])
    editor.drop("failing.json", toy_workflow("Failing"))
    expect(editor.card("Failing")).to_be_visible()
    editor.queue()
    expect(notices).to_have_text([re.compile("Failing failed")], timeout=LONG)


def test_prompts_queued_together_at_the_front_run_in_their_order_before_what_waits(
    page: Page, paused: ServerProcess
) -> None:
    submit(paused, "was-there")
    editor = open_toys(page, paused, toy_workflow("ImageInvert", steps=80))
    page.get_by_role("button", name="Run options").click()
    options = page.get_by_role("dialog", name="Run options")
    options.get_by_role("spinbutton", name="Times").fill("3")
    with page.expect_response(lambda answer: answer.url.endswith("/prompt")) as first:
        options.get_by_role("button", name="Queue at the front").click()
    panel = open_panel(editor)
    rows = panel.get_by_role("list", name="Waiting").locator(".job")
    expect(rows).to_have_count(4)
    expect(panel.locator('[data-job="was-there"]')).to_contain_text("4. Waiting")
    expect(panel.locator(f'[data-job="{first.value.json()["prompt_id"]}"]')).to_contain_text("1. toys")
