"""Nodes that bind words to boxes of the picture (GLIGEN)."""

from typing import Annotated

from comfy.gligen import WordBox, bind, load_gligen
from execution import paths
from nodes.declare import node
from nodes.loaders import model_files, stamp_of
from nodes.needs import need
from nodes.types import MAX_RESOLUTION, Clip, Conditioning, Gligen
from nodes.widgets import Number, Text

PIXELS_PER_LATENT = 8
Side = Annotated[int, Number(64, 8, MAX_RESOLUTION, step=8)]
Offset = Annotated[int, Number(0, 0, MAX_RESOLUTION, step=8)]


@node("loaders", fingerprint=stamp_of("gligen", "gligen_name"))
class GLIGENLoader:
    """Read the layers that GLIGEN adds to Stable Diffusion 1."""

    def load_gligen(self, gligen_name: Annotated[str, model_files("gligen")]) -> Gligen:
        return load_gligen(paths.current().full_path("gligen", gligen_name))


@node("conditioning/gligen")
class GLIGENTextBoxApply:
    """Have something appear in a box of the picture; several can follow each other."""

    def append(
        self,
        conditioning_to: Conditioning,
        clip: Clip,
        gligen_textbox_model: Gligen,
        text: Annotated[str, Text(multiline=True, dynamic_prompts=True)],
        width: Side,
        height: Side,
        x: Offset,
        y: Offset,
    ) -> Conditioning:
        words = need(clip, "clip").encode_whole(text)
        in_latent = (side // PIXELS_PER_LATENT for side in (height, width, y, x))
        box = WordBox(words, *in_latent)
        return [[embedding, bind(options, gligen_textbox_model, box)] for embedding, options in conditioning_to]
