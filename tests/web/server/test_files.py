"""Pictures and other files over HTTP: shown, made smaller, uploaded, masked, listed."""

import asyncio
import hashlib
import io
import json
from typing import Any

import aiohttp
import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from yarl import URL

from execution.model_hashes import ModelHashes
from tests.web.server.conftest import Api, ServerProcess


def png(colour: tuple[int, ...] = (255, 0, 0), size: tuple[int, int] = (8, 4), **texts: str) -> bytes:
    info = PngInfo()
    for key, value in texts.items():
        info.add_text(key, value)
    target = io.BytesIO()
    Image.new("RGBA" if len(colour) == 4 else "RGB", size, colour).save(target, "PNG", pnginfo=info)
    return target.getvalue()


def encoded(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


async def upload(api: Api, name: str, content: bytes, path: str = "/upload/image", **fields: str) -> Any:
    form = aiohttp.FormData()
    form.add_field("image", content, filename=name, content_type="image/png")
    for key, value in fields.items():
        form.add_field(key, value)
    async with api.session.post(api.url + path, data=form) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def view(api: Api, headers: dict[str, str] | None = None, **query: str) -> tuple[int, bytes, Any]:
    async with api.session.get(api.url + "/view", params=query, headers=headers) as answer:
        return answer.status, await answer.read(), answer.headers


async def test_an_upload_is_stored_and_shown(api: Api) -> None:
    content = png()
    stored = await upload(api, "a.png", content)
    assert stored == {"name": "a.png", "subfolder": "", "type": "input"}
    status, body, headers = await view(api, filename="a.png", type="input")
    assert (status, body, headers["Content-Type"]) == (200, content, "image/png")
    assert headers["Content-Disposition"] == 'inline; filename="a.png"'
    assert (await view(api, filename="a.png [input]"))[1] == content


async def test_two_dots_inside_a_name_lead_nowhere(api: Api) -> None:
    await upload(api, "a..b.png", png())
    assert (await view(api, filename="a..b.png", type="input"))[0] == 200
    assert (await view(api, filename="../a..b.png", type="input"))[0] == 400


async def test_an_upload_never_replaces_another_unless_it_says_so(api: Api) -> None:
    first, second, third = png((1, 1, 1)), png((2, 2, 2)), png((3, 3, 3))
    assert (await upload(api, "same.png", first))["name"] == "same.png"
    assert (await upload(api, "same.png", second))["name"] == "same (1).png"
    assert (await upload(api, "same.png", first))["name"] == "same.png"
    assert (await upload(api, "same.png", second))["name"] == "same (1).png"
    assert (await upload(api, "same.png", third, overwrite="true"))["name"] == "same.png"
    assert (await view(api, filename="same.png", type="input"))[1] == third


async def test_pictures_of_one_name_that_come_at_once_are_all_kept(api: Api) -> None:
    pictures = [png((9, 9, shade)) for shade in range(8)]
    stored = await asyncio.gather(*(upload(api, "at once.png", picture) for picture in pictures))
    kept = [(await view(api, filename=answer["name"], type="input"))[1] for answer in stored]
    assert kept == pictures


async def test_an_upload_may_name_folder_and_subfolder(api: Api) -> None:
    stored = await upload(api, "b.png", png(), type="temp", subfolder="sub/deep")
    assert stored == {"name": "b.png", "subfolder": "sub/deep", "type": "temp"}
    assert (await view(api, filename="b.png", type="temp", subfolder="sub/deep"))[0] == 200


async def test_what_is_not_there_is_a_404(api: Api) -> None:
    for query in ({"filename": "none.png"}, {}, {"filename": "sub", "type": "temp"}, {"filename": ""}):
        assert (await view(api, **query))[0] == 404
    assert (await view(api, filename="a.png", type="user"))[0] == 400


async def test_parts_of_a_file_and_unchanged_files_need_not_be_sent(api: Api) -> None:
    content = png(size=(64, 64))
    await upload(api, "range.png", content)
    status, body, headers = await view(api, {"Range": "bytes=4-9"}, filename="range.png", type="input")
    assert (status, body) == (206, content[4:10])
    assert headers["Content-Range"] == f"bytes 4-9/{len(content)}"
    status, _, _ = await view(api, {"If-None-Match": headers["ETag"]}, filename="range.png", type="input")
    assert status == 304


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=4-9", "If-Range": '"of another version"'},
        {"Range": "bytes=4-9", "If-Range": "Wed, 21 Oct 2015 07:28:00 GMT"},
        {"Range": "junk"},
        {"Range": "bytes=0-1,3-4"},
    ],
)
async def test_the_whole_is_sent_where_a_part_would_not_fit_what_is_there(api: Api, headers: dict[str, str]) -> None:
    content = png(size=(48, 48))
    await upload(api, "whole.png", content)
    status, body, told = await view(api, headers, filename="whole.png", type="input")
    assert (status, body) == (200, content)
    _, _, plain = await view(api, filename="whole.png", type="input")
    assert (told["ETag"], told["Last-Modified"]) == (plain["ETag"], plain["Last-Modified"])


async def test_a_part_is_sent_of_the_version_that_was_begun(api: Api) -> None:
    content = png(size=(40, 40))
    await upload(api, "begun.png", content)
    _, _, headers = await view(api, filename="begun.png", type="input")
    part = {"Range": "bytes=2-5", "If-Range": headers["ETag"]}
    assert (await view(api, part, filename="begun.png", type="input"))[:2] == (206, content[2:6])


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
async def test_a_range_that_the_file_has_nothing_of_is_refused_with_its_size(api: Api, asked: str) -> None:
    content = png(size=(24, 24))
    await upload(api, "ranges.png", content)
    status, _, headers = await view(api, {"Range": asked}, filename="ranges.png", type="input")
    assert (status, headers["Content-Range"]) == (416, f"bytes */{len(content)}")


@pytest.mark.parametrize(
    ("preview", "kind"), [("webp;90", "WEBP"), ("jpeg;50", "JPEG"), ("webp", "WEBP"), (";20", "WEBP")]
)
async def test_a_preview_is_smaller_in_bytes_and_equal_in_size(api: Api, preview: str, kind: str) -> None:
    await upload(api, "preview.png", png((9, 9, 9, 128), size=(32, 16)))
    status, body, headers = await view(api, filename="preview.png", type="input", preview=preview)
    picture = Image.open(io.BytesIO(body))
    assert (status, picture.format, picture.size) == (200, kind, (32, 16))
    assert headers["Content-Type"] == f"image/{kind.lower()}"


async def test_an_unknown_form_of_a_picture_is_refused_with_those_there_are(api: Api) -> None:
    await upload(api, "forms.png", png((9, 9, 9, 128)))
    for query, named in (
        ({"preview": "bogus"}, "webp, jpeg"),
        ({"preview": "webp;x"}, "webp;90"),
        ({"preview": "webp;9999"}, "webp;90"),
        ({"channel": "zz"}, "rgba, rgb, a"),
    ):
        status, body, _ = await view(api, filename="forms.png", type="input", **query)
        assert status == 400
        assert named in json.loads(body)["error"]["message"]


async def test_a_thumbnail_has_no_more_pixels_than_asked_for(api: Api) -> None:
    await upload(api, "large.png", png((9, 9, 9), size=(64, 32)))
    query = {"filename": "large.png", "type": "input"}
    for size, expected in (("16", (16, 8)), ("512", (64, 32))):
        picture = Image.open(io.BytesIO((await view(api, **query, size=size))[1]))
        assert (picture.format, picture.size) == ("WEBP", expected)
    assert (await view(api, **query, size="1"))[0] == 400


async def test_a_preview_is_kept_asked_for_in_parts_and_made_anew_when_the_picture_has_changed(
    api: Api, server: ServerProcess
) -> None:
    query = {"filename": "kept.png", "type": "input", "preview": "webp;80"}
    await upload(api, "kept.png", png((1, 2, 3), size=(64, 64)))
    status, first, headers = await view(api, **query)
    assert (status, headers["Content-Type"], headers["X-Content-Type-Options"]) == (200, "image/webp", "nosniff")
    assert headers["Content-Disposition"] == 'inline; filename="kept.png"'
    kept = server.folder / "user" / "thumbnails"
    count = len(list(kept.iterdir()))
    assert (await view(api, {"If-None-Match": headers["ETag"]}, **query))[0] == 304
    assert (await view(api, {"If-Modified-Since": headers["Last-Modified"]}, **query))[0] == 304
    assert (await view(api, {"Range": "bytes=0-3"}, **query))[:2] == (206, first[:4])
    assert len(list(kept.iterdir())) == count
    await upload(api, "kept.png", png((200, 2, 3), size=(64, 64)), overwrite="true")
    assert (await view(api, {"If-None-Match": headers["ETag"]}, **query))[0] == 200
    assert len(list(kept.iterdir())) == count + 1


async def test_colour_and_alpha_are_shown_apart(api: Api) -> None:
    await upload(api, "alpha.png", png((10, 20, 30, 128)))
    query = {"filename": "alpha.png", "type": "input"}
    colour = Image.open(io.BytesIO((await view(api, **query, channel="rgb"))[1]))
    assert (colour.mode, colour.getpixel((0, 0))) == ("RGB", (10, 20, 30))
    alpha = Image.open(io.BytesIO((await view(api, **query, channel="a"))[1]))
    assert alpha.getpixel((0, 0)) == (0, 0, 0, 128)


async def test_a_mask_becomes_the_alpha_of_its_original_which_keeps_its_texts(api: Api) -> None:
    await upload(api, "original.png", png((10, 20, 30), prompt="{}"))
    reference = json.dumps({"filename": "original.png", "type": "input", "subfolder": ""})
    mask = png((0, 0, 0, 77))
    stored = await upload(api, "masked.png", mask, "/upload/mask", original_ref=reference, subfolder="clipspace")
    assert stored == {"name": "masked.png", "subfolder": "clipspace", "type": "input"}
    _, body, _ = await view(api, filename="masked.png", subfolder="clipspace", type="input")
    picture = Image.open(io.BytesIO(body))
    assert picture.getpixel((0, 0)) == (10, 20, 30, 77)
    assert picture.text == {"prompt": "{}"}  # type: ignore[attr-defined]


async def test_a_mask_leaves_every_colour_as_it_was_also_where_nothing_is_seen(api: Api) -> None:
    colours = np.random.default_rng(0).integers(0, 256, (5, 7, 4), dtype=np.uint8)
    colours[:2, :, 3] = 0
    await upload(api, "colours.png", encoded(Image.fromarray(colours)))
    alpha = np.zeros_like(colours)
    alpha[..., 3] = np.arange(35).reshape(5, 7) * 7
    reference = json.dumps({"filename": "colours.png", "subfolder": "", "type": "input"})
    stored = await upload(api, "m.png", encoded(Image.fromarray(alpha)), "/upload/mask", original_ref=reference)
    _, content, _ = await view(api, filename=stored["name"], type="input")
    found = np.asarray(Image.open(io.BytesIO(content)))
    assert (found[..., :3] == colours[..., :3]).all()
    assert (found[..., 3] == alpha[..., 3]).all()


async def test_grey_of_sixteen_bits_is_shown_and_masked_as_it_is(api: Api) -> None:
    values = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    await upload(api, "deep.png", encoded(Image.fromarray(values)))
    _, colour, _ = await view(api, filename="deep.png", type="input", channel="rgb")
    reference = json.dumps({"filename": "deep.png", "subfolder": "", "type": "input"})
    stored = await upload(api, "deep-masked.png", png((0, 0, 0, 7), (8, 8)), "/upload/mask", original_ref=reference)
    _, masked, _ = await view(api, filename=stored["name"], type="input")
    for content in (colour, masked):
        red = np.asarray(Image.open(io.BytesIO(content)))[..., 0]
        assert np.abs(red - values / 257).max() <= 0.5


async def test_a_mask_never_takes_the_name_of_another_picture_unless_told_to(api: Api) -> None:
    first, second = png((1, 2, 3)), png((7, 8, 9))
    await upload(api, "same.png", first, subfolder="a")
    await upload(api, "same.png", second, subfolder="b")
    mask, names = png((0, 0, 0, 77)), []
    for folder, more in (("a", {}), ("b", {}), ("a", {}), ("b", {"overwrite": "true"})):
        reference = json.dumps({"filename": "same.png", "type": "input", "subfolder": folder})
        stored = await upload(api, "masked.png", mask, "/upload/mask", original_ref=reference, **more)
        names.append(stored["name"])
    assert names == ["masked.png", "masked (1).png", "masked.png", "masked.png"]
    _, content, _ = await view(api, filename="masked (1).png", type="input")
    assert Image.open(io.BytesIO(content)).getpixel((0, 0)) == (7, 8, 9, 77)


async def test_a_mask_lies_on_a_photo_the_way_up_that_pages_show_it(api: Api) -> None:
    photo = Image.new("RGB", (8, 4), (9, 9, 9))
    exif = Image.Exif()
    exif[274] = 6  # Orientation: to be turned by a quarter.
    target = io.BytesIO()
    photo.save(target, "JPEG", exif=exif)
    await upload(api, "photo.jpg", target.getvalue())
    _, alpha, _ = await view(api, filename="photo.jpg", type="input", channel="a")
    assert Image.open(io.BytesIO(alpha)).size == (4, 8)
    reference = json.dumps({"filename": "photo.jpg", "subfolder": "", "type": "input"})
    stored = await upload(api, "turned.png", png((0, 0, 0, 7), (4, 8)), "/upload/mask", original_ref=reference)
    _, content, _ = await view(api, filename=stored["name"], type="input")
    assert Image.open(io.BytesIO(content)).size == (4, 8)


async def test_a_result_is_removed_and_an_input_is_not(api: Api) -> None:
    await upload(api, "made.png", png(), type="output", subfolder="deep")
    await upload(api, "kept.png", png())
    for query, status in (
        ({"filename": "kept.png", "type": "input"}, 400),
        ({"filename": "made.png"}, 404),
        ({"filename": "made.png", "subfolder": "../.."}, 403),
        ({"filename": "../input/kept.png"}, 403),
        ({"filename": "made.png", "subfolder": "deep"}, 200),
        ({"filename": "made.png", "subfolder": "deep"}, 404),
    ):
        async with api.session.delete(api.url + "/view", params=query) as answer:
            assert answer.status == status, await answer.text()
    assert (await view(api, filename="kept.png", type="input"))[0] == 200


async def test_files_are_listed_newest_first(api: Api) -> None:
    await upload(api, "listed.png", png())
    names = await api.get("/internal/files/input")
    assert names[0] == "listed.png"
    async with api.session.get(api.url + "/internal/files/user") as answer:
        assert (answer.status, await answer.json()) == (400, {"error": "Invalid directory type"})


async def test_models_are_listed_by_kind(api: Api, server: ServerProcess) -> None:
    for folder, name in (("loras", "a.safetensors"), ("loras/sub", "b.safetensors"), ("embeddings", "happy.pt")):
        path = server.folder / "models" / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    assert "checkpoints" in await api.get("/models")
    assert await api.get("/api/models/loras") == ["a.safetensors", "sub/b.safetensors"]
    assert await api.get("/embeddings") == ["happy"]
    async with api.session.get(api.url + "/models/nothing") as answer:
        assert answer.status == 404
    library = {row["name"]: row["folders"] for row in await api.get("/experiment/models")}
    assert library["loras"] == [str(server.folder / "models" / "loras")]
    rows = await api.get("/experiment/models/loras")
    assert [(row["name"], row["pathIndex"], row["size"]) for row in rows] == [
        ("a.safetensors", 0, 1), ("sub/b.safetensors", 0, 1)
    ]  # fmt: skip


async def test_the_picture_beside_a_model_is_shown(api: Api, server: ServerProcess) -> None:
    folder = server.folder / "models" / "checkpoints" / "sub"
    folder.mkdir(parents=True)
    (folder / "m.safetensors").write_bytes(b"x")
    (folder / "m.png").write_bytes(png((9, 9, 9)))
    (folder / "m.preview.png").write_bytes(png((0, 0, 255)))
    (folder / "broken.png").write_bytes(b"x")
    for prefix in ("", "/api"):
        path = f"{api.url}{prefix}/experiment/models/preview/checkpoints/0"
        async with api.session.get(f"{path}/sub/m.safetensors") as answer:
            picture = Image.open(io.BytesIO(await answer.read()))
            assert (answer.status, answer.content_type, picture.format) == (200, "image/webp", "WEBP")
            assert picture.getpixel((0, 0))[2] > 200  # type: ignore[index]
        for missing in ("sub/none.safetensors", "sub/broken.safetensors", "..%2F..%2Fm.safetensors"):
            async with api.session.get(URL(f"{path}/{missing}", encoded=True)) as answer:
                assert answer.status == 404
    for path in ("preview/checkpoints/7/sub/m.safetensors", "preview/none/0/sub/m.safetensors"):
        async with api.session.get(f"{api.url}/experiment/models/{path}") as answer:
            assert answer.status == 404


async def test_models_are_found_by_a_hash_that_is_known_or_stands_in_their_header(
    api: Api, server: ServerProcess
) -> None:
    folder = server.folder / "models" / "loras"
    folder.mkdir(parents=True, exist_ok=True)
    header = json.dumps({"__metadata__": {"sshs_model_hash": "ab" * 32}}).encode()
    (folder / "trained.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    (folder / "other.safetensors").write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    found = await api.get("/models/loras/by_hash?hash=ABABABABABAB")
    assert (found["names"], "other.safetensors" in found["names"]) == (["trained.safetensors"], False)
    before = await api.get(f"/models/loras/by_hash?hash={digest[:10]}")
    assert before["names"] == []
    assert before["unknown"] >= 2
    ModelHashes(server.folder / "user").of(folder / "other.safetensors")
    after = await api.get(f"/models/loras/by_hash?hash={digest[:10]}")
    assert after == {"names": ["other.safetensors"], "unknown": before["unknown"] - 1}
    for query, status in (("loras/by_hash?hash=xyz", 400), ("loras/by_hash", 400), ("none/by_hash?hash=12345678", 404)):
        async with api.session.get(f"{api.url}/models/{query}") as answer:
            assert answer.status == status


async def test_what_a_models_file_says_of_itself_is_shown(api: Api, server: ServerProcess) -> None:
    folder = server.folder / "models" / "loras"
    folder.mkdir(parents=True, exist_ok=True)
    header = json.dumps({"__metadata__": {"ss_tag": "x"}}).encode()
    (folder / "said.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    assert await api.get("/view_metadata/loras?filename=said.safetensors") == {"ss_tag": "x"}
    assert await api.get("/api/view_metadata/loras?filename=said.safetensors") == {"ss_tag": "x"}
    for query in ("loras?filename=none.safetensors", "loras?filename=said.txt", "loras", "none?filename=x.safetensors"):
        async with api.session.get(f"{api.url}/view_metadata/{query}") as answer:
            assert answer.status == 404
