"""The picture encoder as a value that travels between nodes: pictures to vectors that other models read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from comfy import devices
from comfy.errors import ArchitectureError
from comfy.loading import load_weights
from comfy.models.clip_vision import ClipVision, ClipVisionConfig
from comfy.residents import loaded
from comfy.state_dict import read_state_dict
from comfy.vision_layouts import picture_encoder_in
from comfy.weights import Weights

MEAN = (0.48145466, 0.4578275, 0.40821073)
DEVIATION = (0.26862954, 0.26130258, 0.27577711)
"""Of the channels of the pictures that CLIP was trained on."""


@dataclass(frozen=True, eq=False)
class EncodedPicture:
    """What a picture encoder made of pictures of P patches, by transformers' names; float32, on the CPU."""

    last_hidden_state: Tensor  # [B, 1 + P, width]
    penultimate_hidden_states: Tensor  # what entered the last layer: [B, 1 + P, width]
    image_embeds: Tensor  # the whole picture: [B, projection]


@dataclass(frozen=True, eq=False)
class PictureEncoder:
    """CLIP's picture half with the weights that a file gave it."""

    weights: Weights[ClipVision]

    @property
    def config(self) -> ClipVisionConfig:
        return self.weights.module.config

    @torch.no_grad()
    def encode(self, image: Tensor, crops: bool = True) -> EncodedPicture:
        """Encode pictures [B, H, W, C]; the shorter side is what counts where `crops`, else all is squeezed."""
        pixels = as_seen(image, self.config.side, crops)
        with loaded(self.weights) as network:
            out = network(pixels.to(devices.compute_device()))
        last, penultimate, pooled = (part.to("cpu", torch.float32) for part in (*out.hidden[:-3:-1], out.pooled))
        return EncodedPicture(last, penultimate, pooled)


def as_seen(
    image: Tensor,
    side: int,
    crops: bool = True,
    mean: Sequence[float] = MEAN,
    deviation: Sequence[float] = DEVIATION,
) -> Tensor:
    """Pictures [B, H, W, C] as CLIP sees them: [B, 3, side, side] in 256 shades, by a mean and deviation."""
    pixels = image[..., :3].movedim(-1, 1).to("cpu", torch.float32)
    height, width = pixels.shape[-2:]
    if (height, width) != (side, side):
        scale = side / min(height, width)
        size = (round(scale * height), round(scale * width)) if crops else (side, side)
        pixels = F.interpolate(pixels, size=size, mode="bicubic", antialias=True)
        top, left = (pixels.shape[-2] - side) // 2, (pixels.shape[-1] - side) // 2
        pixels = pixels[..., top : top + side, left : left + side]
    shades = (pixels * 255).clamp(0, 255).round() / 255
    return (shades - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(deviation).view(3, 1, 1)


def load_picture_encoder(path: str | Path) -> PictureEncoder:
    """Load a picture encoder from a file of its own or out of one that holds more; raises ModelFileError."""
    found = picture_encoder_from(read_state_dict(path), Path(path).name)
    if found is None:
        raise ArchitectureError(
            f"{Path(path).name} is not a CLIP picture encoder in transformers' layout or OpenCLIP's. "
            "Put picture encoders into models/clip_vision."
        )
    return found


def picture_encoder_from(state_dict: Mapping[str, Tensor], name: str) -> PictureEncoder | None:
    """The picture encoder in the tensors of a file of this name; None where it holds none."""
    tensors = picture_encoder_in(state_dict)
    if tensors is None:
        return None
    try:
        config = ClipVisionConfig.from_state_dict(tensors)
        return PictureEncoder(load_weights(lambda: ClipVision(config), tensors, "", devices.text_dtype()))
    except ArchitectureError as error:
        raise ArchitectureError(f"{name} is not a complete picture encoder: {error}. Fetch it again.") from error
