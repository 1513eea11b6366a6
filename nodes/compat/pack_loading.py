"""What packs import from `nodes` to load others' nodes themselves."""

from collections.abc import Collection
from pathlib import Path

from execution import paths
from nodes import registry
from nodes.packs import load_pack


async def load_custom_node(
    module_path: str, ignore: Collection[str] = frozenset(), module_parent: str = "custom_nodes"
) -> bool:
    """Load a pack from a folder or file; answers whether its nodes can be used. Those that there are stay."""
    folders = paths.current().kind_folders("custom_nodes")
    pack = load_pack(Path(module_path), folders, frozenset({*registry.NODE_CLASS_MAPPINGS, *ignore}))
    registry.add_pack(pack)
    return not pack.has_failed


async def init_extra_nodes(init_custom_nodes: bool = True, init_api_nodes: bool = True) -> None:
    """Have all nodes in NODE_CLASS_MAPPINGS. In a worker they are, or are about to be; in a program of one's own they
    are loaded now."""
    if init_custom_nodes:
        await init_external_custom_nodes()
    else:
        await init_builtin_extra_nodes()


async def init_external_custom_nodes() -> None:
    """Load all packs, unless that has been done or goes on."""
    if not registry.has_begun_packs():
        registry.load_nodes()


async def init_builtin_extra_nodes() -> list[str]:
    """Have Skein's own nodes there; answers which could not be loaded."""
    registry.built_in_nodes()
    return []
