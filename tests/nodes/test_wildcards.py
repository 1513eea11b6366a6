"""Prompts that are drawn, and the words that models answer to."""

import json
import random
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from execution import paths
from nodes.dynamic_text import WildcardError, draw_text
from nodes.generation import find_generation
from nodes.wildcards import DynamicPrompt, TriggerWords
from tests.nodes.test_metadata import prompt_of


def draw(text: str, seed: int = 0) -> str:
    return draw_text(text, random.Random(seed))


def test_choices_are_drawn_by_the_seed_also_inside_each_other() -> None:
    drawn = {draw("a {red|{dark|light} blue} cat", seed) for seed in range(50)}
    assert drawn == {"a red cat", "a dark blue cat", "a light blue cat"}
    assert draw("{a|b|c|d|e}", 7) == draw("{a|b|c|d|e}", 7)


def test_weights_and_numbers_are_kept_to() -> None:
    assert sum(draw("{9::a|b}", seed) == "a" for seed in range(200)) > 150
    for seed in range(20):
        words = draw("{2$$ and $$x|y|z}", seed).split(" and ")
        assert len(set(words)) == 2
    assert 1 <= len(draw("{1-3$$x|y|z}").split(", ")) <= 3


def test_wildcards_are_lines_of_lists_that_may_hold_more(folders: paths.Paths) -> None:
    (folders.input / "wildcards").mkdir()
    (folders.input / "wildcards" / "animal.txt").write_text("# comment\ncat\n{big|small} dog\n", encoding="utf-8")
    assert {draw("a __animal__", seed) for seed in range(50)} == {"a cat", "a big dog", "a small dog"}
    assert DynamicPrompt().draw("a {cat|cat}", 1) == ("a cat",)
    (folders.input / "wildcards" / "round.txt").write_text("__round__ x", encoding="utf-8")
    with pytest.raises(WildcardError, match="lead to each other"):
        draw("__round__")
    with pytest.raises(WildcardError, match="__nothing__ names no list"):
        draw("__nothing__")


def test_lists_may_be_weighted_drawn_several_times_and_lie_in_folders(folders: paths.Paths) -> None:
    lists = folders.input / "wildcards"
    (lists / "pets").mkdir(parents=True)
    (lists / "col.txt").write_text("8::red\nblue\n0::green", encoding="utf-8")
    drawn = [draw("__col__", seed) for seed in range(100)]
    assert set(drawn) == {"red", "blue"}
    assert drawn.count("red") > 70
    assert sorted(draw("{3$$ $$__col__}").split()) == ["blue", "green", "red"]
    (lists / "pets" / "a.txt").write_bytes("Käse".encode("cp1252"))
    (lists / "pets" / "b.txt").write_text("Hündin", encoding="utf-16")
    assert {draw("__pets/*__", seed) for seed in range(40)} == {"Käse", "Hündin"}
    (folders.input / "outside.txt").write_text("outside", encoding="utf-8")
    (lists / "none.txt").write_text("# nothing\n", encoding="utf-8")
    for text, reason in (("__none__", "holds no line"), ("{-1::x|y}", "weight"), ("__../*__", "names no list")):
        with pytest.raises(WildcardError, match=reason):
            draw(text)


def test_variables_stand_for_what_was_drawn_and_escaped_braces_for_themselves() -> None:
    one = draw("${c={red|blue|green}}a ${c} cat and a ${c} dog", 3)
    assert len(set(re.findall("red|blue|green", one))) == 1
    assert "$" not in one
    assert draw(r"\{a|b\}") == "{a|b}"
    with pytest.raises(WildcardError, match=r"Nothing sets \$\{x\}"):
        draw("${x}")


def test_trigger_words_come_from_beside_the_file_or_from_its_metadata(folders: paths.Paths) -> None:
    folder = Path(folders.models) / "loras"
    folder.mkdir(parents=True)
    counts = {"set": {"nvinkpunk": 9, "ink": 4, "a cat": 1}}
    save_file({"a": torch.zeros(1)}, folder / "l.safetensors", {"ss_tag_frequency": json.dumps(counts)})
    insert = TriggerWords().insert
    assert insert("l.safetensors", "a fox", "before", 2) == ("nvinkpunk, ink, a fox", "nvinkpunk, ink")
    (folder / "l.json").write_text(json.dumps({"trainedWords": ["inkpunk style"]}), encoding="utf-8")
    assert insert("l.safetensors", "a fox", "behind", 2)[0] == "a fox, inkpunk style"
    for beside, expected in (({"trainedWords": None}, ""), ({"activation text": "gamma,"}, "gamma"), ([], "")):
        (folder / "l.json").write_text(json.dumps(beside), encoding="utf-8")
        assert insert("l.safetensors", "a fox", "before", 2)[1] == expected
    (folder / "l.json").write_text("{nope", encoding="utf-8")
    with pytest.raises(ValueError, match=r"l\.json beside the LoRA is no JSON"):
        insert("l.safetensors", "a fox", "before", 2)


def test_the_settings_of_a_picture_hold_the_text_that_was_drawn(folders: paths.Paths) -> None:
    prompt = prompt_of()
    prompt["6"]["inputs"]["text"] = ["70", 0]
    prompt["70"] = {"class_type": "DynamicPrompt", "inputs": {"text": "a {red|blue} cat", "seed": 3}}
    found = find_generation(prompt, "9")
    assert found is not None
    assert found.positive == draw("a {red|blue} cat", 3)
