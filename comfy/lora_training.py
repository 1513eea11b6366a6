"""Training a LoRA: a few small tensors beside a U-Net's weights learn what the U-Net does not know of some latents."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.utils.checkpoint import checkpoint

from comfy import devices
from comfy.loading import set_tensor
from comfy.lora import difference_in
from comfy.lora_names import unet_names
from comfy.lora_patches import Difference
from comfy.models.unet import Stage, UNet
from comfy.residents import ready_tensor
from comfy.sampling.canvas import Canvas
from comfy.sampling.levels import ContinuousLevels
from comfy.sampling.prediction import join_texts
from comfy.unfilled import unfilled

if TYPE_CHECKING:
    from comfy.diffusion_model import DiffusionModel

PREFIX = "diffusion_model."
ALPHA = 1.0

Parts = dict[str, Tensor]
"""A module's tensors by what follows its name in a LoRA file."""


def _low_rank(weight: Tensor, rank: int) -> Parts:
    rows, columns = weight.flatten(1).shape
    kernel = weight.shape[2:]
    down = torch.empty(rank, columns)
    nn.init.kaiming_uniform_(down, a=math.sqrt(5))
    up = torch.zeros(rows, rank, *[1] * len(kernel))
    return {".lora_down.weight": down.reshape(rank, weight.shape[1], *kernel), ".lora_up.weight": up}


def _hadamard(weight: Tensor, rank: int) -> Parts:
    rows, columns = weight.flatten(1).shape
    return {
        ".hada_w1_a": torch.randn(rows, rank) * 0.1,
        ".hada_w1_b": torch.randn(rank, columns),
        ".hada_w2_a": torch.zeros(rows, rank),
        ".hada_w2_b": torch.randn(rank, columns) * 0.1,
    }


def _kronecker(weight: Tensor, rank: int) -> Parts:
    rows, columns = weight.shape[:2]
    small_rows, small_columns = _near_root(rows), _near_root(columns)
    second = (rows // small_rows, columns // small_columns)
    inner = second[1] * math.prod(weight.shape[2:])
    first = torch.randn(small_rows, small_columns)
    if rank >= min(second[0], inner) or weight.ndim > 2:
        return {".lokr_w1": first, ".lokr_w2": torch.zeros(*second, *weight.shape[2:])}
    factors = torch.randn(rank, inner) * 0.1
    return {".lokr_w1": first, ".lokr_w2_a": torch.zeros(second[0], rank), ".lokr_w2_b": factors}


def _near_root(size: int) -> int:
    """The largest divisor that is not above the square root."""
    return next(divisor for divisor in range(math.isqrt(size), 0, -1) if size % divisor == 0)


ALGORITHMS: dict[str, Callable[[Tensor, int], Parts]] = {
    "LoRA": _low_rank,
    "LoHa": _hadamard,
    "LoKr": _kronecker,
}
"""The tensors that stand for a weight's difference, which is zero when training begins."""

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "AdamW": torch.optim.AdamW,
    "Adam": torch.optim.Adam,
    "SGD": torch.optim.SGD,
    "RMSprop": torch.optim.RMSprop,
}
LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "MSE": F.mse_loss,
    "L1": F.l1_loss,
    "Huber": F.huber_loss,
    "SmoothL1": F.smooth_l1_loss,
}


@dataclass(frozen=True)
class Plan:
    """How to train: weights change after every `accumulation` steps, a step being a batch."""

    steps: int
    rate: float
    rank: int
    batch_size: int = 1
    accumulation: int = 1
    algorithm: str = "LoRA"
    optimizer: str = "AdamW"
    loss: str = "MSE"
    seed: int = 0
    training_dtype: torch.dtype = torch.float32
    lora_dtype: torch.dtype = torch.float32
    saves_memory: bool = False


@dataclass(frozen=True, eq=False)
class Lesson:
    """What is learnt: latents [N, C, h, w], scaled as the model sees them, and for each a conditioning's entry."""

    latents: Tensor
    entries: Sequence[Any]


@dataclass(frozen=True, eq=False)
class Trained:
    """A LoRA file's tensors, and the loss of every step."""

    tensors: dict[str, Tensor]
    losses: list[float]


OnStep = Callable[[int, float], None]
"""Told of every step and its loss; raising ends the training."""


def train_lora(
    model: "DiffusionModel", lesson: Lesson, plan: Plan, existing: Mapping[str, Tensor] | None, on_step: OnStep
) -> Trained:
    """Train on a lesson, going on from an existing LoRA's tensors where there are any.

    The model stays as it is. Raises ValueError where it cannot be trained, or where the loss is no number any more.
    """
    if isinstance(model.levels, ContinuousLevels) or model.prediction not in TARGETS:
        raise ValueError(
            f"Models that predict {model.prediction} over continuous noise levels cannot be trained; "
            "use a checkpoint of Stable Diffusion 1, 2 or XL."
        )
    torch.manual_seed(plan.seed)
    with torch.inference_mode(False), torch.enable_grad():
        unet = _trainable_copy(model, plan)
        parts = _add_differences(unet, plan, existing or {}, unet_names(model.config))
        losses = _train(model, unet, list(_parameters(parts)), lesson, plan, on_step)
    tensors = {
        f"{PREFIX}{name}{suffix}": tensor.detach().to("cpu", torch.float32).contiguous()
        for name, own in parts.items()
        for suffix, tensor in own.items()
    }
    return Trained(tensors, losses)


def _trainable_copy(model: "DiffusionModel", plan: Plan) -> UNet:
    """The U-Net with its patches, in plain layers that gradients pass through."""
    weights, device = model.weights.in_precision(plan.training_dtype), devices.compute_device()
    with unfilled():
        unet = UNet(model.config)
    with torch.no_grad():
        for name, tensor in weights.module.named_parameters():
            set_tensor(unet, name, ready_tensor(weights, name, tensor, device).clone())
    if plan.saves_memory:
        for stage in unet.modules():
            if isinstance(stage, Stage):
                # What is computed within is computed again for the gradient instead of being kept.
                stage.forward = partial(checkpoint, stage.forward, use_reentrant=False)  # type: ignore[method-assign]
    return unet


class _WithDifference(nn.Module):
    def __init__(self, difference: Difference) -> None:
        super().__init__()
        self._difference = difference

    def forward(self, weight: Tensor) -> Tensor:
        return weight + self._difference.difference(weight)


def _add_differences(
    unet: UNet, plan: Plan, existing: Mapping[str, Tensor], names: Mapping[str, str]
) -> dict[str, Parts]:
    """Put a difference beside the weight of every layer; by the layer's name."""
    found = _existing_parts(existing, names, plan.algorithm)
    added: dict[str, Parts] = {}
    layers = [(n, layer) for n, layer in unet.named_modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    for name, layer in layers:
        parts = found.get(name) or {
            **ALGORITHMS[plan.algorithm](layer.weight, plan.rank),
            ".alpha": torch.tensor(ALPHA),
        }
        for suffix, tensor in parts.items():
            placed = tensor.to(layer.weight.device, plan.lora_dtype)
            parts[suffix] = placed if suffix == ".alpha" else nn.Parameter(placed)
        difference = difference_in({f"x{suffix}": tensor for suffix, tensor in parts.items()}, "x")
        assert difference is not None
        parametrize.register_parametrization(layer, "weight", _WithDifference(difference), unsafe=True)
        added[name] = parts
    return added


def _existing_parts(existing: Mapping[str, Tensor], names: Mapping[str, str], algorithm: str) -> dict[str, Parts]:
    """The tensors of a LoRA to go on from, by layer; raises ValueError where it is of another algorithm."""
    wanted = set(ALGORITHMS[algorithm](torch.empty(4, 4), 1))
    found: dict[str, Parts] = {}
    for name, weight in names.items():
        own = {key.removeprefix(name): tensor for key, tensor in existing.items() if key.startswith(name + ".")}
        if wanted <= set(own):
            found[weight.removesuffix(".weight")] = {k: t.clone() for k, t in own.items() if k in wanted | {".alpha"}}
    if existing and not found:
        raise ValueError(
            f"The existing LoRA has no {algorithm} tensors for this model. "
            "Choose the algorithm that it was trained with, or [None]."
        )
    return found


def _parameters(parts: Mapping[str, Parts]) -> Iterator[nn.Parameter]:
    return (tensor for own in parts.values() for tensor in own.values() if isinstance(tensor, nn.Parameter))


def _train(
    model: "DiffusionModel", unet: UNet, parameters: list[nn.Parameter], lesson: Lesson, plan: Plan, on_step: OnStep
) -> list[float]:
    optimizer: Any = OPTIMIZERS[plan.optimizer](parameters, lr=plan.rate)  # type: ignore[call-arg]
    losses: list[float] = []
    count = len(lesson.latents)
    for step in range(plan.steps):
        chosen = torch.randperm(count)[: min(plan.batch_size, count)]
        found, wanted = _ask(model, unet, lesson, chosen, plan.training_dtype)
        loss = LOSSES[plan.loss](found.float(), wanted)
        losses.append(float(loss.detach()))
        if not math.isfinite(losses[-1]):
            raise ValueError(
                f"At step {step + 1} the loss is no number any more. Lower learning_rate, or train in fp32."
            )
        (loss / plan.accumulation).backward()
        if (step + 1) % plan.accumulation == 0 or step + 1 == plan.steps:
            optimizer.step()
            optimizer.zero_grad()
        on_step(step + 1, losses[-1])
    return losses


def _eps(clean: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
    return noise


def _velocity(clean: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
    return (noise - sigma * clean) / (sigma**2 + 1).sqrt()


TARGETS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {"eps": _eps, "v": _velocity}
"""What a network that predicts this should say of a clean latent with noise at a sigma [B, 1, 1, 1]."""


def _ask(
    model: "DiffusionModel", unet: UNet, lesson: Lesson, chosen: Tensor, dtype: torch.dtype
) -> tuple[Tensor, Tensor]:
    """What the network says of some latents with noise at random levels, and what it should say."""
    levels, device = model.levels, devices.compute_device()
    clean = lesson.latents[chosen].float()
    noise, index = torch.randn_like(clean), torch.randint(len(levels), (len(clean),))
    sigma = levels.sigmas[index].reshape(-1, 1, 1, 1)
    x = (clean + sigma * noise) / (sigma**2 + 1).sqrt()
    entries = [lesson.entries[number] for number in chosen.tolist()]
    extras = [
        model.extras("positive", options, Canvas(clean[i : i + 1], noise[i : i + 1]))
        for i, (_, options) in enumerate(entries)
    ]
    inputs = {name: torch.cat([each[name] for each in extras]).to(device, dtype) for name in extras[0]}
    concat = inputs.pop("concat", None)
    x_in = x.to(device, dtype) if concat is None else torch.cat([x.to(device, dtype), concat], dim=1)
    timesteps = index * levels.stride + levels.stride - 1
    context = join_texts([text[:1].float() for text, _ in entries]).to(device, dtype)
    found: Tensor = unet(x_in, timesteps.to(device), context, **inputs)
    return found, TARGETS[model.prediction](clean, noise, sigma).to(device)
