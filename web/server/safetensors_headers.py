"""What safetensors files say of themselves, read from their headers.

The format: eight bytes of length, little-endian, then JSON with an entry for each tensor and `__metadata__`
(https://github.com/huggingface/safetensors).
"""

import json
from pathlib import Path
from typing import Any

LONGEST_HEADER = 100 * 2**20


def read_metadata(path: Path) -> Any:
    """The metadata of a file; raises `ValueError` where it is no such file or says nothing, and `OSError`."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        # The length is checked before memory is taken for it: anybody can write a file that claims a giant one.
        if not 2 <= length <= min(LONGEST_HEADER, path.stat().st_size - 8):
            raise ValueError(f"{path.name} is not a safetensors file.")
        header = json.loads(file.read(length))
    metadata = header.get("__metadata__") if isinstance(header, dict) else None
    if metadata is None:
        raise ValueError(f"{path.name} says nothing of itself.")
    return metadata
