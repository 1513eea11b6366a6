"""Importing one pack: as a module of `custom_nodes`, so that it may import its own parts and others may import it."""

import asyncio
import importlib
import importlib.util
import inspect
import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

PARENT = "custom_nodes"
PRESTARTUP = "prestartup_script.py"
# Packs' files that decide what they do; others they may write themselves.
CODE = (".py", ".pyd", ".so")
NAMES_NODES = re.compile(rb"^\s*NODE_CLASS_MAPPINGS\s*[:=]|def comfy_entrypoint", re.MULTILINE)
NOT_CODE = frozenset({"__pycache__", "node_modules", ".git"})


@dataclass(frozen=True)
class Brought:
    """What a pack's module names: node classes by class type, what they are called, its folder for the page."""

    classes: Mapping[str, Any] = field(default_factory=dict)
    display_names: Mapping[str, Any] = field(default_factory=dict)
    web_folder: Path | None = None
    problems: tuple[str, ...] = ()
    is_unreadable: bool = False
    """Whether its nodes cannot be told from what it names."""


def is_test(file: Path) -> bool:
    """Whether a file beside packs is a test of theirs, by its name and since it names no nodes itself."""
    if file.name != "conftest.py" and not file.stem.startswith("test_") and not file.stem.endswith("_test"):
        return False
    try:
        return NAMES_NODES.search(file.read_bytes()) is None
    except OSError:
        return False  # Its import will say what is wrong with it.


def pack_name(path: Path) -> str:
    """The name of a pack: that of its folder, or of its file without the ending."""
    return path.stem if path.is_file() else path.name


def run_prestartup(pack: Path) -> None:
    """Run what a pack wants done before anything else is loaded."""
    file = pack / PRESTARTUP
    if file.is_file():
        _run(f"{PARENT}.{_module_name(pack)}_prestartup", file, None)


def read_pack(path: Path, folders: Iterable[Path]) -> Brought:
    """Import a pack and ask it what it brings. Whatever its code raises comes out of here."""
    _make_parent(folders)
    name = f"{PARENT}.{_module_name(path)}"
    for old in [known for known in sys.modules if known == name or known.startswith(f"{name}.")]:
        del sys.modules[old]
    module = _run(name, path / "__init__.py" if path.is_dir() else path, [str(path)] if path.is_dir() else None)
    setattr(sys.modules[PARENT], name.partition(".")[2], module)
    return _read_module(module, path)


def code_files(path: Path) -> dict[str, int]:
    """The code of a pack: its files by their place in it, with the time of the last change in nanoseconds."""
    if path.is_file():
        return {path.name: path.stat().st_mtime_ns}
    found: dict[str, int] = {}
    for folder, subfolders, names in os.walk(path):
        subfolders[:] = [name for name in subfolders if name not in NOT_CODE]
        for name in names:
            if name.endswith(CODE):
                file = Path(folder, name)
                try:
                    found[file.relative_to(path).as_posix()] = file.stat().st_mtime_ns
                except OSError:
                    continue  # Gone since it was listed.
    return found


def _module_name(path: Path) -> str:
    # A dot would make Python look for a package of the name before it.
    return pack_name(path).replace(".", "_")


def _make_parent(folders: Iterable[Path]) -> None:
    parent = sys.modules.get(PARENT)
    if parent is None:
        parent = sys.modules[PARENT] = ModuleType(PARENT)
    parent.__path__ = [str(folder) for folder in folders]


def _run(name: str, file: Path, inside: list[str] | None) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=inside)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _read_module(module: ModuleType, path: Path) -> Brought:
    web_folder = _web_folder(path, getattr(module, "WEB_DIRECTORY", None) or _project_web(path))
    if getattr(module, "NODE_CLASS_MAPPINGS", None) is not None:
        classes, fault = _mapping(module, "NODE_CLASS_MAPPINGS")
        names, other_fault = _mapping(module, "NODE_DISPLAY_NAME_MAPPINGS")
        is_unreadable = not isinstance(module.NODE_CLASS_MAPPINGS, Mapping)
        return Brought(classes, names, web_folder, fault + other_fault, is_unreadable)
    if hasattr(module, "comfy_entrypoint"):
        classes = {_schema_of(cls, "node_id", cls.__name__): cls for cls in asyncio.run(_ask(module.comfy_entrypoint))}
        names = {name: _schema_of(cls, "display_name", None) for name, cls in classes.items()}
        return Brought(classes, {name: label for name, label in names.items() if label}, web_folder)
    missing = "it names no nodes: NODE_CLASS_MAPPINGS and comfy_entrypoint are both missing"
    return Brought(web_folder=web_folder, problems=() if web_folder is not None else (missing,))


async def _ask(entrypoint: Any) -> list[Any]:
    """The node classes of an extension that is made by a function, async or not."""
    extension = entrypoint()
    if inspect.isawaitable(extension):
        extension = await extension
    if hasattr(extension, "on_load"):
        await extension.on_load()
    listed = extension.get_node_list()
    return list(await listed if inspect.isawaitable(listed) else listed)


def _schema_of(cls: Any, name: str, default: Any) -> Any:
    schema = cls.GET_SCHEMA() if hasattr(cls, "GET_SCHEMA") else None
    return getattr(schema, name, None) or default


def _mapping(module: ModuleType, name: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    value = getattr(module, name, None)
    if value is None:
        return {}, ()
    if not isinstance(value, Mapping):
        return {}, (f"{name} must be a dict, not {type(value).__name__}",)
    odd = [key for key in value if not isinstance(key, str)]
    found = {key: one for key, one in value.items() if isinstance(key, str)}
    return found, tuple(f"{name} has the key {key!r}, which is no text" for key in odd)


def _web_folder(path: Path, named: Any) -> Path | None:
    """The folder of scripts that a pack gives to the page; it must lie inside the pack, since it is served."""
    if not isinstance(named, (str, os.PathLike)) or not os.fspath(named):
        return None
    home = (path if path.is_dir() else path.parent).resolve()
    folder = (home / named).resolve()
    return folder if folder.is_dir() and home in folder.parents else None


def _project_web(path: Path) -> str | None:
    """The folder of scripts that a pack's pyproject.toml names."""
    file = path / "pyproject.toml"
    if not path.is_dir() or not file.is_file():
        return None
    try:
        # Python 3.10 has no reader for it; there a pack needs WEB_DIRECTORY.
        project: Any = importlib.import_module("tomllib").loads(file.read_text(encoding="utf-8"))
    except (ImportError, OSError, ValueError):
        return None
    for key in ("tool", "comfy", "web"):
        project = project.get(key) if isinstance(project, dict) else None
    return project if isinstance(project, str) else None
