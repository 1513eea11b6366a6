"""The tokenizer against transformers' own, and what importing it costs."""

import subprocess
import sys
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comfy.text.tokenizer import END_TOKEN, START_TOKEN, VOCABULARY, tokenize


@lru_cache(maxsize=1)
def transformers_tokenizer():
    transformers = pytest.importorskip("transformers", minversion="5")
    return transformers.CLIPTokenizer(str(VOCABULARY / "vocab.json"), str(VOCABULARY / "merges.txt"))


def by_transformers(text):
    start, *tokens, end = transformers_tokenizer()(text)["input_ids"]
    assert (start, end) == (START_TOKEN, END_TOKEN)
    return tokens


def test_known_words_have_clips_published_tokens():
    assert tokenize("a photo of a cat") == [320, 1125, 539, 320, 2368]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1girl, 2.5d 1024x768, 100% don't we're I'll",
        "ÉCOLE café",
        "日本語",
        "🍌 banana",
        "a\n\tb",
        "<|endoftext|> x",
    ],
)
def test_texts_are_cut_as_transformers_cuts_them(text):
    assert tokenize(text) == by_transformers(text)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_cut_as_transformers_cuts_it(text):
    assert tokenize(text) == by_transformers(text)


def test_importing_the_library_does_not_import_what_only_text_needs():
    code = "import sys, comfy.checkpoint; print(sorted({'transformers', 'tokenizers', 'diffusers'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
