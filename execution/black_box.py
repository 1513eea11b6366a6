"""Where a worker was when it died: one small file mapped into memory, which outlives the process that wrote it."""

import json
import mmap
import os
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path

SIZE = 1024
_LENGTH = struct.Struct("<H")


@dataclass(frozen=True)
class Whereabouts:
    """A node of a prompt, or a pack that was being loaded and the line of it; empty where nothing was noted."""

    prompt_id: str = ""
    node_id: str = ""
    pack: str = ""
    line: str = ""


class BlackBox:
    """Writing takes next to no time, so that every node can be noted; a message might be too late."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), SIZE)

    @classmethod
    def create(cls, folder: Path) -> "BlackBox":
        """An empty box in a new file in a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        handle, path = tempfile.mkstemp(prefix=".worker-", suffix=".box", dir=folder)
        os.write(handle, bytes(SIZE))
        os.close(handle)
        return cls(Path(path))

    def note(self, prompt_id: str, node_id: str) -> None:
        """Remember the node that starts now, instead of the one before."""
        self._write([prompt_id, node_id])

    def note_pack(self, pack: str, line: str = "") -> None:
        """Remember the pack that is loaded now, and how far it is; empty once all are."""
        self._write(["", "", pack, line])

    def read(self) -> Whereabouts:
        """What was noted last; nothing where that cannot be read."""
        (length,) = _LENGTH.unpack(self._memory[: _LENGTH.size])
        try:
            return Whereabouts(*json.loads(self._memory[_LENGTH.size : _LENGTH.size + length]))
        except (ValueError, TypeError):
            return Whereabouts()

    def remove(self) -> None:
        """Close and delete the file."""
        self._memory.close()
        self.path.unlink(missing_ok=True)

    def _write(self, words: list[str]) -> None:
        text = json.dumps(words).encode()[: SIZE - _LENGTH.size]
        # The length comes last: who dies between the two leaves nothing that could be misread.
        self._memory[: _LENGTH.size] = _LENGTH.pack(0)
        self._memory[_LENGTH.size : _LENGTH.size + len(text)] = text
        self._memory[: _LENGTH.size] = _LENGTH.pack(len(text))
