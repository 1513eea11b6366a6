"""What each picture of the docs shows, and how the page is brought there."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.web.editor.conftest import ServerProcess
from tests.web.editor.editor_page import EditorPage, middle

PATIENCE_MS = 300_000
DESK, PHONE = (1280, 720), (390, 844)
ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "web" / "editor" / "templates"
EXAMPLE = ROOT / "docs" / "examples" / "text_to_image.api.json"
SEEDS = count(100)
LONG_NAME = "a workflow with quite a long name, as people give them when they try many things in a row"


@dataclass(frozen=True)
class Scene:
    """How the page comes to show something, in front of a server that has made some pictures."""

    act: Callable[[EditorPage], None]
    size: tuple[int, int] = DESK
    is_phone: bool = False

    def set(self, page: Page, url: str) -> None:
        """Open the page and bring it there."""
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        if self.is_phone:  # there the whole workflow is too small for cards
            page.goto(url)
            expect(page.get_by_role("button", name="Queue", exact=True)).to_be_visible()
            page.wait_for_timeout(2500)
        else:
            EditorPage.open(page, url)
        self.act(EditorPage(page))


def stop_all(url: str) -> None:
    """Cancel what runs and what waits."""
    for path, body in (("/queue", b'{"clear": true}'), ("/interrupt", b"{}")):
        headers = {"Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(f"{url}{path}", body, headers)).close()


def fill(browser: Browser, server: ServerProcess) -> None:
    """Make pictures, a failure and saved workflows, so that panels have something to show."""
    page = browser.new_page(viewport={"width": DESK[0], "height": DESK[1]})
    page.set_default_timeout(PATIENCE_MS)
    editor = EditorPage.open(page, server.url)
    page.get_by_role("combobox", name="after queueing").select_option("fixed")
    run(editor)
    for name in ("Portraits", "Tries/Apples in all colours", f"Tries/{LONG_NAME}"):
        editor.save_as(name)
    for template in ("lora", "custom_sampling"):
        open_template(editor, template)
        run(editor)
    fail(editor)
    page.close()


def run(editor: EditorPage) -> None:
    """Queue what is shown and wait for its picture."""
    editor.queue()
    card = editor.card("Save Image")
    expect(card).to_have_attribute("data-state", re.compile("finished|cached"), timeout=PATIENCE_MS)
    expect(card.locator("img").first).to_have_attribute("src", re.compile("/api/view"))


def fail(editor: EditorPage) -> None:
    """Run what cannot work: two pictures of other sizes and a mask between."""
    prompt = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 2, "color": 255}},
        "2": {"class_type": "SolidMask", "inputs": {"value": 1.0, "width": 64, "height": 64}},
        "3": {
            "class_type": "ComposeByMasks",
            "inputs": {"base": ["1", 0], "images": ["1", 0], "masks": ["2", 0], "mask_blur": 4.0},
        },
        "4": {"class_type": "PreviewImage", "inputs": {"images": ["3", 0]}},
    }
    editor.drop("failing.json", json.dumps(prompt).encode())
    expect(editor.card("Compose by Masks")).to_be_visible()
    editor.queue()
    expect(editor.card("Compose by Masks")).to_have_attribute("data-state", "failed", timeout=PATIENCE_MS)


def open_template(editor: EditorPage, name: str) -> None:
    """A template in a tab of its own."""
    editor.drop(f"{name}.json", (TEMPLATES / f"{name}.json").read_bytes())
    editor.page.wait_for_timeout(300)
    editor.page.keyboard.press("Control+.")


def after_a_run(editor: EditorPage) -> None:
    """The default workflow with a picture of a seed of its own, so that its cards have run and are not kept."""
    page = editor.page
    page.get_by_role("combobox", name="after queueing").select_option("fixed")
    seed = page.get_by_role("spinbutton", name="seed", exact=True)
    seed.fill(str(next(SEEDS)))
    seed.press("Enter")
    seed.blur()
    run(editor)


def keys(*pressed: str) -> Callable[[EditorPage], None]:
    """Press keys on the page as it opens."""

    def act(editor: EditorPage) -> None:
        for key in pressed:
            editor.page.keyboard.press(key)
            editor.page.wait_for_timeout(600)

    return act


def show_options(editor: EditorPage) -> None:
    """How a run is queued: how often, and whether again."""
    editor.page.get_by_role("button", name="Run options").click()
    editor.page.wait_for_timeout(600)


def show_connecting(editor: EditorPage) -> None:
    """A slot of a card joined without a mouse."""
    editor.select("KSampler")
    keys("l")(editor)


def show_contrast(editor: EditorPage) -> None:
    """The theme that a system of high contrast gets."""
    editor.page.emulate_media(contrast="more")
    editor.reload()
    after_a_run(editor)


def command(name: str) -> Callable[[EditorPage], None]:
    """Run a command by the palette."""

    def act(editor: EditorPage) -> None:
        page = editor.page
        page.keyboard.press("Control+Shift+P")
        page.get_by_role("combobox", name="All commands").fill(name)
        page.keyboard.press("Enter")
        page.wait_for_timeout(1500)

    return act


def show_palette(editor: EditorPage) -> None:
    editor.page.keyboard.press("Control+Shift+P")
    editor.page.get_by_role("combobox", name="All commands").fill("save")


def search_nodes(editor: EditorPage) -> None:
    editor.page.keyboard.press("A")
    editor.page.keyboard.type("upsc")


def show_menu(editor: EditorPage) -> None:
    editor.select("Prompt", "Negative prompt")
    editor.page.locator(".toolbar").get_by_role("menuitem", name="Arrange").click()


def show_context_menu(editor: EditorPage) -> None:
    editor.card("KSampler").locator(".card-title").click(button="right")
    editor.page.locator(".menu-list.is-context").get_by_role("menuitem", name="Colour").click()


def show_failure(editor: EditorPage) -> None:
    fail(editor)
    editor.page.keyboard.press("Control+.")


def show_missing(editor: EditorPage) -> None:
    model = {"name": "skein_emojis.safetensors", "url": "https://example.org/emojis", "directory": "checkpoints"}
    place = {"pos": [0, 0], "size": [280, 98]}
    nodes = [
        {"id": 1, "type": "CheckpointLoaderSimple", **place, "properties": {"models": [model]}},
        {"id": 2, "type": "KSamplerr", **place, "pos": [340, 0], "properties": {"cnr_id": "some-pack"}},
    ]
    nodes[0]["widgets_values"] = [model["name"]]
    editor.drop("missing.json", json.dumps({"nodes": nodes, "links": [], "version": 0.4}).encode())
    editor.page.get_by_role("button", name="What is missing").click()


def show_picture(editor: EditorPage) -> None:
    after_a_run(editor)
    editor.card("Save Image").locator("img").first.click()
    expect(editor.page.get_by_role("dialog", name="Picture")).to_be_visible()


def compare_pictures(editor: EditorPage) -> None:
    editor.card("Prompt").get_by_role("textbox").fill("a green apple on a yellow background")
    show_picture(editor)
    box = editor.page.get_by_role("dialog", name="Picture")
    box.get_by_role("button", name="Compare").click()
    box.locator(".strip-picture").last.click()
    box.get_by_role("slider", name="Before and after").fill("50")


def paint_mask(editor: EditorPage) -> None:
    open_template(editor, "image_to_image")
    page = editor.page
    expect(editor.card("Load Image").locator("img")).to_be_visible()
    editor.card("Load Image").get_by_role("button", name="Paint a mask").click(force=True)
    window = page.locator(".painting")
    expect(window.locator("canvas").first).to_be_visible()
    x, y = middle(window.locator(".picture-content"))
    editor.drag((x - 90, y - 40), (x + 60, y + 30))
    editor.drag((x + 60, y - 40), (x - 60, y + 70))


def paint_sketch(editor: EditorPage) -> None:
    prompt = {
        "1": {"class_type": "Painter", "inputs": {"mask": "", "width": 512, "height": 512, "bg_color": "#ffffff"}}
    }
    editor.drop("painter.json", json.dumps(prompt).encode())
    editor.card("Painter").get_by_role("button", name="Paint…").click()
    window = editor.page.locator(".painting")
    x, y = middle(window.locator(".picture-content"))
    window.get_by_role("button", name="#ff3b30").click()
    editor.drag((x - 100, y), (x + 20, y + 60))
    window.get_by_role("button", name="Add", exact=True).click()
    window.get_by_role("radio", name="Rectangle").click()
    window.get_by_role("button", name="#34c759").click()
    editor.drag((x, y - 90), (x + 110, y - 10))


def show_running(editor: EditorPage) -> None:
    page = editor.page
    page.locator('.card:has-text("KSampler")').get_by_role("spinbutton", name="steps").fill("5000")
    page.keyboard.press("Enter")
    editor.queue()
    editor.queue()
    editor.queue()
    page.keyboard.press("Escape")
    page.keyboard.press("q")
    expect(editor.card("KSampler")).to_have_attribute("data-state", "running")
    page.wait_for_timeout(1500)


def show_subgraph(editor: EditorPage) -> None:
    page = editor.page
    editor.card("KSampler").locator(".card-name").click()
    editor.card("VAE Decode").locator(".card-name").click(modifiers=["Shift"])
    page.keyboard.press("Control+Shift+E")
    page.wait_for_timeout(400)
    page.keyboard.press("Alt+Enter")
    page.wait_for_timeout(600)
    page.keyboard.press("Control+.")


def show_minimap(editor: EditorPage) -> None:
    open_template(editor, "grid")
    if not editor.page.locator(".minimap").count():  # the server keeps it from one page to the next
        editor.page.keyboard.press("Alt+m")
    for _ in range(3):
        editor.page.keyboard.press("+")


def show_log(editor: EditorPage) -> None:
    """What a node logs that says which steps it leaves out."""
    prompt = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    span = {"reuse_threshold": 0.5, "start_percent": 0.05, "end_percent": 1.0, "verbose": True}
    prompt["10"] = {"class_type": "EasyCache", "inputs": {"model": ["1", 0], **span}}
    prompt["5"]["inputs"] |= {"model": ["10", 0], "steps": 60, "seed": next(SEEDS)}
    editor.drop("steps.json", json.dumps(prompt).encode())
    expect(editor.card("EasyCache")).to_be_visible()
    editor.page.keyboard.press("Control+`")
    run(editor)
    expect(editor.page.locator(".log-line", has_text="is left out").nth(14)).to_be_attached()


def show_versions(editor: EditorPage) -> None:
    """A workflow that was saved several times, each time with another number of steps."""
    page = editor.page
    editor.save_as(f"Portraits of cats {next(SEEDS)}")
    for steps in (12, 24, 30):
        field = editor.card("KSampler").get_by_role("spinbutton", name="steps")
        field.fill(str(steps))
        field.press("Enter")
        with page.expect_response(lambda answer: "/userdata/" in answer.url and answer.request.method == "POST"):
            page.keyboard.press("Control+s")
    command("Earlier versions")(editor)
    expect(page.get_by_role("dialog").get_by_text("nodes").first).to_be_visible()


def show_trash(editor: EditorPage) -> None:
    page = editor.page
    name = f"Tries/An old try {next(SEEDS)}"
    editor.save_as(name)
    page.keyboard.press("w")
    page.get_by_role("button", name=f"Move to the trash: {name}").click()
    expect(page.get_by_role("button", name=f"Move to the trash: {name}")).to_have_count(0)
    page.get_by_role("button", name="Trash", exact=True).click()
    expect(page.get_by_role("button", name="Empty the trash")).to_be_visible()


def show_pack_failures(editor: EditorPage) -> None:
    """Two packs' scripts, one that fails and one that asks for what is not offered."""
    page = editor.page
    scripts = {
        "ink-tools": "app.registerExtension({ name: 'ink', setup() { throw new Error('no ink is left'); } });",
        "sidebar-clock": "app.extensionManager.registerSidebarTab({ id: 'clock' });",
    }
    paths = [f"/extensions/{pack}/main.js" for pack in scripts]
    page.route("**/api/extensions", lambda route: route.fulfill(json=paths))
    for pack, text in scripts.items():
        body = 'import { app } from "/scripts/app.js";\n' + text
        page.route(
            f"**/extensions/{pack}/main.js",
            lambda route, _request, body=body: route.fulfill(body=body, content_type="text/javascript"),
        )
    editor.reload()
    page.get_by_role("button", name="All failures").last.click()


def show_two_tabs(editor: EditorPage) -> None:
    open_template(editor, "inpaint")
    editor.save_as(f"{LONG_NAME} {next(SEEDS)}")


def show_library(editor: EditorPage) -> None:
    page = editor.page
    page.keyboard.press("n")
    library = page.get_by_role("complementary", name="Nodes")
    for folder in ("image", "latent"):
        library.locator("summary", has_text=re.compile(f"^{folder}$")).first.click()
    library.locator(".library-tree").evaluate("tree => tree.scrollTo(0, 0)")


def zoom_in(editor: EditorPage) -> None:
    for _ in range(6):
        editor.page.keyboard.press("+")


SCENES: dict[str, Scene] = {
    "page": Scene(after_a_run),
    "search": Scene(search_nodes),
    "library": Scene(show_library),
    "models": Scene(keys("m")),
    "options": Scene(show_options),
    "connect": Scene(show_connecting),
    "contrast": Scene(show_contrast),
    "menu": Scene(show_menu),
    "context": Scene(show_context_menu),
    "beginning": Scene(keys("Alt+n")),
    "tabs": Scene(show_two_tabs),
    "running": Scene(show_running),
    "queue": Scene(keys("q")),
    "failure": Scene(show_failure),
    "packs": Scene(show_pack_failures),
    "log": Scene(show_log),
    "workflows": Scene(keys("w")),
    "versions": Scene(show_versions),
    "trash": Scene(show_trash),
    "templates": Scene(command("Templates")),
    "outline": Scene(keys("o")),
    "palette": Scene(show_palette),
    "shortcuts": Scene(keys("?")),
    "settings": Scene(keys("Control+,")),
    "missing": Scene(show_missing),
    "picture": Scene(show_picture),
    "compare": Scene(compare_pictures),
    "mask": Scene(paint_mask),
    "sketch": Scene(paint_sketch),
    "subgraph": Scene(show_subgraph),
    "minimap": Scene(show_minimap),
    "bare": Scene(keys("f")),
    "phone": Scene(zoom_in, PHONE, is_phone=True),
    "phone-queue": Scene(keys("q"), PHONE, is_phone=True),
}
