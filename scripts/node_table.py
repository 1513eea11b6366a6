"""Write docs/node-table.md, every built-in node with its inputs and outputs: `python -m scripts.node_table`."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from execution.describe import Descriptions
from nodes.registry import built_in_nodes

PAGE = Path(__file__).resolve().parent.parent / "docs" / "node-table.md"

HEAD = """\
# Every node

The nodes that come with Skein, by the place where the editor's menu has them. *Italic* inputs may stay unconnected; a
value behind an input is what its widget begins with. `python -m scripts.node_table` writes this page from the
declarations; how a node is declared says [nodes.md](nodes.md), what there is for pictures [pictures.md](pictures.md).
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
    cells = [f"**{node['name']}**{title}{marks}<br>{about}", _inputs(node), _outputs(node)]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


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
