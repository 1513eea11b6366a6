// From the `parameters` text of AUTOMATIC1111 to a prompt that makes the same picture, as far as that goes.
import { readParameters, takeLoras, translatePrompt } from "./a1111.js";
import { LATENT_UPSCALERS, PICTURE_UPSCALERS, samplerNames, WITHOUT_MEANING } from "./a1111_names.js";
import { Resources } from "./a1111_resources.js";
import { nearestNames } from "./near_names.js";
import { say } from "../texts/files.js";
/** @import {NodeDefinitions, Prompt} from "../document/types.js" */
/** @import {LoraTag, Parameters} from "./a1111.js" */
/** @import {NamedModel} from "./missing.js" */

const VARYING = "KSamplerVariations";

// What A1111 takes at most as the share of a schedule.
const MOST_DENOISE = 0.999;
const DENOISE_PARTS = 10_000;
const ENDING = /\.(safetensors|ckpt|pt|pth|bin|sft)$/i;

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
    this.resources = new Resources(parameters.settings);
    this.definitions = definitions;
  }

  build() {
    const positive = takeLoras(this.parameters.prompt);
    for (const tag of positive.others) this.problems.push(tag);
    const loaded = this.#load([...positive.loras, ...this.#listedLoras(positive.loras)]);
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

  /** @param {string} type @param {Record<string, any>} inputs @param {{title?: string, models?: NamedModel[]}} [said] of the node @returns {Reference} */
  #add(type, inputs, { title, models = [] } = {}) {
    const id = String(Object.keys(this.prompt).length + 1);
    const said = { ...(title ? { title } : {}), ...(models.length ? { models } : {}) };
    this.prompt[id] = { class_type: type, inputs, ...(Object.keys(said).length ? { _meta: said } : {}) };
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

  /** LoRAs that only the list of Civitai names, whose prompts have no tags. @param {LoraTag[]} tags @returns {LoraTag[]} */
  #listedLoras(tags) {
    const others = this.resources.listed("loras").filter(({ name }) => !tags.some((tag) => plain(tag.name) === plain(name)));
    return others.map(({ name, weight = 1 }) => ({ name, model: weight, clip: weight }));
  }

  /** @param {LoraTag[]} loras @returns {Loaded} */
  #load(loras) {
    const [id] = this.#addCheckpoint();
    /** @type {Loaded} */
    const loaded = { model: [id, 0], clip: [id, 1], vae: [id, 2] };
    if (this.settings.VAE && !["Automatic", "None"].includes(this.settings.VAE)) {
      loaded.vae = this.#addLoader("VAELoader", "vae_name", "vae", this.settings.VAE, "");
    }
    const skip = this.#number("Clip skip", 1);
    if (skip > 1) loaded.clip = this.#add("CLIPSetLastLayer", { clip: loaded.clip, stop_at_clip_layer: -skip });
    for (const { name, model, clip } of loras) {
      const strengths = { model: loaded.model, clip: loaded.clip, strength_model: model, strength_clip: clip };
      const [lora] = this.#addLoader("LoraLoader", "lora_name", "loras", name, ".safetensors", strengths);
      Object.assign(loaded, { model: [lora, 0], clip: [lora, 1] });
    }
    return loaded;
  }

  /** Where the picture says no name, a checkpoint that is here stands in. */
  #addCheckpoint() {
    const said = this.settings.Model ?? this.resources.listed("checkpoints")[0]?.name;
    if (said) return this.#addLoader("CheckpointLoaderSimple", "ckpt_name", "checkpoints", said, ".safetensors");
    const [first = ""] = this.#choices("CheckpointLoaderSimple", "ckpt_name");
    const hash = this.settings["Model hash"];
    this.#note(say(hash ? "a1111.only-hash" : "a1111.no-model", { name: first || "–", hash: hash ?? "" }));
    return this.#add("CheckpointLoaderSimple", { ckpt_name: first });
  }

  /**
   * A node that loads a file, with what the picture says of the file.
   * @param {string} type
   * @param {string} input
   * @param {string} kind
   * @param {string} name
   * @param {string} ending
   * @param {Record<string, any>} [others] its other inputs
   */
  #addLoader(type, input, kind, name, ending, others = {}) {
    const file = this.#choose(type, input, name, ending);
    const isSame = plain(file) === plain(name);
    return this.#add(type, { ...others, [input]: file }, { models: isSame ? this.resources.of(kind, name, file) : [] });
  }

  /** @param {string} type @param {string} input @returns {string[]} */
  #choices(type, input) {
    const declared = this.definitions[type]?.input.required?.[input];
    return Array.isArray(declared?.[0]) ? declared[0] : (declared?.[1]?.options ?? []);
  }

  /**
   * The file on this server that a name without folder or ending means; the name itself where there is none.
   * @param {string} type
   * @param {string} input
   * @param {string} name
   * @param {string} ending
   */
  #choose(type, input, name, ending) {
    const choices = this.#choices(type, input);
    const found = choices.find((choice) => plain(choice) === plain(name)) ?? nearestNames(name, choices, 0.9)[0];
    return found ?? (ENDING.test(name) || !name ? name : name + ending);
  }

  /** @param {string} text @param {Reference} clip @param {string} title */
  #encode(text, clip, title) {
    const { text: translated, kept } = translatePrompt(this.#withEmbeddings(text));
    this.problems.push(...kept);
    const models = this.#embeddings.filter((name) => translated.includes(`embedding:${name}`)).flatMap((name) => this.resources.of("embeddings", name, `${name}.safetensors`));
    return this.#add("CLIPTextEncode", { clip, text: translated }, { title, models });
  }

  /** Names of the embeddings that the picture was made with. */
  get #embeddings() {
    return [...new Set(this.resources.all.filter(({ kind, name }) => kind === "embeddings" && name).map(({ name }) => name))];
  }

  /** Embeddings go by their bare names there. @param {string} text */
  #withEmbeddings(text) {
    return this.#embeddings.reduce((words, name) => words.replace(new RegExp(`(?<![\\w:])${escaped(name)}(?!\\w)`, "g"), `embedding:${name}`), text);
  }

  /** @param {Loaded} loaded */
  #start(loaded) {
    const { width, height } = this.#size;
    if (!this.#isFromPicture) return this.#add("EmptyLatentImage", { width, height, batch_size: 1 });
    this.problems.push(say("a1111.no-start"));
    const [first = ""] = this.#choices("LoadImage", "image");
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
    const { sampler, schedule } = samplerNames(name, type, { samplers: this.#choices("KSampler", "sampler_name"), schedules: this.#choices("KSampler", "scheduler") });
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

/** A file's name without its folder and ending. @param {string} path */
function plain(path) {
  return path.replace(/^.*[\\/]/, "").replace(ENDING, "").toLowerCase();
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
