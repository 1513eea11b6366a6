"""A small model with conditionings, as packs get them, and a way to sample it by the built-in node."""

import importlib
from pathlib import Path
from typing import Any

import torch

import nodes
from comfy.checkpoint import load_checkpoint
from nodes.compat.values import opened
from tests.comfy.small_sd1 import write_small_checkpoint


def name(module: str) -> Any:
    """A module by the name that packs import."""
    return importlib.import_module(module)


class Studio:
    """A small model with conditionings, sampled by the built-in node."""

    def __init__(self, path: Path) -> None:
        checkpoint = load_checkpoint(write_small_checkpoint(path))
        self.model = opened("MODEL", checkpoint.model)
        self.clip, self.vae = opened("CLIP", checkpoint.clip), opened("VAE", checkpoint.vae)
        (self.positive,) = nodes.CLIPTextEncode().encode(self.clip, "a red (apple:1.2)")
        (self.negative,) = nodes.CLIPTextEncode().encode(self.clip, "")
        (self.latent,) = nodes.EmptyLatentImage().generate(64, 64, 1)
        self.plain = self.sample(self.model)

    def sample(self, model: Any, sampler: str = "euler", scheduler: str = "normal", cfg: float = 4.0) -> torch.Tensor:
        out = nodes.KSampler().sample(
            model, 5, 3, cfg, sampler, scheduler, self.positive, self.negative, self.latent, 1.0
        )
        samples: torch.Tensor = out[0]["samples"]
        return samples

    def noise(self) -> torch.Tensor:
        noise: torch.Tensor = name("comfy.sample").prepare_noise(self.latent["samples"], 5)
        return noise
