"""An example of a pack: one node that darkens the corners of pictures.

A pack is a file like this one, or a folder with an `__init__.py`. It is found because it names its node classes in
`NODE_CLASS_MAPPINGS`. Copy it, rename it, change it; or delete it, nothing depends on it. It is written against
ComfyUI's class protocol alone, so it works there too.
"""

from typing import Any

import torch


class ExampleVignette:
    """Darken pictures towards their corners."""

    CATEGORY = "image/postprocessing"
    DESCRIPTION = "Darken pictures towards their corners, as old lenses do."
    FUNCTION = "darken"  # the method that runs; inputs arrive by name
    RETURN_TYPES = ("IMAGE",)  # outputs, by the type that other nodes' inputs ask for

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802, the protocol's name
        """The inputs: sockets are a type alone, widgets have a default and a range."""
        return {
            "required": {
                "image": ("IMAGE",),
                "strength": ("FLOAT", {"default": 0.5, "min": 0.0, "max": 1.0, "step": 0.01}),
            },
            "optional": {
                "mask": ("MASK", {"tooltip": "Darken only where this is white."}),
            },
        }

    def darken(self, image: torch.Tensor, strength: float, mask: torch.Tensor | None = None) -> tuple[torch.Tensor]:
        """Images are floats 0–1, [batch, height, width, channels]; inputs are never changed, always copied."""
        _, height, width, _ = image.shape
        y = torch.linspace(-1, 1, height)[:, None]
        x = torch.linspace(-1, 1, width)[None, :]
        amount = strength * (x**2 + y**2) / 2  # 0 in the middle, `strength` in the corners; [height, width]
        if mask is not None:
            amount = amount * torch.nn.functional.interpolate(mask[:, None], (height, width), mode="bilinear")[:, 0]
        return (image * (1 - amount.expand(len(image), -1, -1))[..., None],)


NODE_CLASS_MAPPINGS = {"ExampleVignette": ExampleVignette}
NODE_DISPLAY_NAME_MAPPINGS = {"ExampleVignette": "Vignette (example pack)"}
