"""Pictures come in with their opacity, turn and frames, and go out whole, named in order and with their settings."""

import json
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from comfy import image_files
from comfy.image_files import PictureError
from execution import paths, progress
from execution.prompt import Prompt
from execution.validate import validate
from nodes.image_files import LoadImage, LoadImageMask, PreviewImage, SaveImage
from nodes.registry import built_in_nodes


def load(folders: paths.Paths, name: str) -> tuple[torch.Tensor, torch.Tensor]:
    return LoadImage().load_image(name)


def grey(value: int, size: tuple[int, int] = (3, 2)) -> Image.Image:
    return Image.new("RGB", size, (value, value, value))


def test_a_picture_becomes_floats_and_a_mask_of_nothing(folders: paths.Paths) -> None:
    grey(51).save(folders.input / "a.png")
    images, masks = load(folders, "a.png")
    assert images.shape == (1, 2, 3, 3)
    assert images.dtype == torch.float32
    assert images[0, 0, 0, 0] == pytest.approx(0.2)
    assert masks.shape == (1, 64, 64)
    assert masks.sum() == 0


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_opacity_becomes_a_mask_of_what_is_transparent(folders: paths.Paths, mode: str) -> None:
    picture = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    picture.putpixel((1, 0), (255, 0, 0, 0))
    picture.convert(mode).save(folders.input / "a.png")
    _, masks = load(folders, "a.png")
    assert masks.tolist() == [[[0.0, 1.0]]]


def test_exif_orientation_is_applied(folders: paths.Paths) -> None:
    picture = grey(10, (4, 2))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(folders.input / "a.jpg", exif=exif)
    assert load(folders, "a.jpg")[0].shape == (1, 4, 2, 3)


def test_sixteen_bit_grey_keeps_its_shades(folders: paths.Paths) -> None:
    Image.fromarray(np.array([[0, 13107, 65535]], dtype=np.uint16)).save(folders.input / "a.png")
    assert load(folders, "a.png")[0][0, 0, :, 1].tolist() == pytest.approx([0, 0.2, 1])


@pytest.mark.parametrize("ending", ["gif", "png", "webp"])
def test_frames_of_an_animation_become_a_batch(folders: paths.Paths, ending: str) -> None:
    frames = [grey(value, (8, 8)) for value in (0, 128, 255)]
    frames[0].save(folders.input / f"a.{ending}", save_all=True, append_images=frames[1:], duration=50, lossless=True)
    images, masks = load(folders, f"a.{ending}")
    assert images.shape == (3, 8, 8, 3)
    assert images[:, 0, 0, 0].tolist() == pytest.approx([0, 128 / 255, 1], abs=0.02)
    assert len(masks) == 3


def test_frames_without_opacity_among_others_are_opaque(folders: paths.Paths) -> None:
    frames = [Image.new("RGBA", (8, 8), (200, 0, 0, 255)), Image.new("RGBA", (8, 8), (0, 200, 0, 0))]
    frames[0].convert("RGB").save(folders.input / "a.webp", save_all=True, append_images=frames[1:], lossless=True)
    _, masks = load(folders, "a.webp")
    assert masks.shape == (2, 8, 8)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ending=st.sampled_from(["png", "jpg", "gif", "webp", "tiff", "bmp"]), changes=st.binary(min_size=2, max_size=12))
def test_damaged_files_are_named_or_read(folders: paths.Paths, ending: str, changes: bytes) -> None:
    file = folders.input / f"a.{ending}"
    grey(99, (12, 8)).save(file)
    content = bytearray(file.read_bytes())
    for place, value in pairwise(changes):
        content[place * len(content) // 256] = value
    file.write_bytes(content)
    with suppress(PictureError), pytest.MonkeyPatch.context() as patch:
        patch.setattr(image_files, "MOST_PIXELS", 10_000)
        assert load(folders, file.name)[0].ndim == 4


def test_channels_become_masks(folders: paths.Paths) -> None:
    Image.new("RGBA", (1, 1), (51, 102, 153, 204)).save(folders.input / "a.png")
    shades = {name: LoadImageMask().load_image("a.png", name)[0].item() for name in ("red", "green", "blue", "alpha")}
    assert shades == pytest.approx({"red": 0.2, "green": 0.4, "blue": 0.6, "alpha": 0.2})


def test_a_file_that_claims_too_many_pixels_is_refused_unread(
    folders: paths.Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_files, "MOST_PIXELS", 100)
    Image.new("1", (20, 20)).save(folders.input / "bomb.png")
    monkeypatch.setattr(Image.Image, "convert", _never)
    with pytest.raises(PictureError, match=r"bomb\.png claims more than .* Scale it down"):
        load(folders, "bomb.png")


def test_the_frames_of_a_file_count_together(folders: paths.Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [grey(value, (8, 8)) for value in (0, 128, 255)]
    frames[0].save(folders.input / "a.gif", save_all=True, append_images=frames[1:])
    monkeypatch.setattr(image_files, "MOST_PIXELS", 2 * 64)
    with pytest.raises(PictureError, match=r"a\.gif claims"):
        load(folders, "a.gif")


def _never(*_args: Any, **_kwargs: Any) -> Any:
    raise AssertionError("decoded")


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n broken"])
def test_what_is_not_a_picture_is_named(folders: paths.Paths, content: bytes) -> None:
    (folders.input / "a.png").write_bytes(content)
    with pytest.raises(PictureError, match=r"a\.png"):
        load(folders, "a.png")


def test_a_truncated_picture_is_named(folders: paths.Paths) -> None:
    Image.effect_noise((64, 64), 50).save(folders.input / "a.png")
    whole = (folders.input / "a.png").read_bytes()
    (folders.input / "a.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PictureError, match=r"a\.png cannot be read as a picture"):
        load(folders, "a.png")


@pytest.mark.parametrize("name", ["../a.png", "/etc/passwd", "sub/../../a.png", "missing.png"])
def test_names_that_lead_nowhere_or_out_are_not_valid(folders: paths.Paths, name: str) -> None:
    assert isinstance(LoadImage.VALIDATE_INPUTS(image=name), str)


def test_names_with_a_folder_in_brackets_are_valid(folders: paths.Paths) -> None:
    grey(1).save(folders.output / "a.png")
    assert LoadImage.VALIDATE_INPUTS(image="a.png [output]") is True
    assert LoadImage.IS_CHANGED(image="a.png [output]") == LoadImageMask.IS_CHANGED(
        image="a.png [output]", channel="red"
    )


def test_the_list_offers_pictures_only(folders: paths.Paths) -> None:
    for name in ("b.PNG", "a.jpg", "notes.txt", "x.latent"):
        (folders.input / name).touch()
    assert LoadImage.INPUT_TYPES()["required"]["image"] == (["a.jpg", "b.PNG"], {"image_upload": True})


PROMPT = {"9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "x"}}}


def test_saving_truncates_numbers_files_and_carries_texts(folders: paths.Paths) -> None:
    pixels = torch.tensor([0.0, 0.999, 1.5]).repeat(2, 1, 1, 1)
    result = SaveImage().save_images(pixels, "sub/pic", PROMPT, {"workflow": {"ü": 1}, "other": [float("nan")]})
    assert result == {
        "ui": {"images": [{"filename": f"pic_0000{n}_.png", "subfolder": "sub", "type": "output"} for n in (1, 2)]}
    }
    saved = Image.open(folders.output / "sub" / "pic_00002_.png")
    assert saved.getpixel((0, 0)) == (0, 254, 255)
    assert json.loads(saved.text["prompt"]) == PROMPT
    assert saved.text["workflow"] == '{"\\u00fc": 1}'
    assert saved.text["other"] == "[null]"
    again = SaveImage().save_images(pixels[:1], "sub/pic")
    assert again["ui"]["images"][0]["filename"] == "pic_00003_.png"


def test_prefixes_may_hold_the_size_and_the_date(folders: paths.Paths) -> None:
    saved = SaveImage().save_images(torch.zeros(1, 2, 3, 3), "%width%x%height%/%date:yyyy%")
    entry = saved["ui"]["images"][0]
    assert entry["subfolder"] == "3x2"
    assert len(entry["filename"]) == len("2026_00001_.png")
    assert (folders.output / "3x2" / entry["filename"]).is_file()


@pytest.mark.parametrize("prefix", ["../../evil", "/abs/x", "", "a/" + "b" * 300])
def test_a_prefix_that_no_file_can_have_is_refused_before_anything_runs(folders: paths.Paths, prefix: str) -> None:
    prompt = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": prefix}},
    }
    checked = validate(Prompt.parse(prompt), dict(built_in_nodes()))
    [error] = checked.node_errors["2"]["errors"]
    assert error["type"] == "custom_validation_failed"
    assert error["extra_info"]["input_name"] == "filename_prefix"


def test_prefixes_may_not_lead_out(folders: paths.Paths) -> None:
    with pytest.raises(paths.PathError):
        SaveImage().save_images(torch.zeros(1, 2, 3, 3), "../out")


def test_opacity_is_saved(folders: paths.Paths) -> None:
    entry = SaveImage().save_images(torch.full((1, 1, 1, 4), 0.5))["ui"]["images"][0]
    assert Image.open(folders.output / entry["filename"]).mode == "RGBA"


def test_files_are_written_by_the_writers_and_numbered_at_once(folders: paths.Paths) -> None:
    waiting: list[Callable[[], Any]] = []

    class Deferring(progress.Reporter):
        def defer(self, work: Callable[[], Any]) -> None:
            waiting.append(work)

    pixels = torch.zeros(1, 2, 2, 3)
    with progress.reporting(Deferring()):
        names = [SaveImage().save_images(pixels, "p")["ui"]["images"][0]["filename"] for _ in range(2)]
    pixels += 1  # What happens to the tensor later does not reach the file.
    assert names == ["p_00001_.png", "p_00002_.png"]
    assert list(folders.output.glob("[!.]*")) == []
    for work in waiting:
        work()
    assert sorted(path.name for path in folders.output.iterdir()) == names
    assert Image.open(folders.output / names[0]).getpixel((0, 0)) == (0, 0, 0)


def test_previews_go_to_the_temp_folder(folders: paths.Paths) -> None:
    entry = PreviewImage().preview_images(torch.zeros(1, 2, 2, 3))["ui"]["images"][0]
    assert entry["type"] == "temp"
    assert (folders.temp / entry["filename"]).is_file()
    assert list(folders.output.iterdir()) == []


def test_a_pack_may_save_elsewhere_by_subclassing(folders: paths.Paths, tmp_path: Path) -> None:
    class Elsewhere(SaveImage):
        def __init__(self) -> None:
            self.output_dir = str(tmp_path / "mine")
            self.type = "temp"
            self.prefix_append = "_x"
            self.compress_level = 1

    entry = Elsewhere().save_images(torch.zeros(1, 2, 2, 3), filename_prefix="a")["ui"]["images"][0]
    assert entry == {"filename": "a_x_00001_.png", "subfolder": "", "type": "temp"}
    assert (tmp_path / "mine" / "a_x_00001_.png").is_file()
