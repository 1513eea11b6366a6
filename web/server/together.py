"""The modules that the page begins with, sent in one answer: a page of many small ones is there much sooner.

On disk they stay plain modules. What is sent runs each of them as a function, once and in the order in which the
browser would have run them; whatever is fetched later takes what it imports out of there, so that each exists once.
"""

import logging
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from execution.errors import SkeinError
from web.server.modules import Module, read_module

log = logging.getLogger(__name__)
START = "main.js"
TOGETHER = "together.js"
NOTHING = "export const modules = {};\n"

Stamps = Mapping[str, tuple[int, int]]


class RunsInCircle(SkeinError):
    """Modules that need one another before any of them can run."""


@dataclass(frozen=True)
class SentText:
    """A text to be sent: its name, which version it is, and what makes it, which takes a while."""

    name: str
    version: Hashable
    write: Callable[[], bytes]


@dataclass(frozen=True)
class Parts:
    """The modules that are sent together, each after those that it needs, and the stamps that their files had."""

    modules: Mapping[str, Module]
    stamps: Stamps

    def write_all(self) -> str:
        """The one script that has them all. Raises `UnknownForm`."""
        numbers = {name: f"${number}" for number, name in enumerate(self.modules)}
        made = [f"const {numbers[name]} = {each.as_function(numbers.get)}();" for name, each in self.modules.items()]
        offered = ",\n".join(f'"{name}": {number}' for name, number in numbers.items())
        return "\n".join([*made, f"export const modules = {{\n{offered}\n}};\n"])

    def write_one(self, module: Module) -> str:
        """What is sent for a module that is asked for by its own name."""
        up = "../" * module.name.count("/") or "./"
        inner = f'import {{ modules as $modules }} from "{up}{TOGETHER}";'
        if module.name in self.modules:
            return f'{inner}\nexport const {{ {", ".join(module.offers)} }} = $modules["{module.name}"];\n'
        text = module.importing(lambda name: f'$modules["{name}"]' if name in self.modules else None)
        return text if text == module.text else f"{inner} {text}"


class Together:
    """The scripts of a folder as they are sent; what is changed on disk is seen at the next request."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._parts = Parts({}, {})
        self._all = NOTHING
        self._lock = Lock()

    def find(self, name: str) -> SentText:
        """A script of the folder, or the one that has many; looks at files, so call it beside the event loop."""
        parts, text = self._now()
        stamps = tuple(parts.stamps.items())
        if name == TOGETHER:
            return SentText(name, stamps, text.encode)
        version = (_stamp(self._root / name), stamps)
        return SentText(name, version, lambda: parts.write_one(read_module(self._root, name)).encode())

    def _now(self) -> tuple[Parts, str]:
        with self._lock:
            if not self._parts.stamps or not _is_current(self._root, self._parts.stamps):
                self._parts, self._all = _put_together(self._root)
            return self._parts, self._all


def _put_together(root: Path) -> tuple[Parts, str]:
    """The parts of a folder and the script that has them all; none of them where that cannot be written."""
    found: dict[str, Module] = {}
    stamps: dict[str, tuple[int, int]] = {}
    try:
        _collect(root, START, found, stamps, ())
        del found[START]  # It waits for answers, which a function would not.
        parts = Parts(found, stamps)
        return parts, parts.write_all()
    except (SkeinError, OSError) as error:
        log.warning("The editor's modules are sent one by one: %s", error)
        return Parts({}, stamps), NOTHING


def _collect(
    root: Path, name: str, found: dict[str, Module], stamps: dict[str, tuple[int, int]], way: tuple[str, ...]
) -> None:
    """Add a module after those that it imports. Raises `RunsInCircle` and `OSError`."""
    if name in found:
        return
    if name in way:
        raise RunsInCircle(f"{' → '.join(way)} → {name}")
    stamps[name] = _stamp(root / name)
    module = read_module(root, name)
    for needed in module.imports:
        _collect(root, needed, found, stamps, (*way, name))
    found[name] = module


def _is_current(root: Path, stamps: Stamps) -> bool:
    try:
        return all(_stamp(root / name) == stamp for name, stamp in stamps.items())
    except OSError:
        return False


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size
