import { deflateSync } from "node:zlib";
// Opening: what files carry, names beside values, A1111's parameters, and what a server does not have.
import assert from "node:assert/strict";
import test from "node:test";
import { NoWorkflowError, openFile, openText } from "../../../../web/editor/document/opening.js";
import { parseLooseJson } from "../../../../web/editor/document/json.js";
import { versionChanges } from "../../../../web/editor/kernels/version_changes.js";
import { readParameters, takeLoras, translatePrompt } from "../../../../web/editor/kernels/a1111.js";
import { samplerNames } from "../../../../web/editor/kernels/a1111_names.js";
import { embeddedTexts } from "../../../../web/editor/kernels/embedded.js";
import { faceOf } from "../../../../web/editor/kernels/faces.js";
import { layoutCard } from "../../../../web/editor/kernels/layout.js";
import { fromPrompt } from "../../../../web/editor/kernels/from_prompt.js";
import { fromParameters } from "../../../../web/editor/kernels/from_a1111.js";
import { findMissing, replaceClass, replaceFile } from "../../../../web/editor/kernels/missing.js";
import { settleByName, withNames } from "../../../../web/editor/kernels/named_values.js";
import { nearestNames } from "../../../../web/editor/kernels/near_names.js";
import { isPng, pngTexts } from "../../../../web/editor/kernels/png.js";
import { withPngText } from "../../../../web/editor/kernels/png_writing.js";

const WORKFLOW = { nodes: [{ id: 1, type: "A", pos: [0, 0], title: "Äpfel" }], links: [], version: 0.4 };
const EMPTY_PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=",
  "base64",
);

/** A TIFF of plain tags, little-endian: [tag, type, bytes]. */
function tiff(entries) {
  const head = Buffer.alloc(8 + 2 + entries.length * 12 + 4);
  head.write("II*\0", 0, "latin1");
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(entries.length, 8);
  const bodies = [];
  let at = head.length;
  entries.forEach(([tag, type, body], index) => {
    const entry = 10 + index * 12;
    head.writeUInt16LE(tag, entry);
    head.writeUInt16LE(type, entry + 2);
    head.writeUInt32LE(body.length, entry + 4);
    head.writeUInt32LE(at, entry + 8);
    bodies.push(body);
    at += body.length;
  });
  return Buffer.concat([head, ...bodies]);
}

function webp(exif, oddChunkFirst) {
  const chunk = (name, body) => {
    const head = Buffer.alloc(8);
    head.write(name, 0, "latin1");
    head.writeUInt32LE(body.length, 4);
    return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
  };
  const chunks = Buffer.concat([...(oddChunkFirst ? [chunk("ICCP", Buffer.from("odd"))] : []), chunk("EXIF", exif)]);
  const head = Buffer.from("RIFF\0\0\0\0WEBP", "latin1");
  head.writeUInt32LE(chunks.length + 4, 4);
  return Buffer.concat([head, chunks]);
}

test("a WebP's workflow is read, also after a chunk of odd size", async () => {
  const tags = [[0x010f, 2, Buffer.from(`workflow:${JSON.stringify(WORKFLOW)}\0`)], [0x0110, 2, Buffer.from('prompt:{"1":{}}\0')]];
  for (const isOdd of [false, true]) {
    const texts = await embeddedTexts(new Uint8Array(webp(tiff(tags), isOdd)));
    assert.deepEqual(JSON.parse(texts.workflow), WORKFLOW);
    assert.equal(texts.prompt, '{"1":{}}');
  }
});

test("a JPEG's user comment is read, whichever way its letters are turned", async () => {
  const words = "a cat\nSteps: 20, Sampler: Euler, Seed: 1";
  const little = Buffer.from(words, "utf16le");
  const big = Buffer.from(little).swap16();
  for (const letters of [little, big]) {
    const exif = tiff([[0x9286, 7, Buffer.concat([Buffer.from("UNICODE\0"), letters])]]);
    const body = Buffer.concat([Buffer.from("Exif\0\0", "latin1"), exif]);
    const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, (body.length + 2) >> 8, (body.length + 2) & 255]);
    assert.equal((await embeddedTexts(new Uint8Array(Buffer.concat([head, body, Buffer.from([0xff, 0xda, 0, 2])])))).parameters, words);
  }
});

test("of a file of tensors only the header is read", async () => {
  const header = Buffer.from(JSON.stringify({ __metadata__: { workflow: JSON.stringify(WORKFLOW) }, x: { dtype: "F32", shape: [1], data_offsets: [0, 4] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = new File([length, header, Buffer.alloc(50_000)], "a.latent");
  const read = [];
  const slice = file.slice.bind(file);
  file.slice = (start, end) => (read.push(end), slice(start, end));
  assert.deepEqual((await openFile(file, {})).workflow, WORKFLOW);
  assert.ok(Math.max(...read) <= 8 + header.length + 4096);
});

test("a text put into a PNG is read back, letters beyond ASCII too", async () => {
  const png = withPngText(new Uint8Array(EMPTY_PNG), "workflow", JSON.stringify(WORKFLOW));
  assert.ok(isPng(png));
  assert.deepEqual(JSON.parse((await pngTexts(png)).workflow), WORKFLOW);
  assert.deepEqual((await openFile(new File([png], "a.png"), {})).workflow, WORKFLOW);
});

test("an SVG's workflow is read", async () => {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg"><metadata><![CDATA[{"workflow":${JSON.stringify(WORKFLOW)}}]]></metadata></svg>`;
  assert.deepEqual((await openFile(new File([svg], "a.svg"), {})).workflow, WORKFLOW);
});

const BEFORE = { N: { name: "N", input: { required: { a: ["INT", {}], b: ["STRING", {}] } }, output: [] } };
const AFTER = { N: { name: "N", input: { required: { c: ["FLOAT", { default: 0.5 }], b: ["STRING", {}], a: ["INT", {}] } }, output: [] } };

test("values follow their names when a node's inputs are added, removed and reordered", () => {
  const workflow = { nodes: [{ id: 1, type: "N", pos: [0, 0], widgets_values: [7, "words"] }], links: [] };
  const stored = withNames(workflow, BEFORE);
  assert.deepEqual(stored.nodes[0].widgets_values_named, { a: 7, b: "words" });
  assert.deepEqual(settleByName(stored, AFTER).nodes[0].widgets_values, [0.5, "words", 7]);
  assert.equal(settleByName(stored, BEFORE), stored, "nothing changes where nothing changed");
  const edited = { ...stored, nodes: [{ ...stored.nodes[0], widgets_values: [8, "words"] }] };
  assert.deepEqual(settleByName(edited, BEFORE).nodes[0].widgets_values, [8, "words"], "a tool that knows positions only is believed");
});

test("values of inputs that a node lacks here are written again, and come back where it has them", () => {
  const node = { id: 1, type: "N", pos: [0, 0], widgets_values: [1, 7, "words"], widgets_values_named: { gone: 1, a: 7, b: "words" } };
  const opened = settleByName({ nodes: [node], links: [] }, BEFORE);
  assert.deepEqual(opened.nodes[0].widgets_values, [7, "words"]);
  const changed = { ...opened, nodes: [{ ...opened.nodes[0], widgets_values: [8, "words"] }] };
  const stored = withNames(changed, BEFORE);
  assert.deepEqual(stored.nodes[0].widgets_values_named, { a: 8, b: "words", gone: 1 });
  assert.equal(settleByName(stored, BEFORE), stored, "what is not known moves nothing");
  const whole = { N: { name: "N", input: { required: { b: ["STRING", {}], gone: ["INT", { default: 0 }], a: ["INT", {}] } }, output: [] } };
  assert.deepEqual(settleByName(stored, whole).nodes[0].widgets_values, ["words", 1, 8]);
});

const PARAMETERS = `masterpiece, <lora:Fine Lines:0.7> a [dim] cat, (fluffy:1.2)
second line <lora:two:0.5:0.25>
Negative prompt: bad hands,
blurry
Steps: 30, Sampler: DPM++ 2M Karras, CFG scale: 6.5, Seed: 18446744073709551615, Size: 512x768, Model hash: abc, Model: deliberate_v2, Denoising strength: 0.5, Clip skip: 2, Hires upscale: 2, Hires steps: 15, Hires upscaler: Latent (nearest), Lora hashes: "Fine Lines: 1, two: 2", RNG: CPU, Face restoration: CodeFormer`;

test("A1111's text is read: prompts over several lines, quoted values with commas", () => {
  const read = readParameters(PARAMETERS);
  assert.equal(read.negative, "bad hands,\nblurry");
  assert.equal(read.settings["Lora hashes"], "Fine Lines: 1, two: 2");
  assert.equal(read.settings.Sampler, "DPM++ 2M Karras");
  assert.equal(readParameters("just words\nwith: one, two: three"), null);
});

test("LoRAs are taken out of a prompt with both strengths", () => {
  const { text, loras, others } = takeLoras("a <lora:x:0.7> b <lora:y:0.5:0.25>, <hypernet:z:1>");
  assert.equal(text, "a b");
  assert.deepEqual(loras, [{ name: "x", model: 0.7, clip: 0.7 }, { name: "y", model: 0.25, clip: 0.5 }]);
  assert.deepEqual(others, ["<hypernet:z:1>"]);
});

test("weaker words are weighed, and what changes with the steps is told", () => {
  assert.equal(translatePrompt("a [dim] [[very dim]] cat").text, "a (dim:0.909) ((very dim:0.909):0.909) cat");
  assert.deepEqual(translatePrompt("[cat:dog:0.5] [a|b] x BREAK y").kept, ["[cat:dog:0.5]", "[a|b]", "BREAK"]);
});

test("samplers and schedules go by their names here", () => {
  assert.deepEqual(samplerNames("DPM++ 2M Karras"), { sampler: "dpmpp_2m", schedule: "karras" });
  assert.deepEqual(samplerNames("DPM++ 2M SDE", "Automatic"), { sampler: "dpmpp_2m_sde", schedule: "exponential" });
  assert.deepEqual(samplerNames("Euler a"), { sampler: "euler_ancestral", schedule: "normal" });
  assert.deepEqual(samplerNames("Restart", "Align Your Steps"), { sampler: undefined, schedule: undefined });
});

test("A1111's picture is rebuilt as a graph with LoRAs and hires fix, and what is left out is said", () => {
  const definitions = { LoraLoader: { name: "LoraLoader", input: { required: { lora_name: [["sub/fine lines.safetensors"], {}] } } } };
  const { prompt, problems } = fromParameters(PARAMETERS, definitions);
  const nodes = Object.values(prompt);
  const of = (type) => nodes.filter((node) => node.class_type === type).map((node) => node.inputs);
  assert.deepEqual(of("LoraLoader").map((inputs) => [inputs.lora_name, inputs.strength_model, inputs.strength_clip]), [
    ["sub/fine lines.safetensors", 0.7, 0.7],
    ["two.safetensors", 0.25, 0.5],
  ]);
  assert.deepEqual(of("KSampler").map(({ steps, denoise, sampler_name: sampler, scheduler, cfg }) => [steps, denoise, sampler, scheduler, cfg]), [
    [30, 1, "dpmpp_2m", "karras", 6.5],
    [15, 0.5, "dpmpp_2m", "karras", 6.5],
  ]);
  assert.equal(of("KSampler")[0].seed, 18446744073709551615n);
  assert.deepEqual(of("LatentUpscale").map(({ width, height, upscale_method: method }) => [width, height, method]), [[1024, 1536, "nearest-exact"]]);
  assert.equal(of("CLIPSetLastLayer")[0].stop_at_clip_layer, -2);
  assert.equal(of("CheckpointLoaderSimple")[0].ckpt_name, "deliberate_v2.safetensors");
  assert.match(of("CLIPTextEncode")[0].text, /a \(dim:0\.909\) cat, \(fluffy:1\.2\)\nsecond line/);
  assert.deepEqual(problems, ["Face restoration: CodeFormer"]);
});

test("the second pass has the sampler, the prompts and the strength of guidance that are written for it", () => {
  const text = 'a <lora:x:1> cat\nNegative prompt: bad\nSteps: 20, Model: m, Sampler: DPM++ 2M SDE Heun, Schedule type: Automatic, CFG scale: 7, Seed: 1, RNG: CPU, Denoising strength: 0.7, Hires upscale: 2, Hires sampler: Euler a, Hires schedule type: Karras, Hires CFG Scale: 5, Hires prompt: "a <lora:x:1> sharp, red cat"';
  const { prompt, problems } = fromParameters(text, {});
  const passes = Object.values(prompt).filter((node) => node.class_type === "KSampler").map((node) => node.inputs);
  assert.deepEqual(passes.map(({ steps, denoise, sampler_name: sampler, scheduler, cfg }) => [steps, denoise, sampler, scheduler, cfg]), [
    [20, 1, "dpmpp_2m_sde_heun", "exponential", 7],
    [20, 0.7, "euler_ancestral", "karras", 5],
  ]);
  assert.deepEqual(passes.map(({ positive, negative }) => [prompt[positive[0]].inputs.text, prompt[negative[0]].inputs.text]), [["a cat", "bad"], ["a sharp, red cat", "bad"]]);
  assert.deepEqual(problems, []);
});

test("a picture made from a picture takes the steps that A1111 takes, of the same schedule", () => {
  for (const [total, strength] of [[20, 0.75], [20, 1], [30, 0.3], [7, 0.5], [150, 0.61]]) {
    const { prompt } = fromParameters(`x\nSteps: ${total}, Sampler: Euler, Seed: 1, RNG: CPU, Denoising strength: ${strength}`, {});
    const { steps, denoise } = Object.values(prompt).find((node) => node.class_type === "KSampler").inputs;
    assert.equal(steps, Math.floor(Math.min(strength, 0.999) * total) + 1);
    assert.equal(Math.floor(steps / denoise), total);
  }
});

test("a variation of a seed is rebuilt where the server can vary, and said where it cannot", () => {
  const text = "x\nSteps: 4, Model: m, Sampler: Euler, Seed: 1, RNG: CPU, Variation seed: 9, Variation seed strength: 0.2";
  const varied = fromParameters(text, { KSamplerVariations: { name: "KSamplerVariations", input: {} } });
  const sampler = Object.values(varied.prompt).find((node) => node.class_type === "KSamplerVariations");
  assert.deepEqual([sampler.inputs.variation_seed, sampler.inputs.variation_strength, varied.problems], [9, 0.2, []]);
  assert.deepEqual(fromParameters(text, {}).problems, ["Variation seed: 9", "Variation seed strength: 0.2"]);
});

const HASHED = `a cat, EasyNegative, <lora:ly1:0.5>
Steps: 20, Sampler: Res Multistep, Schedule type: Linear Quadratic, CFG scale: 7, Seed: 1, RNG: CPU, Model hash: 6ce0161689, Model: vision_v5.1, VAE hash: 735e4c3a44, VAE: mse.safetensors, Lora hashes: "ly1: 123456789abc", Hashes: {"embed:EasyNegative": "c74b4e810b", "vae": "735e4c3a44"}, Civitai resources: [{"type":"checkpoint","modelVersionId":29,"modelName":"Dream, Shaper"},{"type":"lora","weight":0.6,"modelVersionId":5,"modelName":"Other"}], Version: v1`;

test("hashes and addresses that a picture names stand at the nodes that load the files", async () => {
  const { workflow } = await openText(HASHED, "cat.png", {});
  const models = workflow.nodes.flatMap((node) => node.properties?.models ?? []).map(({ name, directory, hash, hash_type: kind, url }) => [directory, name, hash && `${kind} ${hash}`, url.includes("/api/download/")]);
  assert.deepEqual(models, [
    ["checkpoints", "vision_v5.1.safetensors", "AutoV2 6ce0161689", false],
    ["vae", "mse.safetensors", "AutoV2 735e4c3a44", false],
    ["loras", "ly1.safetensors", "AutoV3 123456789abc", false],
    ["loras", "Other.safetensors", undefined, true],
    ["embeddings", "EasyNegative.safetensors", "AutoV2 c74b4e810b", false],
  ]);
});

test("samplers that only the server knows are taken; without a name of the model one that is here stands in", () => {
  const choices = (list) => [list, {}];
  const definitions = {
    KSampler: { name: "KSampler", input: { required: { sampler_name: choices(["euler", "res_multistep"]), scheduler: choices(["normal", "linear_quadratic"]) } } },
    CheckpointLoaderSimple: { name: "CheckpointLoaderSimple", input: { required: { ckpt_name: choices(["here.safetensors"]) } } },
  };
  const { prompt, problems } = fromParameters(HASHED.replace(" Model: vision_v5.1,", "").replace(/Civitai resources.*\], /, ""), definitions);
  const of = (type) => Object.values(prompt).find((node) => node.class_type === type);
  assert.deepEqual([of("KSampler").inputs.sampler_name, of("KSampler").inputs.scheduler], ["res_multistep", "linear_quadratic"]);
  assert.deepEqual([of("CheckpointLoaderSimple").inputs.ckpt_name, of("CheckpointLoaderSimple")._meta], ["here.safetensors", undefined]);
  assert.equal(problems.length, 1);
  assert.match(problems[0], /6ce0161689.*here\.safetensors/);
});

test("A1111's text opens as an arranged workflow", async () => {
  const { workflow, remark } = await openText(PARAMETERS, "cat.png", {});
  assert.equal(workflow.nodes.length, 12);
  assert.match(remark, /cat\.png.*CodeFormer/);
});

test("a prompt is arranged so that no card lies on another, also not those of unknown classes", () => {
  const inputs = Object.fromEntries(["a", "b", "c", "d", "e", "f"].map((name) => [name, ["1", 0]]));
  const prompt = { 1: { class_type: "From", inputs: {} }, 2: { class_type: "Nowhere", inputs }, 3: { class_type: "Neither", inputs }, 4: { class_type: "Never", inputs } };
  const workflow = fromPrompt(prompt, {});
  const rects = workflow.nodes.map((node) => layoutCard(node, faceOf(workflow, node, {}), false).rect);
  const overlap = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
  rects.forEach((rect, index) => assert.ok(!rects.slice(index + 1).some((other) => overlap(rect, other))));
});

const DEFINITIONS = {
  Loader: { name: "Loader", input: { required: { file: [["sd_xl_base_1.0.safetensors", "other.safetensors"], {}] } }, output: ["MODEL"] },
  KSampler: { name: "KSampler", input: { required: {} }, output: [] },
};

test("what is missing is listed once with where the workflow says it is to be had, and what comes near", () => {
  const model = { name: "sdxl_base_1.0.safetensors", url: "https://example.org/x", directory: "checkpoints", hash: "abc", hash_type: "SHA256" };
  const node = (id, extra) => ({ id, type: "Loader", pos: [0, 0], widgets_values: [`sub/${model.name}`], ...extra });
  const workflow = {
    nodes: [node(1, { properties: { models: [model] } }), node(2), { id: 3, type: "KSamplr", pos: [0, 0], properties: { cnr_id: "pack", ver: "1.2" } }, { id: 4, type: "graph", pos: [0, 0] }],
    links: [],
    definitions: { subgraphs: [{ id: "graph", nodes: [{ id: 9, type: "KSamplr", pos: [0, 0] }] }] },
  };
  const { classes, files } = findMissing(workflow, DEFINITIONS);
  assert.deepEqual(classes, [{ type: "KSamplr", nodes: ["3", "4"], pack: "pack 1.2", near: ["KSampler"] }]);
  assert.equal(files.length, 1);
  assert.deepEqual({ nodes: files[0].nodes, near: files[0].near, url: files[0].url, hash: files[0].hash, folder: files[0].folder }, {
    nodes: ["1", "2"], near: ["sd_xl_base_1.0.safetensors"], url: model.url, hash: "SHA256 abc", folder: "checkpoints",
  });
  assert.deepEqual([files[0].kind, files[0].sha256], ["checkpoints", ""]); // abc is no SHA-256
  const mended = replaceFile(replaceClass(workflow, "KSamplr", "KSampler"), files[0], "other.safetensors", DEFINITIONS);
  assert.deepEqual(findMissing(mended, DEFINITIONS), { classes: [], files: [] });
});

test("names near one another are found, others are not", () => {
  assert.deepEqual(nearestNames("4x-UltraSharp.pth", ["4x_ultrasharp.safetensors", "bert.pt"]), ["4x_ultrasharp.safetensors"]);
});

test("a TIFF gives its settings; bytes of another kind are called no workflow rather than shown", async () => {
  const words = "a cat\nSteps: 20, Sampler: Euler, Seed: 1, RNG: CPU";
  const described = await embeddedTexts(new Uint8Array(tiff([[0x010e, 2, Buffer.from(`${words}\0`)]])));
  assert.deepEqual(described, { parameters: words });
  const file = (bytes) => Object.assign(new Blob([bytes]), { name: "scan.bin" });
  const junk = Buffer.from("\u0001\0\u0002 Steps: 20, Sampler: Euler, Seed: 1, Size: 8x8");
  await assert.rejects(openFile(file(junk), {}), NoWorkflowError);
});

test("what Python writes for no number is no hindrance, and a broken workflow gives way to its prompt", async () => {
  assert.deepEqual(parseLooseJson('{"a":[NaN,-Infinity],"b":"NaN, Infinity"}'), { a: [null, null], b: "NaN, Infinity" });
  assert.throws(() => parseLooseJson('{"a":NaN'), SyntaxError);
  const prompt = '{"1":{"class_type":"A","inputs":{},"is_changed":[NaN]}}';
  const png = withPngText(withPngText(new Uint8Array(EMPTY_PNG), "prompt", prompt), "workflow", '{"nodes":[');
  const { workflow } = await openFile(Object.assign(new Blob([png]), { name: "both.png" }), {});
  assert.deepEqual(workflow.nodes.map(({ type }) => type), ["A"]);
});

test("packed texts of a PNG are read, and those in Latin-1 as in UTF-8", async () => {
  const chunk = (kind, ...parts) => {
    const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    return Buffer.concat([length, Buffer.from(kind), body, Buffer.alloc(4)]);
  };
  const words = "à l'été, Käse";
  const file = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("tEXt", "latin\0", Buffer.from(words, "latin1")),
    chunk("tEXt", "utf\0", words),
    chunk("zTXt", "packed\0\0", deflateSync(Buffer.from("{}"))),
    chunk("zTXt", "broken\0\0", "nothing"),
    chunk("iTXt", "prompt\0\x01\0\0\0", deflateSync(Buffer.from(words))),
  ]);
  assert.deepEqual(await pngTexts(new Uint8Array(file)), { latin: words, utf: words, packed: "{}", prompt: words });
});

test("an earlier version is told apart by how many nodes were added, removed and changed since; where they lie does not count", () => {
  const node = (id, more = {}) => ({ id, type: "T", pos: [0, 0], widgets_values: [1], ...more });
  const inner = (nodes) => ({ definitions: { subgraphs: [{ id: "s", nodes }] } });
  const before = { nodes: [node(1), node(2), node(3)], ...inner([node(1)]) };
  const after = { nodes: [node(1, { pos: [9, 9] }), node(2, { widgets_values: [2] }), node(4), node(5)], ...inner([node(1, { mode: 4 })]) };
  assert.deepEqual(versionChanges(before, after), { nodes: 4, added: 2, removed: 1, changed: 2 });
});
