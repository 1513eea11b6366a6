"""The steps of a short training: AdamW at a rate that rises, and then falls to nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

TOLD_EVERY = 50


def descend(
    weights: Sequence[nn.Parameter],
    loss_of_batch: Callable[[], torch.Tensor],
    steps: int,
    rate: float,
    *,
    weight_decay: float = 0.0,
    longest_gradient: float | None = None,
) -> None:
    """Take steps down the loss of batch after batch, and print how it goes.

    `rate` is the highest (one cycle, Smith and Topin 2018); gradients longer than `longest_gradient` are shortened.
    """
    optimizer = torch.optim.AdamW(weights, lr=rate, betas=(0.9, 0.99), weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps + 1, pct_start=0.1)
    recent = []
    for step in range(steps):
        loss = loss_of_batch()
        optimizer.zero_grad()
        loss.backward()
        if longest_gradient is not None:
            nn.utils.clip_grad_norm_(weights, longest_gradient)
        optimizer.step()
        schedule.step()
        recent.append(float(loss.detach()))
        if len(recent) == TOLD_EVERY:
            print(f"step {step + 1}: loss {np.mean(recent):.5f}", flush=True)
            recent.clear()
