"""Text encoders as packs know them: tokens as pairs, conditioning and pooled text apart, clones that can be changed."""

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from typing import Any, TypeVar

from torch import Tensor

from comfy import devices
from comfy.text.encoder import TextEncoder
from nodes.compat.text_networks import PREFIX as PREFIX
from nodes.compat.text_networks import networks_of, pairs_of, tokens_of
from nodes.compat.tokenizers import tokenizer_of
from nodes.compat.weight_patches import NamedWeight, PackPatch, shape_of

Own = TypeVar("Own", bound="OpenedClip")

PackTokens = dict[str, list[list[tuple[Any, ...]]]]


class OpenedClip(TextEncoder):
    """A text encoder of Skein's that packs may change; `clone` first, what a node was given belongs to others too."""

    __setattr__ = object.__setattr__
    __delattr__ = object.__delattr__
    layer_idx: int | None = None
    _networks: Any = None

    def watched_state(self) -> tuple[Any, ...]:
        """What a node that was given it must leave as it is."""
        return *self.towers, self.layer_idx

    def clone(self: Own) -> Own:
        """A copy whose changes are its own; it shares all weights."""
        return copy(self)

    def clip_layer(self, layer_idx: int) -> None:
        """Stop at a layer counted from the end."""
        self._set(self.with_last_layer(layer_idx).towers)
        self.layer_idx = layer_idx

    def set_tokenizer_option(self, option_name: str, value: Any) -> None:
        """Options of tokenizers of model families that are not Skein's."""

    def load_model(self, *_: Any) -> Any:
        """Skein brings text encoders to the device when they run."""
        return self.patcher

    def tokenize(self, text: str, return_word_ids: bool = False, **_: Any) -> Any:
        """The tokens of a prompt for each network: chunks of (number or vector, weight) or with the word's number."""
        own = super().tokenize(text)
        return {role: [pairs_of(chunk, return_word_ids) for chunk in chunks] for role, chunks in own.items()}

    def encode(self, text: str) -> Any:
        """Conditioning of a prompt, as Skein's nodes ask for it."""
        return self.encode_tokens(super().tokenize(text))

    def encode_tokens(self, tokens: Mapping[str, Any]) -> Any:
        return super().encode_tokens({role: [tokens_of(chunk) for chunk in chunks] for role, chunks in tokens.items()})

    def encode_from_tokens(
        self, tokens: Mapping[str, Any], return_pooled: Any = False, return_dict: bool = False
    ) -> Any:
        """The text embedding [1, L, D], with the pooled text in a pair or in a dict where asked for."""
        embedding, options = self.encode_tokens(tokens)[0]
        if return_dict:
            return {"cond": embedding, **options}
        return (embedding, options["pooled_output"]) if return_pooled else embedding

    def encode_from_tokens_scheduled(
        self, tokens: Mapping[str, Any], unprojected: bool = False, add_dict: Any = None, show_pbar: bool = True
    ) -> Any:
        """Conditioning of tokens, with further options."""
        return [[embedding, {**options, **(add_dict or {})}] for embedding, options in self.encode_tokens(tokens)]

    @property
    def cond_stage_model(self) -> Any:
        """The text networks, to be asked one by one; options that packs set at it stay until weights are changed."""
        if self._networks is None or self._networks.towers is not self.towers:
            self._networks = networks_of(self.towers)
        return self._networks

    @property
    def patcher(self) -> Any:
        """What changes the weights: the encoder itself."""
        return self

    @property
    def tokenizer(self) -> Any:
        """What reads prompts for each of the networks."""
        return tokenizer_of(self.towers, self.embedding_path)

    @property
    def load_device(self) -> Any:
        return devices.compute_device()

    def get_sd(self, *_: Any) -> dict[str, Tensor]:
        """The weights by packs' names."""
        weights: dict[str, Tensor] = self.cond_stage_model.state_dict()
        return weights

    def get_key_patches(self, filter_prefix: str | None = None) -> dict[str, Any]:
        """The weights with their patches by name, to be given to another encoder's `add_patches`."""
        found: dict[str, Any] = {}
        for tower in self.towers:
            for name, _ in tower.weights.module.named_parameters():
                found[PREFIX.format(role=tower.role) + name] = NamedWeight(tower.weights, name)
        return {key: value for key, value in found.items() if key.startswith(filter_prefix or "")}

    def add_patches(
        self, patches: Mapping[Any, Any], strength_patch: float = 1.0, strength_model: float = 1.0
    ) -> list[Any]:
        """Change weights by name; answers the names that there are."""
        known: list[Any] = []
        towers = []
        for tower in self.towers:
            made = {}
            for key, value in patches.items():
                name, offset, function = key if isinstance(key, tuple) else (key, None, None)
                prefix = PREFIX.format(role=tower.role)
                own = name.removeprefix(prefix)
                if name.startswith(prefix) and shape_of(tower.weights, own) is not None:
                    made[own] = PackPatch(value, strength_patch, strength_model, offset, function)
                    known.append(key)
            towers.append(replace(tower, weights=tower.weights.patched(made)) if made else tower)
        self._set(tuple(towers))
        return known

    def _set(self, towers: Any) -> None:
        # Skein's own class promises not to change; this one is a copy that its owner may.
        object.__setattr__(self, "towers", towers)


def open_clip(clip: Any) -> Any:
    """A text encoder as packs know it; one that is so already is given back."""
    if not isinstance(clip, TextEncoder) or isinstance(clip, OpenedClip):
        return clip
    return OpenedClip(clip.towers, clip.embedding_path, clip.hooks)
