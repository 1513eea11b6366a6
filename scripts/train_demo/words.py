"""A start for the text encoder: each token's vector says what the word adds to a picture."""

from __future__ import annotations

from typing import cast

import torch
from torch import nn

from comfy.models.clip_text import ClipText, EncoderLayer
from scripts.train_demo.latents import Pairs

RIDGE = 3.0
SPREAD = 0.5  # deviation of a token vector's parts
BARRED = 12.0  # how much lower than a word's the end token's attention score begins
GATHERED = 3.0  # how strong the mean of the words begins beside a token itself


@torch.no_grad()
def start_with_words(text: ClipText, pairs: Pairs) -> None:
    """Begin as a bag of words, and with words whose pictures are alike near each other.

    A picture is taken for the sum of its words' shares: ridge regression of latents on the tokens of the captions.
    The shares' principal components become the token vectors, so that the U-Net has one map to learn from vectors to
    pictures and not one for each word. Apart from `_gather_words`, every layer begins by adding nothing.
    """
    table = text.embeddings.token_embedding.weight
    present = torch.zeros(len(pairs.tokens), len(table))
    present.scatter_(1, pairs.tokens.long(), 1.0)
    latents = pairs.latents.flatten(1).float()
    square = present.T @ present + RIDGE * torch.eye(len(table))
    shares = torch.linalg.solve(square, present.T @ (latents - latents.mean(0)))  # [tokens, 4*h*w]
    left, strength, _ = torch.linalg.svd(shares, full_matrices=False)
    width = min(table.shape[1], len(strength))
    vectors = left[:, :width] * strength[:width].sqrt()  # the square root: fine differences count for more
    table.copy_(0.1 * SPREAD * torch.randn_like(table))
    table[:, :width] += SPREAD * vectors / vectors.std()
    for layer in _layers(text):
        for last in (layer.self_attn.out_proj, layer.mlp.fc2):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
    table[:, -1] = 0
    table[pairs.empty[-1].long()] = torch.eye(table.shape[1])[-1] * SPREAD * table.shape[1] ** 0.5  # the end token
    _gather_words(text)


def _gather_words(text: ClipText) -> None:
    """Let each token add the mean of the words so far: a caption is a few words before some 70 end tokens.

    The U-Net, which begins by looking at all tokens alike, would otherwise hardly see the words. Queries are all the
    same, and keys low where the last part of a vector is high, which is the end token's own.
    """
    attention = _layers(text)[0].self_attn
    width = text.config.width
    for layer in (attention.q_proj, attention.k_proj):
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
    nn.init.ones_(attention.q_proj.bias)
    attention.k_proj.weight[:, -1] = -BARRED / width**0.5 / (width / attention.heads) ** 0.5
    nn.init.eye_(attention.v_proj.weight)
    nn.init.zeros_(attention.v_proj.bias)
    attention.out_proj.weight.copy_(GATHERED * torch.eye(width))


def _layers(text: ClipText) -> list[EncoderLayer]:
    return cast("list[EncoderLayer]", list(text.encoder.layers))
