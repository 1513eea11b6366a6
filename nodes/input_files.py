"""Names of files that widgets hold: those to read (`sub/picture.png [output]`), and how new ones begin."""

from execution import paths


def input_names(extensions: frozenset[str]) -> list[str]:
    """Names of the files in the input folder with one of these extensions, sorted."""
    folder = paths.current().input
    if not folder.is_dir():
        return []
    return sorted(entry.name for entry in folder.iterdir() if entry.suffix.lower() in extensions and entry.is_file())


def check_file(name: str | None) -> bool | str:
    """True, or why the name does not lead to a file; one that is None comes from a node, and is not known yet."""
    if name is None:
        return True
    try:
        path = paths.current().annotated(name)
    except paths.PathError as error:
        return str(error)
    return path.is_file() or f"There is no file {name!r}. Upload it, or choose one that is there."


def check_prefix(filename_prefix: str | None = None) -> bool | str:
    """True, or why no file can be written under names that begin so: better said before the work than after it."""
    if filename_prefix is None:
        return True
    try:
        paths.current().check_prefix(filename_prefix, paths.current().output)
    except paths.PathError as error:
        return str(error)
    return True
