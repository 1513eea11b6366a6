"""Write docs/node-table.md, every built-in node with its inputs and outputs: `python -m scripts.node_table`."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from execution.describe import Descriptions
from nodes.registry import built_in_nodes

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "node-table.md"
PICTURES = "images/nodes"
TEMPLATES = "../web/editor/templates"
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
}

HEAD = """\
# Every node

The nodes that come with Skein, by the place where the editor's menu has them. *Italic* inputs may stay unconnected; a
value behind an input is what its widget begins with. `python -m scripts.node_table` writes this page from the
declarations; how a node is declared says [nodes.md](nodes.md), what there is for pictures [pictures.md](pictures.md).

The small pictures were made with the demo checkpoint (`python -m scripts.node_pictures` and
`python -m scripts.template_pictures`). Nodes that change pictures show what becomes of the apple, and those that take
two have the rocket for the other; a mask covers the right half.

<img src="images/nodes/apple.webp" width="96" alt="a red apple on blue">
<img src="images/nodes/rocket.webp" width="96" alt="a rocket on yellow">
"""


def page() -> str:
    """The whole page as Markdown."""
    nodes = Descriptions(built_in_nodes()).values()
    ordered = sorted(nodes, key=lambda node: (node["category"], node["name"].casefold()))
    sections = (_section(category, rows) for category, rows in groupby(ordered, key=lambda node: node["category"]))
    return "\n".join([HEAD, *sections])


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
            kind, *options = node["input"][group][name]
            shown.append(f"{mark}{name}{mark} {_kind(kind)}{_default(options[0] if options else {})}")
    return "<br>".join(shown)


def _kind(kind: Any) -> str:
    """Choices are told as such: lists of files are another on every machine."""
    return "`COMBO`" if isinstance(kind, list) else f"`{kind}`"


def _default(options: Mapping[str, Any]) -> str:
    default = options.get("default")
    if default is None or default == "":
        return ""
    text = " ".join(str(default).split())
    return f" = {text if len(text) <= 40 else text[:39] + '…'}"


def _outputs(node: Mapping[str, Any]) -> str:
    lists = node["output_is_list"]
    return "<br>".join(
        f"`{kind}`{'' if name == kind else f' {name}'}{' (a list)' if at < len(lists) and lists[at] else ''}"
        for at, (kind, name) in enumerate(zip(map(str, node["output"]), node["output_name"], strict=False))
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
