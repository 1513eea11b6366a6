"""Which folders hold which kinds of model, and what lies in them."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from execution.errors import PathError

MODEL_EXTENSIONS = frozenset({".ckpt", ".pt", ".pt2", ".bin", ".pth", ".safetensors", ".pkl", ".sft"})
ANY_EXTENSION: frozenset[str] = frozenset()
FOLDERS_THEMSELVES = frozenset({"folder"})

# kind -> (folders below models/, extensions that count)
MODEL_KINDS: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "checkpoints": (("checkpoints",), MODEL_EXTENSIONS),
    "configs": (("configs",), frozenset({".yaml"})),
    "loras": (("loras",), MODEL_EXTENSIONS),
    "vae": (("vae",), MODEL_EXTENSIONS),
    "text_encoders": (("text_encoders", "clip"), MODEL_EXTENSIONS),
    "diffusion_models": (("unet", "diffusion_models"), MODEL_EXTENSIONS),
    "clip_vision": (("clip_vision",), MODEL_EXTENSIONS),
    "style_models": (("style_models",), MODEL_EXTENSIONS),
    "embeddings": (("embeddings",), MODEL_EXTENSIONS),
    "diffusers": (("diffusers",), FOLDERS_THEMSELVES),
    "vae_approx": (("vae_approx",), MODEL_EXTENSIONS),
    "controlnet": (("controlnet", "t2i_adapter"), MODEL_EXTENSIONS),
    "gligen": (("gligen",), MODEL_EXTENSIONS),
    "upscale_models": (("upscale_models",), MODEL_EXTENSIONS),
    "custom_nodes": (("../custom_nodes",), ANY_EXTENSION),
    "hypernetworks": (("hypernetworks",), MODEL_EXTENSIONS),
    "photomaker": (("photomaker",), MODEL_EXTENSIONS),
    "classifiers": (("classifiers",), ANY_EXTENSION),
    "model_patches": (("model_patches",), MODEL_EXTENSIONS),
    "audio_encoders": (("audio_encoders",), MODEL_EXTENSIONS),
}
# Folders of these kinds hold no models.
NO_MODELS = ("configs", "custom_nodes")
KIND_ALIASES = {"unet": "diffusion_models", "clip": "text_encoders"}


@dataclass(frozen=True)
class ExtraFolder:
    """One more folder for a kind of model; the default one is searched first."""

    kind: str
    path: Path
    is_default: bool


@dataclass(frozen=True)
class FolderTable:
    """Where everything lies, as it travels between processes: kinds of model with their folders and extensions."""

    kinds: Mapping[str, tuple[tuple[str, ...], frozenset[str]]]
    input: str
    output: str
    temp: str


def read_entry(kind: str, entry: Any) -> tuple[list[str], set[str]]:
    """The folders and extensions of one kind, in whichever shape a pack has left them; raises `PathError`."""
    try:
        folders, extensions = entry
        if isinstance(folders, (str, os.PathLike)):
            folders = [folders]
        if isinstance(extensions, str):
            extensions = [extensions]
        return [os.fspath(folder) for folder in folders], {str(extension) for extension in extensions or ()}
    except (TypeError, ValueError) as error:
        raise PathError(
            f"The folders of {kind!r} cannot be read: a pack has put {entry!r} where (folders, extensions) belong."
        ) from error


@dataclass(frozen=True)
class Listing:
    """The names below a folder, and the folders' times by which to see that they are still right."""

    times: dict[str, int]
    files: list[str]
    folders: list[str]

    @classmethod
    def read(cls, root: str) -> "Listing":
        times: dict[str, int] = {root: _modified(root)}
        files: list[str] = []
        folders: list[str] = []
        seen = {os.path.realpath(root)}
        for folder, subfolders, names in os.walk(root, followlinks=True):
            kept = []
            for name in sorted(subfolders):
                path = os.path.join(folder, name)
                # A link back up would be walked forever.
                if name.startswith(".") or os.path.realpath(path) in seen:
                    continue
                seen.add(os.path.realpath(path))
                times[path] = _modified(path)
                folders.append(os.path.relpath(path, root).replace(os.sep, "/"))
                kept.append(name)
            subfolders[:] = kept
            files += [os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/") for name in names]
        return cls(times, files, folders)

    def is_current(self) -> bool:
        return all(_modified(folder) == seen for folder, seen in self.times.items())

    def matching(self, extensions: Iterable[str]) -> list[str]:
        wanted = {extension.lower() for extension in extensions}
        if wanted == FOLDERS_THEMSELVES:
            return self.folders
        return [name for name in self.files if not wanted - {""} or os.path.splitext(name)[1].lower() in wanted]


def _modified(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def extra_configs(base: Path, given: tuple[Path, ...]) -> list[Path]:
    """The model paths files to read: the one beside main.py, then those given by flag."""
    found = base / "extra_model_paths.yaml"
    return ([found] if found.is_file() else []) + [Path(config) for config in given]


def read_extra_config(config: Path) -> list[ExtraFolder]:
    """The folders that a model paths file adds; relative ones lie beside the file, or below its base_path."""
    import yaml  # Only needed by those who have such a file, and not free to import.

    try:
        sections = yaml.safe_load(config.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise PathError(f"The model paths file {config} cannot be read: {error}") from error
    if not isinstance(sections, dict):
        raise PathError(f"The model paths file {config} must hold sections, each with base_path and folders by kind.")
    return [folder for section in sections.values() for folder in _section_folders(section, config.parent.absolute())]


def _section_folders(section: object, beside: Path) -> Iterator[ExtraFolder]:
    if not isinstance(section, dict):
        return
    root = beside / _expanded(section["base_path"]) if section.get("base_path") else beside
    is_default = bool(section.get("is_default", False))
    for kind, folders in section.items():
        if kind in ("base_path", "is_default"):
            continue
        for line in str(folders or "").splitlines():
            if line.strip():
                yield ExtraFolder(str(kind), root / _expanded(line.strip()), is_default)


def _expanded(path: object) -> str:
    return os.path.expanduser(os.path.expandvars(str(path)))
