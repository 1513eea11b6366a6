"""What packs import as `comfy.weight_adapter`: what a LoRA's kinds do to a weight, as objects for `add_patches`."""

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from nodes.compat.names import lacks_of
from nodes.compat.weight_patches import PackPatch


class WeightAdapterBase:
    """A change of one weight: its parts, and which names of a file they have."""

    name: ClassVar[str] = ""
    loaded_keys: set[str]
    weights: Any

    def __init__(self, loaded_keys: set[str], weights: Any) -> None:
        self.loaded_keys, self.weights = loaded_keys, weights

    @classmethod
    def load(cls, *_: Any, **__: Any) -> "WeightAdapterBase | None":
        """The change that a file holds for a weight; None where it holds none of this kind."""
        raise NotImplementedError(f"{cls.__name__} must say how it is read: load.")

    def calculate_weight(
        self,
        weight: Tensor,
        key: str,
        strength: float,
        strength_model: float = 1.0,
        offset: Any = None,
        function: Any = None,
        intermediate_dtype: torch.dtype = torch.float32,
        original_weight: Any = None,
    ) -> Tensor:
        """The changed weight, in its own precision."""
        patch = PackPatch(self, strength, strength_model, offset, function)
        return patch.apply(weight.to(intermediate_dtype, copy=True)).to(weight.dtype)


def _parts(name: str, lora: dict[str, Tensor], keys: set[str], wanted: Sequence[str]) -> list[Tensor | None]:
    """The tensors of a weight by the ends of their names, None for those that are not there."""
    found = {each: f"{name}.{each}" for each in wanted if f"{name}.{each}" in lora}
    keys.update(found.values())
    return [lora[found[each]] if each in found else None for each in wanted]


class LoRAAdapter(WeightAdapterBase):
    """A product of two small matrices (Hu et al. 2021)."""

    name = "lora"
    LAYOUTS: ClassVar[tuple[tuple[str, str, str], ...]] = (
        ("lora_up.weight", "lora_down.weight", "lora_mid.weight"),
        ("lora_B.weight", "lora_A.weight", "lora_mid.weight"),
        ("lora.up.weight", "lora.down.weight", "lora.mid.weight"),
        ("lora_linear_layer.up.weight", "lora_linear_layer.down.weight", "lora_mid.weight"),
    )

    @classmethod
    def load(
        cls, x: str, lora: dict[str, Tensor], alpha: float | None, dora_scale: Any, loaded_keys: set[str] | None = None
    ) -> "LoRAAdapter | None":
        keys = set() if loaded_keys is None else loaded_keys
        for layout in cls.LAYOUTS:
            if f"{x}.{layout[0]}" in lora:
                up, down, middle = _parts(x, lora, keys, layout)
                return cls(keys, (up, down, alpha, middle, dora_scale, None))
        return None


class LoHaAdapter(WeightAdapterBase):
    """A product, element by element, of two products of small matrices."""

    name = "loha"

    @classmethod
    def load(
        cls, x: str, lora: dict[str, Tensor], alpha: float | None, dora_scale: Any, loaded_keys: set[str] | None = None
    ) -> "LoHaAdapter | None":
        keys = set() if loaded_keys is None else loaded_keys
        if f"{x}.hada_w1_a" not in lora:
            return None
        wanted = ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b", "hada_t1", "hada_t2")
        first_a, first_b, second_a, second_b, first_core, second_core = _parts(x, lora, keys, wanted)
        return cls(keys, (first_a, first_b, alpha, second_a, second_b, first_core, second_core, dora_scale))


class LoKrAdapter(WeightAdapterBase):
    """A Kronecker product of two matrices, each whole or a product of small ones."""

    name = "lokr"

    @classmethod
    def load(
        cls, x: str, lora: dict[str, Tensor], alpha: float | None, dora_scale: Any, loaded_keys: set[str] | None = None
    ) -> "LoKrAdapter | None":
        keys = set() if loaded_keys is None else loaded_keys
        wanted = ("lokr_w1", "lokr_w2", "lokr_w1_a", "lokr_w1_b", "lokr_w2_a", "lokr_w2_b", "lokr_t2")
        first, second, first_a, first_b, second_a, second_b, core = _parts(x, lora, keys, wanted)
        if all(part is None for part in (first, second, first_a, second_a)):
            return None
        return cls(keys, (first, second, alpha, first_a, first_b, second_a, second_b, core, dora_scale))


adapters = [LoRAAdapter, LoHaAdapter, LoKrAdapter]

__getattr__ = lacks_of("comfy.weight_adapter")
