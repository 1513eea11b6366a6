"""The texts that a model's file carries, and which of them stay with a model that was made from it."""

from collections.abc import Mapping

Texts = Mapping[str, str]

OF_ALL = ("title", "author", "license", "licence", "copyright")
"""Last words of the names of texts that name each model that another was made from."""

OF_THE_FILE = ("hash_sha256", "sshs_model_hash", "sshs_legacy_hash", "prompt", "workflow")
"""Last words of the names of texts that are true of one file only: what its bytes are, and how it was made."""

BETWEEN = "; "


def joined(own: Texts, other: Texts) -> dict[str, str]:
    """The texts of a model into which another was merged: its own, and beside them the other's title and rights.

    Names are those of Stability AI's specification (github.com/Stability-AI/ModelSpec), with or without its prefix.
    """
    texts = dict(own)
    for name, text in other.items():
        if _last_word(name) in OF_ALL:
            told = texts[name].split(BETWEEN) if name in texts else []
            texts[name] = BETWEEN.join(dict.fromkeys([*told, *text.split(BETWEEN)]))
    return texts


def carried(texts: Texts) -> dict[str, str]:
    """The texts that stay true when a model is written anew."""
    return {name: text for name, text in texts.items() if _last_word(name) not in OF_THE_FILE}


def _last_word(name: str) -> str:
    return name.rpartition(".")[2].lower()
