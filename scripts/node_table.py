"""Write docs/node-table.md, every built-in node with its inputs and outputs: `python -m scripts.node_table`."""

import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from execution import paths
from execution.describe import Descriptions
from nodes.registry import built_in_nodes

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "node-table.md"
PICTURES = "images/nodes"
TEMPLATES = "../web/editor/templates"
SHORT = 40
"""Texts up to so many letters are told in full."""
LARGE = 2**48
# Templates whose picture shows what a node does.
TEMPLATE_OF = {
    "KSampler": "text_to_image",
    "LoraLoader": "lora",
    "KSamplerVariations": "noise_per_picture",
    "SetLatentNoiseMask": "inpaint",
    "InpaintPutBack": "inpaint_full_resolution",
    "VAEEncodeForInpaint": "outpaint",
    "HiresFix": "hires_fix_in_one",
    "SDUpscale": "sd_upscale",
    "XYZGrid": "xyz_grid",
    "ForEachEnd": "for_each",
    "RepeatStart": "loop_back",
    "RangeList": "range_of_values",
    "DynamicPrompt": "dynamic_prompt",
    "ConditioningAverage": "range_of_values",
    "ConditioningSetArea": "regions",
    "ConditioningSetTimestepRange": "prompt_change",
    "SamplerCustomAdvanced": "custom_sampling",
    "EncodeMaskedContent": "masked_content",
    "DifferentialDiffusion": "soft_inpaint",
    "ModelMergeSimple": "model_merge",
    "FreeU_V2": "guidance",
    "PerturbedAttentionGuidance": "guidance",
    "RescaleCFG": "guidance",
    "LorasFromPrompt": "lora_from_prompt",
    "CreateHookLora": "lora_in_a_region",
    "ImageUpscaleWithModel": "upscale_model",
    "ControlNetApplyAdvanced": "controlnet",
    "ModelMergeAdd": "merge_difference",
    "SelfAttentionGuidance": "guidance_more",
    "TrainLoraNode": "train_lora",
    "FlipSigmas": "back_to_noise",
    "KSamplerAdvanced": "two_samplers",
    "ConditioningCombine": "prompts_combined",
    "CreateHookKeyframesInterpolated": "lora_over_time",
    "ResizeForImageToImage": "resize_modes",
    "WhileEnd": "while_loop",
    "Switch": "branches",
    "LatentInterpolate": "latents_joined",
}

HEAD = """\
# Every node

The nodes that come with Skein, by the place where the editor's menu has them. *Italic* inputs may stay unconnected.
`= 20` is what a widget begins with, `1 … 100 by 0.5` the range that is allowed and the step of its arrows. Choices are
listed with the first being the default unless another is named; *files* are those in your folders.
`python -m scripts.node_table` writes this page from the declarations; how a node is declared says
[nodes.md](nodes.md), what there is for pictures [pictures.md](pictures.md).

The small pictures were made with the demo checkpoint (`python -m scripts.node_pictures` and
`python -m scripts.template_pictures`). Nodes that change pictures show what becomes of the apple, and those that take
two have the rocket for the other; a mask covers the right half, or the apple itself. What latents
become is shown decoded.

<img src="images/nodes/apple.webp" width="96" alt="a red apple on blue">
<img src="images/nodes/rocket.webp" width="96" alt="a rocket on yellow">
"""


def page() -> str:
    """The whole page as Markdown."""
    ordered = sorted(_described(), key=lambda node: (node["category"], node["name"].casefold()))
    sections = (_section(category, rows) for category, rows in groupby(ordered, key=lambda node: node["category"]))
    return "\n".join([HEAD, *sections])


def _described() -> list[Mapping[str, Any]]:
    """Every node as an installation without any files describes it, so that the page is the same on every machine."""
    before = paths._installed
    with tempfile.TemporaryDirectory() as folder:
        paths.configure(paths.PathOptions(base_directory=Path(folder)))
        nodes = list(Descriptions(built_in_nodes()).values())
    paths._installed = before
    return nodes


def _section(category: str, nodes: Iterator[Mapping[str, Any]]) -> str:
    rows = "\n".join(map(_row, nodes))
    return f"## {category}\n\n| node | inputs | outputs |\n|---|---|---|\n{rows}\n"


def _row(node: Mapping[str, Any]) -> str:
    title = f" ({node['display_name']})" if node["display_name"] != node["name"] else ""
    marks = "".join(f" *{mark}*" for mark in ("deprecated", "experimental") if node.get(mark))
    about = " ".join(node["description"].split())
    cells = [f"**{node['name']}**{title}{marks}<br>{about}{_picture(node['name'])}", _inputs(node), _outputs(node)]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _picture(name: str) -> str:
    own = f"{PICTURES}/{name}.webp"
    source = own if (DOCS / own).exists() else f"{TEMPLATES}/{TEMPLATE_OF[name]}.webp" if name in TEMPLATE_OF else None
    return f'<br><img src="{source}" width="96" alt="">' if source else ""


def _inputs(node: Mapping[str, Any]) -> str:
    shown = []
    for group, mark in (("required", ""), ("optional", "*")):
        for name in node["input_order"].get(group, ()):
            kind, *rest = node["input"][group][name]
            shown.append(f"{mark}{name}{mark} {_widget(kind, rest[0] if rest else {})}")
    return "<br>".join(shown)


def _widget(kind: Any, options: Mapping[str, Any]) -> str:
    if kind == "COMBO":
        kind = options.get("options", [])
    if isinstance(kind, list):
        return _choices(kind, options.get("default"))
    return f"`{kind}`{_default(options.get('default'))}{_range(options)}"


def _choices(choices: Sequence[Any], default: Any) -> str:
    """What can be chosen; where that is much, folded."""
    if not choices:
        return "`COMBO` of files"
    told = "" if default == choices[0] else _default(default)
    names = " · ".join(map(str, choices))
    if len(names) <= SHORT:
        return f"`COMBO`{told}: {names}"
    return f"`COMBO`{told} <details><summary>{len(choices)} choices</summary>{names}</details>"


def _default(default: Any) -> str:
    if default is None or default == "":
        return ""
    text = _number(default) if isinstance(default, int | float) else " ".join(str(default).split())
    return f" = {text if len(text) <= SHORT else text[: SHORT - 1] + '…'}"


def _range(options: Mapping[str, Any]) -> str:
    low, high, step = (options.get(key) for key in ("min", "max", "step"))
    if low is None and high is None:
        return ""
    ends = " … ".join("" if end is None else _number(end) for end in (low, high)).strip()
    return f", {ends}{'' if step in (None, 1) else f' by {_number(step)}'}"


def _number(value: float) -> str:
    """A number as people write it; the largest ones, which are as many bits as fit, as powers of two."""
    if isinstance(value, bool):
        return str(value)
    if abs(value) >= LARGE:
        bits = round(math.log2(abs(value)))
        return f"{'-' if value < 0 else ''}2<sup>{bits}</sup>{' - 1' if abs(value) % 2 else ''}"
    return f"{value:.10g}"


def _outputs(node: Mapping[str, Any]) -> str:
    lists = node["output_is_list"]
    return "<br>".join(
        f"`{kind}`{'' if name == kind else f' {name}'}{' (a list)' if at < len(lists) and lists[at] else ''}"
        for at, (kind, name) in enumerate(zip(map(str, node["output"]), node["output_name"], strict=False))
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
