"""Guessing what was meant."""

import pytest

from execution.guess import did_you_mean, near

NAMES = ("KSampler", "KSamplerAdvanced", "VAEDecode", "euler_ancestral")


@pytest.mark.parametrize(
    ("word", "meant"),
    [("KSamplr", "KSampler"), ("ksampler", "KSampler"), ("VAEDecoder", "VAEDecode"), ("euler_a", "euler_ancestral")],
)
def test_the_likest_name_is_guessed_whatever_its_capitals(word: str, meant: str) -> None:
    assert near(word, NAMES) == [meant]
    assert did_you_mean(word, NAMES) == f"; did you mean {meant}?"


def test_where_nothing_is_like_the_word_nothing_is_guessed() -> None:
    assert near("zzzz", NAMES) == []
    assert did_you_mean("zzzz", NAMES, otherwise=".") == "."
