"""A start for the autoencoder from which it already reconstructs soft colours: about 17 dB before the first step.

A narrow autoencoder of this architecture otherwise spends thousands of steps on plain backgrounds. Its norms have
groups of two or four channels, and a plain colour is the very thing that such a norm takes away. So every second
channel begins as a constant, and at full size as a frame along the picture's edge (made of the zeros that convolutions
pad with): beside that, its neighbour keeps its level. A few channels carry the picture's colours straight through,
residual branches begin at zero, and the two output layers are solved by least squares.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from comfy.models.autoencoder import AttentionBlock, Autoencoder, Downsample, ResnetBlock, Upsample
from scripts.train_demo.recipe import LATENT_RGB

LEVEL = 3.0  # of the constant channels
FRAME = 4.0
CARRIERS = (1, 3, 5, 7)
RIDGE = 1e-3
DOT = torch.tensor([[0.0, 0, 0], [0, 1, 0], [0, 0, 0]])
BOX = torch.tensor([[0.25, 0.25, 0], [0.25, 0.25, 0], [0, 0, 0]])
TENT = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16


def parts(model: Autoencoder) -> list[list[nn.Parameter]]:
    """The parameters of the residual branches, of the output layers, and of the rest, which the start has set."""
    groups: list[list[nn.Parameter]] = [[], [], []]
    for name, parameter in model.named_parameters():
        is_branch = any(mark in name for mark in (".norm1.", ".norm2.", ".conv1.", ".conv2.", ".attn_1."))
        groups[0 if is_branch else 1 if ".conv_out." in name else 2].append(parameter)
    return groups


@torch.no_grad()
def start_linear(model: Autoencoder, pictures: torch.Tensor) -> None:
    """Set the weights of a new autoencoder so that it passes soft colours; pictures are [B, 3, H, W] from -1 to 1."""
    for module in model.modules():
        if isinstance(module, ResnetBlock):
            _clear(module.conv2)
            if hasattr(module, "nin_shortcut"):
                _carry(module.nin_shortcut, torch.ones(1, 1), CARRIERS)
        elif isinstance(module, AttentionBlock):
            _clear(module.proj_out)
        elif isinstance(module, Downsample):
            _carry(module.conv, BOX, CARRIERS)
        elif isinstance(module, Upsample):
            _carry(module.conv, TENT, CARRIERS)
    _carry(model.encoder.conv_in, DOT, range(3))
    _carry(model.decoder.conv_in, DOT, range(4))
    last_upsample = model.decoder.up[1].upsample
    assert isinstance(last_upsample, Upsample)
    _frame(last_upsample.conv)
    for layer in (model.quant_conv, model.post_quant_conv):
        nn.init.dirac_(layer.weight)
        nn.init.zeros_(_bias(layer))

    latents = colour_latents(pictures)
    _clear(model.encoder.conv_out)
    _bias(model.encoder.conv_out)[4:] = -4.0  # a small variance
    _solve(model.encoder.conv_out, model.encoder, pictures, latents)
    _solve(model.decoder.conv_out, model.decoder, latents, pictures)


def colour_latents(pictures: torch.Tensor) -> torch.Tensor:
    """The latents that the start's encoder is solved for: those whose usual preview is the picture at an eighth."""
    colours = F.avg_pool2d(pictures, 8)
    return torch.einsum("brhw,rc->bchw", colours, torch.linalg.pinv(torch.tensor(LATENT_RGB, device=colours.device)))


def _clear(layer: nn.Conv2d) -> None:
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(_bias(layer))


def _frame(layer: nn.Conv2d) -> None:
    """Make of the constants, in a picture's inner part, about zero, and a tall frame of one pixel around it."""
    for channel in range(0, layer.out_channels, 2):
        layer.weight[channel, channel] = -FRAME / LEVEL / 3  # an edge pixel sees three taps fewer
        _bias(layer)[channel] = 3 * FRAME


def _carry(layer: nn.Conv2d, kernel: torch.Tensor, sources: range | tuple[int, ...]) -> None:
    layer.weight[::2] = 0
    _bias(layer)[::2] = LEVEL
    for source, carrier in zip(sources, CARRIERS, strict=False):
        layer.weight[carrier] = 0
        layer.weight[carrier, source] = kernel
        _bias(layer)[carrier] = 0


def _solve(layer: nn.Conv2d, model: nn.Module, x: torch.Tensor, wanted: torch.Tensor) -> None:
    """Fit the first outputs of a model's last 3×3 convolution by ridge regression."""
    seen: list[torch.Tensor] = []
    hook = layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model(x)
    hook.remove()
    features = F.unfold(seen[0], 3, padding=1).transpose(1, 2).flatten(0, 1)  # [B*H*W, 9*C]
    features = torch.cat([features, torch.ones(len(features), 1)], dim=1).double()
    square = features.T @ features
    square += RIDGE * square.diagonal().mean() * torch.eye(len(square))
    solution = torch.linalg.solve(square, features.T @ wanted.permute(0, 2, 3, 1).flatten(0, 2).double()).T.float()
    layer.weight[: wanted.shape[1]] = solution[:, :-1].unflatten(1, layer.weight.shape[1:])
    _bias(layer)[: wanted.shape[1]] = solution[:, -1]


def _bias(layer: nn.Conv2d) -> torch.Tensor:
    assert layer.bias is not None
    return layer.bias
