"""What packs import as `folder_paths`: Skein's paths under the names that they know, open to their changes."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from execution.errors import PathError
from execution.folders import KIND_ALIASES, MODEL_EXTENSIONS
from execution.paths import current, resolve_inside, split_annotation

supported_pt_extensions = set(MODEL_EXTENSIONS)


def __getattr__(name: str) -> Any:
    """`folder_names_and_paths`, which packs write to, and folders as they are set now."""
    here = current()
    live = {
        "folder_names_and_paths": here.folders,
        "base_path": str(here.base),
        "models_dir": str(here.models),
        "output_directory": str(here.output),
        "input_directory": str(here.input),
        "temp_directory": str(here.temp),
        "user_directory": str(here.user),
    }
    if name not in live:
        raise AttributeError(f"folder_paths has no {name!r} here")
    return live[name]


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


def get_directory_by_type(type_name: str) -> str | None:
    folders = {"output": current().output, "temp": current().temp, "input": current().input}
    return str(folders[type_name]) if type_name in folders else None


def get_folder_paths(folder_name: str) -> list[str]:
    return [str(folder) for folder in current().kind_folders(folder_name)]


def get_filename_list(folder_name: str) -> list[str]:
    return current().list_files(folder_name)


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


def filter_files_extensions(files: Iterable[str], extensions: Iterable[str]) -> list[str]:
    wanted = tuple(extension.lower() for extension in extensions)
    return sorted(name for name in files if not wanted or name.lower().endswith(wanted))


def get_save_image_path(
    filename_prefix: str, output_dir: str, image_width: int = 0, image_height: int = 0
) -> tuple[str, str, int, str, str]:
    """Folder, name, next number, subfolder and the prefix, as a tuple that packs take apart."""
    target = current().save_name(filename_prefix, output_dir, image_width, image_height)
    return str(target.folder), target.name, target.counter, target.subfolder, filename_prefix
