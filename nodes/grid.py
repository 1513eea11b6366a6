"""The X/Y/Z grid: one picture for every combination of values, and all of them on labelled sheets."""

import hashlib
import json
from itertools import product
from typing import Annotated, Any

import torch

from comfy import image_files
from comfy.contact_sheet import contact_sheet
from comfy.images import to_bytes
from execution import flow, paths, progress
from nodes.declare import node
from nodes.graph_copies import Graph, copy_nodes, downstream, read_nodes, upstream
from nodes.grid_axes import SEARCH, Axis, apply, read_axis
from nodes.metadata import picture_texts
from nodes.types import ExtraPngInfo, Image, RunningPrompt, UniqueId
from nodes.widgets import LAZY, OPTIONAL, RAW_LINK, Listed, Name, Other, Socket, Text, Tip, Toggle

RawImage = Annotated[Any, Socket("IMAGE"), RAW_LINK]
Target = Annotated[str, Text(""), Tip(f"node.input, such as KSampler.cfg; or {SEARCH}; empty for no axis.")]
Values = Annotated[str, Text("", multiline=True), Tip("1, 2, 5 or 1-9 (+2) or 1-9 [3]; texts with commas in quotes.")]
NO_AXIS = Axis("", ("",))


@node("image", display_name="X/Y/Z Grid")
class XYZGrid:
    """Make the picture again for every combination of widgets' values, and lay all out on a labelled sheet.

    Only what a changed widget touches runs again. Finished cells are kept as files, so that a grid that was stopped
    goes on where it was.
    """

    def sweep(
        self,
        image: Annotated[RawImage, Tip("The picture to make again and again.")],
        x_axis: Target,
        x_values: Values,
        y_axis: Annotated[Target, OPTIONAL] = "",
        y_values: Annotated[Values, OPTIONAL] = "",
        z_axis: Annotated[Target, OPTIONAL] = "",
        z_values: Annotated[Values, OPTIONAL] = "",
        filename_prefix: Annotated[
            str, Text("grid/cell"), Tip("Where the single pictures go."), OPTIONAL
        ] = "grid/cell",
        resume: Annotated[bool, Toggle(True), Tip("Take cells that are there already."), OPTIONAL] = True,
        unique_id: UniqueId = None,
        prompt: RunningPrompt = None,
        extra_pnginfo: ExtraPngInfo = None,
    ) -> tuple[
        Annotated[Image, Name("sheet"), Tip("One sheet for each value of z.")],
        Annotated[Image, Name("pictures"), Listed()],
    ]:
        nodes = read_nodes(prompt)
        sources = {node_id: nodes[node_id] for node_id in upstream(nodes, [image[0]])}
        titles = _titles(extra_pnginfo)
        told = ((x_axis, x_values), (y_axis, y_values), (z_axis, z_values))
        x, y, z = (read_axis(sources, titles, target, values) or NO_AXIS for target, values in told)
        grid = str(unique_id)
        graph: Graph = {}
        cells = []
        all_cells = list(product(z.values, y.values, x.values))
        for number, chosen in enumerate(all_cells):
            settings = [(axis, value) for axis, value in zip((z, y, x), chosen, strict=True) if axis is not NO_AXIS]
            cell, key, changed = _cell(sources, settings, image, f"{grid}.{number}.")
            graph |= cell
            graph[f"{grid}.{number}.cell"] = {
                "class_type": "GridCell",
                "inputs": {
                    "image": key,
                    "place": {"number": number, "count": len(all_cells), "prefix": filename_prefix, "resume": resume},
                    "made_by": changed,
                },
                "override_display_id": grid,
            }
            cells.append([f"{grid}.{number}.cell", 0])
        graph[f"{grid}.sheet"] = {
            "class_type": "GridSheet",
            "inputs": {
                "labels": [
                    [axis.label(value) if axis is not NO_AXIS else "" for value in axis.values] for axis in (x, y, z)
                ],
                **{f"cell_{number}": cell for number, cell in enumerate(cells)},
            },
            "override_display_id": grid,
        }
        return flow.expansion(graph, ([f"{grid}.sheet", 0], [f"{grid}.sheet", 1]))  # type: ignore[return-value]


def wanted_cell(place: Any = None, made_by: Any = None, image: Any = None, **_hidden: Any) -> list[str]:
    """Whether a cell's picture has to be made, or is there from before."""
    return [] if image is not None or _kept_file(place, made_by) is not None else ["image"]


@node("image/inner", display_name="Cell of a Grid", lazy_status=wanted_cell)
class GridCell:
    """One picture of a grid, saved as soon as it is made."""

    def keep(
        self,
        place: Annotated[Any, Other("*")],
        made_by: Annotated[Any, Other("*")],
        image: Annotated[Any, Socket("IMAGE"), LAZY] | None = None,
        extra_pnginfo: ExtraPngInfo = None,
    ) -> Image:
        report = progress.current()
        report.update(place["number"] + 1, place["count"])
        kept = _kept_file(place, made_by)
        if kept is not None:
            return image_files.read_picture(kept).images
        assert image is not None
        _save(image, place, made_by, extra_pnginfo)
        return image


@node("image/inner", display_name="Sheet of a Grid")
class GridSheet:
    """All pictures of a grid on labelled sheets."""

    def lay_out(self, labels: Annotated[Any, Other("*")], **cells: Any) -> tuple[Image, Annotated[Image, Listed()]]:
        pictures = [cells[f"cell_{number}"] for number in range(len(cells))]
        columns, rows, sheets = labels
        size = len(columns) * len(rows)
        laid = [
            contact_sheet([picture[0] for picture in pictures[index * size : (index + 1) * size]], columns, rows, title)
            for index, title in enumerate(sheets)
        ]
        return torch.stack(laid), pictures  # type: ignore[return-value]


def _cell(sources: Graph, settings: list[tuple[Axis, Any]], image: Any, prefix: str) -> tuple[Graph, Any, Any]:
    """Copies of what the settings touch, the link to the cell's picture, and the whole prompt that makes it."""
    changed = apply(sources, settings)
    touched = {node_id for node_id in sources if changed[node_id] is not sources[node_id]}
    for node_id in list(touched):
        touched |= downstream(sources, node_id)
    link = [prefix + image[0], image[1]] if image[0] in touched else image
    return copy_nodes(changed, touched, prefix), link, changed


def _kept_file(place: Any, made_by: Any) -> Any:
    """The file of a cell that the same prompt has made before; None where there is none."""
    target = paths.current().resolve("output", f"{place['prefix']}_{_key(made_by)}.png")
    return target if place["resume"] and target.is_file() else None


def _key(made_by: Any) -> str:
    return hashlib.sha256(json.dumps(made_by, sort_keys=True).encode()).hexdigest()[:16]


def _save(image: Image, place: Any, made_by: Any, extra_pnginfo: ExtraPngInfo) -> None:
    target = paths.current().resolve("output", f"{place['prefix']}_{_key(made_by)}.png")
    _, height, width, _ = image.shape
    last = next((node_id for node_id in reversed(list(made_by))), None)
    texts = picture_texts(made_by, extra_pnginfo, last, width=width, height=height).of(0)
    with paths.atomic_write(target) as file:
        image_files.write_png(file, to_bytes(image[:1])[0], texts, 4)


def _titles(extra_pnginfo: ExtraPngInfo) -> dict[str, str]:
    workflow = (extra_pnginfo or {}).get("workflow") or {}
    listed = workflow.get("nodes") if isinstance(workflow, dict) else None
    return {
        str(shown.get("id")): shown["title"] for shown in listed or () if isinstance(shown, dict) and shown.get("title")
    }
