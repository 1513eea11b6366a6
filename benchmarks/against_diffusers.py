"""python -m benchmarks.against_diffusers CHECKPOINT: seconds a step of Skein and of diffusers, same weights, in turns.

Both sample by Euler's method with guidance, two conditionings in a batch, from the same noise; texts are random numbers
of the right shape, so that nothing but the steps is measured. What both made is compared too.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import torch

from comfy import devices
from comfy.checkpoint import load_checkpoint
from comfy.sampling import sample

CFG, SEED = 7.0, 1
Run = Callable[[], tuple[list[float], torch.Tensor]]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.against_diffusers", description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="a checkpoint of Stable Diffusion 1.5's shape")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=4, help="of each turn; the first is left out")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--precision", choices=tuple(devices.PRECISIONS), default="fp32")
    return parser.parse_args()


def main() -> None:
    asked = parse()
    devices.configure(devices.DeviceOptions(unet_precision=asked.precision))
    torch.manual_seed(0)
    texts = [torch.randn(1, 77, 768) for _ in range(2)]
    latent = torch.zeros(1, 4, asked.size // 8, asked.size // 8)
    sides = {"skein": skein(asked, texts, latent), "diffusers": diffusers(asked, texts, latent)}
    times: dict[str, list[float]] = {name: [] for name in sides}
    made: dict[str, torch.Tensor] = {}
    for turn in range(asked.turns):
        for name, run in sides.items():
            seconds, made[name] = run()
            times[name] += seconds
            print(f"turn {turn + 1} {name:9} {median(seconds):.3f} s a step", flush=True)
    for name, seconds in times.items():
        print(f"{name:9} median {median(seconds):.3f}, least {min(seconds):.3f} s a step")
    apart = (made["skein"] - made["diffusers"]).abs().max() / made["diffusers"].std()
    print(f"ratio of medians {median(times['skein']) / median(times['diffusers']):.2f}")
    print(f"largest difference of the latents {apart:.2g} of their deviation")


def skein(asked: argparse.Namespace, texts: list[torch.Tensor], latent: torch.Tensor) -> Run:
    model = load_checkpoint(asked.checkpoint, lambda name: None).model
    positive, negative = ([[text, {}]] for text in texts)

    def run() -> tuple[list[float], torch.Tensor]:
        ends: list[float] = []
        with torch.no_grad():
            result = sample(
                model, seed=SEED, steps=asked.steps, cfg=CFG, sampler_name="euler", scheduler="normal",
                positive=positive, negative=negative, latent={"samples": latent},
                on_step=lambda step: ends.append(time.perf_counter()),
            )  # fmt: skip
        return _between(ends), result["samples"]

    return run


def diffusers(asked: argparse.Namespace, texts: list[torch.Tensor], latent: torch.Tensor) -> Run:
    from diffusers import EulerDiscreteScheduler, UNet2DConditionModel
    from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint
    from safetensors.torch import load_file

    dtype = devices.PRECISIONS[asked.precision]
    unet: Any = UNet2DConditionModel(cross_attention_dim=768, attention_head_dim=8, sample_size=64)
    unet.load_state_dict(convert_ldm_unet_checkpoint(load_file(asked.checkpoint), unet.config))
    unet = unet.to(dtype).eval().to(memory_format=torch.channels_last)
    context = torch.cat([texts[1], texts[0]]).to(dtype)

    def run() -> tuple[list[float], torch.Tensor]:
        scheduler: Any = EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", timestep_spacing="linspace"
        )
        scheduler.set_timesteps(asked.steps)
        noise = torch.randn(latent.shape, generator=torch.Generator().manual_seed(SEED))
        x, ends = noise * scheduler.init_noise_sigma, []
        with torch.no_grad():
            for timestep in scheduler.timesteps:
                given = scheduler.scale_model_input(torch.cat([x, x]), timestep).to(dtype)
                negative, positive = unet(given, timestep, context).sample.float().chunk(2)
                x = scheduler.step(negative + CFG * (positive - negative), timestep, x).prev_sample
                ends.append(time.perf_counter())
        return _between(ends), x / 0.18215

    return run


def _between(ends: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(ends)]


if __name__ == "__main__":
    main()
