// Texts in XMP: Skein's own, also those spread over many segments of a JPEG, and other programs' comments.
import assert from "node:assert/strict";
import test from "node:test";
import { embeddedTexts } from "../../../../web/editor/kernels/embedded.js";
import { xmpTexts } from "../../../../web/editor/kernels/xmp.js";

const WORKFLOW = '{"nodes": [], "links": []}';

/** @param {string} inner */
const packet = (inner) =>
  `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description rdf:about="">${inner}</rdf:Description></rdf:RDF></x:xmpmeta>`;
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const own = (texts) => packet(`<skein:Texts>${escaped(JSON.stringify(texts))}</skein:Texts>`);

function jpeg(...bodies) {
  const segments = bodies.map((body) => Buffer.concat([Buffer.from([0xff, 0xe1, (body.length + 2) >> 8, (body.length + 2) & 255]), body]));
  return new Uint8Array(Buffer.concat([Buffer.from([0xff, 0xd8]), ...segments, Buffer.from([0xff, 0xda, 0, 2])]));
}

function webp(text) {
  const body = Buffer.from(text);
  const chunk = Buffer.concat([Buffer.from("XMP "), Buffer.alloc(4), body, Buffer.alloc(body.length % 2)]);
  chunk.writeUInt32LE(body.length, 4);
  return new Uint8Array(Buffer.concat([Buffer.from("RIFF\0\0\0\0WEBP", "latin1"), chunk]));
}

test("texts of Skein's own come back as they were", async () => {
  const texts = { workflow: WORKFLOW, parameters: 'a <b> & "ü"\nSteps: 3' };
  const start = Buffer.from("http://ns.adobe.com/xap/1.0/\0", "latin1");
  assert.deepEqual(await embeddedTexts(jpeg(Buffer.concat([start, Buffer.from(own(texts))]))), texts);
  assert.deepEqual(await embeddedTexts(webp(own(texts))), texts);
});

test("texts spread over segments in any order are put together, also within a letter", async () => {
  const texts = { workflow: "ü".repeat(99) };
  const whole = Buffer.from(own(texts));
  const parts = [0, 151, 160].map((start, index, starts) => {
    const numbers = Buffer.alloc(8);
    numbers.writeUInt32BE(whole.length, 0);
    numbers.writeUInt32BE(start, 4);
    const head = Buffer.from(`http://ns.adobe.com/xmp/extension/\0${"A".repeat(32)}`, "latin1");
    return Buffer.concat([head, numbers, whole.subarray(start, starts[index + 1])]);
  });
  assert.deepEqual(await embeddedTexts(jpeg(parts[2], parts[0], parts[1])), texts);
});

const COMMENTS = [
  ["<exif:UserComment><rdf:Alt><rdf:li xml:lang='x-default'>cat\nSteps: 4</rdf:li></rdf:Alt></exif:UserComment>", { parameters: "cat\nSteps: 4" }],
  [`<dc:description>${WORKFLOW}</dc:description>`, { workflow: WORKFLOW }],
  [`<exif:UserComment>Workflow:${WORKFLOW}</exif:UserComment>`, { workflow: WORKFLOW }],
  ['<exif:UserComment>{"1": {"class_type": "A"}}</exif:UserComment>', { prompt: '{"1": {"class_type": "A"}}' }],
  ["<dc:description>A cat on a mat.</dc:description>", {}],
  ["<skein:Texts>broken</skein:Texts>", {}],
];
for (const [inner, expected] of COMMENTS) {
  test(`what others put there is read: ${inner.slice(0, 60)}`, () => assert.deepEqual(xmpTexts(packet(inner)), expected));
}
