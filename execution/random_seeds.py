"""A seed of -1 asks for any: it is drawn once, when the prompt is validated, so that what is kept tells the seed."""

import random
from typing import Any

from execution.node_class import InputSpec

RANDOM = -1
# Seeds of 32 bits are what other programs draw, and every front end holds them exactly.
SEEDS = 2**32
SEED_NAMES = ("seed", "noise_seed")


def drawn(name: str, spec: InputSpec, value: Any, source: random.Random | None = None) -> Any:
    """The value, or a seed in place of -1 where the input is one: declared so or named so, and never below -1."""
    if value != RANDOM or type(value) is not int or spec.type != "INT":
        return value
    is_seed = bool(spec.options.get("control_after_generate")) or name in SEED_NAMES
    if not is_seed or spec.options.get("min", 0) not in (0, RANDOM):
        return value
    highest = min(int(spec.options.get("max", SEEDS - 1)), SEEDS - 1)
    return (source or random).randint(0, highest)
