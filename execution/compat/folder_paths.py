"""What packs import as `folder_paths`: Skein's paths under the names that they know, open to their changes."""

import mimetypes
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from execution.errors import PathError
from execution.folders import KIND_ALIASES, Listing
from execution.paths import current, resolve_inside, split_annotation
from execution.writing import expand_prefix

# Three-dimensional models, whose types few systems know; browsers' pages ask for them under the name "model".
MODEL_ENDINGS = (".glb", ".gltf", ".obj", ".fbx", ".stl", ".ply")
extension_mimetypes_cache = {ending.lstrip("."): "model" for ending in MODEL_ENDINGS} | {"webp": "image"}

# Packs empty these when they have put a file into a folder. Names are read anew here, so nothing is kept in them.
filename_list_cache: dict[str, Any] = {}


class CacheHelper:
    """What packs switch on and off around reading many lists; there is nothing to switch here."""

    active = False

    def get(self, key: str, default: Any = None) -> Any:
        return default

    def set(self, key: str, value: Any) -> None:
        return

    def clear(self) -> None:
        return

    def __enter__(self) -> "CacheHelper":
        return self

    def __exit__(self, *_: object) -> None:
        return


cache_helper = CacheHelper()


def map_legacy(folder_name: str) -> str:
    return KIND_ALIASES.get(folder_name, folder_name)


def get_output_directory() -> str:
    return str(current().output)


def get_input_directory() -> str:
    return str(current().input)


def get_temp_directory() -> str:
    return str(current().temp)


def get_user_directory() -> str:
    return str(current().user)


def set_output_directory(output_dir: str) -> None:
    current().output = Path(output_dir).absolute()


def set_input_directory(input_dir: str) -> None:
    current().input = Path(input_dir).absolute()


def set_temp_directory(temp_dir: str) -> None:
    current().temp = Path(temp_dir).absolute()


def set_user_directory(user_dir: str) -> None:
    current().user = Path(user_dir).absolute()


def get_system_user_directory(name: str = "system") -> str:
    """A folder of a pack's own below the user's, which no route hands out."""
    return str(resolve_inside(current().user, f"__{name.strip('_') or 'system'}"))


def get_public_user_directory(user_id: str) -> str | None:
    return None if user_id.startswith("__") else str(resolve_inside(current().user, user_id))


def get_directory_by_type(type_name: str) -> str | None:
    folders = {"output": current().output, "temp": current().temp, "input": current().input}
    return str(folders[type_name]) if type_name in folders else None


def get_folder_paths(folder_name: str) -> list[str]:
    try:
        return [str(folder) for folder in current().kind_folders(folder_name)]
    except PathError as error:
        raise KeyError(str(error)) from error  # What a dict of folders would raise, and packs catch.


def get_filename_list(folder_name: str) -> list[str]:
    try:
        return current().list_files(folder_name)
    except PathError as error:
        raise KeyError(str(error)) from error


def get_full_path(folder_name: str, filename: str) -> str | None:
    try:
        return str(current().full_path(folder_name, filename))
    except PathError:
        return None


def get_full_path_or_raise(folder_name: str, filename: str) -> str:
    try:
        return str(current().full_path(folder_name, filename))
    except PathError as error:
        raise FileNotFoundError(str(error)) from error


def add_model_folder_path(folder_name: str, full_folder_path: str, is_default: bool = False) -> None:
    current().add_model_folder(folder_name, full_folder_path, is_default)


def get_annotated_filepath(name: str, default_dir: str | None = None) -> str:
    if default_dir is not None and split_annotation(name, "")[1] == "":
        return str(resolve_inside(Path(default_dir), name))
    return str(current().annotated(name))


def exists_annotated_filepath(name: str) -> bool:
    try:
        return current().annotated(name).exists()
    except PathError:
        return False


def annotated_filepath(name: str) -> tuple[str, str | None]:
    plain, base = split_annotation(name, "")
    return plain, get_directory_by_type(base)


def recursive_search(
    directory: str, excluded_dir_names: Sequence[str] | None = None
) -> tuple[list[str], dict[str, float]]:
    """The files below a folder, relative to it, and the times of the folders by path."""
    if not os.path.isdir(directory):
        return [], {}
    listing = Listing.read(directory)
    excluded = set(excluded_dir_names or ())
    files = [name for name in listing.files if excluded.isdisjoint(name.split("/")[:-1])]
    return files, {folder: time / 1e9 for folder, time in listing.times.items()}


def get_input_subfolders() -> list[str]:
    """The folders below the input folder, relative to it."""
    return sorted(Listing.read(get_input_directory()).folders)


def filter_files_extensions(files: Iterable[str], extensions: Iterable[str]) -> list[str]:
    wanted = tuple(extension.lower() for extension in extensions)
    return sorted(name for name in files if not wanted or name.lower().endswith(wanted))


def filter_files_content_types(files: Iterable[str], content_types: Sequence[str]) -> list[str]:
    """The names whose ending means one of image, video, audio, model."""
    return [name for name in files if _content_type(name) in content_types]


def get_save_image_path(
    filename_prefix: str, output_dir: str, image_width: int = 0, image_height: int = 0
) -> tuple[str, str, int, str, str]:
    """Folder, name, next number, subfolder and the prefix, as a tuple that packs take apart."""
    target = current().save_name(filename_prefix, output_dir, image_width, image_height)
    expanded = expand_prefix(filename_prefix, image_width, image_height)
    return str(target.folder), target.name, target.counter, target.subfolder, expanded


def _content_type(name: str) -> str | None:
    ending = os.path.splitext(name)[1].lower().lstrip(".")
    if ending not in extension_mimetypes_cache:
        guessed, _ = mimetypes.guess_type(f"x.{ending}")
        if guessed is None:
            return None
        extension_mimetypes_cache[ending] = guessed.split("/")[0]
    return extension_mimetypes_cache[ending]


def _folder(name: str) -> property:
    """A folder that packs read, and may set, as a variable of this module."""
    return property(
        lambda _: str(getattr(current(), name)), lambda _, value: setattr(current(), name, Path(value).absolute())
    )


class _FolderPaths(ModuleType):
    """The variables of this module, which are Skein's own: setting or changing one is seen everywhere."""

    # Packs take the folder of this file for the one in which everything lies.
    __file__ = property(lambda _: str(current().base / "folder_paths.py"), lambda _, value: None)

    base_path = _folder("base")
    models_dir = _folder("models")
    output_directory = _folder("output")
    input_directory = _folder("input")
    temp_directory = _folder("temp")
    user_directory = _folder("user")
    folder_names_and_paths = property(
        lambda _: current().folders, lambda _, value: setattr(current(), "folders", value)
    )
    supported_pt_extensions = property(
        lambda _: current().model_extensions, lambda _, value: setattr(current(), "model_extensions", value)
    )


sys.modules[__name__].__class__ = _FolderPaths
