"""Every node class by its class type: the built-ins and those of packs."""

import importlib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from execution import paths
from nodes.compat.api.replacements import REPLACEMENTS
from nodes.compat.foreign import install_foreign
from nodes.compat.names import PACK_NAMES as PACK_NAMES  # The engine installs them.
from nodes.compat.names import add_to_modules
from nodes.declare import is_node
from nodes.options import DefaultOptions, NodeOptions, configure
from nodes.packs import Pack, load_packs, prepare_packs

# The engine asks for these, and for web_folders and describe_packs, by name beside load_nodes. They bring torch with
# them, which must not be there before packs have prepared what they want prepared.
LATE = {
    **dict.fromkeys(("around_call", "device_stats", "free_memory", "library_versions"), "nodes.hardware"),
    "count_tokens": "nodes.prompt_length",
}

BUILT_IN_MODULES = (
    "nodes.sampling",
    "nodes.custom_sampling",
    "nodes.samplers",
    "nodes.schedulers",
    "nodes.model_sampling",
    "nodes.model_patches",
    "nodes.unet_changes",
    "nodes.guidance",
    "nodes.step_caches",
    "nodes.merging",
    "nodes.merging_blocks",
    "nodes.model_saving",
    "nodes.loaders",
    "nodes.model_files",
    "nodes.conditioning",
    "nodes.conditioning_xl",
    "nodes.controls",
    "nodes.vision",
    "nodes.gligen",
    "nodes.photo_maker",
    "nodes.hooks",
    "nodes.hooked_conditioning",
    "nodes.training",
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
    "nodes.primitives",
    "nodes.text",
    "nodes.batches",
    "nodes.animation",
    "nodes.image_stitch",
    "nodes.image_folders",
    "nodes.mask_preview",
    "nodes.latent_operations",
    "nodes.upscalers",
)
OWN_MODULES = (
    "nodes.variations",
    "nodes.sizing",
    "nodes.inpainting",
    "nodes.comparison",
    "nodes.picture_models",
    "nodes.redrawing",
    "nodes.painting",
    "nodes.loops",
    "nodes.lists",
    "nodes.grid",
    "nodes.picture_export",
    "nodes.animated_gif",
    "nodes.wildcards",
    "nodes.prompt_loras",
)
"""Modules of nodes that ComfyUI does not have; the others' interfaces are the published ones."""

NODE_CLASS_MAPPINGS: dict[str, type] = {}
"""Class type → class, under the name by which packs import and extend it."""

NODE_DISPLAY_NAME_MAPPINGS: dict[str, str] = {}
"""Class type → the name that a person reads, under the name by which packs import and extend it."""


EXTENSION_WEB_DIRS: dict[str, str] = {}
"""The folders of scripts that packs give to the page, by pack; packs add to it."""

LOADED_MODULE_DIRS: dict[str, str] = {}
"""Where the packs lie that were loaded, by pack; packs read it."""

_packs: tuple[Pack, ...] = ()
_has_begun_packs = False


def __getattr__(name: str) -> Any:
    """What concerns the devices and texts, imported when first asked for."""
    if name in LATE:
        return getattr(importlib.import_module(LATE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class NodeTable(Mapping[str, type]):
    """Node classes by class type. Looking up also knows their other names; iterating gives each class type once."""

    def __init__(
        self, classes: Mapping[str, type], display_names: Mapping[str, str], packs: tuple[Pack, ...] = ()
    ) -> None:
        self._classes = classes
        self.display_names = display_names
        self.packs = packs
        self.replacements = REPLACEMENTS
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
    global _packs, _has_begun_packs
    _has_begun_packs = True
    options = options or DefaultOptions()
    configure(options)
    faults = prepare_packs(paths.current().kind_folders("custom_nodes"), options)
    built_in_nodes()
    add_to_modules()
    install_foreign()
    importlib.import_module("nodes.hardware").set_up_devices(options)
    folders = paths.current().kind_folders("custom_nodes")
    _packs = load_packs(folders, options, frozenset(NODE_CLASS_MAPPINGS), faults)
    for pack in _packs:
        add_pack(pack)
    return NodeTable(NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS, _packs)


def has_begun_packs() -> bool:
    """Whether packs are loaded, or are being loaded."""
    return _has_begun_packs


def add_pack(pack: Pack) -> None:
    """Put what a pack brought where packs look for it."""
    NODE_CLASS_MAPPINGS.update(pack.classes)
    NODE_DISPLAY_NAME_MAPPINGS.update(pack.display_names)
    LOADED_MODULE_DIRS[pack.name] = str(pack.path)
    if pack.web_folder:
        EXTENSION_WEB_DIRS[pack.name] = str(pack.web_folder)


def web_folders() -> dict[str, str]:
    """The folders of scripts that packs give to the page, by pack."""
    return dict(EXTENSION_WEB_DIRS)


def describe_packs() -> list[dict[str, Any]]:
    """What became of each pack, as `GET /packs` tells it."""
    return [pack.told() for pack in _packs]


@cache
def built_in_nodes() -> NodeTable:
    """The nodes that come with Skein; registers them where packs look for them."""
    for module_name in (*BUILT_IN_MODULES, *OWN_MODULES):
        module = importlib.import_module(module_name)
        for cls in list(vars(module).values()):
            if is_node(cls) and cls.__module__ == module_name:
                NODE_CLASS_MAPPINGS[cls.CLASS_TYPE] = cls
                NODE_DISPLAY_NAME_MAPPINGS[cls.CLASS_TYPE] = cls.DISPLAY_NAME
    return NodeTable(dict(NODE_CLASS_MAPPINGS), dict(NODE_DISPLAY_NAME_MAPPINGS))
