"""The command `hash`: the SHA-256 of models, kept for the settings that pictures carry."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from execution.errors import SkeinError
from execution.folders import NO_MODELS
from execution.model_hashes import AUTO_V2, ModelHashes
from execution.options import HashOptions, Options
from execution.paths import Paths

DONE, REFUSED = 0, 1


def run_hash_command(options: Options) -> int:
    """Print a line for each file; answers the exit status. What cannot be hashed is told on standard error."""
    assert options.hashing is not None
    status, folders = DONE, Paths(options.engine.paths)
    hashes = ModelHashes(folders.user)
    for name, path in _asked(options.hashing, folders):
        if path is None:
            sys.stderr.write(f"main.py: There is no file and no model {name!r}.\n")
            status = REFUSED
            continue
        try:
            digest = hashes.of(path)
        except OSError as error:
            sys.stderr.write(f"main.py: {name} cannot be read: {error.strerror or error}.\n")
            status = REFUSED
            continue
        told = {"file": str(path), "autov2": digest[:AUTO_V2], "sha256": digest}
        line = json.dumps(told, ensure_ascii=False) if options.hashing.json else f"{digest[:AUTO_V2]}  {digest}  {name}"
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return status


def _asked(asked: HashOptions, folders: Paths) -> Iterator[tuple[str, Path | None]]:
    """The files to hash by the name they were asked for; None where there is none of it."""
    if asked.files:
        yield from ((name, _find(name, folders)) for name in asked.files)
        return
    for kind in folders.folders:
        if kind not in NO_MODELS:
            yield from ((f"{kind}/{name}", folders.full_path(kind, name)) for name in folders.list_files(kind))


def _find(name: str, folders: Paths) -> Path | None:
    if Path(name).is_file():
        return Path(name)
    for kind in folders.folders:
        try:
            return folders.full_path(kind, name.removeprefix(f"{kind}/"))
        except (SkeinError, OSError):
            continue
    return None
