"""Packs: node classes that users put into custom_nodes, as single files or as packages."""

import logging
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from execution import progress
from nodes.declare import is_node
from nodes.options import DefaultOptions, NodeOptions
from nodes.pack_faults import Fault, explain
from nodes.pack_import import Brought, code_files, is_test, pack_name, read_pack, run_prestartup

log = logging.getLogger(__name__)

_REMEDY = "Tell its author, or mend it yourself; {}."
_MAPPING_REMEDY = (
    "Tell its author, or write NODE_CLASS_MAPPINGS as a dict of class types and classes yourself; until then none of "
    "its nodes can be used."
)


@dataclass(frozen=True)
class Pack:
    """What a pack brought. `problem` says why it, or which of its classes, could not be used, `remedy` what helps.

    `unusable` are those of its classes that are there and cannot be shown or run, as far as that is seen.
    """

    name: str
    path: Path
    classes: Mapping[str, type] = field(default_factory=dict)
    display_names: Mapping[str, str] = field(default_factory=dict)
    web_folder: Path | None = None
    problem: str | None = None
    remedy: str | None = None
    seconds: float = 0.0
    files: Mapping[str, int] = field(default_factory=dict)
    has_failed: bool = False
    unusable: frozenset[str] = frozenset()

    @property
    def state(self) -> str:
        """How far it came."""
        if self.has_failed:
            return "failed"
        return "partly loaded" if self.problem else "loaded"

    def changed_files(self) -> list[str]:
        """The files of its code that were changed, added or removed since it was loaded."""
        now = code_files(self.path) if self.path.exists() else {}
        return sorted(name for name in {*now, *self.files} if now.get(name) != self.files.get(name))

    def told(self) -> dict[str, Any]:
        """As `GET /packs` tells it."""
        return {
            "name": self.name,
            "path": str(self.path),
            "state": self.state,
            "nodes": [class_type for class_type in self.classes if class_type not in self.unusable],
            "unusable": sorted(self.unusable),
            "seconds": round(self.seconds, 3),
            "problem": self.problem,
            "remedy": self.remedy,
            "changed": self.changed_files(),
        }


def prepare_packs(folders: Iterable[Path], options: NodeOptions | None = None) -> dict[Path, Fault]:
    """Run what packs want done before anything else is loaded; answers by pack what failed."""
    faults: dict[Path, Fault] = {}
    for path in find_packs(folders):
        if is_allowed(path, options or DefaultOptions()) and progress.current().begin_pack(pack_name(path)) is None:
            try:
                run_prestartup(path)
            except progress.StoppedByHand:
                raise
            except BaseException as error:
                log.debug("%s", traceback.format_exc())
                faults[path] = explain(error, path)
    progress.current().begin_pack("")
    return faults


def load_packs(
    folders: Iterable[Path],
    options: NodeOptions | None = None,
    taken: frozenset[str] = frozenset(),
    faults: Mapping[Path, Fault] | None = None,
) -> tuple[Pack, ...]:
    """Every pack of the folders that the options allow; class types that are `taken` stay as they are.

    A pack's import may do anything, so it may also fail in any way: that pack alone is left out. `faults` are those of
    the preparation.
    """
    folders = list(folders)
    packs: list[Pack] = []
    for path in find_packs(folders):
        if is_allowed(path, options or DefaultOptions()):
            pack = load_pack(path, folders, taken)
            if faults and path in faults and not pack.has_failed:
                pack = _with_fault(pack, faults[path])
            taken |= frozenset(pack.classes)
            packs.append(pack)
            _log(pack)
    progress.current().begin_pack("")
    return tuple(packs)


def find_packs(folders: Iterable[Path]) -> Iterator[Path]:
    """The files and folders that are packs, in alphabetical order in each folder."""
    for folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            is_pack = (path / "__init__.py").is_file() if path.is_dir() else path.suffix == ".py" and not is_test(path)
            if is_pack and not path.name.startswith((".", "_")) and path.suffix != ".disabled":
                yield path


def is_allowed(path: Path, options: NodeOptions) -> bool:
    """Whether the flags let a pack in."""
    if not options.disable_all_custom_nodes:
        return True
    return path.name in options.whitelist_custom_nodes or path.stem in options.whitelist_custom_nodes


def load_pack(path: Path, folders: Iterable[Path], taken: frozenset[str]) -> Pack:
    """One pack, whichever way its import ends; class types that are `taken` stay as they are."""
    name, files, began = pack_name(path), code_files(path), time.monotonic()
    if fate := progress.current().begin_pack(name):
        return Pack(
            name,
            path,
            problem=f"it was left out, because each worker that loaded it {fate}",
            remedy="Remove it from custom_nodes, or mend it and load the packs anew.",
            files=files,
            has_failed=True,
        )
    try:
        brought = read_pack(path, folders)
    except progress.StoppedByHand:
        raise
    except BaseException as error:
        log.debug("%s", traceback.format_exc())
        fault = explain(error, path)
        return Pack(
            name,
            path,
            problem=f"it could not be imported, so its nodes are missing: {fault.problem}",
            remedy=fault.remedy,
            seconds=time.monotonic() - began,
            files=files,
            has_failed=True,
        )
    seconds = time.monotonic() - began
    sorted_ = _sort_classes(name, brought, taken)
    good, problems = sorted_.good, sorted_.problems
    labels = {class_type: str(label) for class_type, label in brought.display_names.items() if class_type in good}
    return Pack(
        name,
        path,
        good,
        labels,
        brought.web_folder,
        "; ".join(problems) or None,
        _remedy_for(brought, sorted_) if problems else None,
        seconds,
        files,
        brought.is_unreadable or bool(problems and not sorted_.usable),
        frozenset(good.keys() - set(sorted_.usable)),
    )


def _remedy_for(brought: Brought, classes: "_Sorted") -> str:
    if brought.is_unreadable:
        return _MAPPING_REMEDY
    return _REMEDY.format("its other nodes can be used" if classes.usable else "none of its nodes can be used")


def _with_fault(pack: Pack, fault: Fault) -> Pack:
    """A pack that was loaded although its preparation failed."""
    problem = f"its prestartup script failed: {fault.problem}"
    return replace(pack, problem="; ".join(filter(None, (problem, pack.problem))), remedy=fault.remedy)


@dataclass
class _Sorted:
    """The classes that are kept, those of them without fault, and what is wrong with all others."""

    good: dict[str, type] = field(default_factory=dict)
    usable: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def _sort_classes(pack: str, brought: Brought, taken: frozenset[str]) -> _Sorted:
    """Tell the classes of a pack apart, as far as that is seen without running them."""
    found = _Sorted(problems=list(brought.problems))
    good, problems = found.good, found.problems
    for class_type, cls in brought.classes.items():
        try:
            if not is_node(cls):
                problems.append(f"{class_type} is not a node class (FUNCTION or INPUT_TYPES is missing)")
            elif class_type in taken:
                problems.append(f"{class_type} is already taken and was left as it is")
            else:
                cls.RELATIVE_PYTHON_MODULE = f"custom_nodes.{pack}"
                good[class_type] = cls
                faults = list(_look_at(class_type, cls))
                problems += faults
                found.usable += [] if faults else [class_type]
        except progress.StoppedByHand:
            raise
        except BaseException as error:
            problems.append(f"{class_type} cannot be used: {type(error).__name__}: {error}")
    return found


def _look_at(class_type: str, cls: Any) -> Iterator[str]:
    """What keeps a class from being shown or run, as far as that is seen without running it.

    Such a class stays: what it misses, such as a folder to list, may be there the next time that it is asked.
    """
    try:
        declared = cls.INPUT_TYPES()
    except progress.StoppedByHand:
        raise
    except BaseException as error:
        yield f"{class_type} cannot say which inputs it has: {type(error).__name__}: {error}"
        return
    if not isinstance(declared, Mapping):
        yield f"{class_type} cannot say which inputs it has: INPUT_TYPES answers {type(declared).__name__}, not a dict"
    if not isinstance(cls.FUNCTION, str) or not callable(getattr(cls, cls.FUNCTION, None)):
        yield f"{class_type} cannot run: it has no method {cls.FUNCTION!r}, which FUNCTION names"


def _log(pack: Pack) -> None:
    log.info("Pack %s: %d nodes in %.2f s", pack.name, len(pack.classes), pack.seconds)
    if pack.problem:
        log.warning("Pack %s (%s): %s. %s", pack.name, pack.path, pack.problem, pack.remedy)
