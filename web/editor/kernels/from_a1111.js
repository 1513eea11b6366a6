// From the `parameters` text of AUTOMATIC1111 to a prompt that makes the same picture, as far as that goes.
import { readParameters, takeLoras, translatePrompt } from "./a1111.js";
import { LATENT_UPSCALERS, PICTURE_UPSCALERS, samplerNames, WITHOUT_MEANING } from "./a1111_names.js";
import { nearestNames } from "./near_names.js";
import { say } from "../texts/texts.js";
/** @import {NodeDefinitions, Prompt} from "../document/types.js" */
/** @import {LoraTag, Parameters} from "./a1111.js" */

const VARYING = "KSamplerVariations";

// What A1111 takes at most as the share of a schedule.
const MOST_DENOISE = 0.999;
const DENOISE_PARTS = 10_000;

/** @typedef {[string, number]} Reference */
/** @typedef {{steps: number, denoise: number, name: string, schedule: string | undefined, cfg: number}} Pass of a sampler; `name` and `schedule` as they are called there */
/** @typedef {{model: Reference, clip: Reference, vae: Reference}} Loaded */

/**
 * @param {string} text
 * @param {NodeDefinitions} definitions
 * @returns {{prompt: Prompt, problems: string[]} | null} problems: what could not be rebuilt; null for other texts
 */
export function fromParameters(text, definitions) {
  const parameters = readParameters(text);
  return parameters && new Rebuilding(parameters, definitions).build();
}

/** Builds one prompt, noting what has no counterpart here. */
class Rebuilding {
  /** @type {Prompt} */
  prompt = {};
  /** @type {string[]} */
  problems = [];

  /** @param {Parameters} parameters @param {NodeDefinitions} definitions */
  constructor(parameters, definitions) {
    this.parameters = parameters;
    this.settings = parameters.settings;
    this.definitions = definitions;
  }

  build() {
    const positive = takeLoras(this.parameters.prompt);
    for (const tag of positive.others) this.problems.push(tag);
    const loaded = this.#load(positive.loras);
    const conditionings = {
      positive: this.#encode(positive.text, loaded.clip, say("a1111.prompt")),
      negative: this.#encode(takeLoras(this.parameters.negative).text, loaded.clip, say("a1111.negative")),
    };
    const first = this.#sample(loaded.model, conditionings, this.#start(loaded), this.#firstPass);
    const last = this.#enlarge(first, loaded, conditionings);
    const image = this.#add("VAEDecode", { samples: last, vae: loaded.vae });
    this.#add("SaveImage", { images: image, filename_prefix: "Skein" });
    this.#noteTheRest();
    return { prompt: this.prompt, problems: this.problems };
  }

  /** @param {string} type @param {Record<string, any>} inputs @param {string} [title] @returns {Reference} */
  #add(type, inputs, title) {
    const id = String(Object.keys(this.prompt).length + 1);
    this.prompt[id] = { class_type: type, inputs, ...(title ? { _meta: { title } } : {}) };
    return [id, 0];
  }

  /** @param {string} key @param {number} otherwise */
  #number(key, otherwise) {
    const value = parseFloat(this.settings[key] ?? "");
    return Number.isFinite(value) ? value : otherwise;
  }

  get #steps() {
    return Math.max(1, Math.round(this.#number("Steps", 20)));
  }

  get #denoise() {
    return this.#number("Denoising strength", 0.75);
  }

  /** From a picture only the end of the schedule is taken: one step more than its share, rounded down. @returns {Pass} */
  get #firstPass() {
    const { Sampler: name = "Euler", "Schedule type": schedule } = this.settings;
    const [total, cfg] = [this.#steps, this.#number("CFG scale", 7)];
    if (!this.#isFromPicture) return { steps: total, denoise: 1, name, schedule, cfg };
    const steps = Math.min(total, Math.floor(total * Math.min(this.#denoise, MOST_DENOISE)) + 1);
    // Rounded down, so that the whole schedule has no step less.
    return { steps, denoise: Math.floor((steps / total) * DENOISE_PARTS) / DENOISE_PARTS, name, schedule, cfg };
  }

  /** The second pass takes all its steps, however little it changes. @returns {Pass} */
  get #hiresPass() {
    const { Sampler = "Euler", "Hires sampler": name = Sampler, "Schedule type": plain, "Hires schedule type": schedule = plain } = this.settings;
    const steps = Math.round(this.#number("Hires steps", 0)) || this.#steps;
    const cfg = this.#number("Hires CFG Scale", 0) || this.#number("CFG scale", 7);
    return { steps, denoise: this.#denoise, name, schedule, cfg };
  }

  get #hasHires() {
    return "Hires upscale" in this.settings || "Hires resize" in this.settings;
  }

  get #isFromPicture() {
    return "Denoising strength" in this.settings && !this.#hasHires;
  }

  get #size() {
    const [width, height] = (this.settings.Size ?? "512x512").split("x").map(Number);
    return { width: width || 512, height: height || 512 };
  }

  /** @param {LoraTag[]} loras @returns {Loaded} */
  #load(loras) {
    const checkpoint = this.#choose("CheckpointLoaderSimple", "ckpt_name", this.settings.Model ?? "model", ".safetensors");
    const [id] = this.#add("CheckpointLoaderSimple", { ckpt_name: checkpoint });
    /** @type {Loaded} */
    const loaded = { model: [id, 0], clip: [id, 1], vae: [id, 2] };
    if (this.settings.VAE && !["Automatic", "None"].includes(this.settings.VAE)) {
      loaded.vae = this.#add("VAELoader", { vae_name: this.#choose("VAELoader", "vae_name", this.settings.VAE, "") });
    }
    const skip = this.#number("Clip skip", 1);
    if (skip > 1) loaded.clip = this.#add("CLIPSetLastLayer", { clip: loaded.clip, stop_at_clip_layer: -skip });
    for (const { name, model, clip } of loras) {
      const file = this.#choose("LoraLoader", "lora_name", name, ".safetensors");
      const [lora] = this.#add("LoraLoader", { model: loaded.model, clip: loaded.clip, lora_name: file, strength_model: model, strength_clip: clip });
      Object.assign(loaded, { model: [lora, 0], clip: [lora, 1] });
    }
    return loaded;
  }

  /**
   * The file on this server that a name without folder or ending means; the name itself where there is none.
   * @param {string} type
   * @param {string} input
   * @param {string} name
   * @param {string} ending
   */
  #choose(type, input, name, ending) {
    const declared = this.definitions[type]?.input.required?.[input];
    const choices = Array.isArray(declared?.[0]) ? declared[0] : (declared?.[1]?.options ?? []);
    const plain = (/** @type {string} */ path) => path.replace(/^.*[\\/]/, "").replace(/\.(safetensors|ckpt|pt|pth)$/, "").toLowerCase();
    const found = choices.find((/** @type {string} */ choice) => plain(choice) === plain(name)) ?? nearestNames(name, choices, 0.9)[0];
    return found ?? (/\.\w+$/.test(name) ? name : name + ending);
  }

  /** @param {string} text @param {Reference} clip @param {string} title */
  #encode(text, clip, title) {
    const { text: translated, kept } = translatePrompt(this.#withEmbeddings(text));
    this.problems.push(...kept);
    return this.#add("CLIPTextEncode", { clip, text: translated }, title);
  }

  /** Embeddings go by their bare names there. @param {string} text */
  #withEmbeddings(text) {
    const names = (this.settings["TI hashes"] ?? "").split(",").map((part) => part.split(":")[0].trim()).filter(Boolean);
    return names.reduce((words, name) => words.replace(new RegExp(`(?<![\\w:])${escaped(name)}(?!\\w)`, "g"), `embedding:${name}`), text);
  }

  /** @param {Loaded} loaded */
  #start(loaded) {
    const { width, height } = this.#size;
    if (!this.#isFromPicture) return this.#add("EmptyLatentImage", { width, height, batch_size: 1 });
    this.problems.push(say("a1111.no-start"));
    const pictures = this.definitions.LoadImage?.input.required?.image;
    const [first = ""] = Array.isArray(pictures?.[0]) ? pictures[0] : (pictures?.[1]?.options ?? []);
    const image = this.#add("LoadImage", { image: first });
    const scaled = this.#add("ImageScale", { image, upscale_method: "lanczos", width, height, crop: "center" });
    return this.#add("VAEEncode", { pixels: scaled, vae: loaded.vae });
  }

  /**
   * @param {Reference} model
   * @param {{positive: Reference, negative: Reference}} conditionings
   * @param {Reference} latent
   * @param {Pass} pass
   */
  #sample(model, conditionings, latent, { steps, denoise, name, schedule: type, cfg }) {
    const { sampler, schedule } = samplerNames(name, type);
    if (!sampler) this.#note(say("a1111.sampler", { name }));
    if (!schedule) this.#note(say("a1111.schedule", { name: type ?? "" }));
    const variation = this.#variation;
    return this.#add(variation ? VARYING : "KSampler", {
      model,
      ...conditionings,
      latent_image: latent,
      seed: this.#seed,
      steps,
      cfg,
      sampler_name: sampler ?? "euler",
      scheduler: schedule ?? "normal",
      denoise,
      ...variation,
    });
  }

  /** The way to another seed, where this server has a sampler that goes it. */
  get #variation() {
    const strength = this.#number("Variation seed strength", 0);
    if (!strength || !this.definitions[VARYING]) return null;
    return { variation_seed: this.#number("Variation seed", 0), variation_strength: strength };
  }

  get #seed() {
    const seed = BigInt(/^\d+$/.test(this.settings.Seed ?? "") ? this.settings.Seed : "0");
    return seed > BigInt(Number.MAX_SAFE_INTEGER) ? seed : Number(seed);
  }

  /**
   * The second pass of the hires fix.
   * @param {Reference} latent
   * @param {Loaded} loaded
   * @param {{positive: Reference, negative: Reference}} conditionings
   */
  #enlarge(latent, loaded, conditionings) {
    if (!this.#hasHires) return latent;
    const { width, height } = this.#largeSize;
    const name = this.settings["Hires upscaler"] ?? "Latent";
    const method = LATENT_UPSCALERS[name];
    const large = method
      ? this.#add("LatentUpscale", { samples: latent, upscale_method: method, width, height, crop: "disabled" })
      : this.#enlargePicture(latent, loaded, name, { width, height });
    return this.#sample(loaded.model, this.#hiresConditionings(loaded, conditionings), large, this.#hiresPass);
  }

  /** Prompts of the second pass, where it has its own. @param {Loaded} loaded @param {{positive: Reference, negative: Reference}} conditionings */
  #hiresConditionings({ clip }, { positive, negative }) {
    const { "Hires prompt": words, "Hires negative prompt": unwanted } = this.settings;
    return {
      positive: words ? this.#encode(this.#withoutTags(words), clip, say("a1111.hires-prompt")) : positive,
      negative: unwanted ? this.#encode(this.#withoutTags(unwanted), clip, say("a1111.hires-negative")) : negative,
    };
  }

  /** LoRAs that only the second pass has are told. @param {string} prompt */
  #withoutTags(prompt) {
    const { text, loras, others } = takeLoras(prompt);
    const known = takeLoras(this.parameters.prompt).loras.map(({ name, model, clip }) => `${name} ${model} ${clip}`);
    for (const { name, model, clip } of loras) if (!known.includes(`${name} ${model} ${clip}`)) this.#note(`Hires prompt: <lora:${name}:${clip}>`);
    for (const tag of others) this.#note(tag);
    return text;
  }

  get #largeSize() {
    const [width, height] = (this.settings["Hires resize"] ?? "").split("x").map(Number);
    if (width && height) return { width, height };
    const factor = this.#number("Hires upscale", 2);
    return { width: Math.round((this.#size.width * factor) / 8) * 8, height: Math.round((this.#size.height * factor) / 8) * 8 };
  }

  /**
   * @param {Reference} latent
   * @param {Loaded} loaded
   * @param {string} name
   * @param {{width: number, height: number}} size
   */
  #enlargePicture(latent, loaded, name, size) {
    let image = this.#add("VAEDecode", { samples: latent, vae: loaded.vae });
    if (!(name in PICTURE_UPSCALERS)) {
      const model = this.#add("UpscaleModelLoader", { model_name: this.#choose("UpscaleModelLoader", "model_name", name, ".pth") });
      image = this.#add("ImageUpscaleWithModel", { upscale_model: model, image });
    }
    const scaled = this.#add("ImageScale", { image, upscale_method: PICTURE_UPSCALERS[name] ?? "lanczos", ...size, crop: "disabled" });
    return this.#add("VAEEncode", { pixels: scaled, vae: loaded.vae });
  }

  #noteTheRest() {
    for (const key of Object.keys(this.settings)) {
      const isVaried = key.startsWith("Variation seed") && this.#variation;
      if (!WITHOUT_MEANING.has(key) && !isVaried) this.#note(`${key}: ${this.settings[key]}`);
    }
    if (this.#number("Eta", 1) !== 1) this.#note(`Eta: ${this.settings.Eta}`);
    if (this.settings.RNG !== "CPU") this.#note(say("a1111.noise"));
  }

  /** @param {string} problem */
  #note(problem) {
    if (!this.problems.includes(problem)) this.problems.push(problem);
  }
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
