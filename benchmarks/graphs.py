"""The prompts that are measured: trivial pictures, wide and deep graphs of cheap nodes, one text-to-image."""

from __future__ import annotations

import itertools
import random

from .client import Prompt

_colours = itertools.count(random.randrange(2**20))


def fresh_colour() -> int:
    """A colour not used before in this process, so that nothing is cached."""
    return next(_colours) * 2654435761 & 0xFFFFFF


def trivial(colour: int) -> Prompt:
    """EmptyImage → PreviewImage."""
    return {"1": _empty(64, colour), "2": _preview("1")}


def chain(length: int, colour: int) -> Prompt:
    """`length` nodes in one line, all cheap."""
    prompt = {"1": _empty(8, colour)}
    for number in range(2, length):
        prompt[str(number)] = _invert(str(number - 1))
    prompt[str(length)] = _preview(str(length - 1))
    return prompt


def web(length: int, width: int, colour: int) -> Prompt:
    """`length` nodes: `width` parallel chains, blended as a tree into one preview."""
    prompt: Prompt = {}

    def add(node: dict[str, object]) -> str:
        prompt[str(len(prompt) + 1)] = node
        return str(len(prompt))

    inverts = length - 2 * width
    heads = []
    for lane in range(width):
        head = add(_empty(8, colour + lane * 7919 & 0xFFFFFF))
        for _ in range(inverts // width + (lane < inverts % width)):
            head = add(_invert(head))
        heads.append(head)
    while len(heads) > 1:
        first, second, *heads = heads
        blend = {"image1": [first, 0], "image2": [second, 0], "blend_factor": 0.5, "blend_mode": "normal"}
        heads.append(add({"class_type": "ImageBlend", "inputs": blend}))
    add(_preview(heads[0]))
    return prompt


def text_to_image(checkpoint: str, size: int, steps: int, seed: int) -> Prompt:
    """The plain picture: one checkpoint, two texts, one euler run at cfg 7, decoded and shown."""
    sampler = {
        "model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0], "latent_image": ["4", 0],
        "seed": seed, "steps": steps, "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0,
    }  # fmt: skip
    return {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": checkpoint}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a red cat on a table", "clip": ["1", 1]}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["1", 1]}},
        "4": {"class_type": "EmptyLatentImage", "inputs": {"width": size, "height": size, "batch_size": 1}},
        "5": {"class_type": "KSampler", "inputs": sampler},
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": _preview("6"),
    }


def _empty(size: int, colour: int) -> dict[str, object]:
    return {"class_type": "EmptyImage", "inputs": {"width": size, "height": size, "batch_size": 1, "color": colour}}


def _invert(source: str) -> dict[str, object]:
    return {"class_type": "ImageInvert", "inputs": {"image": [source, 0]}}


def _preview(source: str) -> dict[str, object]:
    return {"class_type": "PreviewImage", "inputs": {"images": [source, 0]}}
