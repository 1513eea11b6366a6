"""Nodes that save pictures in other formats, in 16 bits, and larger than memory."""

import csv
import io
import json
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import torch
from PIL import Image as Pillow

from comfy.bands import bands
from comfy.images import to_bytes
from comfy.picture_writers import BandWriter, PngWriter, TiffWriter
from comfy.upscaling import OVERLAP, TILE, network_of
from execution import paths, picture_texts, progress
from execution.paths import NewFiles
from execution.picture_texts import PARAMETERS
from nodes.declare import node
from nodes.file_names import claim_files, filled_prefix
from nodes.generation import Generation
from nodes.metadata import PictureTexts, find_save_node, words_of
from nodes.metadata import picture_texts as texts_for
from nodes.running_graph import generation_here
from nodes.types import ExtraPngInfo, Image, PromptGraph, Ui
from nodes.upscalers import UpscaleModel, need_upscaler
from nodes.widgets import OPTIONAL, Choice, Number, Text, Tip

Prefix = Annotated[str, Text("Skein"), Tip("May hold %seed%, %steps%, %cfg%, %model%, %sampler%, %date:yyyy-MM-dd%.")]
BANDED = {"PNG, 8 bits": (".png", 8), "PNG, 16 bits": (".png", 16), "TIFF, 16 bits": (".tiff", 16)}
EXACT = next(iter(BANDED))
PACKED = {"WebP": (".webp", "WEBP"), "WebP, lossless": (".webp", "WEBP"), "JPEG": (".jpg", "JPEG")}
LOGS = ("none", "CSV", "JSON lines")
SETTINGS = ("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise", "model", "positive", "negative")
HEAD = ("time", "file", *SETTINGS, PARAMETERS)


@node("image", display_name="Save Image As", output_node=True)
class SaveImageAs:
    """Write pictures as PNG or TIFF of 16 bits, as WebP or JPEG, with their settings, and keep a log of them."""

    def save(
        self,
        images: Image,
        filename_prefix: Prefix,
        format: Annotated[str, Choice((*BANDED, *PACKED)), OPTIONAL] = EXACT,  # noqa: A002 - what the card says
        quality: Annotated[int, Number(90, 1, 100), Tip("For JPEG and WebP."), OPTIONAL] = 90,
        log: Annotated[
            str, Choice(LOGS), Tip("One line for each picture, in the folder of the pictures."), OPTIONAL
        ] = "none",
        prompt: PromptGraph = None,
        extra_pnginfo: ExtraPngInfo = None,
    ) -> Ui:
        batch, height, width, _ = images.shape
        save_node = progress.current().node_id or find_save_node(prompt, filename_prefix)
        ending = (BANDED | PACKED)[format][0]
        texts = texts_for(prompt, extra_pnginfo, save_node, width=width, height=height, batch_size=batch)
        # Copied, since the files are written while later nodes run.
        pictures = images.detach().to("cpu", copy=True)
        output = paths.current().output
        files = claim_files(filename_prefix, prompt, save_node, output, (width, height), batch, f"_{ending}")
        for index, file in enumerate(files):
            work = partial(_write, file.path, pictures[index], format, quality, texts.of(index))
            progress.current().defer(work)
        shown = [{"filename": file.filename, "subfolder": file.subfolder, "type": "output"} for file in files]
        if log != "none":
            progress.current().defer(partial(_log_all, log, files, generation_here(prompt, save_node), texts))
        return {"ui": {"images": shown}}


def append_log(folder: Path, kind: str, made: Mapping[str, Mapping[str, Any]]) -> None:
    """Add a line for each file, its settings by name, to a folder's log; lines are added whole, whoever adds others.

    A CSV that is there keeps the columns that it has.
    """
    now = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    rows = [{"time": now, "file": name, **values} for name, values in made.items()]
    path = folder / ("log.csv" if kind == "CSV" else "log.jsonl")
    if kind == "CSV":
        buffer = io.StringIO()
        head = _head_of(path)
        writer = csv.DictWriter(buffer, head or HEAD, extrasaction="ignore", lineterminator="\n")
        if not head:
            writer.writeheader()
        writer.writerows(rows)
        text = buffer.getvalue()
    else:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def _head_of(path: Path) -> list[str]:
    """The columns of a CSV file; none where it is not there or empty."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        return next(csv.reader(file), [])


@node("image/upscaling", display_name="Upscale to File", output_node=True)
class UpscaleToFile:
    """Enlarge one picture by a network and write it as it is made, so that any size fits into memory.

    No more is held than the picture given and a few bands as high as an enlarged tile.
    """

    def upscale(
        self,
        upscale_model: UpscaleModel,
        image: Image,
        filename_prefix: Prefix,
        format: Annotated[str, Choice(tuple(BANDED)), OPTIONAL] = EXACT,  # noqa: A002
        tile_size: Annotated[int, Number(TILE, 128, 2048, step=32), OPTIONAL] = TILE,
        prompt: PromptGraph = None,
        extra_pnginfo: ExtraPngInfo = None,
    ) -> Ui:
        model, (ending, bits) = need_upscaler(upscale_model), BANDED[format]
        height, width = image.shape[1] * model.scale, image.shape[2] * model.scale
        save_node = progress.current().node_id
        texts = texts_for(prompt, extra_pnginfo, save_node, width=width, height=height).of(0)
        x = image[:1].movedim(-1, 1)[:, : model.input_channels].float()
        x = x if x.shape[1] == model.input_channels else x[:, :1].expand(-1, model.input_channels, -1, -1)
        prefix = filled_prefix(filename_prefix, prompt, save_node)
        new = paths.current().new_files(prefix, paths.current().output, width, height, ending=f"_{ending}")
        with torch.no_grad(), paths.write_new_file(new.path) as file:
            writer = _writer(file, width, height, 3, ending, bits, texts)
            for band in bands(network_of(model), x, tile_size, OVERLAP, model.scale, progress.current().update):
                writer.write(band.clamp(0, 1).movedim(0, -1))
            writer.finish()
        return {"ui": {"images": [{"filename": new.filename, "subfolder": new.subfolder, "type": "output"}]}}


def _log_all(kind: str, files: Sequence[NewFiles], generation: Generation | None, texts: PictureTexts) -> None:
    """Each file goes into the log of its own folder, which its name may choose."""
    made: dict[Path, dict[str, dict[str, Any]]] = {}
    for place, file in enumerate(files):
        values = _values(generation.of(place)) if generation else {}
        made.setdefault(file.folder, {})[file.filename] = values | {PARAMETERS: texts.of(place).get(PARAMETERS, "")}
    for folder, lines in made.items():
        append_log(folder, kind, lines)


def _values(generation: Generation) -> dict[str, Any]:
    return {name: getattr(generation, name, None) for name in SETTINGS} | {"positive": words_of(generation)}


def _write(path: Path, picture: torch.Tensor, kind: str, quality: int, texts: dict[str, str]) -> None:
    with paths.write_new_file(path) as file:
        if kind in BANDED:
            ending, bits = BANDED[kind]
            writer = _writer(file, picture.shape[1], picture.shape[0], picture.shape[2], ending, bits, texts)
            writer.write(picture)
            writer.finish()
        else:
            file.write(_packed(picture, kind, quality, texts))


def _writer(
    file: BinaryIO, width: int, height: int, channels: int, ending: str, bits: int, texts: dict[str, str]
) -> BandWriter:
    if ending == ".png":
        return PngWriter(file, width, height, channels, bits, texts)
    return TiffWriter(file, width, height, channels, bits, texts.get("parameters", ""), picture_texts.xmp_of(texts))


def _packed(picture: torch.Tensor, kind: str, quality: int, texts: dict[str, str]) -> bytes:
    shown = Pillow.fromarray(to_bytes(picture[None])[0])
    encoded = io.BytesIO()
    options = {"lossless": True} if kind == "WebP, lossless" else {"quality": quality}
    # Colour under what is transparent is kept: inpainting may need it.
    options |= {"exact": True} if PACKED[kind][1] == "WEBP" else {}
    (shown.convert("RGB") if kind == "JPEG" else shown).save(encoded, format=PACKED[kind][1], **options)
    return picture_texts.with_texts(encoded.getvalue(), texts)
