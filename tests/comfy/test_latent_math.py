"""Latents are mixed, cut and turned without changing what came in."""

import pytest
import torch

from comfy import latent_math as ops

Latent = dict[str, torch.Tensor]


def latent(*shape: int, value: float | None = None) -> Latent:
    return {"samples": torch.rand(*shape) if value is None else torch.full(shape, value)}


def test_sums_take_the_first_ones_size_and_batch() -> None:
    total = ops.add(latent(2, 4, 8, 8, value=1.0), latent(1, 4, 4, 4, value=0.5), 2.0)
    assert torch.equal(total["samples"], torch.full((2, 4, 8, 8), 2.0))


def test_nothing_changes_its_inputs() -> None:
    first, second = latent(1, 4, 8, 8), latent(1, 4, 8, 8)
    before = first["samples"].clone(), second["samples"].clone()
    for work in (ops.add, ops.concatenate, lambda a, b: ops.blend(a, b, 0.3), lambda a, b: ops.interpolate(a, b, 0.3)):
        work(first, second)
    ops.lay_over(first, second, 2, 2, 1)
    assert torch.equal(first["samples"], before[0])
    assert torch.equal(second["samples"], before[1])


@pytest.mark.parametrize("mix", [ops.blend, ops.interpolate])
def test_mixing_ends_at_both_sides(mix: object) -> None:
    first, second = latent(1, 4, 8, 8), latent(1, 4, 8, 8)
    assert torch.allclose(mix(first, second, 1.0)["samples"], first["samples"], atol=1e-6)  # type: ignore[operator]
    assert torch.allclose(mix(first, second, 0.0)["samples"], second["samples"], atol=1e-6)  # type: ignore[operator]


def test_interpolating_with_nothing_is_finite() -> None:
    mixed = ops.interpolate(latent(1, 4, 2, 2, value=0.0), latent(1, 4, 2, 2), 0.5)
    assert mixed["samples"].isfinite().all()


def test_batches_remember_places() -> None:
    first = {**latent(2, 4, 4, 4), "batch_index": [5, 6]}
    joined = ops.concatenate(first, latent(3, 4, 8, 8))
    assert joined["samples"].shape == (5, 4, 4, 4)
    assert joined["batch_index"] == [5, 6, 0, 1, 2]


def test_a_latent_laid_over_fades_at_inner_edges_only() -> None:
    result = ops.lay_over(latent(1, 4, 8, 8, value=0.0), latent(1, 4, 4, 4, value=1.0), 0, 4, 2)["samples"][0, 0]
    assert result[4:, 0].tolist() == [0.5, 1, 1, 1]
    assert result[7, :4].tolist() == [1, 1, 1, 0.5]
    assert result[:4].sum() == 0


def test_what_leaves_the_latent_is_cut_off() -> None:
    result = ops.lay_over(latent(1, 4, 8, 8, value=0.0), latent(1, 4, 8, 8, value=1.0), 6, 20, 0)
    assert result["samples"].sum() == 0
    assert ops.lay_over(latent(1, 4, 8, 8, value=0.0), latent(1, 4, 8, 8, value=1.0), 6, 6, 0)["samples"].sum() == 16


@pytest.mark.parametrize(
    ("index", "amount", "expected"),
    [(0, 2, [0, 1]), (6, 9, [6, 7]), (99, 1, [7]), (-2, 1, [6]), (-3, 9, [5, 6, 7]), (-99, 1, [0])],
)
def test_stretches_are_cut_inside_the_latent(index: int, amount: int, expected: list[int]) -> None:
    ramp = {"samples": torch.arange(8.0).expand(1, 4, 3, 8)}
    assert ops.cut(ramp, "x", index, amount)["samples"][0, 0, 0].tolist() == expected


def test_cropping_turning_and_mirroring() -> None:
    source = latent(1, 4, 16, 24)
    assert ops.crop(source, 64, 8, 64, 64)["samples"].shape == (1, 4, 8, 8)
    assert ops.crop(source, 9999, 9999, 512, 512)["samples"].shape == (1, 4, 8, 8)
    assert ops.crop(latent(1, 4, 4, 4), 9999, 0, 64, 64)["samples"].shape == (1, 4, 4, 4)
    assert ops.rotate(source, 1)["samples"].shape == (1, 4, 24, 16)
    assert torch.equal(ops.rotate(source, 1)["samples"][0, 0, 0], source["samples"][0, 0].flip(0)[:, 0])
    assert torch.equal(ops.flip(source, upside_down=True)["samples"][..., 0, :], source["samples"][..., -1, :])
    assert torch.equal(ops.flip(source, upside_down=False)["samples"][..., 0], source["samples"][..., -1])
