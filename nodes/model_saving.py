"""Nodes that write models into the output folder, alone or as checkpoints, with the workflow among the metadata."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import torch

from comfy import saving
from comfy.file_texts import carried, joined
from comfy.lora_extraction import lora_tensors
from comfy.sampling.levels import ContinuousLevels
from execution import paths, progress
from nodes.declare import node
from nodes.input_files import check_prefix
from nodes.metadata import carried_texts
from nodes.needs import need
from nodes.types import VAE, Clip, ExtraPngInfo, Model, PromptGraph, Ui
from nodes.widgets import Number, Other, Text, Tip, Toggle

CATEGORY = "advanced/model_merging"
ENDING = "_.safetensors"

ARCHITECTURES = {
    "Stable Diffusion 1": "stable-diffusion-v1",
    "Stable Diffusion 2": "stable-diffusion-v2",
    "Stable Diffusion XL": "stable-diffusion-xl-v1-base",
    "Stable Diffusion XL refiner": "stable-diffusion-xl-v1-refiner",
}
PREDICTIONS = {"eps": "epsilon", "v": "v"}
"""As the model specification of Stability AI names them (github.com/Stability-AI/ModelSpec)."""


def write_tensors(prefix: str, entries: Sequence[saving.Entry], texts: Mapping[str, str]) -> None:
    """Write before the node is done: what is connected may be changed or dropped afterwards."""
    new = paths.current().new_files(prefix, paths.current().output, ending=ENDING)
    with paths.write_new_file(new.path) as file:
        saving.write_safetensors(file, entries, texts)


def _marks(model: Model) -> list[saving.Entry]:
    levels = model.levels
    is_continuous = isinstance(levels, ContinuousLevels)
    return saving.marks(model.prediction, (levels.sigma_min, levels.sigma_max, is_continuous))


def _told(model: Model) -> dict[str, str]:
    """What the model's files told of it, and what it is now."""
    told = carried(model.weights.texts)
    told |= {"modelspec.sai_model_spec": "1.0.0", "modelspec.implementation": "sgm"}
    if model.family in ARCHITECTURES:
        told["modelspec.architecture"] = ARCHITECTURES[model.family]
    if model.prediction in PREDICTIONS:
        told["modelspec.predict_key"] = PREDICTIONS[model.prediction]
    return told


@node(CATEGORY, display_name="Save Checkpoint", output_node=True, validate=check_prefix)
class CheckpointSave:
    """Write a model, its text encoder and its VAE as one checkpoint, with all changes of their weights."""

    def save(
        self,
        model: Model,
        clip: Clip,
        vae: VAE,
        filename_prefix: Annotated[str, Text("checkpoints/ComfyUI")],
        prompt: PromptGraph = None,
        extra_pnginfo: ExtraPngInfo = None,
    ) -> Ui:
        model = need(model, "model")
        entries = [*saving.unet_entries(model.weights), *saving.clip_entries(need(clip, "clip"))]
        entries += [*saving.vae_entries(need(vae, "vae")), *_marks(model)]
        write_tensors(filename_prefix, entries, {**_told(model), **carried_texts(prompt, extra_pnginfo)})
        return {}


@node(CATEGORY, output_node=True, validate=check_prefix)
class ModelSave:
    """Write a diffusion model by itself, with all changes of its weights."""

    def save(
        self,
        model: Model,
        filename_prefix: Annotated[str, Text("diffusion_models/ComfyUI")],
        prompt: PromptGraph = None,
        extra_pnginfo: ExtraPngInfo = None,
    ) -> Ui:
        model = need(model, "model")
        entries = [*saving.unet_entries(model.weights), *_marks(model)]
        write_tensors(filename_prefix, entries, {**_told(model), **carried_texts(prompt, extra_pnginfo)})
        return {}


@node(CATEGORY, output_node=True, validate=check_prefix)
class CLIPSave:
    """Write a text encoder, each of its networks into a file of its own, with all changes of its weights."""

    def save(
        self,
        clip: Clip,
        filename_prefix: Annotated[str, Text("clip/ComfyUI")],
        prompt: PromptGraph = None,
        extra_pnginfo: ExtraPngInfo = None,
    ) -> Ui:
        for tower in need(clip, "clip").towers:
            prefix = f"{filename_prefix}_clip_{tower.role}"
            texts = {**carried(tower.weights.texts), **carried_texts(prompt, extra_pnginfo)}
            write_tensors(prefix, saving.tower_entries(tower), texts)
        return {}


@node(CATEGORY, output_node=True, validate=check_prefix)
class VAESave:
    """Write a VAE into a file of its own."""

    def save(
        self,
        vae: VAE,
        filename_prefix: Annotated[str, Text("vae/ComfyUI_vae")],
        prompt: PromptGraph = None,
        extra_pnginfo: ExtraPngInfo = None,
    ) -> Ui:
        vae = need(vae, "vae")
        texts = {**carried(vae.weights.texts), **carried_texts(prompt, extra_pnginfo)}
        write_tensors(filename_prefix, saving.vae_entries(vae, ""), texts)
        return {}


LORA_TYPES = {"multiselect": False, "options": ["standard", "full_diff"]}


@node("_for_testing", display_name="Extract and Save Lora", output_node=True, experimental=True)
class LoraSave:
    """Write the difference of two models, as Subtract gives it, as a LoRA."""

    def save(
        self,
        filename_prefix: Annotated[
            str, Other("STRING", {"default": "loras/ComfyUI_extracted_lora", "multiline": False})
        ],
        rank: Annotated[int, Number(8, 1, 4096, step=1)],
        lora_type: Annotated[str, Other("COMBO", LORA_TYPES)],
        bias_diff: Annotated[bool, Toggle(True)],
        model_diff: Annotated[Model, Tip("What ModelMergeSubtract gives.")] | None = None,
        text_encoder_diff: Annotated[Clip, Tip("What CLIPMergeSubtract gives.")] | None = None,
        prompt: PromptGraph = None,
        extra_pnginfo: ExtraPngInfo = None,
    ) -> Ui:
        parts: list[tuple[Any, str]] = [] if model_diff is None else [(model_diff.weights, "diffusion_model.")]
        for tower in () if text_encoder_diff is None else text_encoder_diff.towers:
            parts.append((tower.weights, f"text_encoders.clip_{tower.role}.transformer."))
        if not parts:
            raise ValueError("There is nothing to save: connect model_diff, text_encoder_diff or both.")
        tensors: dict[str, torch.Tensor] = {}
        total = sum(len(weights.module.state_dict()) for weights, _ in parts)
        done = iter(range(1, total + 1))
        for weights, prefix in parts:
            tensors |= lora_tensors(
                weights,
                prefix,
                rank,
                is_whole=lora_type == "full_diff",
                has_biases=bias_diff,
                on_weight=lambda: progress.current().update(next(done), total),
            )
        named = {_with_text_model(name): tensor for name, tensor in tensors.items()}
        entries = [saving.Entry(name, t.dtype, tuple(t.shape), t.clone) for name, t in named.items()]
        texts: dict[str, str] = {}
        for weights, _ in parts:
            texts = joined(texts, weights.texts)
        write_tensors(filename_prefix, entries, {**texts, **carried_texts(prompt, extra_pnginfo)})
        return {}


def _with_text_model(name: str) -> str:
    """Text networks' modules lie below text_model in files, all but the projection."""
    head, dot, rest = name.partition(".transformer.")
    is_inner = name.startswith("text_encoders.") and not rest.startswith("text_projection")
    return f"{head}{dot}text_model.{rest}" if is_inner else name
