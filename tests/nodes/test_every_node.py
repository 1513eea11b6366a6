"""Every built-in node that needs no model runs through the engine, on small inputs made by other nodes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from execution import paths
from execution.cache import Cache
from execution.executor import Executor, Run
from execution.progress import CancelToken
from execution.prompt import Prompt
from execution.validate import validate
from nodes.registry import built_in_nodes
from tests.comfy.small_sd1 import write_small_checkpoint

TABLE = built_in_nodes()

CHECKPOINT = {"ckpt_name": "tiny.safetensors"}
# How a value of each type is made: the node, its inputs, and which of its outputs it is.
SOURCES: dict[str, tuple[str, dict[str, Any], int]] = {
    "MODEL": ("CheckpointLoaderSimple", CHECKPOINT, 0),
    "CLIP": ("CheckpointLoaderSimple", CHECKPOINT, 1),
    "VAE": ("CheckpointLoaderSimple", CHECKPOINT, 2),
    "CONDITIONING": ("CLIPTextEncode", {"text": "a cat", "clip": "CLIP"}, 0),
    "LATENT": ("EmptyLatentImage", {"width": 64, "height": 64, "batch_size": 1}, 0),
    "IMAGE": ("EmptyImage", {"width": 64, "height": 64, "batch_size": 1, "color": 0x336699}, 0),
    "MASK": ("SolidMask", {"value": 0.5, "width": 64, "height": 64}, 0),
    "SIGMAS": ("KarrasScheduler", {"steps": 2, "sigma_max": 14.6, "sigma_min": 0.03, "rho": 7.0}, 0),
    "SAMPLER": ("KSamplerSelect", {"sampler_name": "euler"}, 0),
    "NOISE": ("RandomNoise", {"noise_seed": 1}, 0),
    "GUIDER": ("BasicGuider", {"model": "MODEL", "conditioning": "CONDITIONING"}, 0),
    "LATENT_OPERATION": ("LatentOperationTonemapReinhard", {"multiplier": 1.0}, 0),
    "INPAINT_CUTOUT": ("InpaintCutOut", {"image": "IMAGE", "mask": "MASK"}, 0),
    "LOOP": ("RepeatStart", {"count": 1, "first": 0, "step": 1}, 0),
    "*": ("PrimitiveInt", {"value": 1}, 0),
}
# What costs time only, by the input's name.
SMALL = {"steps": 2, "width": 64, "height": 64, "tile_size": 64, "batch_size": 1, "rank": 2}
MODEL_FILE, OTHER_FILE, INNER = "needs a model's file", "needs a file of its kind", "is a part of a grid or a loop"
LEFT_OUT = {
    **dict.fromkeys(("CLIPLoader", "ControlNetLoader", "DiffusersLoader", "DualCLIPLoader", "UNETLoader"), MODEL_FILE),
    **dict.fromkeys(("ImageUpscaleWithModel", "InpaintWithModel", "RestoreFaceWithModel", "UpscaleToFile"), MODEL_FILE),
    **dict.fromkeys(("UpscaleModelLoader", "UpscaleModelMix", "UpscaleWithTwoModels", "VAELoader"), MODEL_FILE),
    **dict.fromkeys(("SetUnionControlNetType", "TriggerWords", "LoraSave"), MODEL_FILE),
    **dict.fromkeys(("LoadImageByName", "LoadImageOutput", "LoadLatent", "WebcamCapture"), OTHER_FILE),
    **dict.fromkeys(("ForEachStart", "GridCell", "GridSheet", "NextRound", "WhileEnd"), INNER),
}


def graph_for(name: str) -> dict[str, Any]:
    """A prompt of the node, called `node`, and of what makes its inputs."""
    graph: dict[str, Any] = {}
    inputs = {}
    declared = TABLE[name].INPUT_TYPES()
    for input_name, (kind, *options) in declared.get("required", {}).items():
        inputs[input_name] = _value(input_name, kind, options[0] if options else {}, graph)
    graph["node"] = {"class_type": name, "inputs": inputs}
    return graph


def _value(name: str, kind: Any, options: dict[str, Any], graph: dict[str, Any]) -> Any:
    if isinstance(kind, str) and kind in SOURCES:
        return _source(kind, graph)
    if name in SMALL:
        return SMALL[name]
    choices = kind if isinstance(kind, list) else options.get("options") or []
    plain = {"INT": options.get("min", 0), "FLOAT": options.get("min", 0.0), "STRING": "1", "BOOLEAN": False}
    return options.get("default", choices[0] if choices else plain.get(str(kind)))


def _source(kind: str, graph: dict[str, Any]) -> list[Any]:
    class_type, inputs, output = SOURCES[kind]
    if class_type not in graph:
        graph[class_type] = {"class_type": class_type, "inputs": _linked(inputs, graph)}
        for input_name, (own, *options) in TABLE[class_type].INPUT_TYPES()["required"].items():
            if input_name not in inputs:
                graph[class_type]["inputs"][input_name] = _value(input_name, own, options[0] if options else {}, graph)
    return [class_type, output]


def _linked(inputs: dict[str, Any], graph: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _source(value, graph) if isinstance(value, str) and value in SOURCES else value
        for name, value in inputs.items()
    }


@pytest.fixture(scope="module")
def executor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executor]:
    base: Path = tmp_path_factory.mktemp("every_node")
    before, paths._installed = paths._installed, paths.Paths(paths.PathOptions(base_directory=base))
    (base / "models" / "checkpoints").mkdir(parents=True)
    write_small_checkpoint(base / "models" / "checkpoints" / "tiny.safetensors", torch.float32)
    for folder in (base / "input", base / "input" / "folder"):
        folder.mkdir(exist_ok=True)
        Image.new("RGBA", (64, 64), (200, 100, 50, 128)).save(folder / "a.png")
    yield Executor(dict(TABLE), Cache(10**9))
    paths._installed = before


def _needs_no_model(name: str) -> bool:
    return "CheckpointLoaderSimple" not in graph_for(name) and name not in LEFT_OUT


@pytest.mark.parametrize("name", [name for name in sorted(TABLE) if _needs_no_model(name)])
def test_the_node_runs(name: str, executor: Executor) -> None:
    prompt = Prompt.parse(graph_for(name))
    targets = ["node"] if TABLE[name].OUTPUT_NODE else None
    found = validate(prompt, dict(TABLE), targets) if targets else None
    assert found is None or found.error is None, found and found.node_errors
    outcome = executor.run(Run("p", found.prompt if found else prompt, ("node",)), lambda event: None, CancelToken())
    assert outcome.status == "success", outcome.error and outcome.error.exception_message


def test_what_is_left_out_is_there() -> None:
    assert set(LEFT_OUT) <= set(TABLE)
