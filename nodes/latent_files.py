"""Nodes that write latents to the output folder and read them from the input folder."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import torch

from comfy.latent_files import encode_latent, read_latent
from execution import paths, progress
from nodes.declare import node
from nodes.file_names import filled_prefix
from nodes.hashing import sha256_of
from nodes.input_files import check_file, check_prefix, input_names
from nodes.metadata import carried_texts
from nodes.types import ExtraPngInfo, Latent, PromptGraph, Ui
from nodes.widgets import Choice, Text

LATENT_EXTENSIONS = frozenset({".latent"})


def latent_fingerprint(latent: str | None, **_other: Any) -> str | None:
    """What a latent file's content is, whatever its name and time; None while another node is to name it."""
    return latent and sha256_of(paths.current().annotated(latent))


def check_latent(latent: str | None = None) -> bool | str:
    """True, or why the file widget's value does not lead to a latent file."""
    return check_file(latent)


@node("_for_testing", output_node=True, validate=check_prefix)
class SaveLatent:
    """Write a latent into the output folder; move the file into the input folder to load it."""

    def save(
        self,
        samples: Latent,
        filename_prefix: Annotated[str, Text("latents/ComfyUI")] = "ComfyUI",
        prompt: PromptGraph = None,
        extra_pnginfo: ExtraPngInfo = None,
    ) -> Ui:
        prefix = filled_prefix(filename_prefix, prompt, progress.current().node_id)
        # Copied, since the file is written while later nodes run.
        samples_to_write = samples["samples"].detach().to("cpu", copy=True)
        texts = carried_texts(prompt, extra_pnginfo)
        file = paths.current().new_files(prefix, paths.current().output, ending="_.latent")
        progress.current().defer(partial(_write, file.path, samples_to_write, texts))
        return {"ui": {"latents": [{"filename": file.filename, "subfolder": file.subfolder, "type": "output"}]}}


@node("_for_testing", fingerprint=latent_fingerprint, validate=check_latent)
class LoadLatent:
    """Read a latent that was saved before."""

    def load(self, latent: Annotated[str, Choice(partial(input_names, LATENT_EXTENSIONS))]) -> Latent:
        return {"samples": read_latent(paths.current().annotated(latent))}


def _write(path: Path, samples: torch.Tensor, texts: dict[str, str]) -> None:
    with paths.write_new_file(path) as file:
        file.write(encode_latent(samples, texts))
