"""Steps that are left out ask nothing of the network and reuse what was added before."""

from types import SimpleNamespace
from typing import Any

import torch

from comfy.changes.step_cache import EasyCache, Span
from comfy.sampling.asking import Shown
from comfy.sampling.levels import stable_diffusion_levels

LEVELS = stable_diffusion_levels()


class Network:
    """Adds to every part a number of its own."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return x + torch.tensor([1.0, 3.0]).repeat_interleave(len(x) // 2).reshape(-1, 1, 1, 1)


def asked(cache: EasyCache, network: Network, percent: float, x: torch.Tensor) -> torch.Tensor:
    batch = SimpleNamespace(sigma=LEVELS.sigma_at(percent), names=("positive", "negative"), options=(FIRST, SECOND))
    asking: Any = SimpleNamespace(batch=batch, model=SimpleNamespace(levels=LEVELS))
    return cache(asking, Shown(x, torch.zeros(len(x)), torch.zeros(len(x), 1, 1), {}), lambda shown: network(shown.x))


FIRST: dict[str, Any] = {}
SECOND: dict[str, Any] = {}


def test_a_step_left_out_gives_each_part_what_was_added_for_all() -> None:
    cache, network = EasyCache(Span(threshold=10.0, start=0.1, end=0.9)).for_run(), Network()
    x = torch.randn(4, 4, 16, 16)  # two pictures under two texts
    for percent in (0.0, 0.2, 0.4):
        asked(cache, network, percent, x * (1 - percent))
    assert network.calls == 3  # the rule has seen enough only now
    made = asked(cache, network, 0.6, x * 0.4)
    assert network.calls == 3
    torch.testing.assert_close(made, x * 0.4 + 4.0)


def test_every_step_is_computed_outside_its_span_and_above_the_threshold() -> None:
    x = torch.randn(2, 4, 16, 16)
    for span in (Span(10.0, 0.95, 0.99), Span(10.0, 0.0, 0.05), Span(1e-9, 0.0, 1.0)):
        cache, network = EasyCache(span).for_run(), Network()
        for percent in (0.0, 0.2, 0.4, 0.6, 0.8):
            asked(cache, network, percent, x * (1 - percent))
        assert network.calls == 5
