"""The page by keys alone."""

from playwright.sync_api import expect

from tests.web.editor.editor_page import EditorPage, middle


def test_everything_is_removed_by_keys_and_comes_back(editor: EditorPage) -> None:
    page = editor.page
    page.keyboard.press("Control+Backspace")
    expect(page.locator(".card")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(page.locator(".card")).to_have_count(7)


def go_to(editor: EditorPage, title: str) -> None:
    """Put the focus on a card by the outline."""
    editor.page.keyboard.press("o")
    outline = editor.page.get_by_role("dialog", name="Nodes of this workflow")
    outline.get_by_role("combobox").fill(title)
    expect(outline.get_by_role("option")).to_have_count(1)
    editor.page.keyboard.press("Enter")
    expect(editor.card(title)).to_be_focused()


def choose(editor: EditorPage, dialog: str, words: str) -> None:
    """Take the only row of a list that has these words."""
    listed = editor.page.get_by_role("dialog", name=dialog)
    listed.get_by_role("combobox").fill(words)
    expect(listed.get_by_role("option")).to_have_count(1)
    editor.page.keyboard.press("Enter")
    expect(listed).to_have_count(0)


def test_from_load_to_picture_by_keys_alone(editor: EditorPage) -> None:
    page = editor.page
    go_to(editor, "Negative prompt")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+a")
    page.keyboard.type("grey")
    expect(editor.card("Negative prompt").get_by_role("textbox")).to_have_value("grey")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    search = page.get_by_role("dialog", name="Add a node")
    search.get_by_role("combobox").fill("previewimage")
    expect(search.get_by_role("option").first).to_contain_text("Preview Image")
    page.keyboard.press("Enter")
    added = editor.card("Preview Image")
    expect(added).to_be_focused()
    page.keyboard.press("l")
    choose(editor, "Connect Preview Image: which slot?", "→ images")
    choose(editor, "Connect → images to…", "vae decode")
    expect(added).to_be_focused()
    expect(editor.socket("Preview Image", "input", "images")).to_have_class("socket is-linked")
    page.keyboard.press("Control+Enter")
    expect(added).to_have_attribute("data-state", "finished", timeout=60_000)
    page.keyboard.press("Tab")
    expect(added.get_by_role("button", name="Enlarge picture 1 of Preview Image")).to_be_focused()
    page.keyboard.press("Enter")
    picture = page.get_by_role("dialog", name="Picture")
    expect(picture.locator(".picture-content img").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(picture).to_have_count(0)


def test_the_view_follows_the_focus_to_cards_out_of_view(editor: EditorPage) -> None:
    page = editor.page
    for _ in range(5):
        page.keyboard.press("Alt+=")
    for title in ("Load Checkpoint", "Save Image", "Empty Latent Image"):
        go_to(editor, title)
        x, y = middle(editor.card(title).locator(".card-title"))
        assert 0 <= x <= 1280
        assert 100 <= y <= 800
    page.keyboard.press("Tab")
    width = editor.card("Empty Latent Image").get_by_role("spinbutton", name="width")
    expect(width).to_be_focused()
    expect(width).to_be_in_viewport(ratio=1)
    assert page.locator("#stage").evaluate("stage => [stage.scrollLeft, stage.scrollTop]") == [0, 0]
