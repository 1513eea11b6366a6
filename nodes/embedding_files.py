"""Where the embeddings lie that prompts name."""

from pathlib import Path, PurePosixPath

from execution import paths


def embedding_file(name: str) -> Path | None:
    """Where the embedding lies that a prompt names, with or without its ending; None where there is none."""
    for found in paths.current().list_files("embeddings"):
        if name in (found, str(PurePosixPath(found).with_suffix(""))):
            return paths.current().full_path("embeddings", found)
    return None
