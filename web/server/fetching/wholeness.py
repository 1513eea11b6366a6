"""Whether a file has come to its end, as its own format says; a site that names no length may break off unnoticed."""

import json
import zipfile
from pathlib import Path
from typing import Any

from web.server.fetching.contents import HEAD, ZIP, claimed_size

UNREADABLE = "its header cannot be read"


def shortage(path: Path) -> str:
    """What a file lacks of being whole; "" where nothing is missing, or its format does not say where it ends.

    A safetensors file's header says where each tensor ends; a zip ends with the list of what is in it.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
        header_end = claimed_size(head)
        if header_end:
            file.seek(8)
            expected = _end_of_tensors(file.read(header_end - 8), header_end)
            size = path.stat().st_size
            if size < expected:
                return f"it has {size:,} bytes, and its header tells of {expected:,}"
            return "" if expected else UNREADABLE
    if head.startswith(ZIP) and not zipfile.is_zipfile(path):
        return "the list at the end of a zip file is missing"
    return ""


def _end_of_tensors(text: bytes, header_end: int) -> int:
    """Where the last tensor ends in the file, in bytes; 0 where the header cannot be read."""
    if len(text) < header_end - 8:
        return header_end
    try:
        header: dict[str, Any] = json.loads(text)
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        return header_end + int(max(ends, default=0))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return 0
