"""Packs' names in any process, as a worker has them: for tests of packs, and for programs of one's own."""

from execution import compat
from nodes.compat.foreign import install_foreign
from nodes.compat.names import PACK_NAMES, add_to_modules
from nodes.registry import built_in_nodes

SERVER = {"server": "web.packs.server"}


def offer_names() -> None:
    """Let everything in this process import what packs import, such as `folder_paths` and `comfy.utils`."""
    built_in_nodes()
    add_to_modules()
    compat.install({**PACK_NAMES, **SERVER})
    install_foreign()
