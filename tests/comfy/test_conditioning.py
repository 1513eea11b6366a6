"""Conditioning is joined, mixed and bound to places without changing what came in."""

import torch

from comfy import conditioning as ops


def entry(tokens: int = 3, value: float = 1.0, **options: object) -> list[object]:
    return [torch.full((1, tokens, 2), value), {"pooled_output": torch.full((1, 2), value), **options}]


def test_options_are_added_to_every_entry_of_a_copy() -> None:
    before = [entry(kept=1), entry()]
    after = ops.with_options(before, strength=0.5)
    assert [options["strength"] for _, options in after] == [0.5, 0.5]
    assert after[0][1]["kept"] == 1
    assert "strength" not in before[0][1]  # type: ignore[operator]


def test_areas_are_told_in_eighths() -> None:
    ((_, options),) = ops.with_area([entry()], width=64, height=96, x=32, y=16, strength=1.2)
    assert options["area"] == (12, 8, 2, 4)
    assert options["set_area_to_bounds"] is False


def test_a_mask_gets_a_batch() -> None:
    ((_, options),) = ops.with_mask([entry()], torch.ones(4, 4), 0.5, True)
    assert options["mask"].shape == (1, 4, 4)
    assert (options["mask_strength"], options["set_area_to_bounds"]) == (0.5, True)


def test_words_are_put_behind_one_another() -> None:
    ((embedding, _),) = ops.concatenate([entry(3, 1.0)], [entry(2, 5.0)])
    assert embedding[0, :, 0].tolist() == [1, 1, 1, 5, 5]


def test_averages_cut_and_fill_up_tokens() -> None:
    ((longer, options),) = ops.average([entry(3, 1.0)], [entry(2, 5.0)], 0.75)
    assert longer[0, :, 0].tolist() == [2, 2, 0.75]
    assert options["pooled_output"].tolist() == [[2, 2]]
    ((shorter, _),) = ops.average([entry(1, 1.0)], [entry(2, 5.0)], 0.0)
    assert shorter[0, :, 0].tolist() == [5]


def test_averages_do_without_a_pooled_output() -> None:
    bare = [[torch.ones(1, 1, 2), {}]]
    assert "pooled_output" not in ops.average(bare, bare, 0.5)[0][1]
    assert ops.average(bare, [entry()], 0.5)[0][1]["pooled_output"].tolist() == [[1, 1]]


def test_zeroing_leaves_nothing() -> None:
    ((embedding, options),) = ops.zeroed([entry(kept=1)])
    assert embedding.sum() == options["pooled_output"].sum() == 0
    assert options["kept"] == 1
    assert ops.zeroed([[torch.ones(1, 1, 2), {}]])[0][1] == {}
