"""Every node class by its class type: the built-ins and those of packs."""

import importlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from execution import paths
from nodes.declare import is_node

# The engine asks for these, and for web_folders, by name: they stand beside load_nodes.
from nodes.hardware import around_call as around_call
from nodes.hardware import device_stats as device_stats
from nodes.hardware import free_memory as free_memory
from nodes.hardware import library_versions as library_versions
from nodes.hardware import set_up_devices
from nodes.options import DefaultOptions, NodeOptions, configure
from nodes.packs import Pack, load_packs

BUILT_IN_MODULES = (
    "nodes.sampling",
    "nodes.custom_sampling",
    "nodes.samplers",
    "nodes.schedulers",
    "nodes.model_sampling",
    "nodes.model_patches",
    "nodes.merging",
    "nodes.loaders",
    "nodes.conditioning",
    "nodes.latent",
    "nodes.latent_math",
    "nodes.latent_files",
    "nodes.vae",
    "nodes.image",
    "nodes.image_files",
    "nodes.image_transform",
    "nodes.image_effects",
    "nodes.mask",
    "nodes.compositing",
)

NODE_CLASS_MAPPINGS: dict[str, type] = {}
"""Class type → class, under the name by which packs import and extend it."""

NODE_DISPLAY_NAME_MAPPINGS: dict[str, str] = {}
"""Class type → the name that a person reads, under the name by which packs import and extend it."""


_web_folders: dict[str, Path] = {}


class NodeTable(Mapping[str, type]):
    """Node classes by class type. Looking up also knows their other names; iterating gives each class type once."""

    def __init__(
        self, classes: Mapping[str, type], display_names: Mapping[str, str], packs: tuple[Pack, ...] = ()
    ) -> None:
        self._classes = classes
        self.display_names = display_names
        self.packs = packs
        self._other_names = {other: name for name, cls in classes.items() for other in getattr(cls, "OTHER_NAMES", ())}

    def __getitem__(self, class_type: str) -> type:
        found = self._classes.get(class_type)
        return found if found is not None else self._classes[self._other_names[class_type]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._classes)

    def __len__(self) -> int:
        return len(self._classes)


def load_nodes(options: NodeOptions | None = None) -> NodeTable:
    """The built-in nodes and those of the packs in custom_nodes, ready to run as the options say.

    A pack that fails is named in `packs`, not raised.
    """
    options = options or DefaultOptions()
    configure(options)
    built_in_nodes()
    set_up_devices(options)
    packs = load_packs(paths.current().kind_folders("custom_nodes"), options, frozenset(NODE_CLASS_MAPPINGS))
    for pack in packs:
        NODE_CLASS_MAPPINGS.update(pack.classes)
        NODE_DISPLAY_NAME_MAPPINGS.update(pack.display_names)
    _web_folders.update({pack.name: pack.web_folder for pack in packs if pack.web_folder})
    return NodeTable(NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS, packs)


def web_folders() -> dict[str, str]:
    """The folders of scripts that packs give to the page, by pack."""
    return {name: str(folder) for name, folder in _web_folders.items()}


@cache
def built_in_nodes() -> NodeTable:
    """The nodes that come with Skein; registers them where packs look for them."""
    for module_name in BUILT_IN_MODULES:
        module = importlib.import_module(module_name)
        for name, cls in vars(module).items():
            if is_node(cls) and cls.__module__ == module_name:
                NODE_CLASS_MAPPINGS[name] = cls
                NODE_DISPLAY_NAME_MAPPINGS[name] = cls.DISPLAY_NAME
    return NodeTable(dict(NODE_CLASS_MAPPINGS), dict(NODE_DISPLAY_NAME_MAPPINGS))
