"""T2I-Adapter (Mou et al. 2023): a small network that sees a picture once and adds to a U-Net's way down."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from comfy.models.layers import Conv2d
from comfy.models.shapes import StateDict, count, has, size_of


@dataclass(frozen=True)
class AdapterConfig:
    """Sizes of an adapter; one for Stable Diffusion XL sees the picture a sixteenth its size, others an eighth."""

    channels: tuple[int, ...]
    blocks: int
    in_channels: int  # after the picture's pixels were stacked into channels
    kernel: int
    is_light: bool
    has_convolved_down: bool
    inner: tuple[int, ...] = ()  # of the light form: the width between the convolutions of each resolution

    @classmethod
    def from_state_dict(cls, state_dict: StateDict) -> "AdapterConfig":
        """Read the sizes from tensors under the original names."""
        is_light = "conv_in.weight" not in state_dict
        if is_light:
            levels = count(state_dict, "body.{}.")
            return cls(
                channels=tuple(size_of(state_dict, f"body.{n}.out_conv.weight", 0) for n in range(levels)),
                blocks=count(state_dict, "body.0.body.{}."),
                in_channels=size_of(state_dict, "body.0.in_conv.weight", 1),
                kernel=1,
                is_light=True,
                has_convolved_down=False,
                inner=tuple(size_of(state_dict, f"body.{n}.in_conv.weight", 0) for n in range(levels)),
            )
        blocks = count(state_dict, "body.{}.")
        widths = [size_of(state_dict, f"body.{n}.block1.weight", 0) for n in range(blocks)]
        per_level = 2 if blocks % 2 == 0 else 1
        return cls(
            channels=tuple(widths[::per_level]),
            blocks=per_level,
            in_channels=size_of(state_dict, "conv_in.weight", 1),
            kernel=size_of(state_dict, "body.0.block2.weight", 2),
            is_light=False,
            has_convolved_down=any(name.endswith("down_opt.op.weight") for name in state_dict),
        )

    @property
    def is_for_xl(self) -> bool:
        return self.in_channels in (256, 768)

    @property
    def stacked(self) -> int:
        """How many pixels a side become channels."""
        return 16 if self.is_for_xl else 8

    @property
    def hint_channels(self) -> int:
        return self.in_channels // self.stacked**2

    def goes_down(self, level: int) -> bool:
        """Whether a resolution is half the one before."""
        return level == 2 if self.is_for_xl else level > 0


class Down(nn.Module):
    def __init__(self, channels: int, is_convolved: bool) -> None:
        super().__init__()
        self.op = Conv2d(channels, channels, 3, stride=2, padding=1) if is_convolved else nn.AvgPool2d(2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        # A side that does not halve evenly keeps its last row.
        x = F.pad(x, (0, x.shape[-1] % 2, 0, x.shape[-2] % 2))
        out: torch.Tensor = self.op(x)
        return out


class AdapterBlock(nn.Module):
    """Two convolutions added to the input, after a change of size where there is one."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int, down: Down | None) -> None:
        super().__init__()
        if channels_in != channels_out:
            self.in_conv = Conv2d(channels_in, channels_out, kernel, padding=kernel // 2)
        self.block1 = Conv2d(channels_out, channels_out, 3, padding=1)
        self.block2 = Conv2d(channels_out, channels_out, kernel, padding=kernel // 2)
        if down is not None:
            self.down_opt = down

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.down_opt(x) if hasattr(self, "down_opt") else x
        x = self.in_conv(x) if hasattr(self, "in_conv") else x
        return self.block2(F.relu(self.block1(x))) + x


class LightInner(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.block1 = Conv2d(width, width, 3, padding=1)
        self.block2 = Conv2d(width, width, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.block2(F.relu(self.block1(x))) + x


class LightLevel(nn.Module):
    """One resolution of the light form: few channels between a convolution in and one out."""

    def __init__(self, channels_in: int, inner: int, channels_out: int, blocks: int, goes_down: bool) -> None:
        super().__init__()
        self.in_conv = Conv2d(channels_in, inner, 1)
        self.body = nn.Sequential(*(LightInner(inner) for _ in range(blocks)))
        self.out_conv = Conv2d(inner, channels_out, 1)
        self.goes_down = goes_down

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.avg_pool2d(x, 2, 2, ceil_mode=True) if self.goes_down else x
        return self.out_conv(self.body(self.in_conv(x)))


class Adapter(nn.Module):
    """A picture [B, C, H, W] from 0 to 1 to one feature map for each resolution of a U-Net, finest first."""

    def __init__(self, config: AdapterConfig) -> None:
        super().__init__()
        self.config = config
        if config.is_light:
            widths = (config.in_channels, *config.channels)
            self.body = nn.ModuleList(
                LightLevel(
                    widths[level], config.inner[level], widths[level + 1], config.blocks, config.goes_down(level)
                )
                for level in range(len(config.channels))
            )
            return
        self.conv_in = Conv2d(config.in_channels, config.channels[0], 3, padding=1)
        self.body = nn.ModuleList()
        before = config.channels[0]
        for level, channels in enumerate(config.channels):
            for block in range(config.blocks):
                goes_down = block == 0 and config.goes_down(level)
                down = Down(before, config.has_convolved_down) if goes_down else None
                self.body.append(AdapterBlock(before, channels, config.kernel, down))
                before = channels

    def forward(self, hint: torch.Tensor) -> list[torch.Tensor]:
        x = F.pixel_unshuffle(hint, self.config.stacked)
        x = x if self.config.is_light else self.conv_in(x)
        features = []
        per_level = 1 if self.config.is_light else self.config.blocks
        for number, block in enumerate(self.body, start=1):
            x = block(x)
            if number % per_level == 0:
                features.append(x)
        return features


def is_adapter(state_dict: StateDict) -> bool:
    """Whether tensors are a T2I-Adapter's under the original names."""
    return (
        has(state_dict, "body.0.block1.") or has(state_dict, "body.0.in_conv.") or has(state_dict, "body.0.out_conv.")
    )
