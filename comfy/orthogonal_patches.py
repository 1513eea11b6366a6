"""Fine-tuning that turns a weight's outputs or inputs instead of adding to it: OFT and its butterfly form, BOFT."""

from dataclasses import dataclass

import torch

from comfy.lora_patches import like


@dataclass(frozen=True, eq=False)
class Orthogonal:
    """Rotations of a weight's outputs, block by block, in the layouts of LyCORIS and kohya.

    `blocks` [n, s, s] turn n runs of s neighbouring outputs (OFT, Qiu et al. 2023); [m, n, s, s] do so m times, between
    which outputs change places as in a fast Fourier transform (BOFT, Liu et al. 2024). `limit` holds how far all turn
    together, as a share of the number of outputs (COFT). `rescale` [out, 1, …] sets lengths. Older files hold the
    rotations themselves.
    """

    blocks: torch.Tensor
    limit: float | None
    rescale: torch.Tensor | None
    strength: float
    are_rotations: bool = False

    def apply(self, weight: torch.Tensor) -> torch.Tensor:
        rotations = self._rotations(weight)
        identity = torch.eye(rotations.shape[-1], device=weight.device, dtype=weight.dtype)
        partly = identity + (rotations - identity) * self.strength
        turned = _turned(weight, partly.mT) if partly.ndim == 3 else _turned_in_turns(weight, partly)
        if self.rescale is None:
            return turned
        return turned * (1 + (like(self.rescale, weight) - 1) * self.strength)

    def _rotations(self, weight: torch.Tensor) -> torch.Tensor:
        """Cayley's transform of the blocks' skew parts."""
        blocks = like(self.blocks, weight)
        if self.are_rotations:
            return blocks
        skew = blocks - blocks.mT
        if self.limit is not None and self.limit > 0:
            skew = skew * (self.limit * weight.shape[0] / (skew.norm() + 1e-8)).clamp(max=1)
        identity = torch.eye(skew.shape[-1], device=weight.device, dtype=weight.dtype)
        return (identity + skew) @ torch.linalg.inv(identity - skew)


@dataclass(frozen=True, eq=False)
class InputRotations:
    """Rotations of a weight's inputs, block by block, as PEFT and OneTrainer save them (OFT v2, Qiu et al. 2025).

    `vectors` [n, s·(s-1)/2] are the upper triangles of n skew matrices [s, s]; one alone turns every run of s inputs.
    A rotation is the first five terms of Cayley's transform as a Neumann series: both tools' default, as no file says.
    """

    vectors: torch.Tensor
    strength: float

    def apply(self, weight: torch.Tensor) -> torch.Tensor:
        flat = weight.flatten(1)  # [out, in·kernel]
        size = round((1 + (1 + 8 * self.vectors.shape[1]) ** 0.5) / 2)
        runs = flat.unflatten(1, (-1, size)).transpose(0, 1)  # [n, out, s]
        partly = self._rotations(weight, size) * self.strength
        partly += torch.eye(size, device=weight.device, dtype=weight.dtype) * (1 - self.strength)
        return (runs @ partly.expand(runs.shape[0], -1, -1).mT).transpose(0, 1).reshape(weight.shape)

    def _rotations(self, weight: torch.Tensor, size: int) -> torch.Tensor:
        rows, columns = torch.triu_indices(size, size, 1, device=weight.device)
        skew = torch.zeros(self.vectors.shape[0], size, size, device=weight.device, dtype=weight.dtype)
        skew[:, rows, columns] = like(self.vectors, weight)
        skew = skew - skew.mT
        square = skew @ skew
        identity = torch.eye(size, device=weight.device, dtype=weight.dtype)
        return identity + 2 * (skew + square + square @ skew) + square @ square


def _turned(weight: torch.Tensor, rotations: torch.Tensor) -> torch.Tensor:
    """The weight [out, …], each run of neighbouring outputs turned by its rotation; rotations [n, s, s]."""
    number, size, _ = rotations.shape
    return (rotations @ weight.reshape(number, size, -1)).reshape(weight.shape)


def _turned_in_turns(weight: torch.Tensor, rotations: torch.Tensor) -> torch.Tensor:
    """The weight turned by each layer of a butterfly: pairs of outputs stand 1, 2, 4, … half blocks apart."""
    half = rotations.shape[-1] // 2
    for layer, turning in enumerate(rotations):
        distance = 2**layer * half
        mixed = weight.unflatten(0, (-1, 2, distance)).transpose(1, 2).flatten(0, 2)
        weight = _turned(mixed, turning).unflatten(0, (-1, distance, 2)).transpose(1, 2).flatten(0, 2)
    return weight
