"""Earlier versions of saved workflows: what a save replaces is kept, up to a number of them."""

import os
import shutil
from datetime import datetime, timezone
from pathlib import Path

WORKFLOWS = "workflows"
VERSIONS = "versions"
MOST_KEPT = 30


def keep_version(root: Path, path: Path, content: bytes) -> None:
    """Keep a workflow that is about to be replaced by other content; the oldest beyond `MOST_KEPT` goes.

    `versions/a/b/2026-01-31T12.30.45.123456Z.json` below the user's folder is what `workflows/a/b.json` was at that
    time. Other files have no versions.
    """
    if path.suffix != ".json" or root / WORKFLOWS not in path.parents or not path.is_file():
        return
    if path.stat().st_size == len(content) and path.read_bytes() == content:
        return
    folder = root / VERSIONS / path.relative_to(root / WORKFLOWS).with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    time = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc).strftime("%Y-%m-%dT%H.%M.%S.%fZ")
    part = folder / f".{time}.part"
    shutil.copy2(path, part)
    os.replace(part, folder / f"{time}.json")
    for old in sorted(folder.glob("*.json"))[:-MOST_KEPT]:
        old.unlink(missing_ok=True)
