// Which files the settings of AUTOMATIC1111 and of Civitai name, with the hashes and addresses that they say of them.
/** @import {NamedModel} from "./missing.js" */

const KINDS = { model: "checkpoints", vae: "vae", lora: "loras", lyco: "loras", embed: "embeddings", hypernet: "hypernetworks" };
/** @type {Record<string, string>} what Civitai calls kinds */
const CIVITAI_KINDS = { checkpoint: "checkpoints", vae: "vae", lora: "loras", locon: "loras", dora: "loras", lycoris: "loras", embed: "embeddings", textualinversion: "embeddings" };
const CIVITAI = "https://civitai.com/";

/** @typedef {{kind: string, name: string, hash?: string, url?: string, weight?: number}} Resource `name` is "" where only the kind is told */

/** What a picture's settings say of the files that made it. */
export class Resources {
  /** @param {Record<string, string>} settings */
  constructor(settings) {
    this.all = [...readHashes(settings), ...readCivitai(settings["Civitai resources"])];
  }

  /**
   * What is known of a file, as nodes keep it; nothing where neither hash nor address is.
   * @param {string} kind
   * @param {string} name as the picture says it
   * @param {string} file what stands on the card
   * @returns {NamedModel[]}
   */
  of(kind, name, file) {
    const said = this.all.filter((one) => one.kind === kind && (!one.name || one.name.toLowerCase() === name.toLowerCase()));
    const hash = said.find((one) => one.hash)?.hash;
    const url = said.find((one) => one.url)?.url ?? (hash && addressOf(hash));
    if (!url) return [];
    return [{ name: file, url, directory: kind, ...(hash ? { hash, hash_type: typeOf(hash, kind) } : {}) }];
  }

  /** Those of a kind that the list of Civitai names. @param {string} kind */
  listed(kind) {
    return this.all.filter((one) => one.kind === kind && one.url);
  }
}

/** Where a file is searched for by its hash; such a page is no file. @param {string} hash */
function addressOf(hash) {
  return `${CIVITAI}search/models?query=${hash}`;
}

/** Whether an address is that of a search. @param {string} url */
export function isSearch(url) {
  return url.startsWith(addressOf(""));
}

/** What kind of hash it is, told by its length: of LoRAs 12 digits are those of the tensors alone. @param {string} hash @param {string} kind */
function typeOf(hash, kind) {
  if (hash.length === 12 && kind === "loras") return "AutoV3";
  return { 8: "AutoV1", 10: "AutoV2" }[hash.length] ?? "SHA256";
}

/** @param {Record<string, string>} settings @returns {Resource[]} */
function readHashes(settings) {
  const pairs = (/** @type {string} */ kind, /** @type {string} */ text = "") =>
    text.split(",").map((part) => part.split(/:(?=[^:]*$)/)).map(([name = "", hash = ""]) => ({ kind, name: name.trim(), hash }));
  const keyed = Object.entries(readJson(settings.Hashes) ?? {}).map(([key, hash]) => {
    const [, word = "", name = ""] = key.match(/^(\w+)(?::(.*))?$/s) ?? [];
    return { kind: /** @type {Record<string, string>} */ (KINDS)[word] ?? "", name, hash: String(hash) };
  });
  const found = [
    { kind: "checkpoints", name: "", hash: settings["Model hash"] ?? "" },
    { kind: "vae", name: "", hash: settings["VAE hash"] ?? "" },
    ...pairs("loras", settings["Lora hashes"]),
    ...pairs("embeddings", settings["TI hashes"]),
    ...keyed,
  ];
  const used = (settings["Used embeddings"] ?? "").matchAll(/([^,[\]]+) \[\w+\]/g);
  return [...found.map(withWholeHash), ...[...used].map(([, name]) => ({ kind: "embeddings", name: name.trim() }))].filter(({ kind }) => kind);
}

/** @param {Resource} resource */
function withWholeHash({ kind, name, hash = "" }) {
  const digits = hash.trim().toLowerCase();
  return /^[0-9a-f]{8,64}$/.test(digits) ? { kind, name, hash: digits } : { kind: name ? kind : "", name };
}

/** @param {string | undefined} text @returns {Resource[]} */
function readCivitai(text) {
  const listed = readJson(text);
  return (Array.isArray(listed) ? listed : []).flatMap((one) => {
    const [, airKind = "", airVersion = ""] = String(one?.air ?? "").match(/^urn:air:[^:]*:(\w+):civitai:\d+@(\d+)/) ?? [];
    const kind = CIVITAI_KINDS[String(one?.type ?? airKind).toLowerCase()];
    const version = one?.modelVersionId ?? airVersion;
    if (!kind || !/^\d+$/.test(String(version))) return [];
    const weight = Number(one.weight ?? 1);
    return [{ kind, name: String(one.modelName ?? `civitai-${version}`), url: `${CIVITAI}api/download/models/${version}`, weight: Number.isFinite(weight) ? weight : 1 }];
  });
}

/** @param {string | undefined} text @returns {any} undefined where it is none */
function readJson(text) {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
