"""The texts that a saved picture carries: its prompt, its workflow, and the settings line that other programs read."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comfy.latent_math import LATENT_PIXEL
from nodes import options
from nodes.generation import Generation, Hires, Lora
from nodes.hashing import short_model_hash
from nodes.running_graph import generation_here
from nodes.sampler_labels import SAMPLER_LABELS, SCHEDULER_ENDINGS, SCHEDULER_LABELS, UPSCALER_LABELS

Graph = Mapping[str, Any]


@dataclass(frozen=True)
class PictureTexts:
    """The text chunks of the pictures of one batch: what all carry, and each one's settings as `parameters`."""

    carried: dict[str, str]
    generation: Generation | None
    width: int
    height: int
    batch_size: int

    def of(self, position: int) -> dict[str, str]:
        """The texts of the picture at a position in the batch, by name."""
        if self.generation is None or "parameters" in self.carried:
            return self.carried
        made = self.generation.of(position)
        text = parameters_text(made, self.width, self.height, self.batch_size, position)
        return {**self.carried, "parameters": text}


def picture_texts(
    prompt: Graph | None,
    extra_pnginfo: Graph | None,
    save_node: str | None,
    *,
    width: int,
    height: int,
    batch_size: int = 1,
) -> PictureTexts:
    """The texts of the pictures that a node of the prompt saves; none where the flags say so."""
    if options.current().disable_metadata:
        return PictureTexts({}, None, width, height, batch_size)
    carried = carried_texts(prompt, extra_pnginfo)
    return PictureTexts(carried, generation_here(prompt, save_node), width, height, batch_size)


def find_save_node(prompt: Graph | None, filename_prefix: str) -> str | None:
    """The first node that takes images and has this prefix, or any; for when the engine does not say which it is."""
    nodes = {key: node.get("inputs", {}) for key, node in (prompt or {}).items()}
    saving = {key: inputs for key, inputs in nodes.items() if "images" in inputs}
    same = [key for key, inputs in saving.items() if inputs.get("filename_prefix") == filename_prefix]
    return next(iter([*same, *saving]), None)


def carried_texts(prompt: Graph | None, extra_pnginfo: Graph | None) -> dict[str, str]:
    """`prompt` and each key of `extra_pnginfo`, such as `workflow`, as JSON; nothing where the flags say so."""
    if options.current().disable_metadata:
        return {}
    texts = {} if prompt is None else {"prompt": to_json(prompt)}
    return texts | {key: to_json(value) for key, value in (extra_pnginfo or {}).items()}


def parameters_text(generation: Generation, width: int, height: int, batch_size: int = 1, position: int = 0) -> str:
    """The settings as AUTOMATIC1111's web UI writes them: prompt, negative prompt, then one line of `Key: value`."""
    lines = [words_of(generation)]
    if generation.negative:
        lines.append(f"Negative prompt: {generation.negative}")
    settings = _settings(generation, width, height)
    if batch_size > 1:
        settings |= {"Batch size": batch_size, "Batch pos": position}
    settings["Version"] = "Skein"
    lines.append(", ".join(f"{key}: {_quoted(value)}" for key, value in settings.items() if value is not None))
    return "\n".join(lines)


def to_json(value: Any) -> str:
    """JSON in ASCII, as old readers need it, with null for the numbers that JSON does not know."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_without_nan(value))


def _settings(generation: Generation, width: int, height: int) -> dict[str, Any]:
    hires, variation = generation.hires, generation.variation
    denoise = hires.denoise if hires else generation.denoise
    return {
        "Steps": generation.steps,
        "Sampler": _sampler_label(generation),
        "Schedule type": SCHEDULER_LABELS.get(generation.scheduler or ""),
        "CFG scale": _shortest(generation.cfg),
        "Seed": generation.seed,
        "Size": _size(width, height, hires.scale if hires else 1),
        "Model hash": short_model_hash(generation.model),
        "Model": generation.model.rsplit(".", 1)[0].replace("\\", "/").rsplit("/", 1)[-1] if generation.model else None,
        "Variation seed": variation.seed if variation else None,
        "Variation seed strength": _shortest(variation.strength) if variation else None,
        "Denoising strength": _shortest(denoise) if denoise is not None and (hires or denoise < 1) else None,
        "Clip skip": generation.clip_skip,
        **(_hires_settings(hires, generation) if hires else {}),
    }


def _hires_settings(hires: Hires, first: Generation) -> dict[str, Any]:
    """The second pass; what is as in the first is left out."""
    own_sampler = (hires.sampler_name, hires.scheduler) != (first.sampler_name, first.scheduler)
    name = hires.upscaler
    return {
        "Hires sampler": _sampler_label(hires) if own_sampler else None,
        "Hires schedule type": SCHEDULER_LABELS.get(hires.scheduler or "") if own_sampler else None,
        "Hires CFG Scale": _shortest(hires.cfg) if hires.cfg != first.cfg else None,
        "Hires upscale": _shortest(hires.scale),
        "Hires steps": hires.steps,
        "Hires upscaler": UPSCALER_LABELS.get(name, name.rsplit(".", 1)[0]),
    }


def _sampler_label(made: Generation | Hires) -> str:
    sampler = made.sampler_name or ""
    return SAMPLER_LABELS.get(sampler, sampler) + SCHEDULER_ENDINGS.get(made.scheduler or "", "")


def _size(width: int, height: int, enlarged: float) -> str:
    """The size that sampling began with, in whole latent pixels."""
    if enlarged == 1:
        return f"{width}x{height}"
    return "x".join(str(round(side / enlarged / LATENT_PIXEL) * LATENT_PIXEL) for side in (width, height))


def words_of(generation: Generation) -> str:
    """The prompt as AUTOMATIC1111's web UI has it: typed tags stay, and LoRAs of loaders are put behind as tags."""
    names = [f"<lora:{lora.name}:{_strengths(lora)}>" for lora in generation.loras]
    return " ".join([generation.positive, *names]) if names else generation.positive


def _strengths(lora: Lora) -> str:
    """One strength for both, or the text encoder's before the model's."""
    both = dict.fromkeys((lora.clip_strength, lora.strength))
    return ":".join(str(_shortest(strength)) for strength in both)


def _shortest(value: float | None) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _quoted(value: Any) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if any(mark in text for mark in ",:\n") else text


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _without_nan(item) for key, item in value.items()}
    return [_without_nan(item) for item in value] if isinstance(value, list | tuple) else value
