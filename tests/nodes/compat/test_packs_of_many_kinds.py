"""Packs written as popular ones are, loaded unchanged and run through the engine: the picture changes as it should."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import pytest
import torch

from execution import compat, paths
from nodes.packs import load_packs
from nodes.registry import NODE_CLASS_MAPPINGS
from tests.comfy.small_sd1 import write_small_checkpoint
from tests.execution.runs import Bench
from tests.execution.toys import node, prompt

PACKS = Path(__file__).parent / "packs"
Graph = dict[str, Any]

BASE: Graph = {
    "load": node("CheckpointLoaderSimple", ckpt_name="tiny.safetensors"),
    "positive": node("CLIPTextEncode", text="a red (apple:1.2)", clip=["load", 1]),
    "negative": node("CLIPTextEncode", text="", clip=["load", 1]),
    "latent": node("EmptyLatentImage", width=64, height=64, batch_size=1),
    "image": node("EmptyImage", width=64, height=64, batch_size=1, color=0x336699),
}
SAMPLING = {"seed": 5, "steps": 3, "cfg": 4.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}
INPUTS = {"model": ["load", 0], "positive": ["positive", 0], "negative": ["negative", 0], "latent_image": ["latent", 0]}
TOLD = {name: link for name, link in INPUTS.items() if name != "latent_image"} | {"vae": ["load", 2]}


class Keep:
    """An output that keeps what it is given, as it is."""

    RETURN_TYPES, FUNCTION, OUTPUT_NODE, NOT_IDEMPOTENT = (), "run", True, True
    kept: ClassVar[list[Any]] = []

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"value": ("*", {})}}

    def run(self, value: Any) -> tuple[()]:
        self.kept.append(value)
        return ()


class Workshop:
    """A checkpoint, the packs' classes and a cache that keeps what was loaded."""

    def __init__(self, classes: dict[str, Any]) -> None:
        self._bench = Bench({**NODE_CLASS_MAPPINGS, **classes, "Keep": Keep})
        self._runs = 0
        self.plain = self.latent({})

    def shown(self, graph: Graph, *link: Any) -> Any:
        # An output of another id each time: what has run before is not run again.
        self._runs += 1
        ran = self._bench.run(
            prompt(**{**BASE, **graph, f"keep{self._runs}": node("Keep", value=list(link))}), f"keep{self._runs}"
        )
        assert ran.outcome.error is None, ran.outcome.error
        return Keep.kept.pop()

    def error(self, graph: Graph, *link: Any) -> str:
        ran = self._bench.run(prompt(**{**BASE, **graph}, show=node("Show", value=list(link))))
        assert ran.outcome.error is not None
        return str(ran.outcome.error)

    def latent(self, graph: Graph, **ends: Any) -> torch.Tensor:
        sampler = node("KSampler", **{**SAMPLING, **INPUTS, **ends})
        samples: torch.Tensor = self.shown({**graph, "sample": sampler}, "sample", 0)["samples"]
        return samples


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    from nodes.compat.foreign import install_foreign
    from nodes.compat.names import PACK_NAMES, add_to_modules
    from nodes.registry import built_in_nodes

    base = tmp_path_factory.mktemp("workshop")
    (base / "models" / "checkpoints").mkdir(parents=True)
    write_small_checkpoint(base / "models" / "checkpoints" / "tiny.safetensors")
    before, paths._installed = paths._installed, paths.Paths(paths.PathOptions(base_directory=base))
    built_in_nodes()
    add_to_modules()
    compat.install(PACK_NAMES)
    install_foreign()
    server = ModuleType("server")
    server.PromptServer = SimpleNamespace(instance=SimpleNamespace())  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "server", server)
        packs = load_packs([PACKS])
        assert {pack.name: pack.problem for pack in packs if pack.problem} == {}
        yield Workshop({class_type: cls for pack in packs for class_type, cls in pack.classes.items()})
    paths._installed = before


def test_an_image_prompt_answers_attention_by_its_weight(workshop: Workshop) -> None:
    def weighed(weight: float) -> torch.Tensor:
        patched = {"pack": node("Packs_ImagePrompt", model=["load", 0], weight=weight, image=["image", 0])}
        return workshop.latent(patched, model=["pack", 0])

    torch.testing.assert_close(weighed(0.0), workshop.plain, rtol=1e-3, atol=1e-2)
    assert not torch.allclose(weighed(1.0), workshop.plain, atol=1e-2)


def test_a_batch_is_asked_in_windows(workshop: Workshop) -> None:
    frames = {"latent": node("EmptyLatentImage", width=64, height=64, batch_size=4)}

    def windowed(scale: float) -> torch.Tensor:
        return workshop.latent(
            {**frames, "pack": node("Packs_Motion", model=["load", 0], scale=scale)}, model=["pack", 0]
        )

    whole = workshop.latent(frames)
    torch.testing.assert_close(windowed(1.0), whole, rtol=1e-3, atol=1e-2)
    assert not torch.allclose(windowed(0.9), whole, atol=1e-2)


def test_a_wrapper_of_the_model_changes_its_text(workshop: Workshop) -> None:
    def wrapped(scale: float) -> torch.Tensor:
        return workshop.latent({"pack": node("Packs_Wrapped", model=["load", 0], scale=scale)}, model=["pack", 0])

    assert torch.equal(wrapped(1.0), workshop.plain)
    assert not torch.allclose(wrapped(0.5), workshop.plain, atol=1e-2)


@pytest.mark.parametrize("how", ["node", "common", "sample", "guider"])
def test_every_way_to_sample_gives_the_nodes_picture(workshop: Workshop, how: str) -> None:
    inputs = {**TOLD, "latent": ["latent", 0], "sampler_name": "euler", "scheduler": "normal", "how": how}
    made = workshop.shown({"pack": node("Packs_Detail", **inputs)}, "pack", 0)["samples"]
    assert torch.equal(made, workshop.plain)


def test_a_sampler_of_a_packs_own_runs_in_the_built_in_node(workshop: Workshop) -> None:
    def sampled(factor: float) -> torch.Tensor:
        graph = {
            "own": node("Packs_OwnSampler", factor=factor),
            "sigmas": node("BasicScheduler", model=["load", 0], scheduler="normal", steps=3, denoise=1.0),
            "sample": node(
                "SamplerCustom",
                add_noise=True,
                noise_seed=5,
                cfg=4.0,
                sampler=["own", 0],
                sigmas=["sigmas", 0],
                **INPUTS,
            ),
        }
        samples: torch.Tensor = workshop.shown(graph, "sample", 0)["samples"]
        return samples

    torch.testing.assert_close(sampled(1.0), workshop.plain, rtol=1e-4, atol=1e-3)
    assert not torch.allclose(sampled(0.9), workshop.plain, atol=1e-2)


def test_a_part_of_a_picture_is_drawn_anew(workshop: Workshop) -> None:
    image = workshop.shown({}, "image", 0)
    drawn = workshop.shown({"pack": node("Packs_Part", **TOLD, image=["image", 0])}, "pack", 0)
    assert torch.equal(drawn[:, :, :32], image[:, :, :32])
    assert not torch.allclose(drawn[:, :, 32:], image[:, :, 32:], atol=1e-2)


def test_prompts_are_encoded_network_by_network(workshop: Workshop) -> None:
    def encoded(how: str) -> torch.Tensor:
        graph = {"pack": node("Packs_Encode", clip=["load", 1], text="a red (apple:1.2)", how=how)}
        return workshop.latent(graph, positive=["pack", 0])

    assert torch.equal(encoded("same"), workshop.plain)
    for how in ("longest", "scaled"):
        assert not torch.allclose(encoded(how), workshop.plain, atol=1e-2)
    graph = {"pack": node("Packs_Grammar", clip=["load", 1], text=r"a (red:1.2) \(cat\)")}
    assert (
        workshop.shown(graph, "pack", 0) == "[('a ', 1.0), ('red', 1.2), (' (cat)', 1.0)] ['a</w>', 'red</w>', '(</w>']"
    )


def test_hooks_and_regions_of_a_conditioning_count(workshop: Workshop) -> None:
    def hooked(scale: float, **ends: Any) -> torch.Tensor:
        graph = {"pack": node("Packs_Hooked", conditioning=["positive", 0], scale=scale)}
        return workshop.latent(graph, positive=["pack", 0], **ends)

    torch.testing.assert_close(hooked(1.0), workshop.plain, rtol=1e-4, atol=1e-3)
    assert not torch.allclose(hooked(4.0), workshop.plain, atol=1e-2)
    regions = {
        "other": node("CLIPTextEncode", text="blue", clip=["load", 1]),
        "pack": node("Packs_Regions", left=["positive", 0], right=["other", 0]),
    }
    assert not torch.allclose(workshop.latent(regions, positive=["pack", 0]), workshop.plain, atol=1e-2)


def test_weights_are_changed_by_differences_and_by_loras_alike(workshop: Workshop) -> None:
    def nudged(strength: float, how: str) -> torch.Tensor:
        graph = {"pack": node("Packs_Nudge", model=["load", 0], strength=strength, how=how)}
        return workshop.latent(graph, model=["pack", 0])

    torch.testing.assert_close(nudged(1.0, "diff"), nudged(1.0, "lora"), rtol=1e-3, atol=1e-2)
    assert not torch.allclose(nudged(1.0, "diff"), workshop.plain, atol=1e-2)
    assert torch.equal(nudged(0.0, "diff"), workshop.plain)


def test_a_models_family_is_told_by_its_file_and_by_itself(workshop: Workshop) -> None:
    graph = {"pack": node("Packs_Family", model=["load", 0], name="tiny.safetensors")}
    assert workshop.shown(graph, "pack", 0) == "SD15"


def test_what_is_of_other_families_is_refused_when_it_is_used(workshop: Workshop) -> None:
    assert workshop.shown({"pack": node("Packs_Uses", what="nothing")}, "pack", 0) == "nothing"
    for what, named in (("wan", "comfy.ldm.wan.model.WanModel"), ("video", "Reading a video's file")):
        error = workshop.error({"pack": node("Packs_Uses", what=what)}, "pack", 0)
        assert named in error
        assert "not part of Skein" in error


def test_a_network_of_a_packs_own_is_changed_for_whom_it_was_changed_only(workshop: Workshop) -> None:
    changed = node("Packs_TinterLora", tinter=["tinter", 0], strength=0.5)
    tinters = {"tinter": node("Packs_LoadTinter"), "changed": changed}
    plain, image = workshop.shown({}, "image", 0), ["image", 0]
    red, green, blue = plain.unbind(-1)
    for loaded, wanted in (("changed", (red + plain.sum(-1) / 2, green, blue + 0.25)), ("tinter", (red, green, blue))):
        shown = workshop.shown({**tinters, "tint": node("Packs_Tint", tinter=[loaded, 0], image=image)}, "tint", 0)
        assert torch.allclose(shown, torch.stack(wanted, -1), atol=1e-6)
