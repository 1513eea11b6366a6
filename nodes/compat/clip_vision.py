"""What packs import as `comfy.clip_vision`: picture encoders and what they make, as packs know them."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from comfy import devices
from comfy.residents import loaded
from comfy.vision import (
    DEVIATION,
    MEAN,
    EncodedPicture,
    PictureEncoder,
    as_seen,
    load_picture_encoder,
    picture_encoder_from,
)
from nodes.compat.names import lacks_of


class Output:
    """What an encoder of pictures makes, by attribute or by key; packs that bring an encoder of their own fill it."""

    image_embeds: Tensor
    last_hidden_state: Tensor
    penultimate_hidden_states: Tensor

    def __getitem__(self, key: str) -> Any:
        return getattr(self, key)

    def __setitem__(self, key: str, item: Any) -> None:
        setattr(self, key, item)


class ClipVisionModel(PictureEncoder):
    """An encoder of pictures."""

    @property
    def load_device(self) -> Any:
        return devices.compute_device()

    @property
    def image_size(self) -> int:
        return self.config.side

    @property
    def image_mean(self) -> tuple[float, ...]:
        return MEAN

    @property
    def image_std(self) -> tuple[float, ...]:
        return DEVIATION

    def encode_image(self, image: Tensor, crop: bool = True) -> Output:
        """What it makes of pictures [B, H, W, C]."""
        return open_encoded(self.encode(image, crop))

    @property
    def patcher(self) -> Any:
        """What packs have brought to the device: the encoder itself, which goes there when it runs."""
        return self

    @torch.no_grad()
    def model(self, pixel_values: Tensor, intermediate_output: int | None = None, **_: Any) -> tuple[Any, ...]:
        """What the network makes of preprocessed pictures: the last states, those of a layer, and the embeddings."""
        with loaded(self.weights) as network:
            out = network(pixel_values.to(devices.compute_device(), torch.float32))
        between = None if intermediate_output is None else out.hidden[intermediate_output]
        return out.hidden[-1], between, out.pooled

    def get_sd(self) -> dict[str, Tensor]:
        """Its tensors by transformers' names."""
        return {
            name if name.startswith("visual_projection") else f"vision_model.{name}": tensor
            for name, tensor in self.weights.module.state_dict().items()
        }


def open_picture_encoder(encoder: PictureEncoder) -> ClipVisionModel:
    """An encoder of Skein's with what packs ask of it."""
    return encoder if isinstance(encoder, ClipVisionModel) else ClipVisionModel(encoder.weights)


def open_encoded(encoded: Any) -> Any:
    """What Skein's encoder made as packs know it; what packs made themselves stays as it is."""
    if not isinstance(encoded, EncodedPicture):
        return encoded
    output = Output()
    vars(output).update(vars(encoded))
    return output


def clip_preprocess(
    image: Tensor, size: int = 224, mean: Any = MEAN, std: Any = DEVIATION, crop: bool = True
) -> Tensor:
    """Pictures [B, H, W, C] as CLIP sees them, [B, 3, size, size]."""
    return as_seen(image, size, crop, mean, std)


def load(ckpt_path: str) -> ClipVisionModel:
    """The encoder in a file; raises `ModelFileError`."""
    return open_picture_encoder(load_picture_encoder(ckpt_path))


def load_clipvision_from_sd(sd: Mapping[str, Tensor], prefix: str = "", convert_keys: bool = False) -> Any:
    """The encoder among tensors below a prefix; None where they hold none."""
    inside = {name.removeprefix(prefix): tensor for name, tensor in sd.items() if name.startswith(prefix)}
    found = picture_encoder_from(inside, "what the pack gave")
    return None if found is None else open_picture_encoder(found)


__getattr__ = lacks_of("comfy.clip_vision")
