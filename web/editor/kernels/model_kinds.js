// Which kind of model an input chooses from, told by its name.

/** @type {Record<string, string>} */
const MODEL_KINDS = {
  ckpt_name: "checkpoints",
  lora_name: "loras",
  vae_name: "vae",
  control_net_name: "controlnet",
  unet_name: "diffusion_models",
  clip_name: "text_encoders",
  style_model_name: "style_models",
  gligen_name: "gligen",
  hypernetwork_name: "hypernetworks",
};

/** The kind; "" where the name tells none. A widget that a subgraph's node shows is called after the node inside too. @param {string} input */
export function modelKind(input) {
  return MODEL_KINDS[input.slice(input.lastIndexOf("/") + 1)] ?? "";
}
