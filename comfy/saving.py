"""Writing models as safetensors, weight by weight with patches applied, so that no second copy is in memory."""

import json
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

import torch

from comfy.models.autoencoder import VAE_PREFIX
from comfy.models.unet import UNET_PREFIX
from comfy.residents import patched
from comfy.state_dict import DTYPES
from comfy.text.encoder import TextEncoder
from comfy.text.layouts import CHECKPOINT_PREFIXES, OpenClipEntry, to_open_clip
from comfy.text.tower import Tower
from comfy.vae import Vae
from comfy.weights import Weights

NAMES = {dtype: name for name, dtype in DTYPES.items()}


@dataclass(frozen=True, eq=False)
class Entry:
    """A tensor of a file to be written, made when its turn comes."""

    name: str
    dtype: torch.dtype
    shape: tuple[int, ...]
    make: Callable[[], torch.Tensor]

    @property
    def size(self) -> int:
        return self.dtype.itemsize * int(torch.Size(self.shape).numel())


def write_safetensors(file: BinaryIO, entries: Iterable[Entry], metadata: Mapping[str, str]) -> None:
    """Write tensors one after the other. Format: https://github.com/huggingface/safetensors#format."""
    entries = sorted(entries, key=lambda entry: (-entry.dtype.itemsize, entry.name))
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    offset = 0
    for entry in entries:
        place = [offset, offset + entry.size]
        header[entry.name] = {"dtype": NAMES[entry.dtype], "shape": list(entry.shape), "data_offsets": place}
        offset += entry.size
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    file.write(struct.pack("<Q", len(encoded)))
    file.write(encoded)
    for entry in entries:
        tensor = entry.make().to("cpu", entry.dtype).reshape(entry.shape).contiguous()
        file.write(tensor.flatten().view(torch.uint8).numpy().data)


def entries_of(weights: Weights[Any], prefix: str) -> list[Entry]:
    """A module's weights under its own names below a prefix, in the precision of its file, patches applied."""
    return [
        Entry(prefix + name, tensor.dtype, tuple(tensor.shape), _maker(weights, name))
        for name, tensor in weights.module.state_dict().items()
    ]


def _maker(weights: Weights[Any], name: str) -> Callable[[], torch.Tensor]:
    def make() -> torch.Tensor:
        tensor = weights.module.get_parameter(name).detach()
        made = patched(tensor, weights.patches[name]) if name in weights.patches else tensor.clone()
        weights.page_out(name)
        return made

    return make


def unet_entries(weights: Weights[Any]) -> list[Entry]:
    """A U-Net's weights as checkpoints have them."""
    return entries_of(weights, UNET_PREFIX)


def vae_entries(vae: Vae, prefix: str = VAE_PREFIX) -> list[Entry]:
    """An autoencoder's weights as checkpoints have them, or with another prefix."""
    return entries_of(vae.weights, prefix)


def tower_entries(tower: Tower) -> list[Entry]:
    """A text network's weights in transformers' layout, as files of one text encoder have them."""
    outside = ("text_projection.weight",)
    return [
        Entry(e.name if e.name in outside else f"text_model.{e.name}", e.dtype, e.shape, e.make)
        for e in entries_of(tower.weights, "")
    ]


def clip_entries(clip: TextEncoder) -> list[Entry]:
    """A text encoder's weights as checkpoints of its family have them."""
    is_xl = len(clip.towers) > 1 or clip.towers[0].role == "g"
    return [entry for tower in clip.towers for entry in _in_checkpoint(tower, len(clip.towers), is_xl)]


def _in_checkpoint(tower: Tower, towers: int, is_xl: bool) -> list[Entry]:
    prefix = CHECKPOINT_PREFIXES[tower.role, is_xl and towers > 1, is_xl]
    own = {entry.name: entry for entry in entries_of(tower.weights, "")}
    if tower.role == "l":
        return [Entry(prefix + e.name, e.dtype, e.shape, e.make) for e in own.values()]
    return [_joined(prefix, part, own) for part in to_open_clip(list(own))]


def _joined(prefix: str, part: OpenClipEntry, own: Mapping[str, Entry]) -> Entry:
    sources = [own[name] for name in part.sources]
    first = sources[0]
    shape = (first.shape[0] * len(sources), *first.shape[1:])
    if part.is_transposed:
        shape = tuple(reversed(shape))

    def make() -> torch.Tensor:
        made = torch.cat([source.make() for source in sources])
        return made.T if part.is_transposed else made

    return Entry(prefix + part.name, first.dtype, shape, make)


def marks(prediction: str, sigmas: tuple[float, float, bool]) -> list[Entry]:
    """What tells in a checkpoint how it is sampled: that it predicts v, and up to where its noise goes."""
    low, high, is_continuous = sigmas
    given: dict[str, float] = {}
    if is_continuous and prediction == "v":
        given = {"edm_vpred.sigma_min": low, "edm_vpred.sigma_max": high}
    elif prediction == "v":
        given = {"v_pred": 1.0} | ({"ztsnr": 1.0} if high > HIGHEST_TRAINED else {})
    return [Entry(name, torch.float32, (), partial(torch.tensor, value)) for name, value in given.items()]


HIGHEST_TRAINED = 100.0
"""Above this a highest sigma is one of zero terminal SNR, of about 4518; else it is about 15."""
