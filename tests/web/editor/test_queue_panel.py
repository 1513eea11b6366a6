"""The queue and the history beside the canvas: what waits is moved and cancelled, what has ended is opened again."""

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.web.editor.conftest import ServerProcess
from tests.web.editor.editor_page import EditorPage
from tests.web.editor.test_running import LONG, open_toys, toy_workflow

pytestmark = pytest.mark.timeout(300)


def post(server: ServerProcess, path: str, body: Any) -> Any:
    """A request as another program sends it."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.url}{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or "null")


def submit(server: ServerProcess, prompt_id: str, prompt: bytes = b"", **more: Any) -> None:
    graph = json.loads(prompt or toy_workflow())
    post(server, "/prompt", {"prompt": graph, "prompt_id": prompt_id, **more})


@pytest.fixture
def paused(toys: ServerProcess) -> Iterator[ServerProcess]:
    """The toys with an empty queue that begins nothing."""
    post(toys, "/queue/pause", {})
    yield toys
    post(toys, "/queue", {"clear": True})
    post(toys, "/queue/resume", {})


def open_panel(editor: EditorPage) -> Locator:
    editor.page.get_by_role("button", name="Queue and history").click()
    panel = editor.page.get_by_role("complementary", name="Queue and history")
    expect(panel).to_be_visible()
    return panel


def waiting_ids(panel: Locator) -> list[str]:
    rows = panel.get_by_role("list", name="Waiting").locator(".job")
    tops = rows.evaluate_all("rows => rows.map((row) => [row.offsetTop, row.dataset.job])")
    return [job for _, job in sorted(tops)]


def wait_for_order(panel: Locator, order: list[str]) -> None:
    for place, job in enumerate(order):
        expect(panel.locator(f'.job.is-pending[data-job="{job}"]')).to_contain_text(f"{place + 1}.", timeout=LONG)
    assert waiting_ids(panel) == order


def test_what_waits_is_dragged_elsewhere_moved_by_keys_and_cancelled(page: Page, paused: ServerProcess) -> None:
    for name in "abcd":
        submit(paused, f"wait-{name}")
    panel = open_panel(EditorPage.open(page, paused.url))
    wait_for_order(panel, ["wait-a", "wait-b", "wait-c", "wait-d"])
    row = {name: panel.locator(f'.job[data-job="wait-{name}"]') for name in "abcd"}
    row["c"].locator(".job-lines").drag_to(row["a"].locator(".job-lines"), target_position={"x": 20, "y": 2})
    wait_for_order(panel, ["wait-c", "wait-a", "wait-b", "wait-d"])
    row["c"].focus()
    page.keyboard.press("Alt+ArrowDown")
    wait_for_order(panel, ["wait-a", "wait-c", "wait-b", "wait-d"])
    expect(row["c"]).to_be_focused()
    panel.locator(".windowed").first.evaluate("list => list.scrollTo(0, 1000)")
    row["d"].get_by_role("button", name="To the front").click()
    panel.locator(".windowed").first.evaluate("list => list.scrollTo(0, 0)")
    wait_for_order(panel, ["wait-d", "wait-a", "wait-c", "wait-b"])
    row["a"].get_by_role("button", name="Cancel it").click()
    wait_for_order(panel, ["wait-d", "wait-c", "wait-b"])
    panel.get_by_role("button", name="Clear").click()
    expect(panel).to_contain_text("0 waiting")


def test_pausing_is_seen_in_a_second_window_and_so_is_what_runs(context: BrowserContext, paused: ServerProcess) -> None:
    first, second = (EditorPage.open(context.new_page(), paused.url) for _ in range(2))
    panels = [open_panel(editor) for editor in (first, second)]
    for panel in panels:
        expect(panel.get_by_role("button", name="Go on")).to_be_visible()
    submit(paused, "seen-by-two", toy_workflow("Slow", seconds=0.1, steps=300))
    expect(panels[1].locator('[data-job="seen-by-two"]')).to_contain_text("Waiting")
    panels[0].get_by_role("button", name="Go on").click()
    expect(panels[1].get_by_role("button", name="Pause")).to_be_visible()
    for editor, panel in zip((first, second), panels, strict=True):
        expect(panel.locator(".job.is-in_progress")).to_have_attribute("data-job", "seen-by-two")
        expect(editor.page).to_have_title(re.compile(r"^\[\d+%\] Another workflow"))
        expect(editor.page.locator(".queue-status")).to_contain_text(re.compile(r"\d+/300 · [\d.]+ it/s · .* left"))
    panels[1].locator(".job.is-in_progress").get_by_role("button", name="Cancel it").click()
    expect(panels[0].locator('[data-job="seen-by-two"]')).to_contain_text("Cancelled", timeout=LONG)


def test_a_second_device_opens_what_runs_and_sees_its_card_and_preview(
    page: Page, browser: Browser, toys: ServerProcess
) -> None:
    first = open_toys(page, toys, toy_workflow("Slow", seconds=0.1, steps=302))
    sent = first.queue()
    expect(first.card("Slow")).to_have_attribute("data-state", "running", timeout=LONG)
    device = browser.new_context()
    second = EditorPage.open(device.new_page(), toys.url)
    panel = open_panel(second)
    panel.locator(f'[data-job="{sent["prompt_id"]}"]').get_by_role("button", name="Open its workflow").click()
    expect(second.card("Slow")).to_have_attribute("data-state", "running")
    expect(second.card("Slow").locator(".card-picture img")).to_have_attribute("src", re.compile("^blob:"))
    panel.locator(".job.is-in_progress").get_by_role("button", name="Cancel it").click()
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
    page.reload()
    editor.drop("other.json", toy_workflow())
    expect(page.locator(".card")).to_have_count(2)
    panel = open_panel(editor)
    row = panel.locator(f'[data-job="{sent["prompt_id"]}"]')
    expect(row).to_contain_text("toys break")
    row.get_by_role("button", name="Open its workflow").click()
    expect(editor.card("Failing").get_by_role("alert")).to_contain_text("toys break")


def test_an_ended_one_is_starred_run_again_and_forgotten(page: Page, toys: ServerProcess) -> None:
    prompt = toy_workflow("ImageInvert", steps=77)
    submit(toys, "starred", prompt)
    panel = open_panel(EditorPage.open(page, toys.url))
    row = panel.locator('[data-job="starred"]')
    row.get_by_role("button", name="Star").click()
    expect(row.get_by_role("button", name="Star")).to_have_attribute("aria-pressed", "true")
    with page.expect_response(lambda response: response.url.endswith("/prompt")) as again:
        row.get_by_role("button", name="Run again").click()
    assert json.loads(again.value.request.post_data or "")["prompt"] == json.loads(prompt)
    expect(panel.locator(f'[data-job="{again.value.json()["prompt_id"]}"]')).to_contain_text("Done", timeout=LONG)
    page.reload()
    panel = open_panel(EditorPage(page))
    panel.get_by_role("combobox").select_option("starred")
    expect(panel.locator(".job.is-completed")).to_have_count(1)
    panel.locator('[data-job="starred"]').get_by_role("button", name="Star").click()
    expect(panel.locator(".job.is-completed")).to_have_count(0)
    panel.get_by_role("combobox").select_option("all")
    panel.locator('[data-job="starred"]').get_by_role("button", name="Take out of the history").click()
    expect(panel.locator('[data-job="starred"]')).to_have_count(0)


def test_thousands_that_wait_are_a_screenful_on_the_page(page: Page, paused: ServerProcess) -> None:
    submit(paused, "many", count=1000)
    panel = open_panel(EditorPage.open(page, paused.url))
    expect(panel).to_contain_text("1000 waiting")
    rows = panel.get_by_role("list", name="Waiting").locator(".job")
    assert rows.count() < 40
    panel.locator(".windowed").first.evaluate("list => list.scrollTo(0, 64 * 700)")
    expect(panel).to_contain_text("703. Waiting")
    assert rows.count() < 40


def test_the_workflow_is_queued_as_often_as_the_options_say_and_only_for_selected_outputs(
    page: Page, paused: ServerProcess
) -> None:
    editor = open_toys(page, paused, toy_workflow("ImageInvert", steps=77))
    page.get_by_role("button", name="Run options").click()
    page.get_by_role("spinbutton", name="Times").fill("3")
    page.keyboard.press("Escape")
    panel = open_panel(editor)
    editor.queue()
    expect(panel).to_contain_text("3 waiting")
    panel.get_by_role("button", name="Close").click()
    editor.card("EmptyImage").locator(".card-title").click()
    page.get_by_role("button", name="Run options").click()
    page.get_by_role("button", name="Queue only the selected outputs").click()
    expect(page.get_by_text("None of the selected cards is an output")).to_be_visible()
    editor.card("PreviewImage").locator(".card-title").click()
    page.get_by_role("button", name="Run options").click()
    page.get_by_role("spinbutton", name="Times").fill("1")
    with page.expect_request(lambda request: request.url.endswith("/prompt")) as sent:
        page.get_by_role("button", name="Queue only the selected outputs").click()
    assert json.loads(sent.value.post_data or "")["partial_execution_targets"] == ["3"]


def test_again_and_again_goes_on_until_cancel(page: Page, toys: ServerProcess) -> None:
    editor = open_toys(page, toys, toy_workflow("Slow", seconds=0.01, steps=7))
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url) if request.url.endswith("/prompt") else None)
    page.get_by_role("button", name="Run options").click()
    page.get_by_role("radio", name="Again and again").check()
    page.keyboard.press("Escape")
    while len(requests) < 3:  # the test's own limit ends it
        page.wait_for_timeout(20)
    page.get_by_role("button", name="Run options").click()
    page.get_by_role("radio", name="After every change").check()
    page.keyboard.press("Escape")
    expect(editor.card("PreviewImage")).to_have_attribute("data-state", re.compile("finished|cached"), timeout=LONG)
    with page.expect_request(lambda request: request.url.endswith("/prompt")):
        page.get_by_role("spinbutton", name="steps").fill("8")
