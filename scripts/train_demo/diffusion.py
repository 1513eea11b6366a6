"""Stage three: the U-Net and the text encoder together, learning to find the noise in a latent from its caption."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from comfy.models.clip_text import ClipText
from comfy.models.unet import UNet
from scripts.train_demo.latents import Pairs
from scripts.train_demo.recipe import Recipe
from scripts.train_demo.run import Run, rate_at, set_rate
from scripts.train_demo.words import start_with_words


class Painter(nn.Module):
    """The text encoder and the U-Net it steers. Its tokens are numbered by `Pairs.vocabulary`."""

    def __init__(self, recipe: Recipe, vocabulary: int) -> None:
        super().__init__()
        self.text = ClipText(recipe.text(vocabulary))
        self.unet = UNet(recipe.unet)

    def forward(self, x: torch.Tensor, timestep: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """The noise in x [B, 4, h, w] at integer timesteps [B], given tokens [B, 77]."""
        return self.unet(x, timestep, self.text(tokens).last)


def alphas() -> torch.Tensor:
    """Stable Diffusion 1's cumulative alphas, [1000]."""
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    return (1 - betas).cumprod(0).float()


def train(recipe: Recipe, run: Run, pairs: Pairs, device: torch.device) -> None:
    """Train until the run is over; what is saved holds the weights, their moving average and the optimizer."""
    torch.manual_seed(recipe.seed + run.step)
    model = Painter(recipe, len(pairs.vocabulary))
    start_with_words(model.text, pairs)
    model.to(device)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema))
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.rate, betas=(0.9, 0.99), weight_decay=1e-3, fused=True)
    if state := run.resume():
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
    latents, tokens, empty = pairs.latents.to(device), pairs.tokens.to(device), pairs.empty.to(device)
    cumulative = alphas().to(device)
    recent = []
    while run.progress < 1:
        chosen = torch.randint(len(latents), (recipe.batch,), device=device)
        words = tokens[chosen]
        words[torch.rand(recipe.batch, device=device) < recipe.empty_captions] = empty
        with torch.autocast(device.type, torch.bfloat16, enabled=recipe.bf16):
            loss = noise_loss(model, latents[chosen].float(), words.long(), cumulative)
        set_rate(optimizer, rate_at(run.progress, run.step, recipe.rate, recipe.warmup))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        run.step += 1
        if run.step < 1000 and run.step % 100 == 0:
            average.n_averaged.zero_()  # start the average anew: the first weights are not worth remembering
        average.update_parameters(model)
        recent.append(loss.detach())
        if run.step % 100 == 0:
            run.log(loss=float(torch.stack(recent).mean()))
            recent.clear()
        if run.is_due():
            _save(run, model, average, optimizer)
    _save(run, model, average, optimizer)


def noise_loss(
    model: Callable[..., torch.Tensor], x: torch.Tensor, tokens: torch.Tensor, cumulative: torch.Tensor
) -> torch.Tensor:
    """The squared error of the predicted noise, weighted by 1 / (sqrt(SNR) + SNR), SNR being signal to noise.

    So an error of the picture itself weighs the same wherever the signal prevails, as in min-SNR (Hang et al. 2023),
    and not much less where noise does: there the words decide what the picture will be.
    """
    batch = len(x)
    # One timestep from each of `batch` equal parts of the range: less noise in the loss than free draws.
    timestep = ((torch.arange(batch, device=x.device) + torch.rand(batch, device=x.device)) / batch * 1000).long()
    alpha = cumulative[timestep.clamp(max=999)]
    signal, sigma = alpha.sqrt()[:, None, None, None], (1 - alpha).sqrt()[:, None, None, None]
    noise = torch.randn_like(x)
    predicted = model(signal * x + sigma * noise, timestep, tokens).float()
    snr = alpha / (1 - alpha)
    weight = 1 / (snr.sqrt() + snr)
    return (weight * (predicted - noise).square().mean(dim=(1, 2, 3))).mean()


def _save(run: Run, model: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    run.save(model=model.state_dict(), average=average.state_dict(), optimizer=optimizer.state_dict())


def load_average(path: Path, recipe: Recipe, vocabulary: int) -> Painter:
    """The moving average of the weights that a run saved."""
    state = torch.load(path, map_location="cpu", weights_only=True)["average"]
    model = Painter(recipe, vocabulary)
    prefix = "module."
    model.load_state_dict({k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)})
    return model.eval()
