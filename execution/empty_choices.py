"""What helps where an input has nothing to choose from: a file in the folder that it lists."""

# Folders by the names that inputs have in ComfyUI's nodes and in packs.
FOLDERS = {
    "ckpt_name": "models/checkpoints",
    "lora_name": "models/loras",
    "vae_name": "models/vae",
    "control_net_name": "models/controlnet",
    "unet_name": "models/diffusion_models",
    "clip_name": "models/text_encoders, or models/clip_vision for a picture encoder",
    "clip_name1": "models/text_encoders",
    "clip_name2": "models/text_encoders",
    "style_model_name": "models/style_models",
    "gligen_name": "models/gligen",
    "hypernetwork_name": "models/hypernetworks",
    "photomaker_model_name": "models/photomaker",
    "image": "input",
    "latent": "input",
}


def remedy_for_none(name: str) -> str:
    """What to do where the list of an input of this name is empty."""
    folder = FOLDERS.get(name, "the folder that this node lists")
    return f"There is nothing to choose from: put a file into {folder}, and queue again"
