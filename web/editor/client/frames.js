// Binary websocket frames: previews and progress text, as bytes to values.

const PREVIEW = 1;
const TEXT = 3;
const PREVIEW_WITH_NODE = 4;

/**
 * @typedef {{kind: "preview", node: string | null, promptId: string | null, image: Blob}
 *   | {kind: "text", node: string, text: string}} Frame
 */

/**
 * Read a frame; null for kinds that this editor does not know.
 * @param {ArrayBuffer} buffer
 * @returns {Frame | null}
 */
export function readFrame(buffer) {
  const view = new DataView(buffer);
  const kind = view.getUint32(0);
  if (kind === PREVIEW) {
    const type = view.getUint32(4) === 2 ? "image/png" : "image/jpeg";
    return { kind: "preview", node: null, promptId: null, image: new Blob([buffer.slice(8)], { type }) };
  }
  if (kind !== TEXT && kind !== PREVIEW_WITH_NODE) return null;
  const length = view.getUint32(4);
  const head = new TextDecoder().decode(new Uint8Array(buffer, 8, length));
  const rest = buffer.slice(8 + length);
  if (kind === TEXT) return { kind: "text", node: head, text: new TextDecoder().decode(rest) };
  const about = JSON.parse(head);
  return {
    kind: "preview",
    node: about.display_node_id ?? about.node_id ?? null,
    promptId: about.prompt_id ?? null,
    image: new Blob([rest], { type: about.image_type }),
  };
}
