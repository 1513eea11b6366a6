"""Which models have a hash, as far as that can be told without reading their content."""

from dataclasses import dataclass
from pathlib import Path

from execution.errors import PathError
from execution.model_hashes import ModelHashes
from execution.paths import Paths
from web.server.safetensors_headers import read_metadata

# Where trainers write the hash of the tensors alone: kohya's scripts, and the model specification of Stability AI.
TENSOR_HASHES = ("sshs_model_hash", "modelspec.hash_sha256")


@dataclass(frozen=True)
class Match:
    """Names of files that have the hash, and how many others have none that is known."""

    names: list[str]
    unknown: int


def find_by_hash(paths: Paths, kind: str, digits: str) -> Match:
    """The models of a kind whose hash begins with these digits: that of the file, or of its tensors alone.

    Hashes of files are those computed before; those of tensors stand in safetensors files' headers. Raises `PathError`
    for a kind that there is not.
    """
    hashes, names, unknown = ModelHashes(paths.user), [], 0
    for name in paths.list_files(kind):
        try:
            path = paths.full_path(kind, name)
            whole = hashes.known(path)
        except (PathError, OSError):
            continue
        if any(found.startswith(digits) for found in (whole, *_tensor_hashes(path)) if found):
            names.append(name)
        elif whole is None:
            unknown += 1
    return Match(names, unknown)


def _tensor_hashes(path: Path) -> list[str]:
    if path.suffix != ".safetensors":
        return []
    try:
        said = read_metadata(path)
    except (OSError, ValueError):
        return []
    values = (said.get(key) for key in TENSOR_HASHES) if isinstance(said, dict) else ()
    return [value.lower().removeprefix("0x") for value in values if isinstance(value, str)]
