"""Texts of pictures are read, put in, taken out and copied, and the pixels stay as they are."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from execution import xmp
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
def test_no_letter_of_any_text_is_lost(kind: str) -> None:
    texts = {"workflow": '{"title":"猫 🐈"}', "prompt": json.dumps({"1": {"text": "ü"}}, ensure_ascii=False)}
    texts |= {"note": "ünï €", "parameters": "ein Käfer 猫"} | {f"more {n}": str(n) for n in range(9)}
    held = read_texts(with_texts(picture(kind), texts))
    assert json.loads(held["workflow"]) == json.loads(texts["workflow"])
    assert json.loads(held["prompt"]) == json.loads(texts["prompt"])
    assert (held["note"], held["parameters"]) == (texts["note"], texts["parameters"])
    assert set(held) == set(texts)


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


def test_what_is_no_picture_or_damaged_says_so() -> None:
    with pytest.raises(PictureTextError, match="no PNG, JPEG, WebP or TIFF"):
        read_texts(b"GIF89a")
    with pytest.raises(PictureTextError, match="PNG file is damaged"):
        read_texts(picture("PNG")[:-20] + b"\xff\xff\xff\xff")


LONG = {
    "workflow": json.dumps({"nodes": ["ü" * 99] * 900, "links": []}),
    "prompt": json.dumps({"1": {"class_type": "A"}}),
}


@pytest.mark.parametrize("settings", ["a\nSteps: 3", "a\nSteps: 3, " + "b" * 70_000])
def test_a_jpeg_holds_texts_of_any_length(settings: str) -> None:
    plain, texts = picture("JPEG"), {**LONG, "parameters": settings}
    carrying = with_texts(plain, texts)
    assert read_texts(carrying) == texts
    assert pixels(carrying) == pixels(plain)
    assert with_texts(carrying, {}) == with_texts(plain, {})


def test_the_settings_of_a_jpeg_with_much_else_are_where_others_look() -> None:
    carrying = with_texts(picture("JPEG"), {**LONG, "parameters": "a\nSteps: 3"})
    with Image.open(io.BytesIO(carrying)) as opened:
        assert opened.getexif().get_ifd(0x8769)[0x9286].endswith("Steps: 3".encode("utf-16-be"))


WORKFLOW, PROMPT = '{"nodes": [], "links": []}', '{"1": {"class_type": "A", "inputs": {}}}'


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<exif:UserComment><rdf:Alt><rdf:li xml:lang='x-default'>cat\nSteps: 4</rdf:li></rdf:Alt></exif:UserComment>",
         {"parameters": "cat\nSteps: 4"}),
        (f"<dc:description><rdf:Alt><rdf:li>{WORKFLOW}</rdf:li></rdf:Alt></dc:description>", {"workflow": WORKFLOW}),
        (f"<exif:UserComment>{PROMPT}</exif:UserComment>", {"prompt": PROMPT}),
        (f"<exif:UserComment>Workflow:{WORKFLOW}</exif:UserComment>", {"workflow": WORKFLOW}),
        ('<exif:UserComment>{"c": "cat", "uc": "dog", "steps": 8, "scale": 5, "seed": 1}</exif:UserComment>',
         {"parameters": "cat\nNegative prompt: dog\nSteps: 8, CFG scale: 5, Seed: 1"}),
        ("<dc:description>A cat on a mat.</dc:description>", {}),
        ("<dc:description>{broken</dc:description>", {}),
    ],
)  # fmt: skip
def test_what_other_programs_put_into_xmp_is_read(inner: str, expected: dict[str, str]) -> None:
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">{inner}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()
    for kind in ("JPEG", "WEBP"):
        out = io.BytesIO()
        Image.new("RGB", (4, 4)).save(out, kind, xmp=packet)
        assert read_texts(out.getvalue()) == expected
        assert read_texts(with_texts(out.getvalue(), {})) == {}
    found = read_texts(with_texts(picture("PNG"), {"XML:com.adobe.xmp": packet.decode()}))
    assert {name: text for name, text in found.items() if name != "XML:com.adobe.xmp"} == expected


def test_entities_that_grow_are_not_followed() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>'
    assert xmp.texts_of_packet(bomb) == {}


def test_the_texts_of_a_tiff_are_read_but_not_changed(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "TIFF", tiffinfo={270: "cat\nSteps: 4", 700: xmp.packet({"workflow": WORKFLOW})})
    assert read_texts(out.getvalue()) == {"parameters": "cat\nSteps: 4", "workflow": WORKFLOW}
    with pytest.raises(PictureTextError, match="can be read, but not changed"):
        with_texts(out.getvalue(), {})


def test_a_user_comment_of_either_byte_order_is_read() -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + "a cat\nSteps: 4".encode(encoding)
        out = io.BytesIO()
        Image.new("RGB", (4, 4)).save(out, "JPEG", exif=exif)
        assert read_texts(out.getvalue()) == {"parameters": "a cat\nSteps: 4"}


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


def test_the_command_extracts_into_files_and_takes_names_without_a_folder(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "main.py"), "metadata", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, encoding="utf-8")

    (tmp_path / "one.png").write_bytes(picture("PNG"))
    assert run("insert", "one.png", "--text", f"workflow={WORKFLOW}", "--text", "note=mine").returncode == 0
    assert run("extract", "one.png").stdout.split() == ["one.workflow.json", "one.note.txt"]
    assert (tmp_path / "one.workflow.json").read_text() == WORKFLOW
    refused = run("extract", "one.png", "--name", "prompt")
    assert (refused.returncode, refused.stderr) == (
        1, "main.py: one.png carries no text 'prompt'. It has: workflow, note.\n"
    )  # fmt: skip


CREATOR = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator><rdf:Seq><rdf:li>Ada'
    "</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def photo(kind: str) -> bytes:
    """A picture with what a camera and a program for photographs note."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110], exif[0x0132] = 6, "Maker", "Camera 5", "2026:01:02 03:04:05"
    exif.get_ifd(0x8769)[0x9003] = "2026:01:02 03:04:05"
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", CREATOR)
    more = {"pnginfo": info} if kind == "PNG" else {"xmp": CREATOR.encode()}
    Image.new("RGB", (8, 6), (9, 99, 200)).save(out, kind, exif=exif, **more)
    return out.getvalue()


@pytest.mark.parametrize("size", [10, 200_000])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_what_a_camera_and_other_programs_noted_stays(kind: str, size: int) -> None:
    assert read_texts(photo(kind)) == {}
    texts = TEXTS | {"My Key ü": "x", "prompt": json.dumps({"1": {"class_type": "A" * size}})}
    carrying = with_texts(photo(kind), texts)
    assert read_texts(carrying) == texts
    for content in (carrying, with_texts(with_texts(carrying, TEXTS), {})):
        with Image.open(io.BytesIO(content)) as opened:
            exif = opened.getexif()
            assert [exif.get(tag) for tag in (0x0112, 0x010F, 0x0110, 0x0132)] == [
                6, "Maker", "Camera 5", "2026:01:02 03:04:05"
            ]  # fmt: skip
            assert exif.get_ifd(0x8769)[0x9003] == "2026:01:02 03:04:05"
            assert exif.get_ifd(0x8825)[1] == "N"
            assert "<rdf:li>Ada</rdf:li>" in str(opened.info.get("xmp", opened.info.get("XML:com.adobe.xmp")))
    assert b"skein" not in with_texts(carrying, {})


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_picture_that_is_cut_off_is_not_written_anew(kind: str) -> None:
    with pytest.raises(PictureTextError, match="cut off"):
        with_texts(picture(kind)[:-20], TEXTS)
