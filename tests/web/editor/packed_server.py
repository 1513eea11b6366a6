"""Skein with packs whose scripts behave, and one whose scripts do not."""

import shutil
from pathlib import Path

from tests.web.editor.conftest import ServerProcess

PACKS = Path(__file__).parent / "packs"


def copy_pack(folder: Path, name: str) -> None:
    """Put one of the packs beside these tests into a server's folder."""
    shutil.copytree(PACKS / name, folder / "custom_nodes" / name)
    code = folder / "custom_nodes" / name / "nodes.py"
    code.rename(code.with_name("__init__.py"))


def packs_of(folder: Path, *names: str) -> ServerProcess:
    """A server with these packs, not yet started."""
    for name in names:
        copy_pack(folder, name)
    return ServerProcess(folder, "main.py", loads_packs=True)
