"""T2I-Adapters ready to correct a diffusion model."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from comfy import devices
from comfy.control import fit_hint
from comfy.models.control_net import Corrections
from comfy.models.t2i_adapter import Adapter
from comfy.residents import loaded
from comfy.sampling.asking import Asking
from comfy.weights import Weights

# After which input stages a resolution's feature map is added: at the end of each resolution of the U-Net.
STAGES = (2, 5, 8, 11)
STAGES_OF_XL = (3, 5, 8)


@dataclass(frozen=True, eq=False)
class AdapterNetwork:
    """An adapter; what it sees does not depend on the latent."""

    weights: Weights[Adapter]

    def correct(self, asking: Asking, hint: torch.Tensor, kinds: Sequence[int]) -> Corrections:
        config = self.weights.module.config
        pixels = fit_hint(hint, asking, config.stacked)
        pixels = pixels.mean(dim=1, keepdim=True) if config.hint_channels == 1 else pixels[:, : config.hint_channels]
        with loaded(self.weights) as adapter, torch.no_grad():
            features = adapter(pixels.to(devices.compute_device(), self.weights.dtype))
        if not config.is_for_xl:
            return Corrections(input=_placed(STAGES, features))
        return Corrections(input=_placed(STAGES_OF_XL, features), middle=features[-1])


def _placed(stages: Sequence[int], features: Sequence[torch.Tensor]) -> tuple[torch.Tensor | None, ...]:
    at = dict(zip(stages, features, strict=False))
    return tuple(at.get(stage) for stage in range(max(stages) + 1))
