"""Every template of the gallery runs with what ships, and its pictures are pictures."""

import json
from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image

from scripts.template_pictures import ROOT, TEMPLATES, Gallery, open_gallery, template_names

NAMES = template_names(is_download=False)
UPSCALING = ("upscale_model", "upscale_to_file")


@pytest.fixture(scope="module")
def gallery() -> Iterator[Gallery]:
    with open_gallery() as opened:
        yield opened


@pytest.mark.parametrize("name", NAMES)
def test_a_template_makes_pictures(name: str, gallery: Gallery) -> None:
    if name in UPSCALING and find_spec("torchvision") is None:
        pytest.skip("spandrel needs torchvision")
    pictures = [np.asarray(picture).astype(float) for picture in gallery.pictures(name, steps=2)]
    assert pictures
    assert all(min(picture.shape[:2]) >= 128 and picture.std() > 5 for picture in pictures)


@pytest.mark.parametrize("name", [*NAMES, *template_names(is_download=True)])
def test_a_template_has_a_picture_and_its_words_in_both_languages(name: str) -> None:
    (entry,) = (entry for entry in json.loads((TEMPLATES / "index.json").read_text("utf-8")) if entry["name"] == name)
    assert Image.open(TEMPLATES / f"{name}.webp").width == 256
    assert all(entry[part][language] for part in ("title", "description") for language in ("en", "de"))


def test_what_the_template_inpaint_leaves_unmasked_is_the_first_pictures_to_the_pixel(gallery: Gallery) -> None:
    (made,) = gallery.pictures("inpaint", steps=2)
    workflow = gallery.workflow("inpaint")
    first, composed = (
        next(node["id"] for node in workflow["nodes"] if node["type"] == kind)
        for kind in ("VAEDecode", "ImageCompositeMasked")
    )
    for link in workflow["links"]:
        if link[1] == composed:
            link[1], link[2] = first, 0
    (before,) = gallery.pictures_of(workflow, steps=2)
    left, right = np.s_[:, :64], np.s_[:, 64:]
    assert (np.asarray(made)[left] == np.asarray(before)[left]).all()
    assert np.abs(np.asarray(made)[right].astype(int) - np.asarray(before)[right]).mean() > 10


def test_an_own_picture_changes_only_where_it_is_masked(gallery: Gallery) -> None:
    (made,) = gallery.pictures("inpaint_own_picture", steps=2)
    given = Image.open(ROOT / "input" / "example_masked.png")
    kept = np.asarray(given)[..., 3] == 255
    far = kept.copy()
    change = np.abs(np.asarray(made).astype(int) - np.asarray(given)[..., :3]).max(-1)
    far[80:330, 230:490] = False  # the mask's blur reaches beyond it
    assert (change[far] == 0).all()
    assert change[~kept].mean() > 10
