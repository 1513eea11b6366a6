// What AUTOMATIC1111 calls samplers, schedules and ways of enlarging, and what they are called here.

/** @type {Record<string, string>} */
export const SAMPLERS = {
  "Euler a": "euler_ancestral",
  Euler: "euler",
  LMS: "lms",
  Heun: "heun",
  DPM2: "dpm_2",
  "DPM2 a": "dpm_2_ancestral",
  "DPM++ 2S a": "dpmpp_2s_ancestral",
  "DPM++ 2M": "dpmpp_2m",
  "DPM++ SDE": "dpmpp_sde",
  "DPM++ 2M SDE": "dpmpp_2m_sde",
  "DPM++ 2M SDE Heun": "dpmpp_2m_sde_heun",
  "DPM++ 3M SDE": "dpmpp_3m_sde",
  "DPM fast": "dpm_fast",
  "DPM adaptive": "dpm_adaptive",
  LCM: "lcm",
  DDIM: "ddim",
  UniPC: "uni_pc",
};

/** @type {Record<string, string>} */
export const SCHEDULES = {
  Uniform: "normal",
  Normal: "normal",
  Karras: "karras",
  Exponential: "exponential",
  "SGM Uniform": "sgm_uniform",
  Simple: "simple",
  DDIM: "ddim_uniform",
  Beta: "beta",
  "KL Optimal": "kl_optimal",
};

/** @type {Record<string, string>} what "Automatic" means for a sampler; for others the normal schedule */
export const AUTOMATIC = {
  DPM2: "karras",
  "DPM2 a": "karras",
  "DPM++ 2S a": "karras",
  "DPM++ 2M": "karras",
  "DPM++ SDE": "karras",
  "DPM++ 2M SDE": "exponential",
  "DPM++ 2M SDE Heun": "exponential",
  "DPM++ 3M SDE": "exponential",
};

/** @type {Record<string, string>} enlarging the latent */
export const LATENT_UPSCALERS = {
  Latent: "bilinear",
  "Latent (antialiased)": "bilinear",
  "Latent (bicubic)": "bicubic",
  "Latent (bicubic antialiased)": "bicubic",
  "Latent (nearest)": "nearest-exact",
  "Latent (nearest-exact)": "nearest-exact",
};

/** @type {Record<string, string>} enlarging the picture without a model */
export const PICTURE_UPSCALERS = { Lanczos: "lanczos", Nearest: "nearest-exact", None: "lanczos" };

/** Settings that say nothing that a graph would need. */
export const WITHOUT_MEANING = new Set([
  "Version", "Civitai resources", "Civitai metadata", "Created Date", "Model hash", "VAE hash", "Lora hashes", "TI hashes",
  "Used embeddings", "Hashes", "Batch size", "Batch pos", "User", "Size",
  "Steps", "Sampler", "Schedule type", "CFG scale", "Seed", "Model", "VAE", "Clip skip", "Denoising strength", "RNG",
  "Hires upscale", "Hires steps", "Hires upscaler", "Hires resize", "Hires CFG Scale", "Eta",
  "Hires sampler", "Hires schedule type", "Hires prompt", "Hires negative prompt",
]);

/** Names that this program writes as those there, only with other signs. @type {[RegExp, string][]} */
const OTHER_SIGNS = [[/CFG\+\+/g, "CFG PP"], [/\+\+/g, "PP"], [/\bA\b/gi, "ancestral"], [/[^\w]+/g, "_"]];

/**
 * A sampler and its schedule from the names there; older files have the schedule at the end of the sampler's name.
 * @param {string} sampler
 * @param {string | undefined} schedule
 * @param {{samplers?: string[], schedules?: string[]}} [known] what this server has
 * @returns {{sampler: string | undefined, schedule: string | undefined}} undefined where there is none like it
 */
export function samplerNames(sampler, schedule, { samplers = [], schedules = [] } = {}) {
  const suffix = Object.keys(SCHEDULES).find((name) => sampler.endsWith(` ${name}`));
  const plain = suffix ? sampler.slice(0, -suffix.length - 1) : sampler;
  const name = suffix ?? schedule ?? "Normal";
  return {
    sampler: SAMPLERS[plain] ?? alike(plain, samplers),
    schedule: name === "Automatic" ? (AUTOMATIC[plain] ?? "normal") : (SCHEDULES[name] ?? alike(name, schedules)),
  };
}

/** @param {string} name @param {string[]} known */
function alike(name, known) {
  const written = OTHER_SIGNS.reduce((text, [sign, words]) => text.replace(sign, words), name).toLowerCase();
  return known.includes(written) ? written : undefined;
}
