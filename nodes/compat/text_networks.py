"""Text networks one by one, as packs ask them: `clip.cond_stage_model.clip_l` and its like."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from comfy.text.tokenizer import END_TOKEN, START_TOKEN
from comfy.text.tokens import CHUNK, Token
from comfy.text.tower import Tower

# Where a network's weights lie in packs' names, by the letter of the network.
PREFIX = "clip_{role}.transformer.text_model."
Pairs = Sequence[Sequence[Sequence[Any]]]
"""Chunks of (number or vector, weight), or with the word's number behind."""


def pairs_of(chunk: Sequence[Token], with_words: bool) -> list[tuple[Any, ...]]:
    """A chunk as packs read it."""
    pairs = [(token.number if token.vector is None else token.vector, token.weight) for token in chunk]
    return [(*pair, token.group) for pair, token in zip(pairs, chunk, strict=True)] if with_words else list(pairs)


def tokens_of(chunk: Sequence[Any]) -> list[Token]:
    """A chunk of packs' as Skein reads it."""
    return [token if isinstance(token, Token) else _token(*token) for token in chunk]


def _token(what: Any, weight: float = 1.0, *_: Any) -> Token:
    return Token(0, weight, what) if isinstance(what, Tensor) else Token(int(what), weight)


class ClipTokenWeightEncoder:
    """Encodes weighted tokens; packs that mix it into networks of their own say in `encode` what these make."""

    def encode(self, tokens: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must say how it encodes tokens: encode.")

    def encode_token_weights(self, token_weight_pairs: Pairs) -> tuple[Any, Any]:
        """States [1, L, D], each token moved from the empty prompt's by its weight, and the first pooled text."""
        numbers = [[pair[0] for pair in chunk] for chunk in token_weight_pairs]
        weights = torch.tensor([[float(pair[1]) for pair in chunk] for chunk in token_weight_pairs])
        is_weighted = bool((weights != 1.0).any())
        empty = [START_TOKEN, END_TOKEN] + [END_TOKEN] * (len(numbers[0]) - 2)
        states, pooled, *_ = self.encode([*numbers, empty] if is_weighted else numbers)
        if is_weighted:
            states = (states[:-1] - states[-1:]) * weights[..., None].to(states) + states[-1:]
        return states.flatten(0, 1)[None], None if pooled is None else pooled[:1]


class SDClipModel(ClipTokenWeightEncoder):
    """One of Skein's text networks."""

    LAYERS = ("last", "pooled", "hidden")

    def __init__(self, tower: Tower | None = None, *_: Any, **__: Any) -> None:
        if not isinstance(tower, Tower):
            raise ValueError("Text networks are read by comfy.sd.load_clip here, from a file; a pack cannot make one.")
        self.tower = self._plain = tower
        self.layer_idx: int | None = None
        self.max_length, self.num_layers = CHUNK, tower.config.layers
        self.special_tokens = {"start": START_TOKEN, "end": END_TOKEN, "pad": tower.reading.pad_token}
        self.layer_norm_hidden_state = tower.reading.is_normalised
        self.layer = "last" if tower.reading.layer == -1 else "hidden"
        self.return_projected_pooled, self.enable_attention_masks, self.zero_out_masked = True, False, False

    @property
    def transformer(self) -> Any:
        """The network with the weights as the file has them; Skein runs a copy of it that is made ready."""
        return self.tower.weights.module

    def set_clip_options(self, options: Mapping[str, Any]) -> None:
        """Stop at another layer, counted from the end."""
        layer = options.get("layer", self.layer_idx)
        self.layer_idx = layer
        if layer is not None:
            self.tower = self._plain.with_last_layer(int(layer))

    def reset_clip_options(self) -> None:
        self.tower, self.layer_idx = self._plain, None

    def clip_layer(self, layer_idx: int) -> None:
        self.set_clip_options({"layer": layer_idx})

    def encode(self, tokens: Sequence[Sequence[Any]]) -> tuple[Tensor, Tensor]:
        """States [chunks, 77, D] and pooled texts [chunks, P] of chunks of numbers or vectors."""
        hidden, out = self.tower.read([tokens_of([(token,) for token in chunk]) for chunk in tokens])
        return hidden, out.pooled.to("cpu", torch.float32)

    forward = __call__ = encode

    def encode_token_weights(self, token_weight_pairs: Pairs) -> tuple[Tensor, Tensor]:
        return self.tower.encode([tokens_of(chunk) for chunk in token_weight_pairs])

    def state_dict(self, *_: Any, **__: Any) -> dict[str, Tensor]:
        weights: dict[str, Tensor] = self.transformer.state_dict()
        return weights


class SD1ClipModel:
    """The text network of Stable Diffusion 1 or 2; those of XL are a class of their own."""

    def __init__(self, towers: Sequence[Tower] | None = None, *_: Any, **__: Any) -> None:
        if not isinstance(towers, tuple):
            raise ValueError("Text encoders are read by comfy.sd.load_clip here, from files; a pack cannot make one.")
        self.towers = towers
        for tower in towers:
            setattr(self, f"clip_{tower.role}", SDClipModel(tower))
        self.clip_name = towers[0].role
        self.clip = f"clip_{self.clip_name}"
        self.dtypes = {tower.weights.dtype for tower in towers}

    def networks(self) -> list[SDClipModel]:
        """Each of them."""
        return [getattr(self, f"clip_{tower.role}") for tower in self.towers]

    def set_clip_options(self, options: Mapping[str, Any]) -> None:
        for network in self.networks():
            network.set_clip_options(options)

    def reset_clip_options(self) -> None:
        for network in self.networks():
            network.reset_clip_options()

    def clip_layer(self, layer_idx: int) -> None:
        self.set_clip_options({"layer": layer_idx})

    def reset_clip_layer(self) -> None:
        self.reset_clip_options()

    def encode_token_weights(self, token_weight_pairs: Mapping[str, Pairs]) -> tuple[Tensor, Tensor]:
        """What all networks make of their tokens, joined, and the last one's pooled text."""
        made = [network.encode_token_weights(token_weight_pairs[network.tower.role]) for network in self.networks()]
        length = min(states.shape[1] for states, _ in made)
        return torch.cat([states[:, :length] for states, _ in made], dim=-1), made[-1][1]

    def state_dict(self, *_: Any, **__: Any) -> dict[str, Tensor]:
        """The weights by packs' names."""
        return {
            PREFIX.format(role=network.tower.role) + name: tensor
            for network in self.networks()
            for name, tensor in network.state_dict().items()
        }


class SDXLClipModel(SD1ClipModel):
    """The two text networks of Stable Diffusion XL."""


class SDXLRefinerClipModel(SD1ClipModel):
    """The one of its refiner."""


class SDXLClipG(SDClipModel):
    """The second network of Stable Diffusion XL."""


def networks_of(towers: tuple[Tower, ...]) -> SD1ClipModel:
    """An encoder's networks, of the class by which packs tell families apart."""
    roles = [tower.role for tower in towers]
    cls = SDXLClipModel if len(roles) > 1 else SDXLRefinerClipModel if roles == ["g"] else SD1ClipModel
    return cls(towers)
