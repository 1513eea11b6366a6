"""A start for the autoencoder from which it already reconstructs soft colours: about 17 dB before the first step.

A narrow autoencoder of this architecture otherwise spends thousands of steps on plain backgrounds. Its norms have
groups of a few channels, and a plain colour is the very thing that such a norm takes away. So eight groups are kept
for colours: each holds a tall constant, its negative and one carrier, beside which a carrier keeps its level. Every
colour is carried twice, as it is and negated, because silu(x) - silu(-x) = x. Residual branches begin at zero, and the
two output layers are solved by least squares on the kept groups alone; training uses all the other channels.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from comfy.models.autoencoder import AttentionBlock, Autoencoder, Downsample, ResnetBlock, Upsample
from scripts.train_demo.recipe import LATENT_RGB

LEVEL = 5.0  # of the constant channels
GROUPS = 32  # of every norm
FAINT = 0.1
CARRIERS = 8  # groups kept: two for each of up to four colours
RIDGE = 1e-6
DOT = torch.tensor([[0.0, 0, 0], [0, 1, 0], [0, 0, 0]])
BOX = torch.tensor([[0.25, 0.25, 0], [0.25, 0.25, 0], [0, 0, 0]])
TENT = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16


def parts(model: Autoencoder) -> list[list[nn.Parameter]]:
    """The parameters of the residual branches, of the output layers, and of the rest."""
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
                _carry(module.nin_shortcut, torch.ones(1, 1))
        elif isinstance(module, AttentionBlock):
            _clear(module.proj_out)
        elif isinstance(module, Downsample):
            _carry(module.conv, BOX)
        elif isinstance(module, Upsample):
            _carry(module.conv, TENT)
    _take_in(model.encoder.conv_in)
    _take_in(model.decoder.conv_in)
    for layer in (model.quant_conv, model.post_quant_conv):
        nn.init.dirac_(layer.weight)
        nn.init.zeros_(_bias(layer))

    latents = colour_latents(pictures)
    _clear(model.encoder.conv_out)
    _bias(model.encoder.conv_out)[4:] = -4.0  # a small variance
    model.decoder.conv_out.weight *= FAINT  # not zero, or the branches would learn nothing
    _solve(model.encoder.conv_out, model.encoder, pictures, latents)
    _solve(model.decoder.conv_out, model.decoder, latents, pictures)


def keep_colours(model: Autoencoder) -> None:
    """Let no gradient reach the weights that write to the kept groups: what training adds goes past them."""
    for name, module in model.named_modules():
        if not isinstance(module, nn.Conv2d) or name.endswith((".conv1", ".conv_out", ".q", ".k", ".v")):
            continue
        if name.endswith("quant_conv"):
            module.requires_grad_(False)
            continue
        free = torch.ones(module.out_channels)
        free[: _width(module.out_channels) * CARRIERS] = 0
        module.weight.register_hook(lambda gradient, free=free[:, None, None, None]: gradient * free.to(gradient))
        _bias(module).register_hook(lambda gradient, free=free: gradient * free.to(gradient))


def leave_finest(model: Autoencoder) -> None:
    """Pass over the decoder's residual blocks at full size: they begin by adding nothing, and take most of the time."""
    for name, block in model.decoder.named_modules():
        if name.startswith("up.0.") and isinstance(block, ResnetBlock):
            block.forward = lambda x: x  # type: ignore[method-assign]
            block.requires_grad_(False)
    model.encoder.requires_grad_(False)


def colour_latents(pictures: torch.Tensor) -> torch.Tensor:
    """The latents that the start's encoder is solved for: those whose usual preview is the picture at an eighth."""
    colours = F.avg_pool2d(pictures, 8)
    return torch.einsum("brhw,rc->bchw", colours, torch.linalg.pinv(torch.tensor(LATENT_RGB, device=colours.device)))


def _clear(layer: nn.Conv2d) -> None:
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(_bias(layer))


def _width(channels: int) -> int:
    """How many channels a norm's group has."""
    return channels // GROUPS


def _keep_groups(layer: nn.Conv2d) -> None:
    """Empty the kept groups of a layer's output but for their constants."""
    width = _width(layer.out_channels)
    layer.weight[: width * CARRIERS] = 0
    _bias(layer)[: width * CARRIERS] = 0
    _bias(layer)[: width * CARRIERS : width] = LEVEL
    _bias(layer)[1 : width * CARRIERS : width] = -LEVEL


def _take_in(layer: nn.Conv2d) -> None:
    """Copy each input channel to two carriers."""
    _keep_groups(layer)
    for group in range(2 * min(layer.in_channels, CARRIERS // 2)):
        layer.weight[_width(layer.out_channels) * group + 2, group // 2] = DOT * (1 - 2 * (group % 2))


def _carry(layer: nn.Conv2d, kernel: torch.Tensor) -> None:
    """Pass the carriers on."""
    _keep_groups(layer)
    for group in range(CARRIERS):
        here, there = _width(layer.in_channels) * group + 2, _width(layer.out_channels) * group + 2
        layer.weight[there, here] = kernel


def _solve(layer: nn.Conv2d, model: nn.Module, x: torch.Tensor, wanted: torch.Tensor) -> None:
    """Fit the first outputs of a model's last 3×3 convolution, on the kept groups, by ridge regression.

    What the layer makes of the other channels is subtracted first.
    """
    seen: list[torch.Tensor] = []
    hook = layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model(x)
    hook.remove()
    kept = _width(layer.in_channels) * CARRIERS
    others = F.conv2d(seen[0][:, kept:], layer.weight[: wanted.shape[1], kept:], padding=1)
    wanted = wanted - others
    features = F.unfold(seen[0][:, :kept], 3, padding=1).transpose(1, 2).flatten(0, 1)  # [B*H*W, 9*kept]
    features = torch.cat([features, torch.ones(len(features), 1)], dim=1).double()
    square = features.T @ features
    square += RIDGE * square.diagonal().mean() * torch.eye(len(square))
    solution = torch.linalg.solve(square, features.T @ wanted.permute(0, 2, 3, 1).flatten(0, 2).double()).T.float()
    layer.weight[: wanted.shape[1], :kept] = solution[:, :-1].unflatten(1, (kept, 3, 3))
    _bias(layer)[: wanted.shape[1]] = solution[:, -1]


def _bias(layer: nn.Conv2d) -> torch.Tensor:
    assert layer.bias is not None
    return layer.bias
