"""A pack as popular ones are written: what they import, wrap and extend at the start, and nodes that use it."""

from pathlib import Path
from typing import Any

import pytest
import torch

from nodes.packs import load_packs
from nodes.registry import NODE_CLASS_MAPPINGS
from tests.execution.runs import Bench
from tests.execution.toys import node, prompt

PACK = '''
import copy, logging, math, os, sys

import torch
import comfy.model_management as mm
import comfy.samplers
import comfy.utils
import folder_paths
import nodes
from comfy import model_management
from comfy.cli_args import args
from comfy.k_diffusion import sampling as k_diffusion_sampling
from comfy.ldm.modules import attention
from comfy.ldm.modules.attention import optimized_attention
from comfy_execution.graph import DynamicPrompt, ExecutionBlocker
from comfy_execution.graph_utils import GraphBuilder, is_link
from comfy_execution.progress import get_progress_state
from comfy_execution.utils import get_executing_context
from comfy_extras import nodes_custom_sampler, nodes_mask
from comfy_extras.nodes_mask import GrowMask, MaskComposite
from comfy_extras.nodes_post_processing import Blend
import comfy_extras.nodes_upscale_model as upscaling

if "many_models" not in folder_paths.folder_names_and_paths:
    folder_paths.add_model_folder_path("many_models", os.path.join(folder_paths.models_dir, "many"))

assert comfy.samplers.KSampler.SAMPLERS and callable(optimized_attention) and callable(attention.optimized_attention)
assert callable(k_diffusion_sampling.sample_euler) and nodes_mask.GrowMask is GrowMask and args.cpu in (True, False)

class AnyType(str):
    def __ne__(self, other):
        return False

class Grow(GrowMask):
    """Extends a built-in node."""

class Grown:
    CATEGORY, FUNCTION, RETURN_TYPES = "many", "run", ("MASK",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"size": ("INT", {"default": 9})}, "hidden": {"unique_id": "UNIQUE_ID"}}

    def run(self, size, unique_id):
        here = get_executing_context()
        assert (here.node_id, here.list_index) == (unique_id, 0)
        mask = torch.zeros(1, size, size, device=mm.intermediate_device())
        mask[:, size // 2, size // 2] = 1
        (grown,) = MaskComposite().combine(mask, mask, 0, 0, "add")
        get_progress_state().update_progress(unique_id, 1, 2)
        return (grown,)

class Walk:
    CATEGORY, FUNCTION, RETURN_TYPES = "many", "run", (AnyType("*"),)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"any": (AnyType("*"),)}, "hidden": {"id": "UNIQUE_ID", "dynprompt": "DYNPROMPT"}}

    def run(self, any, id, dynprompt: DynamicPrompt):
        assert isinstance(dynprompt, DynamicPrompt)
        source = dynprompt.get_node(dynprompt.get_node(id)["inputs"]["any"][0])["class_type"]
        graph = GraphBuilder()
        return {"result": (graph.node("Many_Said", text=source).out(0),), "expand": graph.finalize()}

class Said:
    CATEGORY, FUNCTION, RETURN_TYPES = "many", "run", ("STRING",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"text": ("STRING",)}}

    def run(self, text):
        return (text,)

NODE_CLASS_MAPPINGS = {"Many_Grown": Grown, "Many_Walk": Walk, "Many_Said": Said, "Many_Grow": Grow}
'''


@pytest.fixture
def classes(tmp_path: Path, names: None) -> dict[str, Any]:
    (tmp_path / "many.py").write_text(PACK, encoding="utf-8")
    (pack,) = load_packs([tmp_path])
    assert pack.problem is None
    return dict(pack.classes)


def test_it_loads_and_its_nodes_run(classes: dict[str, Any]) -> None:
    show = node("Show", value=["w", 0])
    ran = Bench(classes).run(prompt(g=node("Many_Grown", size=5), w=node("Many_Walk", any=["g", 0]), show=show))
    assert ran.outcome.error is None
    assert ran.shown("show") == ["Many_Grown"]
    assert [step["value"] for step in ran.of("progress")] == [1]


def test_what_it_extends_is_the_built_in_class(classes: dict[str, Any]) -> None:
    assert classes["Many_Grow"].__mro__[1] is NODE_CLASS_MAPPINGS["GrowMask"]
    mask = torch.zeros(1, 5, 5)
    mask[:, 2, 2] = 1
    (grown,) = classes["Many_Grow"]().expand_mask(mask, 1, True)
    assert grown.sum() == 5


def test_helpers_under_their_old_names_are_the_built_in_ones(names: None) -> None:
    from comfy_extras import nodes_custom_sampler, nodes_post_processing  # type: ignore[import-not-found]

    noise = nodes_custom_sampler.Noise_RandomNoise(4)
    latent = {"samples": torch.zeros(1, 4, 2, 2)}
    (made,) = NODE_CLASS_MAPPINGS["RandomNoise"]().get_noise(4)  # type: ignore[attr-defined]
    assert torch.equal(noise.generate_noise(latent), made.generate_noise(latent))
    assert nodes_post_processing.Blend is NODE_CLASS_MAPPINGS["ImageBlend"]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("from comfy_extras.nodes_mask import NoSuchClass", "NoSuchClass of comfy_extras.nodes_mask"),
        ("from comfy.k_diffusion.sampling import sample_nothing", "sample_nothing of comfy.k_diffusion.sampling"),
        ("import comfy.no_such_module", "the module comfy.no_such_module"),
        ("from comfy_execution.graph import NoSuchOrder", "NoSuchOrder of comfy_execution.graph"),
        ("from comfy_extras import nodes_nothing", "nodes_nothing of comfy_extras"),
    ],
)
def test_a_name_that_there_is_not_is_told_with_what_helps(tmp_path: Path, names: None, line: str, wanted: str) -> None:
    (tmp_path / "lacks.py").write_text(line, encoding="utf-8")
    (pack,) = load_packs([tmp_path])
    assert pack.name == "lacks"
    assert pack.has_failed
    assert wanted in (pack.remedy or "")
    assert "Look for another version of the pack" in (pack.remedy or "")


def test_outside_of_a_node_there_is_no_context_and_nobody_to_tell(names: None) -> None:
    from comfy_execution.progress import get_progress_state  # type: ignore[import-not-found]
    from comfy_execution.utils import get_executing_context  # type: ignore[import-not-found]

    assert get_executing_context() is None
    get_progress_state().update_progress("4", 1, 2)
