"""Previews by TAESD: a tiny decoder in place of rough colours, where `--preview-method taesd` asks for it."""

import logging
from functools import lru_cache, partial
from pathlib import Path

from torch import Tensor

from comfy.latent_formats import LatentFormat
from comfy.previews import encode_jpeg
from comfy.tiny_vae import decoded_colours, half_of, load_tiny_decoder, tiny_name_for
from execution import paths
from nodes.step_reports import Drawn

log = logging.getLogger(__name__)


def drawn_by_taesd(latent_format: LatentFormat) -> Drawn | None:
    """What draws a family's latents; None where it has no tiny decoder or its file is not there, which is said once."""
    name = tiny_name_for(latent_format)
    if name is None:
        _say("There is no tiny decoder for this family of models: previews are rough colours")
        return None
    file = half_of(paths.current().list_files("vae_approx"), name, "decoder")
    if file is None:
        _say(f"Put {name}_decoder.safetensors into models/vae_approx for previews by TAESD: until then they are rough")
        return None
    return partial(_draw, paths.current().full_path("vae_approx", file))


def _draw(file: Path, latent: Tensor, largest_side: int) -> bytes:
    """Runs off the sampling thread; the decoder is read there too, the first time."""
    decoder = load_tiny_decoder(file, file.stat().st_mtime_ns)
    return encode_jpeg(decoded_colours(decoder, latent), largest_side, pixels_per_colour=1)


@lru_cache(maxsize=8)
def _say(message: str) -> None:
    log.warning("%s", message)
