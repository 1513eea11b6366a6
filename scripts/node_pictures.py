"""`python -m scripts.node_pictures [NODE …]`: a small picture of what a node makes of the demo checkpoint's picture.

They lie in docs/images/nodes, and the page of all nodes shows them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from scripts.template_pictures import open_gallery, tile

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images" / "nodes"
SIZE = 128
QUALITY = 80
SIDE = 128

PROMPTS = {"apple": "a red apple on a blue background", "rocket": "a rocket on a yellow background"}
SECOND = {"image2", "source", "samples2", "samples_from"}
"""Inputs that get the other picture."""
SHAPED = {"InvertMask", "GrowMask", "FeatherMask", "CropMask", "MaskBlur", "ComposeByMasks", "LatentCompositeMasked"}
"""Nodes whose mask is the apple's shape, not the right half."""
# What a node is given beside the links; what is missing stands at its default.
PICTURES: dict[str, dict[str, Any]] = {
    "ImageInvert": {},
    "ImageBlur": {"blur_radius": 6, "sigma": 4.0},
    "ImageSharpen": {"sharpen_radius": 2, "sigma": 1.5, "alpha": 2.0},
    "ImageQuantize": {"colors": 6, "dither": "floyd-steinberg"},
    "ImageBlend": {"blend_factor": 0.5, "blend_mode": "normal"},
    "ImageAddNoise": {"seed": 1, "strength": 0.5},
    "ImageCompositeMasked": {"x": 0, "y": 0, "resize_source": False},
    "ImageFlip": {"flip_method": "y-axis: horizontally"},
    "ImageRotate": {"rotation": "90 degrees"},
    "ImageCrop": {"width": 64, "height": 64, "x": 32, "y": 8},
    "ImageStitch": {"direction": "right", "match_image_size": True, "spacing_width": 4, "spacing_color": "white"},
    "ImagePadForOutpaint": {"left": 0, "top": 0, "right": 64, "bottom": 0, "feathering": 8},
    "ResizeAndPadImage": {"target_width": 160, "target_height": 96, "padding_color": "black", "interpolation": "area"},
    "CompareImages": {"view": "split"},
    "Canny": {"low_threshold": 0.1, "high_threshold": 0.3},
    "Morphology": {"operation": "gradient", "kernel_size": 3},
    "ImageScaleBy": {"upscale_method": "nearest-exact", "scale_by": 0.25},
    "ImageRGBToYUV": {},
    "ComposeByMasks": {"base": ["rocket", 0], "images": ["apple", 0], "masks": ["shape", 0], "mask_blur": 0.0},
    "ImageToMask": {"channel": "red"},
    "InvertMask": {},
    "GrowMask": {"expand": 10, "tapered_corners": True},
    "FeatherMask": {"left": 48, "top": 48, "right": 48, "bottom": 48},
    "CropMask": {"x": 32, "y": 8, "width": 64, "height": 64},
    "MaskBlur": {"radius": 8.0},
    "MaskComposite": {"destination": ["shape", 0], "source": ["mask", 0], "x": 0, "y": 0, "operation": "xor"},
    "LatentFlip": {"flip_method": "y-axis: horizontally"},
    "LatentRotate": {"rotation": "180 degrees"},
    "LatentCrop": {"width": 64, "height": 64, "x": 32, "y": 0},
    "LatentComposite": {"x": 64, "y": 0, "feather": 16},
    "LatentCompositeMasked": {"x": 0, "y": 0, "resize_source": False},
    "LatentBlend": {"blend_factor": 0.5},
    "LatentConcat": {"dim": "x"},
}


def prompt_picture(name: str) -> dict[str, Any]:
    """The prompt of a picture that the others are made of."""
    return _painted(name, PROMPTS[name]) | {"save": _node("SaveImage", images=[name, 0], filename_prefix=name)}


def graph_of(name: str, inputs: Mapping[str, Any], output: str) -> dict[str, Any]:
    """The prompt of a node's picture: what the demo checkpoint paints, masks, the node with its inputs, and a file."""
    graph = _painted("apple", PROMPTS["apple"]) | _painted("rocket", PROMPTS["rocket"]) | _masks()
    links = {key: link for key, kind in inputs.items() if (link := _link(name, key, kind))}
    graph["node"] = _node(name, **{**links, **PICTURES[name]})
    shown = "node"
    if output == "MASK":
        shown, graph["shown"] = "shown", _node("MaskToImage", mask=["node", 0])
    elif output == "LATENT":
        shown, graph["shown"] = "shown", _node("VAEDecode", samples=["node", 0], vae=["checkpoint", 2])
    graph["save"] = _node("SaveImage", images=[shown, 0], filename_prefix=name)
    return graph


def _link(name: str, key: str, kind: Any) -> list[Any] | None:
    picture = "rocket" if key in SECOND else "apple"
    if kind == "MASK":
        return ["shape" if name in SHAPED else "mask", 0]
    return {"IMAGE": [picture, 0], "LATENT": [f"{picture} sampler", 0]}.get(str(kind))


def _masks() -> dict[str, Any]:
    """The right half as `mask`, and where the apple is as `shape`."""
    return {
        "half": _node("SolidMask", value=1.0, width=SIDE // 2, height=SIDE),
        "none": _node("SolidMask", value=0.0, width=SIDE, height=SIDE),
        "mask": _node("MaskComposite", destination=["none", 0], source=["half", 0], x=SIDE // 2, y=0, operation="add"),
        "red": _node("ImageToMask", image=["apple", 0], channel="red"),
        "shape": _node("ThresholdMask", mask=["red", 0], value=0.6),
    }


def _node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def _painted(name: str, prompt: str) -> dict[str, Any]:
    """Nodes that paint a prompt; the picture is the first output of the node called `name`."""
    text, negative, empty, sampler = (f"{name} {part}" for part in ("text", "negative", "empty", "sampler"))
    return {
        "checkpoint": _node("CheckpointLoaderSimple", ckpt_name="skein-emoji.safetensors"),
        text: _node("CLIPTextEncode", clip=["checkpoint", 1], text=prompt),
        negative: _node("CLIPTextEncode", clip=["checkpoint", 1], text=""),
        empty: _node("EmptyLatentImage", width=SIDE, height=SIDE, batch_size=1),
        sampler: _node(
            "KSampler",
            model=["checkpoint", 0],
            positive=[text, 0],
            negative=[negative, 0],
            latent_image=[empty, 0],
            seed=42,
            steps=20,
            cfg=3.0,
            sampler_name="dpmpp_2m",
            scheduler="karras",
            denoise=1.0,
        ),
        name: _node("VAEDecode", samples=[sampler, 0], vae=["checkpoint", 2]),
    }


def main(names: list[str]) -> None:
    """Make the named nodes' pictures, of all in the table where none is named."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open_gallery() as gallery:
        for name in names or [*PROMPTS, *PICTURES]:
            graph = (
                prompt_picture(name)
                if name in PROMPTS
                else graph_of(name, gallery.inputs_of(name), gallery.output_of(name))
            )
            picture = tile(gallery.run_prompt(graph))
            picture.thumbnail((SIZE, SIZE), Image.Resampling.LANCZOS)
            picture.save(FOLDER / f"{name}.webp", quality=QUALITY, method=6)
            print(name, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
