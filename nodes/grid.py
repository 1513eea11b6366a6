"""The X/Y/Z grid: one picture for every combination of values, and all of them on labelled sheets."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import count, product, takewhile
from pathlib import Path
from typing import Annotated, Any

import torch

from comfy import image_files
from comfy.contact_sheet import contact_sheet
from comfy.images import to_bytes
from execution import flow, paths, progress
from nodes.declare import node
from nodes.file_names import filled
from nodes.generation import Generation, find_generation
from nodes.graph_copies import Graph, copy_nodes, downstream, read_nodes, upstream
from nodes.grid_axes import SEARCH, Axis, apply, read_axis
from nodes.grid_stamps import Stamps
from nodes.loops import with_whole_loops
from nodes.metadata import PictureTexts, carried_texts
from nodes.running_graph import generation_here
from nodes.types import ExtraPngInfo, Image, RunningPrompt, UniqueId
from nodes.widgets import LAZY, OPTIONAL, RAW_LINK, Listed, Name, Other, Socket, Text, Tip, Toggle

RawImage = Annotated[Any, Socket("IMAGE"), RAW_LINK]
Target = Annotated[
    str,
    Text("", placeholder="such as KSampler.cfg", suggests="axes"),
    Tip(f"node.input, such as KSampler.cfg; cfg alone where only one node has it; or {SEARCH}; empty for no axis."),
]
Values = Annotated[
    str,
    Text("", multiline=True, placeholder="1, 2, 5 or 1-9 (+2) or 1-9 [3]"),
    Tip("1, 2, 5 or 1-9 (+2) or 1-9 [3]; texts with commas in quotes."),
]
NO_AXIS = Axis("", ("",))


@node("image", display_name="X/Y/Z Grid", search_aliases=("xy plot", "xyz plot", "sweep"))
class XYZGrid:
    """Make the picture again for every combination of widgets' values, and lay all out on a labelled sheet.

    Only what a changed widget touches runs again. Finished cells are kept as files, so that a grid that was stopped
    goes on where it was; they are made anew once a file that they are made from has changed.
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
        shown = {node_id: prompt.get_display_node_id(node_id) for node_id in sources}
        by_id = _titles(nodes, extra_pnginfo)
        titles = {node_id: by_id[own] for node_id, own in shown.items() if own in by_id}
        told = ((x_axis, x_values), (y_axis, y_values), (z_axis, z_values))
        x, y, z = (read_axis(sources, titles, target, values, shown) or NO_AXIS for target, values in told)
        grid = str(unique_id)
        graph: Graph = {}
        cells = []
        stamps = Stamps()
        all_cells = list(product(z.values, y.values, x.values))
        for number, chosen in enumerate(all_cells):
            settings = [(axis, value) for axis, value in zip((z, y, x), chosen, strict=True) if axis is not NO_AXIS]
            cell, link, changed = _cell(sources, settings, image, f"{grid}.{number}.")
            graph |= cell
            place = {"number": number, "count": len(all_cells), "prefix": filename_prefix, "resume": resume}
            place |= {"made_at": image[0], "key": _key(changed, stamps)}
            graph[f"{grid}.{number}.cell"] = {
                "class_type": "GridCell",
                "inputs": {"image": link, "place": place, "made_by": changed},
                "override_display_id": grid,
            }
            cells.append(f"{grid}.{number}.cell")
        graph[f"{grid}.sheet"] = {
            "class_type": "GridSheet",
            "inputs": {
                "labels": [
                    [axis.label(value) if axis is not NO_AXIS else "" for value in axis.values] for axis in (x, y, z)
                ],
                **{f"cell_{number}": [cell, 0] for number, cell in enumerate(cells)},
                **{f"files_{number}": [cell, 1] for number, cell in enumerate(cells)},
            },
            "override_display_id": grid,
        }
        return flow.expansion(graph, ([f"{grid}.sheet", 0], [f"{grid}.sheet", 1]))  # type: ignore[return-value]


def wanted_cell(place: Any = None, made_by: Any = None, image: Any = None, **_hidden: Any) -> list[str]:
    """Whether a cell's picture has to be made, or is there from before."""
    is_made = bool(image) and image[0] is not None
    return [] if is_made or _kept_files(place[0], made_by[0]) else ["image"]


@node("image/inner", display_name="Cell of a Grid", lazy_status=wanted_cell, takes_lists=True)
class GridCell:
    """One cell of a grid, all of its pictures saved as soon as they are made."""

    def keep(
        self,
        place: Annotated[Any, Other("*")],
        made_by: Annotated[Any, Other("*")],
        image: Annotated[Any, Socket("IMAGE"), LAZY] | None = None,
        extra_pnginfo: ExtraPngInfo = None,
        unique_id: UniqueId = None,
    ) -> tuple[Annotated[Image, Listed()], Annotated[Any, Socket("*"), Name("files")]]:
        where, made = place[0], made_by[0]
        report = progress.current()
        report.update(where["number"] + 1, where["count"])
        kept = _kept_files(where, made)
        if kept:
            return together([image_files.read_picture(file).images for file in kept]), kept  # type: ignore[return-value]
        assert image is not None
        cell, told = (unique_id or [None])[0], (extra_pnginfo or [None])[0]  # type: ignore[index]
        generations = [generation_here(made, cell, result) for result in range(len(image))]
        files = _save(image, generations, where, made, carried_texts(made, told))
        return together(image), files  # type: ignore[return-value]


@node("image/inner", display_name="Sheet of a Grid", takes_lists=True)
class GridSheet:
    """All pictures of a grid on labelled sheets, of each cell the first; the page is told the files of all."""

    def lay_out(self, labels: Annotated[Any, Other("*")], **cells: Any) -> tuple[Image, Annotated[Image, Listed()]]:
        made = [cells[f"cell_{number}"] for number in range(len(cells) // 2)]
        pictures = [picture for cell in made for picture in cell]
        files = [file for number in range(len(made)) for file in cells[f"files_{number}"][0]]
        columns, rows, sheets = labels[0]
        size = len(columns) * len(rows)
        laid = [
            contact_sheet([cell[0][0] for cell in made[index * size : (index + 1) * size]], columns, rows, title)
            for index, title in enumerate(sheets)
        ]
        output = paths.current().output
        told = [
            {"filename": file.name, "subfolder": file.parent.relative_to(output).as_posix(), "type": "output"}
            for file in files
        ]
        return {"ui": {"images": told}, "result": (torch.stack(laid), pictures)}  # type: ignore[return-value]


def _cell(sources: Graph, settings: list[tuple[Axis, Any]], image: Any, prefix: str) -> tuple[Graph, Any, Any]:
    """Copies of what the settings touch, the link to the cell's picture, and the whole prompt that makes it."""
    changed = apply(sources, settings)
    touched = {node_id for node_id in sources if changed[node_id] is not sources[node_id]}
    for node_id in list(touched):
        touched |= downstream(sources, node_id)
    touched = with_whole_loops(sources, touched)
    link = [prefix + image[0], image[1]] if image[0] in touched else image
    return copy_nodes(changed, touched, prefix), link, changed


def _key(made_by: Graph, stamps: Stamps) -> str:
    """What stands for a cell: the prompt that makes it, and the state of the files that its nodes read."""
    told = {"nodes": made_by, "stamps": stamps.of(made_by)}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _files(place: Any, made_by: Any) -> Iterator[Path]:
    """The files of a cell's pictures, without end."""
    generation = find_generation(made_by, place["made_at"])
    prefix = filled(place["prefix"], generation) if generation else place["prefix"]
    named = paths.current().check_prefix(prefix, paths.current().output)
    return (
        named.with_name(f"{named.name}_{place['key']}{'' if number == 1 else f'_{number}'}.png") for number in count(1)
    )


def _kept_files(place: Any, made_by: Any) -> list[Path]:
    """The files of a cell that the same prompt has made before; none where it has not."""
    return list(takewhile(Path.is_file, _files(place, made_by))) if place["resume"] else []


def together(images: Sequence[Image]) -> list[Image]:
    """The pictures of a cell as one batch; where they differ in size, as they are."""
    return [torch.cat(list(images))] if len({image.shape[1:] for image in images}) == 1 else list(images)


def _save(
    images: Sequence[Image], generations: Sequence[Generation | None], place: Any, made_by: Any, carried: dict[str, str]
) -> list[Path]:
    """Save every picture of a cell; each of the images was made by the settings at its place."""
    pictures = [
        (batch, number, generation)
        for batch, generation in zip(images, generations, strict=True)
        for number in range(len(batch))
    ]
    files = [file for _, file in zip(pictures, _files(place, made_by), strict=False)]
    # The first one is there only when all are.
    for path, (batch, number, generation) in reversed(list(zip(files, pictures, strict=True))):
        texts = PictureTexts(carried, generation, batch.shape[2], batch.shape[1], len(batch))
        with paths.atomic_write(path) as file:
            image_files.write_png(file, to_bytes(batch[number : number + 1])[0], texts.of(number), 4)
    return files


def _titles(nodes: Graph, extra_pnginfo: ExtraPngInfo) -> dict[str, str]:
    """The titles that nodes were given, by id, as the prompt or its workflow tells them."""
    told = {node_id: (node.get("_meta") or {}).get("title") for node_id, node in nodes.items()}
    own = {node_id: title for node_id, title in told.items() if title and title != nodes[node_id]["class_type"]}
    workflow = (extra_pnginfo or {}).get("workflow") or {}
    listed = workflow.get("nodes") if isinstance(workflow, dict) else None
    return own | {
        str(shown.get("id")): shown["title"] for shown in listed or () if isinstance(shown, dict) and shown.get("title")
    }
