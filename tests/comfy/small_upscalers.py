"""Networks for pictures with random weights, small enough for any test."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file


def write_upscaler(path: Path, scale: int = 2, seed: int = 0, width: int = 8) -> Path:
    """Write a small network of the "Compact" architecture that enlarges by a factor."""
    pytest.importorskip("torchvision")
    from spandrel.architectures.Compact.__arch.SRVGG import SRVGGNetCompact

    torch.manual_seed(seed)
    module = SRVGGNetCompact(num_in_ch=3, num_out_ch=3, num_feat=width, num_conv=2, upscale=scale)
    save_file(module.state_dict(), path)
    return path
