"""Makes `aiohttp.web` importable without the rest of aiohttp, whose client reads every root certificate at once."""

import re
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

VERSION = re.compile(r'^__version__ = "([^"]+)"', re.MULTILINE)


class _LeanPackage(ModuleType):
    """The package before its own code has run; that runs when somebody asks for a name that no part of it has."""

    def __getattr__(self, name: str) -> Any:
        spec: ModuleSpec = self.__dict__["__spec__"]
        if name.startswith("__") or (Path(self.__path__[0]) / f"{name}.py").is_file():
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")  # `import` looks for the part.
        object.__setattr__(self, "__class__", ModuleType)
        assert spec.loader is not None
        spec.loader.exec_module(self)
        return getattr(self, name)


def import_lean_aiohttp() -> None:
    """Let aiohttp's parts be imported one by one from now on; nothing happens where the whole is there already."""
    spec = None if "aiohttp" in sys.modules else find_spec("aiohttp")
    if spec is None or spec.origin is None or spec.submodule_search_locations is None:
        return
    version = VERSION.search(Path(spec.origin).read_text(encoding="utf-8"))
    if version is None:
        return  # Another aiohttp than is known here: it is imported as it is.
    package = _LeanPackage("aiohttp")
    package.__spec__ = spec
    package.__loader__ = spec.loader
    package.__package__ = spec.name
    package.__path__ = list(spec.submodule_search_locations)
    package.__file__ = spec.origin
    package.__dict__["__version__"] = version[1]
    sys.modules["aiohttp"] = package
