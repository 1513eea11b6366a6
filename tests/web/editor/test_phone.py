"""The page on a phone: look, edit a prompt, queue, see the picture, open the queue, all with a finger."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.editor.conftest import ServerProcess
from tests.web.editor.editor_page import EditorPage, middle

LONG = 60_000
# A label is as good to press as the control in it.
TARGETS = """([scope, least]) => {
  const kinds = ["button", "a", "input", "select", "textarea", "summary", "[role=tab]", "[role=option]"];
  return [...document.querySelectorAll(kinds.map((kind) => `${scope} ${kind}`).join())].flatMap((target) => {
    if (!target.checkVisibility({ visibilityProperty: true })) return [];
    const { x, width, height } = (target.closest("label") ?? target).getBoundingClientRect();
    const isFine = Math.round(width) >= least && Math.round(height) >= least && x >= 0 && x + width <= innerWidth;
    return isFine ? [] : [`${target.outerHTML.slice(0, 90)} ${width}x${height} at ${x}`];
  });
}"""


@pytest.fixture
def phone(browser: Browser, skein: ServerProcess) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, color_scheme="dark"
    )
    page = context.new_page()
    page.goto(skein.url)
    EditorPage(page).wait_ready()
    expect(page.locator(".tab")).to_have_text("Text to image•×")
    yield page
    context.close()


def check(page: Page, scope: str, least: int = 40) -> None:
    """Everything that can be pressed is large enough and lies within the page."""
    expect(page.locator(scope).first).to_be_visible()
    assert page.evaluate(TARGETS, [scope, least]) == []


def go_to(page: Page, title: str) -> None:
    """To a card, by the outline in the menu."""
    page.get_by_role("button", name="Menu", exact=True).tap()
    page.get_by_role("menuitem", name="Outline: go to a node").tap()
    outline = page.get_by_role("dialog", name="Nodes of this workflow")
    outline.get_by_role("option").filter(has_text=title).first.tap()
    expect(EditorPage(page).card(title)).to_be_focused()


def test_a_prompt_is_edited_queued_and_its_picture_looked_at_by_finger(phone: Page) -> None:
    editor = EditorPage(phone)
    check(phone, ".toolbar")
    check(phone, ".tab-bar")
    check(phone, ".zoom-box")
    go_to(phone, "Prompt")
    check(phone, '.card[data-node="3"]', 24)
    words = editor.card("Prompt").get_by_role("textbox")
    words.tap()
    words.fill("a blue boat")
    phone.get_by_role("button", name="Queue", exact=True).tap()
    go_to(phone, "Save Image")
    picture = editor.card("Save Image").get_by_role("button", name="Enlarge picture 1")
    expect(picture).to_be_visible(timeout=LONG)
    picture.tap()
    look = phone.get_by_role("dialog", name="Picture")
    expect(look.locator(".picture-content img").first).to_be_visible()
    check(phone, "dialog.lightbox[open]")
    phone.locator(".lightbox-bar").get_by_role("button", name="Close").tap()
    expect(look).to_have_count(0)
    phone.get_by_role("button", name="Queue and history").tap()
    rows = phone.get_by_role("list", name="Ended").locator(".job.is-completed")
    expect(rows.first).to_be_visible()
    check(phone, ".queue-panel", 34)
    rows.first.get_by_role("button", name="Look at the pictures").tap()
    expect(look).to_be_visible()


def test_a_tap_on_a_small_box_leads_to_its_card_and_every_panel_fits(phone: Page) -> None:
    fit = phone.locator(".zoom-box").get_by_role("button", name="Fit")
    expect(phone.locator(".card")).to_have_count(0)
    # The boxes are painted: of seven nodes in five columns, the middle of the page is the sampler.
    phone.touchscreen.tap(207, 425)
    expect(EditorPage(phone).card("KSampler")).to_be_focused()
    check(phone, '.card[data-node="5"]', 24)
    fit.tap()
    expect(phone.locator(".zoom-level")).to_have_text("22 %")
    phone.get_by_role("button", name="Run options").tap()
    check(phone, ".run-options")
    phone.get_by_role("button", name="Run options").tap()
    for item, panel in {
        "Saved workflows…": ".drawer.workflows",
        "Save as…": "dialog[open]",
        "Templates…": "dialog[open]",
        "Settings…": "dialog[open]",
        "Add a node…": ".search",
    }.items():
        phone.get_by_role("button", name="Menu", exact=True).tap()
        check(phone, ".menu.is-all")
        phone.get_by_role("menuitem", name=item).tap()
        check(phone, panel)
        phone.keyboard.press("Escape")
        expect(phone.locator(panel)).to_be_hidden()


def test_the_finger_that_rests_opens_a_menu_and_presses_nothing_of_it_when_it_lifts(phone: Page) -> None:
    go_to(phone, "Prompt")
    x, y = middle(EditorPage(phone).card("Prompt").locator(".card-title"))
    phone.evaluate("() => addEventListener('click', () => (window.clicks = (window.clicks ?? 0) + 1), true)")
    finger = phone.context.new_cdp_session(phone)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    menu = phone.get_by_role("menu", name="Menu").and_(phone.locator(".is-context"))
    expect(menu).to_be_visible()
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    phone.wait_for_function("() => window.clicks === 1")
    expect(menu).to_be_visible()
    expect(phone.get_by_role("dialog")).to_have_count(0)
    menu.get_by_role("menuitem", name="Collapse").tap()
    expect(menu).to_have_count(0)
    expect(EditorPage(phone).card("Prompt")).to_have_class(re.compile("is-collapsed"))


def test_the_last_entry_of_the_search_is_reached_on_a_phone_that_lies(phone: Page) -> None:
    phone.set_viewport_size({"width": 844, "height": 390})
    phone.get_by_role("button", name="Menu", exact=True).tap()
    phone.get_by_role("menuitem", name="Add a node…").tap()
    last = phone.get_by_role("dialog", name="Add a node").get_by_role("option").last
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport(ratio=0.99)


def swipe_up(phone: Page, x: float, y: float) -> None:
    """One finger goes 80 pixels up and 40 to the right."""
    finger = phone.context.new_cdp_session(phone)
    for kind, by in (("touchStart", 0), ("touchMove", 40), ("touchMove", 80), ("touchEnd", None)):
        points = [] if by is None else [{"x": x + by / 2, "y": y - by}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_a_tap_on_a_number_types_into_it_and_a_swipe_from_it_moves_the_view(phone: Page) -> None:
    go_to(phone, "KSampler")
    card = EditorPage(phone).card("KSampler")
    steps = card.get_by_role("spinbutton", name="steps", exact=True)
    steps.tap()
    expect(steps).to_be_focused()
    phone.keyboard.type("7")
    expect(steps).to_have_value("7")
    phone.keyboard.press("Enter")
    cfg = card.get_by_role("spinbutton", name="cfg", exact=True)
    before, (x, y) = cfg.input_value(), middle(cfg)
    swipe_up(phone, x, y)
    expect(cfg).to_have_value(before)
    assert middle(cfg)[1] == pytest.approx(y - 80, abs=2)


def test_what_is_typed_in_stays_in_sight_where_the_keyboard_takes_room(phone: Page) -> None:
    go_to(phone, "Prompt")
    prompt = EditorPage(phone).card("Prompt").get_by_role("textbox")
    prompt.tap()
    expect(prompt).to_be_focused()
    for height in (844, 300):
        phone.set_viewport_size({"width": 390, "height": height})
        expect(prompt).to_be_in_viewport(ratio=0.5)
