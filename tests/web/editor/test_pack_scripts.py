"""Packs' scripts on the page: their hooks are called, what they add is shown, and a failing one harms nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.editor.conftest import ServerProcess
from tests.web.editor.editor_page import EditorPage
from tests.web.editor.packed_server import copy_pack

NODES = """
class Greeting:
    CATEGORY = "tests"
    FUNCTION = "greet"
    RETURN_TYPES = ()
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"words": ("STRING", {"default": "hello"}), "times": ("INT", {"default": 2})},
                "optional": {"mood": ("STRING", {"forceInput": True})}}

    def greet(self, words, times, mood=""):
        return {"ui": {"text": [words * times]}}


class Dressed(Greeting):
    pass


NODE_CLASS_MAPPINGS = {"Greeting": Greeting, "Dressed": Dressed}
WEB_DIRECTORY = "./web"
"""

SCRIPT = """
import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import { ComfyWidgets } from "../../scripts/widgets.js";
import { $el } from "../../scripts/ui.js";

const seen = (window.seen = []);

app.registerExtension({
  name: "tests.greeting",
  settings: [{
    id: "tests.loud", name: "Loud", type: "boolean", defaultValue: true,
    onChange: (now, before) => (window.loudness ??= []).push([now, before]),
  }],
  commands: [{ id: "tests.wave", label: "Wave to everybody", function: () => seen.push("waved") }],
  keybindings: [{ combo: { key: "j", ctrl: true, alt: true }, commandId: "tests.wave" }],
  menuCommands: [{ path: ["Greetings"], commands: ["tests.wave"] }],
  async init() { seen.push("init"); },
  getCanvasMenuItems() { return [{ content: "Sing", callback: () => seen.push("sang") }]; },
  async setup() {
    seen.push("setup");
    api.addEventListener("executed", ({ detail }) => seen.push(`executed ${detail.output.text}`));
    const answer = await api.fetchApi("/system_stats");
    seen.push(`stats ${answer.status}`, `loud ${app.ui.settings.getSettingValue("tests.loud")}`);
  },
  async beforeRegisterNodeDef(nodeType, nodeData) {
    if (nodeData.name === "Dressed") nodeType.prototype.onNodeCreated = function () {
      this.addInput("extra_in", "IMAGE");
      this.addOutput("extra_out", "MASK");
      this.setSize([this.size[0] + 40, 300]);
      this.title = `${this.title} *`;
      this.addProperty("mood", "good");
      this.widgets[1].value = 9;
      const field = $el("textarea", { ariaLabel: "typed" });
      const kept = { getValue: () => field.value, setValue: (value) => { field.value = value; } };
      this.addDOMWidget("typed", "customtext", field, kept);
      const words = this.widgets.find((w) => w.name === "words");
      words.serializeValue = async () => `${words.value}, said the pack`;
      words.inputEl.readOnly = true;
      this.addWidget("combo", "colour", "red", null, { values: ["red"] });
      this.widgets.at(-1).options.values = ["red", "blue"];
      this.addWidget("text", "secret", "?", null).type = "hidden";
    };
    const tell = function () { seen.push(`mood ${this.properties.mood}`); };
    if (nodeData.name === "Dressed") nodeType.prototype.onConfigure = tell;
    if (nodeData.name !== "Greeting") return;
    seen.push(`before ${nodeType.comfyClass}`);
    const onNodeCreated = nodeType.prototype.onNodeCreated;
    nodeType.prototype.onNodeCreated = function () {
      onNodeCreated?.apply(this, arguments);
      this.addWidget("button", "Shout", null, () => { this.widgets.find((w) => w.name === "words").value = "HELLO"; });
      ComfyWidgets.INT(this, "extra", ["INT", { default: 5 }], app);
      this.addDOMWidget("note", "div", $el("div.greeting-note", { textContent: "made by the pack" }), { height: 40 });
    };
    nodeType.prototype.getExtraMenuOptions = function (_canvas, options) {
      const blamed = { content: "Blame", callback: () => seen.push(`blamed ${this.id}`) };
      options.unshift({ content: "<b>Praise</b>", callback: () => seen.push(`praised ${this.id}`) }, null);
      options.push({ content: "More", has_submenu: true, submenu: { options: [blamed] } });
    };
    nodeType.prototype.onExecuted = function (output) { seen.push(`told ${output.text}`); };
  },
  nodeCreated(node) {
    if (node.comfyClass !== "Greeting") return;
    const times = node.widgets.find((widget) => widget.name === "times");
    times.callback = (value) => seen.push(`times ${value}`);
  },
  loadedGraphNode(node) { if (node.type === "Greeting") seen.push(`loaded ${node.id}`); },
});
"""

BROKEN = """
import { app } from "../../scripts/app.js";
app.registerExtension({
  name: "tests.broken",
  commands: [{ id: "queue", function: () => window.seen.push("stolen") }],
  bottomPanelTabs: [],
  getNodeMenuItems() { throw new Error("no menu today"); },
  addCustomNodeDefs(definitions) { definitions.Greeting.input.required.words = null; },
  setup() {
    setTimeout(() => { throw new Error("too late"); });
    LGraphCanvas.prototype.drawNode = () => {};
  },
});
"""

WORKFLOW = """{"last_node_id": 3, "last_link_id": 0, "version": 0.4, "links": [], "groups": [],
"config": {}, "extra": {}, "nodes": [{"id": 3, "type": "Greeting", "pos": [200, 200], "size": [300, 260],
"flags": {}, "order": 0, "mode": 0, "inputs": [], "outputs": [], "properties": {}, "widgets_values": ["moin", 3]}]}"""


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Skein with two packs that bring scripts: one that works and one that asks for what is not offered."""
    folder = tmp_path_factory.mktemp("packed")
    write_pack(folder / "custom_nodes" / "greetings", NODES, SCRIPT)
    copy_pack(folder, "clumsy")
    write_pack(folder / "custom_nodes" / "broken_one", 'NODE_CLASS_MAPPINGS = {}\nWEB_DIRECTORY = "web"\n', BROKEN)
    server = ServerProcess(folder, "main.py", loads_packs=True)
    server.start()
    yield server
    server.stop()


def write_pack(folder: Path, code: str, script: str) -> None:
    (folder / "web").mkdir(parents=True)
    (folder / "__init__.py").write_text(code, encoding="utf-8")
    (folder / "web" / "pack.js").write_text(script, encoding="utf-8")


def open_page(page: Page, server: ServerProcess) -> EditorPage:
    editor = EditorPage.open(page, server.url)
    wait_seen(page, "loud true")
    return editor


def seen(page: Page) -> list[str]:
    return list(page.evaluate("() => window.seen"))


def wait_seen(page: Page, word: str) -> None:
    page.wait_for_function("(word) => window.seen?.includes(word)", arg=word)


def test_hooks_are_called_in_their_order_and_a_failing_pack_is_named(page: Page, packed: ServerProcess) -> None:
    open_page(page, packed)
    order = [word for word in seen(page) if word in ("init", "before Greeting", "setup")]
    assert order == ["init", "before Greeting", "setup"]
    assert "stats 200" in seen(page)
    # Notices go by themselves, so what was told is asked for.
    for words in ("too late", "never calls"):
        page.wait_for_function("(words) => window.app.blame.told.some((text) => text.includes(words))", arg=words)
    told = page.evaluate("() => window.app.blame.told")
    for words in (
        "never calls LGraphCanvas.prototype.drawNode",
        "there is a command “queue” already",
        "the node “Greeting”",
        "too late",
        "never calls bottomPanelTabs",
    ):
        assert [text for text in told if words in text and "broken_one" in text], words


def test_widgets_that_a_script_adds_are_shown_work_and_are_sent(page: Page, packed: ServerProcess) -> None:
    editor = open_page(page, packed)
    editor.drop("greeting.json", WORKFLOW.encode())
    card = page.locator('.card[data-node="3"]')
    note = card.get_by_text("made by the pack")
    expect(note).to_be_visible()
    widths = note.evaluate("(e) => [e.offsetWidth, e.parentElement.clientWidth]")
    assert widths[0] > 0.9 * widths[1]
    wait_seen(page, "loaded 3")
    card.get_by_role("button", name="Shout").click()
    expect(card.get_by_role("textbox", name="words")).to_have_value("HELLO")
    card.get_by_role("spinbutton", name="extra").fill("7")
    card.get_by_role("spinbutton", name="times").fill("1")
    wait_seen(page, "times 1")
    sent = editor.queue()["prompt"]["3"]["inputs"]
    assert sent == {"words": "HELLO", "times": 1, "extra": 7}
    wait_seen(page, "told HELLO")
    wait_seen(page, "executed HELLO")


def test_scripts_take_widgets_out_of_a_nodes_list_and_put_them_back(page: Page, packed: ServerProcess) -> None:
    editor = open_page(page, packed)
    editor.drop("greeting.json", WORKFLOW.encode())
    card = page.locator('.card[data-node="3"]')
    expect(card.get_by_role("spinbutton", name="extra")).to_be_visible()
    wait_seen(page, "loaded 3")
    page.evaluate(
        """async () => {
            const { ComfyWidgets } = await import("/scripts/widgets.js");
            const node = window.app.graph.getNodeById(3);
            for (const text of ["one", "two"]) {
                node.widgets.length = 2;
                const { widget } = ComfyWidgets.STRING(node, "shown", ["STRING", { multiline: true }], window.app);
                widget.inputEl.readOnly = true;
                widget.value = text;
            }
            window.times = node.widgets.splice(1, 1)[0];
        }"""
    )
    expect(card.get_by_role("textbox", name="shown")).to_have_value("two")
    expect(card.get_by_role("spinbutton", name="extra")).to_have_count(0)
    expect(card.get_by_role("spinbutton", name="times")).to_be_hidden()
    assert page.evaluate("() => window.app.graph.getNodeById(3).widgets.map((w) => w.name)") == ["words", "shown"]
    page.evaluate("() => { window.app.graph.getNodeById(3).widgets.push(window.times); }")
    expect(card.get_by_role("spinbutton", name="times")).to_have_value("3")
    assert editor.queue()["prompt"]["3"]["inputs"] == {"words": "moin", "times": 3, "shown": "two"}
    # Of shown texts that are gone nothing stays in the file.
    assert editor.node(3)["widgets_values"] == ["moin", 3, "two"]
    page.evaluate("() => { window.app.graph.getNodeById(3).widgets.length = 2; }")
    expect(card.get_by_role("textbox", name="shown")).to_have_count(0)
    assert editor.node(3)["widgets_values"] == ["moin", 3]


def test_opening_a_subgraph_takes_no_node_from_scripts(page: Page, packed: ServerProcess) -> None:
    editor = open_page(page, packed)
    editor.drop("greeting.json", WORKFLOW.encode())
    editor.select("Greeting")
    page.keyboard.press("d")
    expect(page.locator(".card")).to_have_count(2)
    page.keyboard.press("Control+Shift+E")
    expect(page.locator(".card[data-kind=subgraph]")).to_be_visible()
    page.keyboard.press("Alt+Enter")
    expect(page.get_by_role("navigation", name="Opened subgraphs")).to_be_visible()
    assert page.evaluate("() => window.app.graph.nodes.map((node) => String(node.id)).includes('3')")
    editor.card("Greeting").locator(".card-title").click()
    selected = "() => Object.values(app.canvas.selected_nodes).map(({ graph, title }) => [graph === app.graph, title])"
    assert page.evaluate(selected) == [[False, "Greeting"]]
    page.evaluate("() => window.app.canvas.selectNode(window.app.graph.getNodeById(3))")
    expect(page.locator('.card[data-node="3"]')).to_have_class(re.compile("is-selected"))


def test_what_scripts_do_to_a_new_node_is_not_done_again_to_a_stored_one(page: Page, packed: ServerProcess) -> None:
    editor = open_page(page, packed)
    editor.drop("greeting.json", WORKFLOW.encode())
    expect(editor.card("Greeting")).to_be_visible()
    editor.search_node(220, 240).fill("Dressed")
    page.keyboard.press("Enter")
    expect(editor.card("Dressed *")).to_be_visible()
    dressed = editor.node(4)
    assert [slot["name"] for slot in dressed["inputs"]].count("extra_in") == 1
    assert (dressed["properties"]["mood"], dressed["widgets_values"][1]) == ("good", 9)
    page.keyboard.press("Control+z")
    expect(editor.card("Dressed *")).to_have_count(0)
    page.keyboard.press("Control+y")
    expect(editor.card("Dressed *")).to_be_visible()
    page.evaluate("() => { window.app.graph.getNodeById(4).inputs[0].label = 'words!'; }")
    expect(editor.card("Dressed *").get_by_text("words!")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(editor.card("Dressed *").get_by_text("words!")).to_have_count(0)
    assert editor.node(4) == dressed
    editor.reload()
    wait_seen(page, "mood good")
    assert editor.node(4) == dressed


def test_elements_of_scripts_keep_their_values_and_scripts_make_what_is_sent(page: Page, packed: ServerProcess) -> None:
    editor = open_page(page, packed)
    editor.drop("greeting.json", WORKFLOW.encode())
    expect(editor.card("Greeting")).to_be_visible()
    editor.search_node(220, 240).fill("Dressed")
    page.keyboard.press("Enter")
    dressed = editor.card("Dressed *")
    dressed.get_by_role("textbox", name="typed").fill("by hand")
    expect(dressed.get_by_text("secret")).to_have_count(0)
    page.evaluate("() => { window.app.graph.getNodeById(4).widgets.find((w) => w.name === 'colour').value = 'blue'; }")
    sent = editor.queue()["prompt"]["4"]["inputs"]
    assert sent == {"words": "hello, said the pack", "times": 9, "typed": "by hand", "colour": "blue", "secret": "?"}
    editor.reload()
    expect(dressed.get_by_role("textbox", name="typed")).to_have_value("by hand")
    page.evaluate("""() => {
        const first = window.app.graphToPrompt;
        window.app.graphToPrompt = async () => {
            const made = await first.call(window.app);
            made.output["4"].inputs.typed = "patched";
            return made;
        };
    }""")
    assert editor.queue()["prompt"]["4"]["inputs"]["typed"] == "patched"


def test_a_scripts_setting_is_among_the_pages_settings(page: Page, packed: ServerProcess) -> None:
    editor = open_page(page, packed)
    page.keyboard.press("Control+,")
    page.get_by_role("dialog").get_by_label("Loud").uncheck()
    page.wait_for_function("() => window.app.ui.settings.getSettingValue('tests.loud') === false")
    assert page.evaluate("() => window.loudness") == [[True, None], [False, True]]
    page.get_by_role("dialog").get_by_label("Loud").check()
    editor.wait_stored()


def test_a_scripts_command_is_in_the_menu_and_has_its_key(page: Page, packed: ServerProcess) -> None:
    open_page(page, packed)
    page.keyboard.press("Control+Alt+j")
    wait_seen(page, "waved")


def test_scripts_add_to_the_menus_of_the_right_button_and_make_nodes(page: Page, packed: ServerProcess) -> None:
    editor = open_page(page, packed)
    editor.drop("greeting.json", WORKFLOW.encode())
    wait_seen(page, "loaded 3")
    editor.choose("Greeting", "Praise")
    wait_seen(page, "praised 3")
    editor.choose("Greeting", "More", "Blame")
    wait_seen(page, "blamed 3")
    page.wait_for_function("() => window.app.blame.told.some((text) => text.includes('no menu today'))")
    page.locator("#stage").click(button="right", position={"x": 60, "y": 300})
    page.locator(".menu-list.is-context").get_by_role("menuitem", name="Sing").click()
    wait_seen(page, "sang")
    page.evaluate(
        """() => {
            const node = LiteGraph.createNode("PreviewImage", "Look");
            node.pos = [600, 200];
            app.graph.add(node);
        }"""
    )
    expect(editor.card("Look")).to_be_visible()
    assert [node["type"] for node in editor.workflow()["nodes"]] == ["Greeting", "PreviewImage"]
    assert page.evaluate("() => 'PreviewImage' in LiteGraph.registered_node_types")


def test_a_failing_hook_of_each_kind_names_its_pack_and_leaves_the_page_as_it_is(
    page: Page, packed: ServerProcess
) -> None:
    editor = open_page(page, packed)
    editor.drop(
        "greeting.json", WORKFLOW.replace("Greeting", "Clumsy").replace('["moin", 3]', '["moin", "x"]').encode()
    )
    card = editor.card("Clumsy")
    words = card.get_by_role("textbox", name="words")
    expect(words).to_have_value("moin")
    card.locator(".pack-widget").click()
    editor.choose("Clumsy", "Bypass")
    words.fill("after all")
    page.evaluate("() => app.graph.getNodeById(3).setSize([440, 300])")
    editor.choose("Clumsy", "Bypass")
    assert editor.queue()["prompt"]["3"]["inputs"] == {"words": "after all", "slip": "x"}
    expect(card).to_have_attribute("data-state", re.compile("finished|cached"))
    editor.search_node(220, 640).fill("Fallen")
    page.keyboard.press("Enter")
    expect(editor.card("clumsy/Fallen")).to_be_visible()
    editor.select("Clumsy")
    page.keyboard.press("Delete")
    expect(card).to_have_count(0)
    hooks = (
        "SLIP", "beforeConfigureGraph", "registerCustomNodes", "constructor", "onNodeCreated", "onAdded", "onConfigure",
        "onGraphConfigured", "onSerialize", "onResize", "onExecuted", "onDrawForeground", "onMouseDown", "onSelected",
        "getExtraMenuOptions", "onWidgetChanged", "onRemoved", "callback", "drawing",
    )  # fmt: skip
    for hook in hooks:
        said = "(hook) => app.blame.told.some((text) => text.includes('clumsy') && text.includes(`slipped at ${hook}`))"
        page.wait_for_function(said, arg=hook)
    assert [node["type"] for node in editor.workflow()["nodes"]] == ["clumsy/Fallen"]
