"""Every built-in node runs through the engine, on small inputs made by other nodes and on small random models."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from comfy.latent_files import encode_latent
from execution import paths
from execution.cache import Cache
from execution.executor import Executor, Run
from execution.progress import CancelToken
from execution.prompt import Prompt
from execution.validate import validate
from nodes.registry import built_in_nodes
from tests.comfy.small_models import HAS_UPSCALERS, write_small_models

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
    "CONTROL_NET": ("ControlNetLoader", {"control_net_name": "tiny.safetensors"}, 0),
    "UPSCALE_MODEL": ("UpscaleModelLoader", {"model_name": "tiny.safetensors"}, 0),
    "CLIP_VISION": ("CLIPVisionLoader", {"clip_name": "tiny.safetensors"}, 0),
    "CLIP_VISION_OUTPUT": ("CLIPVisionEncode", {"crop": "center"}, 0),
    "STYLE_MODEL": ("StyleModelLoader", {"style_model_name": "tiny.safetensors"}, 0),
    "PHOTOMAKER": ("PhotoMakerLoader", {"photomaker_model_name": "tiny.safetensors"}, 0),
    "GLIGEN": ("GLIGENLoader", {"gligen_name": "tiny.safetensors"}, 0),
    "HOOKS": ("CreateHookLora", {"lora_name": "tiny.safetensors"}, 0),
    "LORA_MODEL": ("TrainLoraNode", {"existing_lora": "[None]"}, 1),
    "LOSS_MAP": ("TrainLoraNode", {"existing_lora": "[None]"}, 2),
    "*": ("PrimitiveInt", {"value": 1}, 0),
}
# What costs time only, by the input's name.
SMALL = {"steps": 2, "width": 64, "height": 64, "tile_size": 64, "batch_size": 1, "rank": 2}
# What a node must be given besides, or otherwise than its widgets begin with.
GIVEN: dict[str, dict[str, Any]] = {
    "DualCLIPLoader": {"clip_name1": "l.safetensors", "clip_name2": "g.safetensors"},
    "LoraSave": {"model_diff": "MODEL", "text_encoder_diff": "CLIP"},
    "PhotoMakerEncode": {"text": "photograph of a woman photomaker"},
    "LoadImageByName": {"name": "a.png"},
    "LoadImageOutput": {"image": "a.png [output]"},
    "UpscaleToFile": {"tile_size": 128},
    "UpscaleModelMix": {"model_name_1": "tiny.safetensors", "model_name_2": "tiny.safetensors"},
    "VAELoader": {"vae_name": "tiny.safetensors"},
    "WebcamCapture": {"image": "a.png"},
    "IfElse": {"if_false": "*", "if_true": "*"},
    "Switch": {"value_0": "*"},
    "SaveLoRANode": {"prefix": "loras/trained"},
}
# A step with a model that a node has made.
PLAIN_SAMPLING = {"seed": 1, "steps": 1, "cfg": 4.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}
OF_SAMPLING = {"positive": "CONDITIONING", "negative": "CONDITIONING", "latent_image": "LATENT"}
OF_UPSCALERS = ("UpscaleModelLoader", "UpscaleModelMix")
LOOPS = (
    "ForEachStart",
    "ForEachEnd",
    "RepeatStart",
    "WhileStart",
    "WhileEnd",
    "LoopItem",
    "GridCell",
    "GridSheet",
    "NextRound",
)
INNER = "is a part of a grid or a loop, whose own tests run it"
LEFT_OUT = {
    **dict.fromkeys((*LOOPS, "GridCell", "GridSheet"), INNER),
    "InpaintWithModel": "takes LaMa, of which there is one size only; a slow test of upscaling fills a hole with it",
    "TorchCompileModel": "compiles for minutes; tests of compiling do so",
}


def graph_for(name: str) -> dict[str, Any]:
    """A prompt of the node, called `node`, and of what makes its inputs; a model that it gives is sampled with."""
    graph: dict[str, Any] = {}
    inputs = {}
    declared = TABLE[name].INPUT_TYPES()
    for input_name, (kind, *options) in declared.get("required", {}).items():
        inputs[input_name] = _value(input_name, kind, options[0] if options else {}, graph)
    inputs |= _linked(GIVEN.get(name, {}), graph)
    graph["node"] = {"class_type": name, "inputs": inputs}
    outputs = TABLE[name].RETURN_TYPES
    if "MODEL" in outputs:
        sampled = _linked(OF_SAMPLING, graph) | PLAIN_SAMPLING
        graph["sampled"] = {"class_type": "KSampler", "inputs": {**sampled, "model": ["node", outputs.index("MODEL")]}}
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
    write_small_models(base / "models")
    for folder in (base / "input", base / "input" / "folder", base / "output"):
        folder.mkdir(exist_ok=True)
        Image.new("RGBA", (64, 64), (200, 100, 50, 128)).save(folder / "a.png")
    (base / "input" / "a.latent").write_bytes(encode_latent(torch.zeros(1, 4, 8, 8), {}))
    yield Executor(dict(TABLE), Cache(10**9))
    paths._installed = before


@pytest.mark.parametrize("name", [name for name in sorted(TABLE) if name not in LEFT_OUT])
def test_the_node_runs(name: str, executor: Executor) -> None:
    graph = graph_for(name)
    if not HAS_UPSCALERS and any(node["class_type"] in OF_UPSCALERS for node in graph.values()):
        pytest.skip("torchvision is not here, which upscalers need")
    prompt = Prompt.parse(graph)
    targets = ["node"] if TABLE[name].OUTPUT_NODE else None
    wanted = ("sampled" if "sampled" in graph else "node",)
    found = validate(prompt, dict(TABLE), targets) if targets else None
    assert found is None or found.error is None, found and found.node_errors
    outcome = executor.run(Run("p", found.prompt if found else prompt, wanted), lambda event: None, CancelToken())
    assert outcome.status == "success", outcome.error and outcome.error.exception_message


def test_what_is_left_out_is_there() -> None:
    assert set(LEFT_OUT) <= set(TABLE)
