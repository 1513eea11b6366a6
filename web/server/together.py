"""The modules of the page sent as two scripts: what it begins with, and what it fetches once it has come to rest.

On disk they stay plain modules. What is sent runs each of them as a function, once and in the order in which the
browser would have run them; whatever is fetched by itself takes what it imports out of there, so that each exists once.
"""

import logging
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from execution.errors import SkeinError
from web.server.modules import Module, read_module
from web.server.source_map import Piece, write_map

log = logging.getLogger(__name__)
START = "main.js"
# Names, as imports for later, all that is sent in the second script.
LATER_ONES = "preload.js"
TOGETHER = "together.js"
LATER = "later.js"
SCRIPTS = (TOGETHER, LATER)
MAP = ".map"
# A module's last line, and the one that says what it offers.
LINES_AROUND = 2
SENT = (*SCRIPTS, *(name + MAP for name in SCRIPTS))

Modules = Mapping[str, Module]
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
    """The modules of both scripts, each after those that it needs."""

    first: Modules
    later: Modules

    def write_first(self) -> str:
        """The script that the page begins with."""
        return self._write(TOGETHER, self.first, lambda _name: None)

    def write_later(self) -> str:
        """The script of what is fetched later."""
        return _taking(TOGETHER) + "\n" + self._write(LATER, self.later, self._of_first)

    def write_map(self, script: str, root: Path) -> str:
        """Where the lines of a script stand on disk. Raises `OSError`."""
        modules, line = (self.first, 0) if script == TOGETHER else (self.later, 1)
        pieces = []
        for name, module in modules.items():
            pieces.append(Piece(name, (root / name).read_text(encoding="utf-8"), line))
            line += module.text.count("\n") + LINES_AROUND
        return write_map(script, pieces)

    def write_one(self, module: Module) -> str:
        """What is sent for a module that is asked for by its own name."""
        up = "../" * module.name.count("/") or "./"
        for script, modules in zip(SCRIPTS, (self.first, self.later), strict=True):
            if module.name in modules:
                offered = f'export const {{ {", ".join(module.offers)} }} = $modules["{module.name}"];\n'
                return f"{_taking(script, up)}\n{offered}"
        text = module.importing(self._of_first, lambda name: self._of_later(name, up))
        return text if text == module.text else f"{_taking(TOGETHER, up)} {text}"

    def _write(self, script: str, modules: Modules, elsewhere: Callable[[str], str | None]) -> str:
        numbers = {name: f"${number}" for number, name in enumerate(modules)}

        def source(name: str) -> str | None:
            return numbers.get(name) or elsewhere(name)

        made = [
            f"const {numbers[name]} = {each.as_function(source, self._of_later)}();" for name, each in modules.items()
        ]
        offered = ",\n".join(f'"{name}": {number}' for name, number in numbers.items())
        return "\n".join([*made, f"export const modules = {{{offered}}};", f"//# sourceMappingURL={script}{MAP}\n"])

    def _of_first(self, name: str) -> str | None:
        return f'$modules["{name}"]' if name in self.first else None

    def _of_later(self, name: str, up: str = "./") -> str | None:
        return f'import("{up}{LATER}").then(({{ modules }}) => modules["{name}"])' if name in self.later else None


@dataclass(frozen=True)
class Known:
    """What was read of the folder: the parts, both scripts as texts, and the stamps that the files had."""

    parts: Parts
    scripts: Mapping[str, str]
    stamps: Stamps


class Together:
    """The scripts of a folder as they are sent; what is changed on disk is seen at the next request."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known = Known(Parts({}, {}), {}, {})
        self._lock = Lock()

    def find(self, name: str) -> SentText:
        """A script of the folder, or one of `SENT`; looks at files, so call it beside the event loop."""
        known = self._now()
        stamps = tuple(known.stamps.items())
        if name in SCRIPTS:
            return SentText(name, stamps, known.scripts[name].encode)
        if name in SENT:
            return SentText(name, stamps, lambda: known.parts.write_map(name.removesuffix(MAP), self._root).encode())
        version = (_stamp(self._root / name), stamps)
        return SentText(name, version, lambda: known.parts.write_one(read_module(self._root, name)).encode())

    def _now(self) -> Known:
        with self._lock:
            if not self._known.stamps or not _is_current(self._root, self._known.stamps):
                self._known = _put_together(self._root)
            return self._known


def _put_together(root: Path) -> Known:
    reader = Reader(root)
    first = _collected(reader, [START], {})
    first.pop(START, None)  # It waits for answers, which a function would not.
    later = _collected(reader, first[LATER_ONES].later_imports if LATER_ONES in first else [], first)
    parts = Parts(first, later)
    return Known(parts, {TOGETHER: parts.write_first(), LATER: parts.write_later()}, reader.stamps)


def _collected(reader: "Reader", names: Iterable[str], known: Modules) -> dict[str, Module]:
    """The modules of a script; none where they cannot be put together."""
    try:
        return reader.collect(names, known)
    except (SkeinError, OSError) as error:
        log.warning("The editor's modules are sent one by one: %s", error)
        return {}


class Reader:
    """Reads modules of a folder and remembers the stamps of their files."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.stamps: dict[str, tuple[int, int]] = {}

    def collect(self, names: Iterable[str], known: Modules) -> dict[str, Module]:
        """The named modules and all that they import but those `known`, each after those that it needs.

        Raises `RunsInCircle`, `UnknownForm` and `OSError`.
        """
        found: dict[str, Module] = {}
        for name in names:
            self._add(name, known, found, ())
        return found

    def _add(self, name: str, known: Modules, found: dict[str, Module], way: tuple[str, ...]) -> None:
        if name in known or name in found:
            return
        if name in way:
            raise RunsInCircle(f"{' → '.join(way)} → {name}")
        self.stamps[name] = _stamp(self._root / name)
        module = read_module(self._root, name)
        module.check_form()
        for needed in module.imports:
            self._add(needed, known, found, (*way, name))
        found[name] = module


def _taking(script: str, up: str = "./") -> str:
    return f'import {{ modules as $modules }} from "{up}{script}";'


def _is_current(root: Path, stamps: Stamps) -> bool:
    try:
        return all(_stamp(root / name) == stamp for name, stamp in stamps.items())
    except OSError:
        return False


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size
