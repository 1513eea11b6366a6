"""Names of saved files tell the settings of their picture."""

import torch

from execution import paths
from nodes.file_names import filled
from nodes.generation import Generation
from nodes.image_files import SaveImage
from nodes.latent_files import SaveLatent
from tests.nodes.test_metadata import prompt_of


def test_words_are_filled_in_and_unknown_ones_stay() -> None:
    made = Generation("", "", seed=0, cfg=7.5, model="sub\\tiny.safetensors")
    assert filled("%seed% %nothing% %steps% %cfg% %model%", made) == "0 %nothing% %steps% 7.5 tiny"


def test_save_image_names_its_file_by_the_seed_of_its_sampler(folders: paths.Paths) -> None:
    prompt = prompt_of()
    prompt["9"] = {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "%seed%/%model%"}}
    entry = SaveImage().save_images(torch.zeros(1, 2, 2, 3), "%seed%/%model%", prompt)["ui"]["images"][0]
    assert (entry["subfolder"], entry["filename"]) == ("42", "tiny_00001_.png")
    assert (folders.output / "42" / "tiny_00001_.png").is_file()


def test_without_a_prompt_the_words_stay(folders: paths.Paths) -> None:
    shown = SaveLatent().save({"samples": torch.zeros(1, 4, 2, 2)}, "%seed%")["ui"]["latents"][0]
    assert shown["filename"] == "%seed%_00001_.latent"


def test_pictures_with_seeds_of_their_own_are_called_by_them(folders: paths.Paths) -> None:
    prompt = prompt_of()
    prompt["3"]["class_type"] = "KSamplerVariations"
    prompt["9"] = {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "%seed%_%batch_num%"}}
    entries = SaveImage().save_images(torch.zeros(2, 2, 2, 3), "%seed%_%batch_num%", prompt)["ui"]["images"]
    assert [entry["filename"] for entry in entries] == ["42_0_00001_.png", "43_1_00001_.png"]
    assert all((folders.output / entry["filename"]).is_file() for entry in entries)
