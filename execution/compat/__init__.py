"""Names that node packs import from elsewhere, each an alias of a module of Skein's own."""

import importlib
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

# The old name of a module, and the one that it stands for.
ALIASES = {
    "folder_paths": "execution.compat.folder_paths",
    "comfy_execution": "execution.compat",
    "comfy_execution.graph": "execution.compat.graph",
    "comfy_execution.graph_utils": "execution.compat.graph_utils",
    "comfy_execution.utils": "execution.compat.utils",
}


class AliasFinder(MetaPathFinder, Loader):
    """Imports a module under its other name when that is first asked for: some bring much with them."""

    def __init__(self, aliases: Mapping[str, str]) -> None:
        self.aliases = dict(aliases)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, self) if fullname in self.aliases else None

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        # Both names must mean one module; Python hands out what stands here when this returns.
        found = sys.modules[name] = importlib.import_module(self.aliases[name])
        if any(other.startswith(f"{name}.") for other in self.aliases):
            # Python looks for modules below one only where that is a package.
            vars(found).setdefault("__path__", [])
            vars(found).setdefault("__getattr__", partial(_find_below, found))


def _find_below(package: ModuleType, name: str) -> ModuleType:
    """A module below a package that goes by several old names, found by whichever of them has it."""
    finder = _installed()
    for old in finder.aliases if finder is not None else ():
        parent, _, last = old.rpartition(".")
        if last == name and sys.modules.get(parent) is package:
            return importlib.import_module(old)
    raise AttributeError(f"module {package.__name__!r} has no attribute {name!r}")


def _installed() -> AliasFinder | None:
    return next((finder for finder in sys.meta_path if isinstance(finder, AliasFinder)), None)


def install(further: Mapping[str, str] | None = None) -> None:
    """Make the old names importable, and `further` ones; a module that already goes by one of them is left alone."""
    finder = _installed()
    if finder is None:
        # First of all: a module of such a name that happens to lie in a folder of Python's own is not what packs mean.
        finder = AliasFinder(ALIASES)
        sys.meta_path.insert(0, finder)
    finder.aliases.update(further or {})
    for package in {name.rpartition(".")[0] for name in further or {}} - finder.aliases.keys() - {""}:
        _open(package, finder.aliases)


def _open(package: str, aliases: Mapping[str, str]) -> None:
    """Have a package of Skein's own hand out the modules that packs expect in it and that nobody has imported yet."""

    def find(name: str) -> ModuleType:
        if f"{package}.{name}" not in aliases:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return importlib.import_module(f"{package}.{name}")

    vars(importlib.import_module(package))["__getattr__"] = find


def uninstall() -> None:
    """Take the old names back."""
    for finder in [finder for finder in sys.meta_path if isinstance(finder, AliasFinder)]:
        sys.meta_path.remove(finder)
        for name in finder.aliases:
            sys.modules.pop(name, None)
        # Packages that were opened look into this table.
        finder.aliases.clear()
