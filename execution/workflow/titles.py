"""What a node is called that nobody has given a title."""

from collections.abc import Mapping
from typing import Any

# Classes that are published without a name for people, and what ComfyUI's front end calls them, so far as prompts that
# it has made show it.
CALLED = {
    "AudioEncoderLoader": "Load Audio Encoder",
    "Canny": "Detect Edges (Canny)",
    "EmptyAceStepLatentAudio": "Empty Ace Step 1.0 Latent Audio",
    "FluxKontextMultiReferenceLatentMethod": "Edit Model Reference Method",
    "ImageBlur": "Blur Image",
    "ImageScaleToTotalPixels": "Scale Image to Total Pixels",
    "QuadrupleCLIPLoader": "Load CLIP (Quadruple)",
    "ReferenceLatent": "Set Reference Latent",
    "TrimVideoLatent": "Trim Video Latent",
}


def default_title(class_type: str, description: Mapping[str, Any] | None) -> str:
    """The name of a class as its description has it; empty for a class that is not known."""
    if not description:
        return ""
    name = str(description.get("display_name") or class_type)
    return CALLED.get(class_type, name) if name == class_type else name
