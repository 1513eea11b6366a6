"""Where files live, and the only code that turns a name from outside into a path."""

import os
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from execution.errors import PathError as PathError
from execution.folders import (
    FOLDERS_THEMSELVES,
    KIND_ALIASES,
    MODEL_EXTENSIONS,
    MODEL_KINDS,
    FolderTable,
    Listing,
    extra_configs,
    read_entry,
    read_extra_config,
)
from execution.new_files import BATCH_NUMBER as BATCH_NUMBER
from execution.new_files import NewFiles as NewFiles
from execution.new_files import claim_all, numbered
from execution.new_files import write_new_file as write_new_file
from execution.writing import SaveTarget as SaveTarget
from execution.writing import atomic_write as atomic_write
from execution.writing import expand_prefix, last_counter, naming

# Names end at 255 bytes on all systems; number and ending need some.
LONGEST_PREFIX = 230
BASES = ("input", "output", "temp", "user")

_ANNOTATION = re.compile(r"\s*\[(input|output|temp)\]\s*$")
LONGEST_PART = 255  # bytes, the least that file systems in use agree on
_DEVICE_NAMES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
)
_DRIVE = re.compile("[A-Za-z]:")
_NOT_PORTABLE = re.compile(r'[<>:"|?*\x00-\x1f]')


@dataclass(frozen=True)
class PathOptions:
    """What the command line says about folders; None means the place beside main.py."""

    base_directory: Path | None = None
    input_directory: Path | None = None
    output_directory: Path | None = None
    temp_directory: Path | None = None
    user_directory: Path | None = None
    extra_model_paths_config: tuple[Path, ...] = ()


class Paths:
    """The folders of one installation; every name is resolved here or not at all.

    `folders` maps a kind to `(list of folders, set of extensions)` and may be changed by packs; so may
    `model_extensions`, which most kinds share.
    """

    def __init__(self, options: PathOptions | None = None) -> None:
        options = options or PathOptions()
        self.base = Path(options.base_directory or Path(__file__).resolve().parent.parent).absolute()
        self.models = self.base / "models"
        self.input = Path(options.input_directory or self.base / "input").absolute()
        self.output = Path(options.output_directory or self.base / "output").absolute()
        # A temp folder that is given holds a folder of our own, since that one is emptied.
        self.temp = Path(options.temp_directory or self.base).absolute() / "temp"
        self.user = Path(options.user_directory or self.base / "user").absolute()
        self.model_extensions = set(MODEL_EXTENSIONS)
        self.folders: dict[str, tuple[list[str], set[str]]] = {
            kind: (
                [os.path.normpath(self.models / name) for name in names],
                self.model_extensions if extensions is MODEL_EXTENSIONS else set(extensions),
            )
            for kind, (names, extensions) in MODEL_KINDS.items()
        }
        for config in extra_configs(self.base, options.extra_model_paths_config):
            for extra in read_extra_config(config):
                self.add_model_folder(extra.kind, extra.path, first=extra.is_default)
        self._listings: dict[str, Listing] = {}
        self._counters: dict[tuple[str, str], int] = {}
        self._told = FolderTable({}, "", "", "")
        self._told_shape = ""
        self._lock = Lock()

    def base_directory(self, base: str) -> Path:
        """The folder named input, output, temp or user."""
        if base not in BASES:
            raise PathError(f"There is no folder called {base!r}; use one of {', '.join(BASES)}.")
        return {"input": self.input, "output": self.output, "temp": self.temp, "user": self.user}[base]

    def kind_folders(self, kind: str) -> list[Path]:
        """The folders in which models of this kind are looked for, first match first."""
        folders, _ = self._kind(kind)
        return [Path(folder) for folder in folders]

    def add_model_folder(self, kind: str, folder: str | Path, first: bool = False) -> None:
        """Look for models of this kind in one more folder; a kind that is new is created, for files of any type."""
        kind = KIND_ALIASES.get(kind, kind)
        if kind not in self.folders:
            self.folders[kind] = ([], set())
        elif not isinstance(self.folders[kind][0], list):
            self.folders[kind] = (self._kind(kind)[0], self.folders[kind][1])
        folders = self.folders[kind][0]
        path = os.path.normpath(os.path.abspath(folder))
        if path in folders:
            if not first:
                return
            folders.remove(path)
        folders.insert(0 if first else len(folders), path)

    def resolve(self, base: str, name: str, subfolder: str = "") -> Path:
        """The path of a file in input, output, temp or user, or of a model of a kind; it need not exist yet.

        Links are followed first, so one that leads out of a base folder is an escape. Raises `PathError`.
        """
        if base in BASES:
            return resolve_inside(self.base_directory(base), _join(subfolder, name))
        return self._resolve_model(base, _join(subfolder, name))

    def full_path(self, kind: str, name: str) -> Path:
        """The path of a model that exists; raises `PathError` naming the folders that were searched."""
        path = self._resolve_model(kind, name)
        if not path.exists():
            searched = ", ".join(str(folder) for folder in self.kind_folders(kind))
            raise PathError(f"There is no {name!r} among the {kind}. Put the file into {searched}.")
        return path

    def new_model(self, kind: str, name: str) -> Path:
        """Where a new model of this kind is to be written; raises `PathError`, also where a link leads elsewhere.

        That is the folder searched first, but of those below `models` the one called like the kind.
        """
        path = self._resolve_model(kind, name)
        folders = self.kind_folders(kind)
        own = self.models / KIND_ALIASES.get(kind, kind)
        first = own if own in folders and folders[0].is_relative_to(self.models) else folders[0]
        return path if path.exists() else resolve_inside(first, name)

    def annotated(self, name: str, base: str = "input") -> Path:
        """The path of a name as file widgets hold it: `picture.png` or `picture.png [output]`."""
        name, base = split_annotation(name, base)
        return self.resolve(base, name)

    def list_files(self, kind: str) -> list[str]:
        """Names of the models of a kind, relative with `/`, sorted; files of other types are left out."""
        folders, extensions = self._kind(kind)
        names: set[str] = set()
        for folder in list(folders):
            listing = self._listings.get(folder)
            if listing is None or not listing.is_current():
                listing = self._listings[folder] = Listing.read(folder)
            names.update(listing.matching(extensions))
        return sorted(names)

    def tell(self) -> FolderTable:
        """The folders as they are now, for another process; a kind that a pack has garbled is left out."""
        # It is asked after every prompt, and hardly ever have they changed since.
        shape = repr((self.folders, self.input, self.output, self.temp))
        if shape == self._told_shape:
            return self._told
        kinds = {}
        for kind, entry in list(self.folders.items()):
            with suppress(PathError):
                folders, extensions = read_entry(kind, entry)
                kinds[str(kind)] = (tuple(folders), frozenset(extensions))
        self._told_shape = shape
        self._told = FolderTable(kinds, str(self.input), str(self.output), str(self.temp))
        return self._told

    def adopt(self, table: FolderTable) -> None:
        """Take over the folders of another process, in which packs may have changed them."""
        self.folders = {kind: (list(folders), set(extensions)) for kind, (folders, extensions) in table.kinds.items()}
        self.input, self.output, self.temp = Path(table.input), Path(table.output), Path(table.temp)

    def _kind(self, kind: str) -> tuple[list[str], set[str]]:
        folders = self.folders.get(KIND_ALIASES.get(kind, kind))
        if folders is None:
            raise PathError(f"There is no kind of model called {kind!r}; the kinds are {', '.join(self.folders)}.")
        return read_entry(kind, folders)

    def _resolve_model(self, kind: str, name: str) -> Path:
        """Model folders are written only by their owner, whose own links inside them may lead to other disks."""
        folders, extensions = self._kind(kind)
        relative = safe_relative(name)
        if extensions and extensions != FOLDERS_THEMSELVES and Path(relative).suffix.lower() not in extensions:
            raise PathError(f"{name!r} is not a file of the kind {kind}: expected {', '.join(sorted(extensions))}.")
        if not folders:
            raise PathError(f"No folder is set up for {kind}.")
        candidates = [Path(folder, relative) for folder in folders]
        return next((path for path in candidates if path.exists()), candidates[0])

    def check_prefix(self, prefix: str, directory: str | Path, width: int = 0, height: int = 0) -> Path:
        """What files of this prefix begin with; raises `PathError` when it leads out of `directory` or is no name."""
        expanded = expand_prefix(prefix, width, height).replace("\\", "/")
        if _DRIVE.match(expanded):
            raise PathError(f"The name {prefix!r} must be relative: no drive. Files are saved below the output folder.")
        relative = safe_relative(_NOT_PORTABLE.sub("_", expanded) if "\x00" not in expanded else expanded)
        if any(len(os.fsencode(part)) > LONGEST_PREFIX for part in relative.split("/")):
            raise PathError(f"A file name may begin with at most {LONGEST_PREFIX} bytes; {prefix!r} is longer.")
        return resolve_inside(Path(directory), relative)

    def new_files(
        self, prefix: str, directory: str | Path, width: int = 0, height: int = 0, count: int = 1, ending: str = "_.png"
    ) -> NewFiles:
        """Claim `count` new files of this prefix, numbered one after another, for `write_new_file`.

        No other process gets these numbers. `prefix` may name a subfolder and hold %year% %month% %day% %hour% %minute%
        %second% %width% %height% %batch_num% and %date:yyyy-MM-dd%. The folder is read only once, and after something
        else has written there. Raises `PathError` when it leads out of `directory`.
        """
        target = self._save_target(prefix, directory, width, height)
        with self._lock, naming(target.folder):
            key = (str(target.folder), target.name)
            counter = self._counters.get(key, 0) + 1
            if counter == 1:
                counter += last_counter(target.folder, target.name)
            while not claim_all(target.folder, numbered(target.name, counter, count, ending)):
                counter = max(last_counter(target.folder, target.name), counter) + 1
            self._counters[key] = counter + count - 1
        return NewFiles(target.folder, numbered(target.name, counter, count, ending), target.subfolder)

    def save_name(self, prefix: str, directory: str | Path, width: int = 0, height: int = 0) -> SaveTarget:
        """Where packs begin to number files of this prefix, which they write themselves; see `new_files`."""
        target = self._save_target(prefix, directory, width, height)
        with self._lock:
            key = (str(target.folder), target.name)
            counter = max(last_counter(target.folder, target.name), self._counters.get(key, 0)) + 1
            self._counters[key] = counter
        return replace(target, counter=counter)

    def _save_target(self, prefix: str, directory: str | Path, width: int, height: int) -> SaveTarget:
        target = self.check_prefix(prefix, directory, width, height)
        with naming(target.parent):
            if not os.path.isdir(target.parent):
                target.parent.mkdir(parents=True, exist_ok=True)
        subfolder = os.path.relpath(target.parent, os.path.realpath(directory)).replace(os.sep, "/")
        return SaveTarget(target.parent, target.name, 1, "" if subfolder == "." else subfolder)


def split_annotation(name: str, base: str = "input") -> tuple[str, str]:
    """`("x.png", "output")` from `x.png [output]`; a name without annotation belongs to `base`."""
    match = _ANNOTATION.search(name)
    return (name[: match.start()], match.group(1)) if match else (name, base)


def safe_relative(name: str) -> str:
    """The name as a relative path with `/`, or a `PathError` where any system could read it as something else.

    Refused: empty names, absolute paths, drive letters, UNC paths, alternate streams, `..`, NUL and other control
    characters, Windows device names, parts that end in a dot or space, what no file system can hold.
    """
    if not isinstance(name, str) or not name.strip():
        raise PathError("A file name is missing.")
    path = name.replace("\\", "/")
    if any(ord(character) < 32 for character in path):
        raise PathError(f"The name {name!r} holds control characters.")
    if path.startswith(("/", "~")) or ":" in path:
        raise PathError(f"The name {name!r} must be relative: no leading slash, drive or colon.")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    for part in parts:
        if _bytes_of(part) > LONGEST_PART:
            raise PathError(f"The name {part[:40]!r}… is too long: a file's name has at most {LONGEST_PART} bytes.")
        if part == ".." or part != part.rstrip(" ."):
            raise PathError(f"The name {name!r} must stay inside its folder, and no part may end in a dot or space.")
        if part.split(".")[0].strip().lower() in _DEVICE_NAMES:
            raise PathError(f"The name {name!r} is a device on Windows.")
    if not parts:
        raise PathError(f"The name {name!r} does not name a file.")
    return "/".join(parts)


def _bytes_of(part: str) -> int:
    try:
        return len(part.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise PathError(f"The name {part!r} holds half of a character, which is no text.") from error


_installed: Paths | None = None


def configure(options: PathOptions) -> Paths:
    """Set the folders of this process."""
    global _installed
    _installed = Paths(options)
    return _installed


def current() -> Paths:
    """The folders of this process; the defaults until `configure` is called."""
    return _installed or configure(PathOptions())


def resolve_inside(folder: Path, relative: str) -> Path:
    """The path of a name below a folder, links followed first; raises `PathError` where it leads out."""
    root = os.path.realpath(folder)
    path = os.path.realpath(os.path.join(root, safe_relative(relative)))
    if not path.startswith(os.path.join(root, "")):
        raise PathError(f"{relative!r} leads out of its folder through a link.")
    return Path(path)


def _join(subfolder: str, name: str) -> str:
    # Checked apart, so that an absolute name after a subfolder is not taken for a relative one.
    return f"{safe_relative(subfolder)}/{safe_relative(name)}" if subfolder else safe_relative(name)
