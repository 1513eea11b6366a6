"""Nodes that turn words into conditioning."""

from typing import Annotated

from nodes.declare import node
from nodes.needs import need
from nodes.types import Clip, Conditioning
from nodes.widgets import Number, Text, Tip


@node("conditioning", display_name="CLIP Text Encode (Prompt)", order=("text", "clip"))
class CLIPTextEncode:
    """Turn prompt text into conditioning. (words:1.2) weigh more, (words:0.8) less; embedding:name uses a file."""

    def encode(
        self,
        clip: Annotated[Clip, Tip("The text encoder.")],
        text: Annotated[str, Text(multiline=True, dynamic_prompts=True), Tip("What the picture should show.")],
    ) -> Annotated[Conditioning, Tip("Steers a sampler towards what the text says.")]:
        return need(clip, "clip").encode(text)


@node("conditioning", display_name="CLIP Set Last Layer")
class CLIPSetLastLayer:
    """Stop the text encoder some layers early, as some models were trained with; -2 is often called clip skip 2."""

    def set_last_layer(self, clip: Clip, stop_at_clip_layer: Annotated[int, Number(-1, -24, -1, step=1)]) -> Clip:
        return need(clip, "clip").with_last_layer(stop_at_clip_layer)
