"""Packs: node classes that users put into custom_nodes, as single files or as packages."""

import importlib.util
import logging
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from nodes.declare import is_node
from nodes.options import DefaultOptions, NodeOptions

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pack:
    """What a pack brought; `problem` says why it could not be used, or which of its classes could not."""

    name: str
    path: Path
    classes: Mapping[str, type] = field(default_factory=dict)
    display_names: Mapping[str, str] = field(default_factory=dict)
    web_folder: Path | None = None
    problem: str | None = None


def load_packs(
    folders: Iterable[Path], options: NodeOptions | None = None, taken: frozenset[str] = frozenset()
) -> tuple[Pack, ...]:
    """Every pack of the folders that the options allow; class types that are `taken` stay as they are.

    A pack's import may do anything, so it may also fail in any way: that pack alone is left out.
    """
    packs: list[Pack] = []
    for path in _pack_paths(folders):
        if not _is_allowed(path, options or DefaultOptions()):
            continue
        pack = _load_pack(path, taken)
        taken |= frozenset(pack.classes)
        packs.append(pack)
        if pack.problem:
            log.warning("Pack %s (%s): %s", pack.name, pack.path, pack.problem)
    return tuple(packs)


def _pack_paths(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            is_pack = (path / "__init__.py").is_file() if path.is_dir() else path.suffix == ".py"
            if is_pack and not path.name.startswith((".", "_")) and path.suffix != ".disabled":
                yield path


def _is_allowed(path: Path, options: NodeOptions) -> bool:
    if not options.disable_all_custom_nodes:
        return True
    return path.name in options.whitelist_custom_nodes or path.stem in options.whitelist_custom_nodes


def _load_pack(path: Path, taken: frozenset[str]) -> Pack:
    name = path.stem if path.is_file() else path.name
    try:
        module = _import(path, f"custom_nodes.{name.replace('.', '_')}")
        classes = _mapping(module, "NODE_CLASS_MAPPINGS")
        display_names = _mapping(module, "NODE_DISPLAY_NAME_MAPPINGS")
    except (Exception, SystemExit) as error:
        log.debug("%s", traceback.format_exc())
        return Pack(name, path, problem=f"it could not be imported, so its nodes are missing: {_why(error, path)}")
    problems = [
        f"{class_type} is not a node class (FUNCTION or INPUT_TYPES is missing)"
        for class_type, cls in classes.items()
        if not is_node(cls)
    ]
    problems += [
        f"{class_type} is already taken and was left as it is" for class_type in classes if class_type in taken
    ]
    good = {class_type: cls for class_type, cls in classes.items() if is_node(cls) and class_type not in taken}
    for cls in good.values():
        cls.RELATIVE_PYTHON_MODULE = module.__name__
    names = {class_type: str(label) for class_type, label in display_names.items() if class_type in good}
    return Pack(name, path, good, names, _web_folder(path, module), "; ".join(problems) or None)


def _import(path: Path, module_name: str) -> ModuleType:
    file = path / "__init__.py" if path.is_dir() else path
    inside = [str(path)] if path.is_dir() else None
    spec = importlib.util.spec_from_file_location(module_name, file, submodule_search_locations=inside)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[module_name]
        raise
    return module


def _web_folder(path: Path, module: ModuleType) -> Path | None:
    """The folder of scripts that a pack gives to the page; it must lie inside the pack, since it is served."""
    named = getattr(module, "WEB_DIRECTORY", None)
    if not isinstance(named, str) or not path.is_dir():
        return None
    folder = (path / named).resolve()
    return folder if folder.is_dir() and path.resolve() in folder.parents else None


def _mapping(module: ModuleType, name: str) -> dict[str, Any]:
    value = getattr(module, name, None)
    return dict(value) if isinstance(value, Mapping) else {}


def _why(error: BaseException, path: Path) -> str:
    """The error with the pack's own last line that led to it."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if str(path) in frame.filename]
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {error}{where}"
