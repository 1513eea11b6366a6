"""Fine-tuning whose difference is measured by the weight that it is added to: GLoRA and (IA)³."""

from dataclasses import dataclass

import torch

from comfy.lora_patches import like, scale_of


@dataclass(frozen=True, eq=False)
class GeneralLowRank:
    """GLoRA (Chavan et al. 2023): a low-rank matrix, and the weight times another one."""

    a1: torch.Tensor  # [rank, in]
    a2: torch.Tensor  # [in, rank]
    b1: torch.Tensor  # [rank, in]
    b2: torch.Tensor  # [out, rank]
    alpha: float | None

    def difference(self, weight: torch.Tensor) -> torch.Tensor:
        a1, a2, b1, b2 = (like(matrix, weight).flatten(1) for matrix in (self.a1, self.a2, self.b1, self.b2))
        added = b2 @ b1 + weight.flatten(1) @ a2 @ a1
        return added.reshape(weight.shape) * scale_of(self.alpha, a1.shape[0])


@dataclass(frozen=True, eq=False)
class Scaling:
    """(IA)³ (Liu et al. 2022) as LyCORIS saves it: a factor for each output or each input, less one."""

    factors: torch.Tensor  # [out] or [in], a convolution's [1, …, 1, 1]
    is_on_input: bool

    def difference(self, weight: torch.Tensor) -> torch.Tensor:
        axis = 1 if self.is_on_input else 0
        shape = [-1 if dimension == axis else 1 for dimension in range(weight.ndim)]
        return weight * like(self.factors, weight).reshape(shape)
