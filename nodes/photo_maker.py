"""Nodes that let a word of a prompt look like the people of some pictures (PhotoMaker)."""

from typing import Annotated

from comfy.photo_maker import load_photo_maker
from execution import paths
from nodes.declare import node
from nodes.loaders import model_files, stamp_of
from nodes.needs import need
from nodes.types import Clip, Conditioning, Image, PhotoMaker
from nodes.widgets import Text


@node("_for_testing/photomaker", experimental=True, fingerprint=stamp_of("photomaker", "photomaker_model_name"))
class PhotoMakerLoader:
    """Read PhotoMaker's network, for Stable Diffusion XL."""

    def load_photomaker_model(self, photomaker_model_name: Annotated[str, model_files("photomaker")]) -> PhotoMaker:
        return load_photo_maker(paths.current().full_path("photomaker", photomaker_model_name))


@node("_for_testing/photomaker", experimental=True)
class PhotoMakerEncode:
    """Turn a prompt into conditioning; the word before "photomaker" looks like those on the pictures."""

    def apply_photomaker(
        self,
        photomaker: PhotoMaker,
        image: Image,
        clip: Clip,
        text: Annotated[str, Text("photograph of photomaker", multiline=True, dynamic_prompts=True)],
    ) -> Conditioning:
        return photomaker.encode(need(clip, "clip"), text, image)
