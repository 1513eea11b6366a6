"""How long a prompt text is to CLIP, for the page that shows it while one types."""

from comfy.text import embeddings, tokens
from nodes.embedding_files import embedding_file


def count_tokens(text: str) -> tuple[int, int, list[str]]:
    """The tokens of a prompt text, the chunks of 75 that they are read in, and embeddings that it names in vain.

    Weights and their brackets are none.
    """
    missing: list[str] = []
    counted = tokens.count_tokens(
        text, lambda name: embeddings.find_any_embedding(name, embedding_file), missing.append
    )
    return *counted, list(dict.fromkeys(missing))
