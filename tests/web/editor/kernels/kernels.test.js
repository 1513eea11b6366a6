// The small kernels: geometry, curves, layout, types, numbers, prompts, seeds, search, pictures, prompts opened.
import assert from "node:assert/strict";
import test from "node:test";
import { arrange } from "../../../../web/editor/kernels/arrange.js";
import { findNode } from "../../../../web/editor/document/workflow.js";
import { choose } from "../../../../web/editor/kernels/choosing.js";
import { connect, whyNot } from "../../../../web/editor/kernels/connecting.js";
import { toPrompt } from "../../../../web/editor/kernels/conversion.js";
import { curveBounds, curveDistance, curvePoint, linkCurve } from "../../../../web/editor/kernels/curves.js";
import { expandPrompt } from "../../../../web/editor/kernels/dynamic_prompt.js";
import { NOT_TOLD_YET, faceOf } from "../../../../web/editor/kernels/faces.js";
import { expandFileName } from "../../../../web/editor/kernels/file_names.js";
import { fromPrompt, isPrompt } from "../../../../web/editor/kernels/from_prompt.js";
import { fitView, overlaps, toScreen, toWorld, zoomAt } from "../../../../web/editor/kernels/geometry.js";
import { layoutCard } from "../../../../web/editor/kernels/layout.js";
import { newNode } from "../../../../web/editor/kernels/new_node.js";
import { calculate, parseNumber, stepNumber } from "../../../../web/editor/kernels/numbers.js";
import { isPng, pngTexts } from "../../../../web/editor/kernels/png.js";
import { cardErrors } from "../../../../web/editor/kernels/refusals.js";
import { buildScene, linkAt, nodeAt, visibleNodes } from "../../../../web/editor/kernels/scene.js";
import { schemaOf } from "../../../../web/editor/kernels/schema.js";
import { withValueOf } from "../../../../web/editor/kernels/primitives.js";
import { searchNodes } from "../../../../web/editor/kernels/search.js";
import { classTitle } from "../../../../web/editor/kernels/titles.js";
import { advanceSeeds } from "../../../../web/editor/kernels/seeds.js";
import { areCompatible } from "../../../../web/editor/kernels/types.js";
import { widgetValue, withWidgetValue } from "../../../../web/editor/kernels/widget_values.js";

const SAMPLER = {
  name: "KSampler",
  display_name: "KSampler",
  category: "sampling",
  input: {
    required: {
      model: ["MODEL"],
      seed: ["INT", { default: 0, min: 0, max: 18446744073709551615, control_after_generate: true }],
      steps: ["INT", { default: 20, min: 1, max: 10000 }],
      cfg: ["FLOAT", { default: 8, min: 0, max: 100, step: 0.1 }],
      sampler_name: [["euler", "heun"]],
    },
    optional: { mask: ["MASK"], text: ["STRING", { forceInput: true }] },
  },
  output: ["LATENT"],
  output_name: ["LATENT"],
};
const LOADER = {
  name: "LoadImage",
  display_name: "Load Image",
  category: "image",
  description: "Reads a picture.",
  input: { required: { image: [["a.png"], { image_upload: true }] } },
  output: ["IMAGE", "MASK"],
  output_name: ["IMAGE", "MASK"],
};
const SAVER = {
  name: "SaveImage",
  display_name: "Save Image",
  category: "image",
  input: { required: { images: ["IMAGE"], filename_prefix: ["STRING", { default: "Skein" }] } },
  output: [],
  output_node: true,
};
const DEFINITIONS = { KSampler: SAMPLER, LoadImage: LOADER, SaveImage: SAVER };

function twoNodes() {
  const load = { id: 1, ...newNode(LOADER, { x: 0, y: 0 }) };
  const save = { id: 2, ...newNode(SAVER, { x: 500, y: 100 }) };
  load.outputs[0].links = [1];
  save.inputs[0].link = 1;
  return { nodes: [load, save], links: [[1, 1, 0, 2, 0, "IMAGE"]], version: 0.4 };
}

test("zooming keeps the point under the pointer", () => {
  const view = { x: 30, y: -20, scale: 0.8 };
  const pointer = { x: 400, y: 300 };
  const before = toWorld(pointer, view);
  const after = toScreen(before, zoomAt(view, pointer, 1.7));
  assert.ok(Math.hypot(after.x - 400, after.y - 300) < 1e-9);
});

test("fitting shows the whole rectangle inside the margins", () => {
  const rect = { x: -100, y: 50, w: 3000, h: 400 };
  const view = fitView(rect, { w: 1280, h: 800 }, { top: 70, right: 20, bottom: 50, left: 20 });
  const corner = toScreen({ x: rect.x, y: rect.y }, view);
  const end = toScreen({ x: rect.x + rect.w, y: rect.y + rect.h }, view);
  assert.ok(corner.x >= 19.9 && corner.y >= 69.9 && end.x <= 1260.1 && end.y <= 750.1);
});

test("a curve lies within its bounds and is found at its middle", () => {
  for (const to of [{ x: 300, y: 80 }, { x: -200, y: 40 }, { x: 5, y: -400 }]) {
    const curve = linkCurve({ x: 0, y: 0 }, to);
    const bounds = curveBounds(curve);
    for (let t = 0; t <= 1; t += 0.05) {
      const { x, y } = curvePoint(curve, t);
      assert.ok(x >= bounds.x - 1e-6 && x <= bounds.x + bounds.w + 1e-6);
      assert.ok(y >= bounds.y - 1e-6 && y <= bounds.y + bounds.h + 1e-6);
    }
    assert.ok(curveDistance(curve, curvePoint(curve, 0.5)) < 1);
  }
});

test("inputs that grow have a socket for each row, and types that match take what is allowed", () => {
  const row = { number: ["COMFY_MATCHTYPE_V3", { template: { template_id: "t", allowed_types: "INT,FLOAT" } }] };
  const options = [{ key: "plain", inputs: {} }, { key: "scaled", inputs: { required: { by: ["FLOAT", {}] } } }];
  /** @type {any} */
  const definition = {
    name: "Sum",
    input: {
      required: {
        mode: ["COMFY_DYNAMICCOMBO_V3", { options }],
        numbers: ["COMFY_AUTOGROW_V3", { template: { input: { required: row }, prefix: "n", min: 1, max: 3 } }],
        named: ["COMFY_AUTOGROW_V3", { template: { input: { required: { image: ["IMAGE", {}] } }, names: ["a"] } }],
      },
    },
    output: ["COMFY_MATCHTYPE_V3"],
  };
  const { sockets, widgets } = schemaOf(definition);
  assert.deepEqual(
    sockets.map(({ name, type, isOptional }) => [name, type, isOptional]),
    [
      ["numbers.n0", "INT,FLOAT", false],
      ["numbers.n1", "INT,FLOAT", true],
      ["numbers.n2", "INT,FLOAT", true],
      ["named.a", "IMAGE", true],
    ],
  );
  assert.deepEqual([widgets[0].kind, widgets[0].choices, widgets[0].initial], ["choice", ["plain", "scaled"], "plain"]);
  assert.ok(areCompatible("COMFY_MATCHTYPE_V3", "LATENT"));
});

test("a chosen option brings its inputs, another takes their place, and every other value and link stays", () => {
  const rows = ["COMFY_AUTOGROW_V3", { template: { input: { required: { image: ["IMAGE", {}] } }, prefix: "image", min: 1, max: 3 } }];
  const options = [
    { key: "plain", inputs: {} },
    { key: "scaled", inputs: { required: { by: ["FLOAT", { default: 2 }], guide: ["IMAGE", {}] }, optional: { seed: ["INT", {}] } } },
    { key: "many", inputs: { required: { by: ["FLOAT", { default: 3 }], images: rows } } },
  ];
  /** @type {any} */
  const definition = { name: "Sum", input: { required: { mode: ["COMFY_DYNAMICCOMBO_V3", { options }], mask: ["MASK", {}], steps: ["INT", { default: 20 }] } }, output: ["IMAGE"] };
  const source = { id: 1, type: "S", outputs: [{ name: "IMAGE", type: "IMAGE", links: [] }, { name: "MASK", type: "MASK", links: [1] }] };
  const node = { id: 2, ...newNode(definition, { x: 0, y: 0 }) };
  node.inputs[0].link = 1;
  let workflow = { nodes: [source, node], links: [[1, 1, 1, 2, 0, "MASK"]], last_link_id: 1, version: 0.4 };
  const definitions = { Sum: definition };
  const face = () => faceOf(workflow, findNode(workflow, 2), definitions);
  const shown = () => [face().widgets.map((widget) => [widget.name, widgetValue(findNode(workflow, 2), widget)]), face().inputs.filter((input) => !input.isWidget).map((input) => input.name)];
  const pick = (value) => (workflow = choose(workflow, 2, definition, face().widgets[0], value));
  assert.deepEqual(shown(), [[["mode", "plain"], ["steps", 20]], ["mask"]]);
  pick("scaled");
  assert.deepEqual(shown(), [[["mode", "scaled"], ["mode.by", 2], ["mode.seed", 0], ["control_after_generate", "randomize"], ["steps", 20]], ["mask", "mode.guide"]]);
  assert.deepEqual(findNode(workflow, 2).widgets_values, ["scaled", 2, 0, "randomize", 20]);
  const guide = face().inputs.find((input) => input.name === "mode.guide");
  workflow = connect(workflow, { node: "1", slot: { name: "IMAGE", label: "IMAGE", type: "IMAGE", index: 0, isLinked: false, tooltip: "" } }, { node: "2", slot: guide });
  assert.deepEqual(toPrompt(workflow, definitions)["2"].inputs, { mode: "scaled", "mode.by": 2, "mode.seed": 0, steps: 20, mask: ["1", 1], "mode.guide": ["1", 0] });
  pick("many");
  assert.deepEqual(shown(), [[["mode", "many"], ["mode.by", 2], ["steps", 20]], ["mask", "mode.images.image0"]]);
  assert.deepEqual(workflow.links, [[1, 1, 1, 2, 0, "MASK"]]);
  const row = face().inputs.find((input) => input.name === "mode.images.image0");
  workflow = connect(workflow, { node: "1", slot: { name: "IMAGE", label: "IMAGE", type: "IMAGE", index: 0, isLinked: false, tooltip: "" } }, { node: "2", slot: row });
  assert.deepEqual(shown()[1], ["mask", "mode.images.image0", "mode.images.image1"]);
  const again = fromPrompt(toPrompt(workflow, definitions), definitions);
  assert.deepEqual(findNode(again, 2).widgets_values, ["many", 2, 20]);
  pick("plain");
  assert.deepEqual(shown(), [[["mode", "plain"], ["steps", 20]], ["mask"]]);
  assert.deepEqual(workflow.links, [[1, 1, 1, 2, 0, "MASK"]]);
});

test("widgets keep the slots that files address them by", () => {
  const { widgets, sockets } = schemaOf(SAMPLER);
  const slots = widgets.map((widget) => [widget.slot, widget.name]);
  assert.deepEqual(slots, [[0, "seed"], [1, "control_after_generate"], [2, "steps"], [3, "cfg"], [4, "sampler_name"]]);
  assert.deepEqual(sockets.map((socket) => socket.name), ["model", "mask", "text"]);
  assert.deepEqual(schemaOf(LOADER).widgets.map((widget) => widget.name), ["image", "upload"]);
});

test("writing one value fills the slots before it and leaves the others", () => {
  const { widgets } = schemaOf(SAMPLER);
  const node = { id: 1, type: "KSampler", pos: [0, 0], widgets_values: [7], unknown: { kept: true } };
  const next = withWidgetValue(node, widgets, widgets[3], 4.5);
  assert.deepEqual(next, { ...node, widgets_values: [7, "randomize", 20, 4.5] });
  assert.equal(widgetValue(next, widgets[4]), "euler");
  assert.deepEqual(node.widgets_values, [7]);
});

test("no rows of a card overlap and all lie inside it", () => {
  for (const definition of Object.values(DEFINITIONS)) {
    const node = { id: 1, ...newNode(definition, { x: 10, y: 20 }) };
    for (const hasPicture of [false, true]) {
      const layout = layoutCard(node, faceOf({ nodes: [node], links: [] }, node, DEFINITIONS), hasPicture);
      const rows = layout.widgets.map(({ y, h }) => [y, y + h]);
      if (layout.picture) rows.push([layout.picture.y, layout.picture.y + layout.picture.h]);
      rows.reduce((end, [top, bottom]) => (assert.ok(top >= end - 1e-9), bottom), layout.title);
      assert.ok(rows.at(-1)[1] <= layout.rect.h);
    }
  }
});

test("a scene finds nodes, links and what is in view", () => {
  const scene = buildScene(twoNodes(), DEFINITIONS, () => false);
  assert.equal(nodeAt(scene, { x: 20, y: 10 }).id, "1");
  assert.equal(nodeAt(scene, { x: -20, y: -300 }), null);
  const { curve } = scene.links[0];
  assert.equal(linkAt(scene, curvePoint(curve, 0.5), 4).link.id, 1);
  assert.equal(linkAt(scene, { x: 0, y: 900 }, 4), null);
  assert.deepEqual(visibleNodes(scene, { x: 480, y: 50, w: 10000, h: 500 }).map(({ id }) => id), ["2"]);
});

test("types fit by any of their names, whatever the case", () => {
  const cases = [["IMAGE", "IMAGE", true], ["image", "IMAGE", true], ["A,B", "b", true], ["*", "X", true], ["MASK", "IMAGE", false]];
  for (const [first, second, fits] of cases) assert.equal(areCompatible(first, second), fits, `${first} ${second}`);
});

test("a refused connection says why", () => {
  const workflow = twoNodes();
  const [load, save] = workflow.nodes.map((node) => faceOf(workflow, node, DEFINITIONS));
  const output = { node: "1", side: "output", slot: load.outputs[1] };
  const input = { node: "2", side: "input", slot: save.inputs[0] };
  assert.equal(whyNot(workflow, output, input), "MASK does not fit images, which takes IMAGE.");
  assert.equal(whyNot(workflow, { ...output, slot: load.outputs[0] }, input), "");
  assert.equal(whyNot(workflow, output, output), "Two outputs cannot be connected.");
});

test("typed sums are calculated and anything else is no number", () => {
  const cases = { "512*2": 1024, "(1+2)*-3": -9, "7/2": 3.5, " .5 ": 0.5, "1,5": 1.5, "1e3": 1000, "2-3-4": -5 };
  for (const [text, value] of Object.entries(cases)) assert.equal(calculate(text), value, text);
  assert.equal(parseNumber("1152921504606846977+2", { kind: "int", options: {}, choices: [] }).value, 1152921504606846979n);
  for (const text of ["", "1+", "(2", "2)", "abc", "1 2", "**"]) assert.ok(Number.isNaN(calculate(text)), text);
});

test("numbers keep their range, their step's digits and all 64 bits", () => {
  const int = { kind: "int", options: { min: 0, max: 18446744073709551615 } };
  const float = { kind: "float", options: { min: 0, max: 1, step: 0.01 } };
  assert.deepEqual(parseNumber("12345678901234567890", int), { value: 12345678901234567890n, problem: "" });
  assert.equal(parseNumber("3.6", int).value, 4);
  assert.equal(parseNumber("2", float).problem, "The greatest value is 1.");
  assert.equal(stepNumber(0.07, 1, float), 0.08);
  assert.equal(stepNumber(1, 5, float), 1);
});

test("prompt texts lose comments and choose one of the alternatives", () => {
  assert.equal(expandPrompt("a {red|green} cat // no\n/* gone */end", () => 0.6), "a green cat \nend");
  assert.equal(expandPrompt("{a|{b|c}}", () => 0.99), "c");
  assert.equal(expandPrompt("\\{kept\\|so\\}"), "{kept|so}");
});

test("names of files take values of nodes and dates", () => {
  const workflow = twoNodes();
  const at = new Date(2026, 0, 5, 7, 8, 9);
  assert.equal(expandFileName("%date:yyyy-MM-dd%/%LoadImage.image%_%width%", workflow, DEFINITIONS, at), "2026-01-05/a.png_%width%");
  const long = { ...workflow, nodes: workflow.nodes.map((node) => (node.type === "LoadImage" ? { ...node, widgets_values: ["ü".repeat(300)] } : node)) };
  assert.equal(expandFileName("%LoadImage.image%", long, DEFINITIONS, at), "ü".repeat(64));
});

test("seeds move on as their control says, unless muted or fed", () => {
  const node = { id: 1, ...newNode(SAMPLER, { x: 0, y: 0 }) };
  const after = (mode, extra = {}) => {
    const changed = { ...node, widgets_values: [5, mode, 20, 8, "euler"], ...extra };
    return advanceSeeds({ nodes: [changed], links: [] }, DEFINITIONS, () => 0.5).nodes[0].widgets_values[0];
  };
  assert.equal(after("increment"), 6);
  assert.equal(after("decrement"), 4);
  assert.equal(after("fixed"), 5);
  assert.equal(after("randomize"), 562949953421312);
  assert.equal(after("increment", { mode: 2 }), 5);
  assert.equal(after("increment", { inputs: [{ name: "seed", type: "INT", link: 3, widget: { name: "seed" } }] }), 5);
});

test("a search ranks the exact name first, then prefixes, then what only mentions the word", () => {
  const names = (query, fit) => searchNodes(DEFINITIONS, query, fit && [fit]).map((definition) => definition.name);
  assert.equal(names("save image")[0], "SaveImage");
  assert.equal(names("ksampler")[0], "KSampler");
  assert.deepEqual(names("image").slice(0, 2).sort(), ["LoadImage", "SaveImage"]);
  assert.deepEqual(names("euler"), []);
  assert.deepEqual(names("", { type: "IMAGE", side: "output" }), ["SaveImage", "Reroute"]);
  assert.deepEqual(names("", { type: "MASK", side: "input" }), ["LoadImage", "Reroute"]);
  assert.equal(names("", { type: "INT", side: "input", isWidget: true })[0], "PrimitiveNode");
  assert.ok(!names("primitive", { type: "MODEL", side: "input", isWidget: false }).includes("PrimitiveNode"));
});

test("a search finds words in any order, in the shown title, the class's name and what is said of it", () => {
  const built = (name, category, more = {}) => ({ name, display_name: name, python_module: "nodes.some", category, input: {}, output: [], ...more });
  const classes = [
    built("ImageColorToMask", "mask", { description: "Mask where a picture has exactly one colour." }),
    built("SamplerCustom", "sampling/custom_sampling"),
    built("SamplerLMS", "sampling/custom_sampling/samplers"),
    built("KSampler", "sampling"),
    built("ImageRGBToYUV", "image"),
  ];
  const known = Object.fromEntries(classes.map((definition) => [definition.name, definition]));
  const names = (query) => searchNodes(known, query).map((definition) => definition.name);
  for (const query of ["mask from color", "color mask", "colour image", "imagecolortomask", "exactly picture mask"]) assert.deepEqual(names(query), ["ImageColorToMask"], query);
  assert.deepEqual(names("mask nowhere"), []);
  for (const slip of ["smapler lms", "sampelr lms", "samplr lms", "samppler lms"]) assert.deepEqual(names(slip), ["SamplerLMS"], slip);
  assert.deepEqual(names("sampler"), ["SamplerCustom", "KSampler", "SamplerLMS"]);
  assert.equal(names("rgb yuv")[0], "ImageRGBToYUV");
  known.XYZGrid = { ...built("XYZGrid", "image"), display_name: "X/Y/Z Grid", search_aliases: ["xy plot"] };
  known.GridCell = { ...built("GridCell", "image/inner"), display_name: "Cell of a Grid" };
  assert.deepEqual(names("grid"), ["XYZGrid", "GridCell"]);
  for (const query of ["plot", "xy plot"]) assert.equal(names(query)[0], "XYZGrid", query);
  assert.deepEqual(classes.map(classTitle), ["Image Color to Mask", "Sampler Custom", "Sampler LMS", "KSampler", "Image RGB to YUV"]);
  assert.equal(classTitle({ ...classes[0], python_module: "custom_nodes.some" }), "ImageColorToMask");
});

test("what a loose link may take is listed by how much it is used, what is being tested last", () => {
  const giving = (name, category, more = {}) => ({ name, category, input: {}, output: ["LATENT"], ...more });
  const classes = [giving("AddNoise", "_for_testing"), giving("Anything", "utils", { output: ["*"] }), giving("Old", "latent", { deprecated: true }), giving("LatentCut", "latent/advanced"), giving("KSampler", "sampling"), giving("LatentFlip", "latent")];
  const known = Object.fromEntries(classes.map((definition) => [definition.name, definition]));
  assert.deepEqual(searchNodes(known, "", [{ type: "LATENT", side: "input" }]).map(({ name }) => name), ["KSampler", "Reroute", "LatentFlip", "LatentCut", "Anything", "AddNoise", "Old"]);
});

test("a node that is one value begins with that of the widget which it is to feed, any other with its own", () => {
  const one = { name: "One", input: { required: { value: ["INT", { default: 1 }] } }, output: ["INT"] };
  const two = { name: "Two", input: { required: { a: ["INT", { default: 1 }], b: ["INT", { default: 1 }] } }, output: ["INT"] };
  const nodes = [{ id: 1, type: "KSampler", pos: [0, 0], widgets_values: [7] }, { id: 2, type: "One", pos: [0, 0], widgets_values: [1] }, { id: 3, type: "Two", pos: [0, 0], widgets_values: [1, 1] }];
  const [known, target] = [{ ...DEFINITIONS, One: one, Two: two }, { node: 1, name: "seed" }];
  for (const [id, values] of [[2, [7]], [3, [1, 1]]]) assert.deepEqual(findNode(withValueOf({ version: 0.4, nodes, links: [] }, known, id, target), id).widgets_values, values);
});

test("a prompt becomes an arranged workflow with its values and links", () => {
  const prompt = {
    "3": { class_type: "LoadImage", inputs: { image: "b.png" }, _meta: { title: "Mine" } },
    "9:1": { class_type: "SaveImage", inputs: { images: ["3", 0], filename_prefix: "x" } },
  };
  assert.ok(isPrompt(prompt));
  const workflow = fromPrompt(prompt, DEFINITIONS);
  const [load, save] = workflow.nodes;
  assert.deepEqual([load.id, load.title, load.widgets_values], [3, "Mine", ["b.png", "image"]]);
  assert.deepEqual(workflow.links, [[1, 3, 0, save.id, 0, "IMAGE"]]);
  assert.ok(save.pos[0] > load.pos[0] + load.size[0]);
});

test("arranging puts every node right of what feeds it, also round a circle", () => {
  const nodes = [1, 2, 3].map((id) => ({ id, type: "X", pos: [0, 0], size: [100, 50] }));
  const chain = arrange({ nodes, links: [[1, 3, 0, 1, 0, "A"], [2, 1, 0, 2, 0, "A"]] });
  const [one, two, three] = chain.nodes.map((node) => node.pos[0]);
  assert.ok(three < one && one < two);
  arrange({ nodes, links: [[1, 1, 0, 2, 0, "A"], [2, 2, 0, 1, 0, "A"]] });
});

test("texts of a PNG are read and a cut file is no reason to fail", async () => {
  const chunk = (kind, body) => {
    const bytes = [...new TextEncoder().encode(kind), ...new TextEncoder().encode(body)];
    return [0, 0, body.length >> 8, body.length & 255, ...bytes, 0, 0, 0, 0];
  };
  const head = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  const file = new Uint8Array([...head, ...chunk("tEXt", "workflow\0{}"), ...chunk("iTXt", "prompt\0\0\0\0\0{\"a\":1}"), ...chunk("IEND", "")]);
  assert.ok(isPng(file));
  assert.deepEqual(await pngTexts(file), { workflow: "{}", prompt: '{"a":1}' });
  for (let end = 8; end < file.length; end += 1) await pngTexts(file.subarray(0, end));
});

test("a refusal names the input in words on its card", () => {
  const error = { type: "value_bigger_than_max", extra_info: { input_name: "steps", received_value: 99999, input_config: ["INT", { max: 10000 }] } };
  const cards = cardErrors({ "4:2": { errors: [error] } });
  assert.equal(cards["4"].inputs.steps, "steps is 99999, above the greatest value 10000.");
  const unreadable = (/** @type {any} */ value, type = "INT") =>
    cardErrors({ 4: { errors: [{ type: "invalid_input_type", extra_info: { input_name: "steps", received_value: value, input_config: [type] } }] } })["4"].message;
  assert.equal(unreadable(" "), "steps is empty.");
  assert.equal(unreadable("abc"), "steps is no whole number: abc.");
  assert.equal(unreadable("1,5", "FLOAT"), "steps is no number: 1,5.");
  const own = cardErrors({ 4: { errors: [{ type: "custom_validation_failed", message: "Custom validation failed for node", details: "prefix - The name 'x/' ends in a slash." }] } });
  assert.equal(own["4"].message, "prefix: The name 'x/' ends in a slash.");
  assert.equal(unreadable("perhaps", "BOOLEAN"), "steps cannot be read as BOOLEAN: perhaps.");
});

test("until the server has told of its classes, a node waits; then one without a class is unknown", () => {
  const node = { id: 1, type: "Nobody", pos: [0, 0], size: [200, 40], inputs: [], outputs: [] };
  const workflow = { nodes: [node], links: [] };
  assert.equal(faceOf(workflow, node, NOT_TOLD_YET).kind, "waiting");
  const face = faceOf(workflow, node, { KSampler: SAMPLER });
  assert.equal(face.kind, "unknown");
  assert.match(face.description, /Nobody/);
  assert.ok(layoutCard(node, face, false).rect.h > layoutCard(node, faceOf(workflow, node, NOT_TOLD_YET), false).rect.h, "there is room for the reason");
});

test("arranging everything leaves each group around its members, also a group within another and where groups feed each other", () => {
  const node = (id, x, y) => ({ id, type: "Some", pos: [x, y], size: [200, 100] });
  const nodes = [node(1, 0, 30), node(2, 900, 30), node(3, 900, 500), node(4, 2000, 30), node(5, 50, 900), node(6, -900, 0)];
  const links = [[1, 1, 0, 2, 0, "A"], [2, 2, 0, 3, 0, "A"], [3, 3, 0, 4, 0, "A"], [4, 1, 0, 5, 0, "A"], [5, 5, 0, 3, 0, "A"]];
  const groups = [{ title: "outer", bounding: [850, -20, 400, 800] }, { title: "inner", bounding: [880, 450, 300, 200] }, { title: "ends", bounding: [1900, -50, 400, 300] }, { title: "empty", bounding: [5000, 0, 100, 100] }];
  const workflow = { nodes, links: [...links, [6, 4, 0, 6, 0, "A"], [7, 6, 0, 2, 0, "A"]], groups };
  const members = [new Set(["2", "3"]), new Set(["3"]), new Set(["4"]), new Set()];
  const rectOf = ([x, y, w, h]) => ({ x, y, w, h });
  const after = arrange(workflow, undefined, members.map((ids, index) => ({ index, ids, rect: rectOf(groups[index].bounding) })));
  const cards = new Map(after.nodes.map(({ id, pos: [x, y], size: [w, h] }) => [String(id), { x, y: y - 30, w, h: h + 30 }]));
  const holds = (outer, inner) => inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.w <= outer.x + outer.w && inner.y + inner.h <= outer.y + outer.h;
  const frames = after.groups.map(({ bounding }) => rectOf(bounding));
  members.forEach((ids, index) => {
    if (ids.size) for (const [id, card] of cards) assert.equal(holds(frames[index], card), ids.has(id), `${id} in ${index}`);
  });
  assert.ok(holds(frames[0], frames[1]));
  assert.deepEqual(after.groups[3], groups[3]);
  const all = [...cards].filter(([id]) => !["2", "3", "4"].includes(id)).map(([, card]) => card).concat(frames[0], frames[2]);
  for (const [at, one] of all.entries()) for (const other of all.slice(at + 1)) assert.ok(!overlaps(one, other));
  assert.ok(frames[2].x > frames[0].x + frames[0].w, "what is fed stands to the right");
});
