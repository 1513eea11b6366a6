"""How a picture was made, read from the prompt's graph: the sampler that feeds it and what feeds the sampler."""

import random
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from comfy.sampling.noise import SEEDS
from nodes.dynamic_text import WildcardError, draw_text
from nodes.sampler_labels import UnknownLabelError, read_label

Graph = Mapping[str, Any]

# Samplers of our own, and what one of them says when each picture has its own seed.
VARIATIONS, HIRES = "KSamplerVariations", "HiresFix"
EACH_ITS_SEED = "each picture its seed"
SEED_INPUTS = ("seed", "noise_seed")
SCHEDULER_NODES = {
    "KarrasScheduler": "karras",
    "ExponentialScheduler": "exponential",
    "BetaSamplingScheduler": "beta",
}
CUTS_STEPS = "ExtendIntermediateSigmas"
MODEL_INPUTS = ("ckpt_name", "unet_name")
VALUE_INPUTS = ("value", "text", "string", "int", "float", "number", "seed", "noise_seed")


@dataclass(frozen=True)
class Lora:
    """A LoRA on the way from the model file to the sampler; `clip_strength` is what it is for the text encoder."""

    name: str
    strength: float
    clip_strength: float


@dataclass(frozen=True)
class Variation:
    """The seed towards which noise goes, and how far; None for a seed that cannot be read."""

    seed: int | None
    strength: float


@dataclass(frozen=True)
class Hires:
    """The second pass, which enlarges and draws again what the settings beside it have made."""

    upscaler: str
    scale: float
    steps: int | None
    denoise: float | None
    sampler_name: str | None
    scheduler: str | None
    cfg: float | None


@dataclass(frozen=True)
class Generation:
    """The settings of one sampler; None where the graph computes a value, so that it cannot be read."""

    positive: str
    negative: str
    steps: int | None = None
    sampler_name: str | None = None
    scheduler: str | None = None
    cfg: float | None = None
    seed: int | None = None
    denoise: float | None = None
    model: str | None = None
    clip_skip: int | None = None
    loras: tuple[Lora, ...] = ()
    variation: Variation | None = None
    has_own_seeds: bool = False
    hires: Hires | None = None

    def of(self, position: int) -> "Generation":
        """The settings of one picture of a batch, of which each may have had a seed of its own."""
        if not self.has_own_seeds or not position:
            return self
        if self.variation is None:
            return replace(self, seed=_counted(self.seed, position))
        return replace(self, variation=replace(self.variation, seed=_counted(self.variation.seed, position)))


def _counted(seed: int | None, position: int) -> int | None:
    return (seed + position) % SEEDS if isinstance(seed, int) else None


def find_generation(prompt: Graph, node_id: str | None) -> Generation | None:
    """The settings of the sampler nearest upstream of a node; None when there is none."""
    sampler_id = next((key for key in upstream(prompt, node_id) if _is_sampler(prompt, key)), None)
    if sampler_id is None:
        return None
    hires = _hires(prompt, sampler_id)
    if hires is not None and (first := find_generation(prompt, _source_of(prompt, sampler_id, "latent_image"))):
        return replace(first, hires=hires)
    # What made the latent is another sampler's business.
    ancestors = list(upstream(prompt, sampler_id, without="latent_image"))
    return Generation(
        positive=_prompt_text(prompt, sampler_id, "positive"),
        negative=_prompt_text(prompt, sampler_id, "negative"),
        steps=_steps(prompt, ancestors),
        sampler_name=_first_value(prompt, ancestors, "sampler_name"),
        scheduler=_first_value(prompt, ancestors, "scheduler") or _scheduler_node(prompt, ancestors),
        cfg=_first_value(prompt, ancestors, "cfg"),
        seed=_first_value(prompt, ancestors, *SEED_INPUTS),
        denoise=_first_value(prompt, ancestors, "denoise"),
        model=_first_value(prompt, ancestors, *MODEL_INPUTS),
        clip_skip=_clip_skip(prompt, ancestors),
        loras=_loras(prompt, sampler_id),
        variation=_variation(prompt, ancestors),
        has_own_seeds=_has_own_seeds(prompt, sampler_id),
    )


def upstream(prompt: Graph, node_id: str | None, without: str = "") -> Iterator[str]:
    """A node and everything that it depends on, nearest first; inputs called `without` are not followed."""
    queue = deque([node_id] if node_id in prompt else [])
    seen = set(queue)
    while queue:
        current = queue.popleft()
        assert current is not None
        yield current
        for name, value in _inputs(prompt, current).items():
            source = _link_source(prompt, value)
            if source is not None and source not in seen and name != without:
                seen.add(source)
                queue.append(source)


def _is_sampler(prompt: Graph, node_id: str) -> bool:
    """A sampler takes a latent and two conditionings, or a guider that holds them."""
    inputs = _inputs(prompt, node_id)
    return "latent_image" in inputs and ({"positive", "negative"} <= inputs.keys() or "guider" in inputs)


def _hires(prompt: Graph, sampler_id: str) -> Hires | None:
    inputs = _inputs(prompt, sampler_id)
    scale = _value(prompt, inputs.get("scale_by"))
    if prompt[sampler_id].get("class_type") != HIRES or not isinstance(scale, int | float):
        return None
    model = _first_value(prompt, [_source_of(prompt, sampler_id, "upscale_model") or ""], "model_name")
    named = ("denoise", "sampler_name", "scheduler", "cfg")
    return Hires(
        upscaler=str(model or _value(prompt, inputs.get("upscaler")) or ""),
        scale=scale,
        steps=_value(prompt, inputs.get("hires_steps")),
        **{name: _value(prompt, inputs.get(name)) for name in named},
    )


def _variation(prompt: Graph, ancestors: list[str]) -> Variation | None:
    strength = _first_value(prompt, ancestors, "variation_strength")
    is_varied = isinstance(strength, int | float) and strength > 0
    return Variation(_first_value(prompt, ancestors, "variation_seed"), strength) if is_varied else None


def _has_own_seeds(prompt: Graph, sampler_id: str) -> bool:
    """Whether the sampler gives each picture of a batch the seed after that of the one before."""
    noise = _value(prompt, _inputs(prompt, sampler_id).get("noise", EACH_ITS_SEED))
    return prompt[sampler_id].get("class_type") == VARIATIONS and noise == EACH_ITS_SEED


def _prompt_text(prompt: Graph, sampler_id: str, side: str) -> str:
    """The words that reach a sampler's positive or negative input, one line for each text that is combined."""
    start = next((key for key in upstream(prompt, sampler_id) if side in _inputs(prompt, key)), None)
    source = _link_source(prompt, _inputs(prompt, start).get(side)) if start else None
    texts = [_value(prompt, _inputs(prompt, key).get("text")) for key in _conditioning_nodes(prompt, source, side)]
    return "\n".join(text.strip() for text in texts if isinstance(text, str) and text.strip())


def _conditioning_nodes(prompt: Graph, start: str | None, side: str) -> Iterator[str]:
    """The nodes between a text and a sampler; a node with both sides, such as ControlNet's, is followed on one."""
    queue, seen = deque([start]), {start}
    while queue:
        current = queue.popleft()
        if current is None:
            continue
        yield current
        inputs = _inputs(prompt, current)
        followed = [side] if side in inputs else [name for name in inputs if name.startswith("conditioning")]
        for name in followed:
            source = _link_source(prompt, inputs[name])
            if source not in seen:
                seen.add(source)
                queue.append(source)


def _loras(prompt: Graph, sampler_id: str) -> tuple[Lora, ...]:
    """The LoRAs along the sampler's model line, in the order in which they are applied."""
    found: list[Lora] = []
    seen: set[str] = set()
    start = next((key for key in upstream(prompt, sampler_id) if "model" in _inputs(prompt, key)), None)
    while start is not None and start not in seen:
        seen.add(start)
        inputs = _inputs(prompt, start)
        name, strength = _value(prompt, inputs.get("lora_name")), _value(prompt, inputs.get("strength_model"))
        if isinstance(name, str) and isinstance(strength, int | float):
            # A loader that does not know of text encoders leaves them alone.
            clip = _value(prompt, inputs.get("strength_clip", 0))
            found.append(Lora(name.rsplit(".", 1)[0], strength, clip if isinstance(clip, int | float) else strength))
        start = _link_source(prompt, inputs.get("model"))
    return tuple(reversed(found))


def _steps(prompt: Graph, ancestors: list[str]) -> int | None:
    """How many steps the schedule was made with; what is cut out of it or cut finer later does not count."""
    makers = [node_id for node_id in ancestors if prompt[node_id].get("class_type") != CUTS_STEPS]
    return _first_value(prompt, makers, "steps", "hires_steps")


def _scheduler_node(prompt: Graph, ancestors: list[str]) -> str | None:
    """The scheduler that a node of its own stands for, the nearest one."""
    kinds = (prompt[node_id].get("class_type") for node_id in ancestors)
    return next((SCHEDULER_NODES[kind] for kind in kinds if kind in SCHEDULER_NODES), None)


def _clip_skip(prompt: Graph, ancestors: list[str]) -> int | None:
    layer = _first_value(prompt, ancestors, "stop_at_clip_layer")
    return -layer if isinstance(layer, int) and layer < -1 else None


def _first_value(prompt: Graph, ancestors: list[str], *names: str) -> Any:
    """The value of the nearest input of these names; None where there is none or it is computed."""
    inputs = (_inputs(prompt, node_id) for node_id in ancestors)
    nearest = next((found[name] for found in inputs for name in names if name in found), None)
    return _value(prompt, nearest)


def _value(prompt: Graph, value: Any) -> Any:
    """A widget's value, also where it was given by another node that only holds one."""
    seen: set[str] = set()
    while isinstance(value, list):
        source = _link_source(prompt, value)
        if source is None or source in seen:
            return None
        seen.add(source)
        inputs = _inputs(prompt, source)
        kind = prompt[source].get("class_type")
        if kind == "DynamicPrompt":
            return _drawn(inputs.get("text"), inputs.get("seed"))
        if kind == "SamplerByLabel":
            return _labelled(_value(prompt, inputs.get("name")), value[1])
        value = next((inputs[name] for name in VALUE_INPUTS if name in inputs), None)
    return value


def _drawn(text: Any, seed: Any) -> str | None:
    """What a dynamic prompt has drawn, which its seed decides; None where that cannot be known from here."""
    if not isinstance(text, str) or not isinstance(seed, int):
        return None
    with suppress(WildcardError):
        return draw_text(text, random.Random(seed))  # noqa: S311 - words of prompts
    return None


def _labelled(label: Any, slot: Any) -> str | None:
    """The sampler or, from the second slot, the scheduler that has a label."""
    if not isinstance(label, str):
        return None
    with suppress(UnknownLabelError):
        chosen = read_label(label)
        return chosen.scheduler if slot else chosen.sampler
    return None


def _source_of(prompt: Graph, node_id: str, name: str) -> str | None:
    return _link_source(prompt, _inputs(prompt, node_id).get(name))


def _link_source(prompt: Graph, value: Any) -> str | None:
    is_link = isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)
    return value[0] if is_link and value[0] in prompt else None


def _inputs(prompt: Graph, node_id: str | None) -> Mapping[str, Any]:
    node = prompt.get(node_id) if node_id is not None else None
    return node.get("inputs", {}) if isinstance(node, Mapping) else {}
