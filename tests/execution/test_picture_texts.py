"""Texts of pictures are read, put in, taken out and copied, and the pixels stay as they are."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from execution.documents import read_document
from execution.picture_texts import PictureTextError, read_texts, with_texts

ROOT = Path(__file__).resolve().parents[2]
TEXTS = {
    "prompt": json.dumps({"1": {"class_type": "A", "inputs": {}}}),
    "workflow": json.dumps({"nodes": [], "links": []}),
    "parameters": "ein Käfer\nSteps: 3, Sampler: Euler a, Seed: 5",
}
ENDINGS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}


def picture(kind: str, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (9, 7, len(mode)), dtype=np.uint8)
    Image.fromarray(noise, mode).save(out, kind)
    return out.getvalue()


def pixels(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as opened:
        return opened.convert("RGBA").tobytes()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_texts_go_in_and_come_out_and_pixels_stay(kind: str) -> None:
    plain = picture(kind)
    carrying = with_texts(plain, TEXTS)
    assert read_texts(carrying) == TEXTS
    assert pixels(carrying) == pixels(plain)
    changed = with_texts(carrying, {"parameters": "other"})
    assert read_texts(changed) == {"parameters": "other"}
    stripped = with_texts(changed, {})
    assert read_texts(stripped) == {}
    assert pixels(stripped) == pixels(plain)


def test_a_webp_with_opacity_keeps_it() -> None:
    plain = picture("WEBP", "RGBA")
    assert pixels(with_texts(plain, TEXTS)) == pixels(plain)


@pytest.mark.parametrize(("ending", "kind"), ENDINGS.items())
def test_a_picture_with_texts_can_be_run_and_others_read_its_settings(tmp_path: Path, ending: str, kind: str) -> None:
    file = tmp_path / f"a.{ending}"
    file.write_bytes(with_texts(picture(kind), TEXTS))
    assert read_document(file).prompt == json.loads(TEXTS["prompt"])
    with Image.open(file) as opened:
        if kind == "PNG":
            assert opened.info["parameters"] == TEXTS["parameters"]
        else:
            comment = opened.getexif().get_ifd(0x8769)[0x9286]
            assert comment == b"UNICODE\0" + TEXTS["parameters"].encode("utf-16-be")


def test_packed_texts_of_other_programs_are_read() -> None:
    from PIL.PngImagePlugin import PngInfo

    chunks, out = PngInfo(), io.BytesIO()
    chunks.add_text("parameters", "a" * 99, zip=True)
    chunks.add_itxt("ü", "日本", zip=True)
    Image.new("RGB", (2, 2)).save(out, "PNG", pnginfo=chunks)
    assert read_texts(out.getvalue()) == {"parameters": "a" * 99, "ü": "日本"}


def test_what_does_not_fit_or_is_no_picture_says_so() -> None:
    with pytest.raises(PictureTextError, match="Use PNG or WebP"):
        with_texts(picture("JPEG"), {"workflow": "x" * 70_000})
    with pytest.raises(PictureTextError, match="no PNG, JPEG or WebP"):
        read_texts(b"GIF89a")
    with pytest.raises(PictureTextError, match="PNG file is damaged"):
        read_texts(picture("PNG")[:-20] + b"\xff\xff\xff\xff")


def test_the_command_shows_inserts_copies_and_strips(tmp_path: Path) -> None:
    one, two = tmp_path / "one.png", tmp_path / "two.webp"
    one.write_bytes(picture("PNG"))
    two.write_bytes(picture("WEBP"))

    def run(*arguments: object) -> str:
        command = [sys.executable, "main.py", "metadata", *map(str, arguments)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("insert", one, "--text", "parameters=a cat", "--text", "note=mine")
    run("copy", one, two)
    assert run("show", two, "--name", "parameters") == "a cat\n"
    assert json.loads(run("show", two))["texts"] == {"parameters": "a cat", "note": "mine"}
    run("strip", one)
    assert json.loads(run("show", one))["texts"] == {}
