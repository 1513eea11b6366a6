"""Pictures in other formats and sizes: every bit of 16, the settings in each, names and logs."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from execution import paths
from execution.picture_texts import read_texts
from nodes.picture_export import BANDED, PACKED, SaveImageAs, UpscaleToFile
from tests.comfy.small_upscalers import write_upscaler
from tests.nodes.test_metadata import prompt_of


def save(folders: paths.Paths, kind: str, images: torch.Tensor, **more: Any) -> Path:
    prompt = prompt_of()
    prompt["9"] = {"class_type": "SaveImageAs", "inputs": {"images": ["8", 0], "filename_prefix": "p"}}
    shown = SaveImageAs().save(images, "sub/%seed%-%model%", kind, 95, prompt=prompt, **more)["ui"]["images"]
    return folders.output / shown[0]["subfolder"] / shown[0]["filename"]


@pytest.mark.parametrize("kind", [*BANDED, *PACKED])
def test_every_format_holds_the_picture_and_its_settings(folders: paths.Paths, kind: str) -> None:
    ramp = torch.linspace(0, 1, 64).reshape(1, 1, 64, 1).expand(1, 48, 64, 3)
    file = save(folders, kind, ramp)
    assert file.name.startswith("42-tiny_00001_")
    with Image.open(file) as opened:
        seen = np.asarray(opened.convert("RGB"), dtype=np.float32) / 255
    assert np.abs(seen - ramp[0].numpy()).max() < (0.03 if "JPEG" in kind or kind == "WebP" else 0.005)
    if file.suffix != ".tiff":
        assert "Seed: 42" in read_texts(file.read_bytes())["parameters"]


def test_colour_under_what_is_transparent_is_kept(folders: paths.Paths) -> None:
    shown = torch.tensor([200, 100, 50, 0]).div(255).expand(1, 16, 16, 4)
    with Image.open(save(folders, "WebP, lossless", shown)) as picture:
        assert picture.getpixel((3, 3)) == (200, 100, 50, 0)


def test_sixteen_bits_are_all_there_in_grey(folders: paths.Paths) -> None:
    """Pillow reads 16 bits only of grey pictures; colours take the same way."""
    values = torch.rand(1, 20, 30, 1)
    for kind in ("PNG, 16 bits", "TIFF, 16 bits"):
        with Image.open(save(folders, kind, values)) as opened:
            read = np.asarray(opened).astype(np.float64) / 65535
        assert np.abs(read - values[0, ..., 0].numpy()).max() < 1e-5


@pytest.mark.parametrize("kind", list(BANDED))
def test_a_picture_is_enlarged_straight_into_a_file(folders: paths.Paths, tmp_path: Path, kind: str) -> None:
    from comfy.upscaling import load_picture_model, upscale

    model = load_picture_model(write_upscaler(tmp_path / "x2.safetensors"))
    image = torch.rand(1, 300, 150, 3)
    shown = UpscaleToFile().upscale(model, image, "big", kind, 128)["ui"]["images"][0]
    with Image.open(folders.output / shown["filename"]) as opened:
        assert opened.size == (300, 600)
        seen = torch.from_numpy(np.asarray(opened.convert("RGB")).astype(np.float32) / 255)
    assert (seen - upscale(model, image, tile=128)[0]).abs().max() < 2 / 255


def test_logs_tell_what_was_made_with_what(folders: paths.Paths) -> None:
    for _ in range(2):
        save(folders, "JPEG", torch.zeros(2, 8, 8, 3), log="CSV")
        save(folders, "JPEG", torch.zeros(1, 8, 8, 3), log="JSON lines")
    rows = list(csv.DictReader((folders.output / "sub" / "log.csv").open(encoding="utf-8")))
    assert len(rows) == 4
    assert rows[0]["parameters"].startswith("a red apple\nNegative prompt: blurry\nSteps: ")
    assert (rows[0]["seed"], rows[0]["positive"], rows[0]["negative"]) == ("42", "a red apple", "blurry")
    with_lora = prompt_of(model=["10", 0])
    with_lora["10"] = {"class_type": "LoraLoaderModelOnly", "inputs": {"model": ["4", 0], "lora_name": "ink.pt"}}
    with_lora["10"]["inputs"]["strength_model"] = 0.5
    SaveImageAs().save(torch.zeros(1, 8, 8, 3), "sub/x", "JPEG", 95, "CSV", prompt=with_lora)
    rows = list(csv.DictReader((folders.output / "sub" / "log.csv").open(encoding="utf-8")))
    assert rows[-1]["positive"] == "a red apple <lora:ink:0:0.5>"
    lines = (folders.output / "sub" / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["cfg"] for line in lines] == [7.0, 7.0]


def test_a_log_of_other_columns_keeps_them(folders: paths.Paths) -> None:
    log = folders.output / "sub" / "log.csv"
    log.parent.mkdir(parents=True)
    log.write_text("file,seed,mine\nold.png,1,x\n", encoding="utf-8")
    save(folders, "JPEG", torch.zeros(1, 8, 8, 3), log="CSV")
    rows = list(csv.DictReader(log.open(encoding="utf-8")))
    assert [(row["seed"], row["mine"]) for row in rows] == [("1", "x"), ("42", "")]
