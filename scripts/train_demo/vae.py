"""Stage one: the autoencoder, from random emoji on random backgrounds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
import torch.nn.functional as F

from comfy.models.autoencoder import Autoencoder
from scripts.train_demo.compose import paint_at_random
from scripts.train_demo.linear_start import colour_latents, keep_colours, leave_finest, parts, start_linear
from scripts.train_demo.recipe import LATENT_RGB, LATENT_SCALE, Recipe
from scripts.train_demo.run import Run, rate_at, set_rate

NOISE = 0.15  # at most, on the latents that the decoder sees; theirs is a deviation of about 1
SHARES = (1.0, 1.0, 0.5)  # of the learning rate, for branches, output layers and the rest


def train(recipe: Recipe, run: Run, sprites: torch.Tensor, device: torch.device) -> Autoencoder:
    """Train until the run is over; sprites are uint8 [N, S, S, 4] on the device."""
    torch.manual_seed(recipe.seed + run.step)
    palette = torch.tensor(list(recipe.backgrounds.values()), device=device) / 255
    model = Autoencoder(recipe.vae)
    if recipe.thumbnails:
        start_linear(model, paint_at_random(sprites, 24, recipe.size, palette).cpu())
        keep_colours(model)
        leave_finest(model)
    model.to(device)
    shares = SHARES if recipe.thumbnails else (1.0, 1.0, 1.0)
    groups = [{"params": p, "share": share} for p, share in zip(parts(model), shares, strict=True)]
    optimizer = torch.optim.AdamW(groups, lr=recipe.vae_rate, betas=(0.9, 0.99), weight_decay=0)
    if state := run.resume():
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
    recent: list[torch.Tensor] = []
    while run.progress < 1:
        batch = recipe.vae_batch // 2 if run.progress < 0.7 else recipe.vae_batch  # many rough steps first
        pictures = paint_at_random(sprites, batch, recipe.size, palette)
        with torch.autocast(device.type, torch.bfloat16, enabled=recipe.vae_bf16):
            loss = thumbnail_losses(model, pictures) if recipe.thumbnails else losses(model, pictures, recipe)
        set_rate(optimizer, rate_at(run.progress, run.step, recipe.vae_rate, recipe.warmup))
        optimizer.zero_grad()
        loss["loss"].backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        run.step += 1
        recent.append(torch.stack([value.detach() for value in loss.values()]))
        if run.step % 100 == 0:
            run.log(**dict(zip(loss, torch.stack(recent).mean(0).tolist(), strict=True)))
            recent.clear()
        if run.is_due():
            run.save(model=model.state_dict(), optimizer=optimizer.state_dict())
    run.save(model=model.state_dict(), optimizer=optimizer.state_dict())
    return model


def losses(model: Autoencoder, pictures: torch.Tensor, recipe: Recipe) -> dict[str, torch.Tensor]:
    """The parts of the loss, and `loss`, their sum; pictures are [B, 3, H, W] from -1 to 1."""
    mean, log_variance = model.encode_moments(pictures)
    mean, log_variance = mean.float(), log_variance.float()
    decoded = model.decode(mean + torch.randn_like(mean) * (0.5 * log_variance).exp()).float()
    scales = [edge_loss(F.avg_pool2d(decoded, n), F.avg_pool2d(pictures, n)) for n in (1, 2, 4)]
    picture = torch.stack(scales).mean()
    kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
    # Latent previews use one fixed map for all of SD1: teach the latents to be read by it.
    factors = torch.tensor(LATENT_RGB, device=mean.device)
    preview = torch.einsum("bchw,cr->brhw", mean, factors)
    colour = F.mse_loss(preview, F.avg_pool2d(pictures, 8))
    squared = F.mse_loss(decoded, pictures)
    return {
        "loss": picture + squared + recipe.kl_weight * kl + recipe.colour_weight * colour,
        "picture": picture.detach(),
        "kl": kl.detach(),
        "colour": colour.detach(),
        "psnr": 10 * torch.log10(4 / squared.detach()),
    }


def thumbnail_losses(model: Autoencoder, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
    """As `losses`, with latents that are given: the decoder learns to draw a picture from its colours at an eighth.

    It sees them a little wrong, as the U-Net will make them. The encoder's start is exact and stays.
    """
    latents = colour_latents(pictures)
    wrong = NOISE * torch.rand(len(latents), 1, 1, 1, device=latents.device) * torch.randn_like(latents)
    decoded = model.decode(latents + wrong).float()
    picture = edge_loss(decoded, pictures)
    squared = F.mse_loss(decoded, pictures)
    return {
        "loss": picture + squared,
        "picture": picture.detach(),
        "psnr": 10 * torch.log10(4 / squared.detach()),
    }


def edge_loss(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """L1 distance of the pixels and of their differences to the right and below."""
    error = a - b
    return error.abs().mean() + error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()


def fold_scale(state: Mapping[str, torch.Tensor], deviation: float) -> dict[str, torch.Tensor]:
    """Rescale the latents that a trained autoencoder gives, so that times 0.18215 they have a deviation of 1."""
    gain = 1 / (deviation * LATENT_SCALE)
    folded = dict(state)
    for name in ("quant_conv.weight", "quant_conv.bias"):
        tensor = folded[name].clone()
        half = len(tensor) // 2
        tensor[:half] *= gain  # the mean; the second half is the log variance
        folded[name] = tensor
    folded["quant_conv.bias"][len(folded["quant_conv.bias"]) // 2 :] += 2 * torch.tensor(gain).log()
    folded["post_quant_conv.weight"] = folded["post_quant_conv.weight"] / gain
    return folded


def load(path: Path, recipe: Recipe, device: torch.device) -> Autoencoder:
    """The autoencoder that a run saved."""
    model = Autoencoder(recipe.vae)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["model"])
    return model.to(device).eval()
