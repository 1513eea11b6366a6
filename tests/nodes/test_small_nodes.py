"""Text, primitives, batches, stitching, animations and folders: what each of the small nodes answers."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from comfy import stitching
from execution import paths
from nodes.registry import built_in_nodes
from nodes.text import PatternError
from tests.comfy.sampling.toy_model import ToyModel

TABLE = built_in_nodes()


def call(name: str, *args: Any, **kwargs: Any) -> Any:
    node: Any = TABLE[name]()
    answer = getattr(node, TABLE[name].FUNCTION)(*args, **kwargs)  # type: ignore[attr-defined]
    return answer[0] if isinstance(answer, tuple) and len(answer) == 1 else answer


@pytest.mark.parametrize(
    ("name", "inputs", "expected"),
    [
        ("StringConcatenate", ("a", "b", ", "), "a, b"),
        ("StringReplace", ("a cat, a cat", "cat", "dog"), "a dog, a dog"),
        ("CaseConverter", ("a red FOX", "Title Case"), "A Red Fox"),
        ("CaseConverter", ("a red FOX", "Capitalize"), "A red fox"),
        ("StringLength", ("über",), 4),
        ("StringSubstring", ("skein", 1, -1), "kei"),
        ("StringTrim", ("  a ", "Left"), "a "),
        ("StringContains", ("Apple", "apple", True), False),
        ("StringContains", ("Apple", "apple", False), True),
        ("StringCompare", ("Apple", "app", "Starts With", False), True),
        ("StringCompare", ("Apple", "le", "Ends With", True), True),
        ("StringCompare", ("Apple", "apple", "Equal", True), False),
        ("RegexMatch", ("seed 42", r"\d+", True, False, False), True),
        ("RegexExtract", ("a1 b22", r"[a-z](\d+)", "First Match", True, False, False, 1), "a1"),
        ("RegexExtract", ("a1 b22", r"[a-z](\d+)", "All Matches", True, False, False, 1), "a1\nb22"),
        ("RegexExtract", ("a1 b22", r"[a-z](\d+)", "First Group", True, False, False, 1), "1"),
        ("RegexExtract", ("a1 b22", r"[a-z](\d+)", "All Groups", True, False, False, 1), "1\n22"),
        ("RegexExtract", ("a1", r"x", "First Match", True, False, False, 1), ""),
        ("RegexExtract", ("a1", r"a", "First Group", True, False, False, 3), ""),
        ("RegexReplace", ("a1 a2", r"a(\d)", r"\1b", True, False, False, 1), "1b a2"),
        ("PrimitiveInt", (3,), 3),
        ("PrimitiveString", ("x",), "x"),
        ("GetImageSize", (torch.zeros(2, 3, 4, 3),), (4, 3, 2)),
    ],
)
def test_a_small_node_answers(name: str, inputs: tuple[Any, ...], expected: Any) -> None:
    assert call(name, *inputs) == expected


def test_a_pattern_that_is_none_says_where() -> None:
    with pytest.raises(PatternError, match=r"regex_pattern is no regular expression.*position 0"):
        call("RegexMatch", "a", "(", True, False, False)
    with pytest.raises(PatternError, match="replace refers to a group"):
        call("RegexReplace", "a", "a", r"\2")


@pytest.mark.parametrize(
    ("value", "text"), [("é", "é"), ({"a": [1]}, json.dumps({"a": [1]}, indent=2)), (None, "null")]
)
def test_any_value_is_shown_as_text(value: Any, text: str) -> None:
    assert call("PreviewAny", value) == {"ui": {"text": (text,)}}


def test_images_are_rebatched_by_size_in_order() -> None:
    small, large = torch.arange(3.0).reshape(3, 1, 1, 1).expand(3, 2, 2, 3), torch.ones(1, 4, 4, 3)
    batches = call("RebatchImages", [small, large], [2])
    assert [tuple(batch.shape) for batch in batches] == [(2, 2, 2, 3), (1, 2, 2, 3), (1, 4, 4, 3)]
    assert batches[1].unique().tolist() == [2.0]


def test_latents_are_rebatched_with_their_places_and_masks() -> None:
    masked = {"samples": torch.zeros(2, 4, 2, 2), "noise_mask": torch.zeros(1, 1, 16, 16)}
    plain = {"samples": torch.ones(2, 4, 2, 2)}
    first, second = call("RebatchLatents", [masked, plain], [3])
    assert (first["batch_index"], second["batch_index"]) == ([0, 1, 2], [3])
    assert first["noise_mask"].amax(dim=(1, 2, 3)).tolist() == [0.0, 0.0, 1.0]
    assert "noise_mask" not in second
    kept = {"samples": torch.zeros(2, 4, 2, 2), "batch_index": [7, 3]}
    assert call("RebatchLatents", [kept], [1])[1]["batch_index"] == [3]


@pytest.mark.parametrize(
    ("direction", "size", "first_at"),
    [("right", (4, 4 + 2 + 8), (0, 0)), ("left", (4, 4 + 2 + 8), (0, 10)), ("down", (4 + 2 + 2, 4), (0, 0))],
)
def test_pictures_are_stitched_at_one_height_or_width(
    direction: str, size: tuple[int, int], first_at: tuple[int, int]
) -> None:
    white, black = torch.ones(1, 4, 4, 3), torch.zeros(2, 2, 4, 3)
    stitched = call("ImageStitch", white, direction, True, 1, "red", black)
    assert stitched.shape[:3] == (2, *size)
    row, column = first_at
    assert stitched[1, row, column].tolist() == [1, 1, 1]
    assert (stitched == torch.tensor([1.0, 0.0, 0.0])).all(-1).sum() == 2 * 2 * 4


def test_stitched_pictures_that_keep_their_size_are_centred() -> None:
    stitched = call("ImageStitch", torch.ones(1, 4, 1, 3), "right", False, 0, "white", torch.full((1, 2, 1, 3), 0.5))
    assert stitched[0, :, 1, 0].tolist() == [0, 0.5, 0.5, 0]


def test_resizing_and_padding_fits_inside() -> None:
    padded = call("ResizeAndPadImage", torch.zeros(1, 2, 4, 3), 8, 8, "white", "bilinear")
    assert padded[0, :, 0, 0].tolist() == [1, 1, 0, 0, 0, 0, 1, 1]


def test_brightness_and_colour_come_apart_and_together_again() -> None:
    image = torch.rand(1, 3, 5, 3, generator=torch.Generator().manual_seed(1))
    y, u, v = call("ImageRGBToYUV", image)
    assert y.shape == image.shape
    assert y[0, 0, 0, 0] == pytest.approx(float((image[0, 0, 0] * torch.tensor([0.299, 0.587, 0.114])).sum()))
    assert torch.allclose(call("ImageYUVToRGB", y, u, v), image, atol=3e-3)
    assert stitching.rgb_to_yuv(torch.ones(1, 1, 1, 3))[0, 0, 0].tolist() == pytest.approx([1, 0.5, 0.5])


def test_latents_are_joined_side_by_side() -> None:
    one, two = {"samples": torch.zeros(1, 4, 2, 2)}, {"samples": torch.ones(1, 4, 2, 3)}
    joined = call("LatentConcat", one, two, "-x")["samples"]
    assert joined.shape == (1, 4, 2, 5)
    assert joined[0, 0, 0].tolist() == [1, 1, 1, 0, 0]
    assert call("LatentConcat", one, two, "y")["samples"].shape == (1, 4, 4, 2)


def test_tone_mapping_shortens_long_vectors_and_keeps_directions() -> None:
    samples = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(2))
    mapped = call("LatentApplyOperation", {"samples": samples}, call("LatentOperationTonemapReinhard", 1.0))["samples"]
    ratio = mapped / samples
    assert torch.allclose(ratio.std(dim=1), torch.zeros(2, 8, 8), atol=1e-5)
    lengths = samples.norm(dim=1).flatten()
    assert ratio[:, 0].flatten()[lengths.argmax()] < ratio[:, 0].flatten()[lengths.argmin()] < 1


def test_sharpening_a_latent_keeps_flat_parts() -> None:
    flat = torch.full((1, 4, 16, 16), 0.7)
    operation = call("LatentOperationSharpen", 3, 1.0, 0.5)
    assert torch.allclose(operation(flat), flat, atol=1e-4)
    edge = torch.cat([flat, -flat], dim=3)
    assert operation(edge)[0, 0, 8, 15] > 0.7


@pytest.mark.parametrize(
    ("name", "options", "ending"),
    [("SaveAnimatedPNG", (10.0, 4), "png"), ("SaveAnimatedWEBP", (10.0, True, 80, "default"), "webp")],
)
def test_a_batch_becomes_an_animation_that_carries_its_prompt(
    folders: paths.Paths, name: str, options: tuple[Any, ...], ending: str
) -> None:
    images = torch.arange(3.0).reshape(3, 1, 1, 1).expand(3, 8, 8, 3) / 2
    prompt = {"1": {"class_type": name, "inputs": {"images": ["2", 0], "filename_prefix": "a", "note": "猫"}}}
    answer = call(name, images, "a", *options, prompt=prompt, extra_pnginfo={"workflow": {"nodes": [1]}})
    assert answer["ui"]["animated"] == (True,)
    file = folders.output / answer["ui"]["images"][0]["filename"]
    assert file.name == f"a_00001_.{ending}"
    from execution.documents import read_document

    document = read_document(file)
    assert (document.prompt, document.workflow) == (prompt, {"nodes": [1]})
    with Image.open(file) as picture:
        assert picture.n_frames == 3
        assert picture.info["loop"] == 0
        picture.seek(2)
        picture.load()
        assert picture.info["duration"] == 100
        assert np.asarray(picture.convert("RGB")).min() == 255


def test_a_gif_plays_as_often_as_it_is_told(folders: paths.Paths) -> None:
    images = torch.arange(3.0).reshape(3, 1, 1, 1).expand(3, 8, 8, 3) / 2
    answer = call("SaveAnimatedGIF", images, "a", 10.0, 2)
    with Image.open(folders.output / answer["ui"]["images"][0]["filename"]) as picture:
        assert (picture.format, picture.n_frames, picture.info["duration"], picture.info["loop"]) == ("GIF", 3, 100, 2)
        picture.seek(2)
        assert np.asarray(picture.convert("RGB")).min() == 255


def test_a_folder_becomes_one_batch(folders: paths.Paths) -> None:
    (folders.input / "set" / "2_twice").mkdir(parents=True)
    Image.new("RGB", (4, 2), (255, 0, 0)).save(folders.input / "set" / "a.png")
    Image.new("RGB", (8, 8), (0, 255, 0)).save(folders.input / "set" / "2_twice" / "b.png")
    before = TABLE["LoadImageSetFromFolderNode"].IS_CHANGED(folder="set")  # type: ignore[attr-defined]
    images = call("LoadImageSetFromFolderNode", "set", "Crop")
    assert images.shape == (3, 2, 4, 3)
    assert images[:, 0, 0].tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 0]]
    with pytest.raises(ValueError, match=r"8×8 after 4×2.*Choose a resize method"):
        call("LoadImageSetFromFolderNode", "set", "None")
    Image.new("RGB", (4, 2)).save(folders.input / "set" / "c.png")
    assert TABLE["LoadImageSetFromFolderNode"].IS_CHANGED(folder="set") != before  # type: ignore[attr-defined]


def test_a_mask_is_shown_from_the_temp_folder(folders: paths.Paths) -> None:
    shown = call("MaskPreview", torch.ones(1, 4, 4))["ui"]["images"][0]
    assert shown["type"] == "temp"
    assert Image.open(folders.temp / shown["filename"]).getpixel((0, 0)) == (255, 255, 255)


def test_a_picture_of_the_output_folder_is_read(folders: paths.Paths) -> None:
    Image.new("RGB", (2, 1), (51, 0, 0)).save(folders.output / "a.png")
    assert call("LoadImageOutput", "a.png [output]")[0][0, 0, 0, 0] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("name", "inputs", "said"),
    [
        ("KarrasScheduler", (4, 14.6, 0.03, 0.0), "rho is 0, but must be above 0"),
        ("ExponentialScheduler", (4, 14.6, 0.0), "sigma_min is 0, but must be above 0"),
        ("BetaSamplingScheduler", (ToyModel(), 4, 0.0, 0.6), "alpha is 0, but must be above 0"),
        ("LatentUpscaleBy", ({"samples": torch.zeros(1, 4, 8, 8)}, "bilinear", 0.01), "Nothing of a latent of 8×8"),
        ("LoadImageByName", ("gone.png",), "There is no file gone.png"),
    ],
)
def test_values_of_which_nothing_can_be_made_are_refused_in_words(
    name: str, inputs: tuple[Any, ...], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        call(name, *inputs)
