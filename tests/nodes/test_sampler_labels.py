"""Samplers by the names that other programs give them."""

import pytest

from comfy.sampling import sampler_names, scheduler_names
from nodes.sampler_labels import (
    SAMPLER_LABELS,
    SCHEDULER_ENDINGS,
    SCHEDULER_LABELS,
    SamplerChoice,
    UnknownLabelError,
    read_label,
    sampler_labels,
)


@pytest.mark.parametrize(
    ("label", "schedule", "sampler", "scheduler"),
    [
        ("Euler a", None, "euler_ancestral", "normal"),
        ("DPM++ 2M Karras", None, "dpmpp_2m", "karras"),
        ("DPM++ 2M SDE Heun Exponential", None, "dpmpp_2m_sde_heun", "exponential"),
        ("DPM++ 2M", "Karras", "dpmpp_2m", "karras"),
        ("Euler", "SGM Uniform", "euler", "sgm_uniform"),
        ("Euler", "Automatic", "euler", "normal"),
        ("dpmpp_sde", "karras", "dpmpp_sde", "karras"),
    ],
)
def test_labels_are_read(label: str, schedule: str | None, sampler: str, scheduler: str) -> None:
    assert read_label(label, schedule) == SamplerChoice(sampler, scheduler)


def test_every_label_leads_to_a_sampler_that_there_is() -> None:
    for label in sampler_labels():
        chosen = read_label(label)
        assert chosen.sampler in sampler_names()
        assert chosen.scheduler in scheduler_names()
    assert set(SAMPLER_LABELS) <= set(sampler_names())
    assert {*SCHEDULER_ENDINGS, *SCHEDULER_LABELS} <= set(scheduler_names())


def test_an_unknown_label_is_named() -> None:
    with pytest.raises(UnknownLabelError, match=r"no sampler called 'Eulr'.*Euler a"):
        read_label("Eulr")
