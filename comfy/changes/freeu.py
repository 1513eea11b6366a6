"""FreeU (Si et al. 2023): strengthen a U-Net's backbone and weaken the low frequencies of what skips past it."""

from dataclasses import dataclass

import torch

from comfy.models.changed_unet import Between
from comfy.sampling.asking import Asking

LOW_FREQUENCIES = 1  # how far from the middle of the spectrum they go


@dataclass(frozen=True)
class FreeU:
    """Factors of backbone and skips at four times and at twice the model's channels.

    `is_second` is the paper's later form, which strengthens most where the feature map is strong already.
    """

    backbone: tuple[float, float]
    skips: tuple[float, float]
    is_second: bool = False

    def __call__(self, asking: Asking) -> Between:
        width = asking.model.config.model_channels
        factors = dict(zip((width * 4, width * 2), zip(self.backbone, self.skips, strict=True), strict=True))
        return _Free(factors, self.is_second)


class _Free(Between):
    def __init__(self, factors: dict[int, tuple[float, float]], is_second: bool) -> None:
        self._factors, self._is_second = factors, is_second

    def join(self, stage: int, x: torch.Tensor, skip: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if x.shape[1] not in self._factors:
            return x, skip
        backbone, weakened = self._factors[x.shape[1]]
        factor = _where_strong(x, backbone) if self._is_second else backbone
        half = x.shape[1] // 2
        return torch.cat([x[:, :half] * factor, x[:, half:]], dim=1), scale_low_frequencies(skip, weakened)


def _where_strong(x: torch.Tensor, factor: float) -> torch.Tensor:
    """1 where the mean over channels is least in a picture, the factor where it is greatest: [B, 1, H, W].

    Where it is the same all over, as on a map of one pixel, nothing is strengthened.
    """
    mean = x.mean(1, keepdim=True)
    low, high = mean.amin((2, 3), keepdim=True), mean.amax((2, 3), keepdim=True)
    spread = (high - low).clamp(min=torch.finfo(x.dtype).tiny)
    return (factor - 1) * (mean - low) / spread + 1


def scale_low_frequencies(x: torch.Tensor, factor: float, lowest: int = LOW_FREQUENCIES) -> torch.Tensor:
    """A feature map [B, C, H, W] with its `lowest` spatial frequencies, in each direction, times a factor."""
    spectrum = torch.fft.fftshift(torch.fft.fft2(x.float()), dim=(-2, -1))
    row, column = x.shape[-2] // 2, x.shape[-1] // 2
    rows = slice(row - lowest, row + lowest)
    columns = slice(column - lowest, column + lowest)
    spectrum[..., rows, columns] *= factor
    return torch.fft.ifft2(torch.fft.ifftshift(spectrum, dim=(-2, -1))).real.to(x.dtype)
