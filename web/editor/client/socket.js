// The websocket: connects, announces what it can read, reconnects with growing pauses, and hands on what arrives.
import { readFrame } from "./frames.js";
/** @import {Frame} from "./frames.js" */

const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 8000;

/**
 * @typedef {object} SocketListeners
 * @property {(message: {type: string, data: any}) => void} onMessage
 * @property {(frame: Frame) => void} onFrame
 * @property {(isAgain: boolean) => void} onOpen told whether it is a reconnection
 * @property {() => void} onLost
 */

/** Keeps one connection alive until `close`. */
export class LiveSocket {
  /** @type {WebSocket | null} */
  #socket = null;
  #pause = FIRST_PAUSE_MS;
  #wasOpen = false;
  #isClosed = false;
  #waiting = 0;

  /**
   * @param {string} url
   * @param {SocketListeners} listeners
   */
  constructor(url, listeners) {
    this.url = url;
    this.listeners = listeners;
  }

  connect() {
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#opened(socket);
    socket.onmessage = (event) => this.#received(event.data);
    socket.onclose = () => this.#lost(socket);
  }

  /** Try at once where a pause is being waited out: the network or the person has come back. */
  hurry() {
    if (!this.#waiting) return;
    clearTimeout(this.#waiting);
    this.#pause = FIRST_PAUSE_MS;
    this.#again();
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#waiting);
    this.#socket?.close();
  }

  #again() {
    this.#waiting = 0;
    this.connect();
  }

  /** @param {WebSocket} socket */
  #opened(socket) {
    socket.send(JSON.stringify({ type: "feature_flags", data: { supports_preview_metadata: true } }));
    this.#pause = FIRST_PAUSE_MS;
    this.listeners.onOpen(this.#wasOpen);
    this.#wasOpen = true;
  }

  /** @param {string | ArrayBuffer} data */
  #received(data) {
    if (typeof data === "string") {
      this.listeners.onMessage(JSON.parse(data));
      return;
    }
    const frame = readFrame(data);
    if (frame) this.listeners.onFrame(frame);
  }

  /** @param {WebSocket} socket */
  #lost(socket) {
    if (this.#isClosed || socket !== this.#socket) return;
    this.listeners.onLost();
    this.#waiting = window.setTimeout(() => this.#again(), this.#pause);
    this.#pause = Math.min(this.#pause * 1.7, LONGEST_PAUSE_MS);
  }
}
