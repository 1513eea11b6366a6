"""The layer rules of docs/architecture.md, read from the imports of every module."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HOUSE = ("execution", "nodes", "comfy", "web")

# A layer may not import what stands beside it; longest matching path wins.
FORBIDDEN = {
    "execution": {"comfy", "nodes", "web", "torch", "aiohttp"},
    "comfy": {"execution", "nodes", "web", "aiohttp"},
    "nodes": {"web", "aiohttp"},
    "web/server": {"torch", "comfy", "nodes"},
    "web/packs": {"torch", "comfy", "nodes"},
}
# Packs write their routes with aiohttp, and they run in the worker: what answers them there speaks it too.
MAY_USE_AIOHTTP = (ROOT / "web" / "server", ROOT / "web" / "packs")
NODES_MAY_USE_OF_EXECUTION = {"execution.paths", "execution.events", "execution.progress", "execution.flow"}
NODES_MAY_USE_OF_EXECUTION |= {"execution.picture_texts", "execution.model_hashes"}
# The one other place that knows what packs call things.
PACK_NAMES_MAY_ALSO_USE = "execution.compat"


def modules_of(layer: str) -> list[Path]:
    return sorted((ROOT / layer).rglob("*.py"))


def imported_names(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, at any depth of nesting, with its line."""
    for statement in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.Import):
            yield from ((alias.name, statement.lineno) for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            base = _absolute(path, statement)
            yield base, statement.lineno
            yield from ((f"{base}.{alias.name}", statement.lineno) for alias in statement.names)


def _absolute(path: Path, statement: ast.ImportFrom) -> str:
    if not statement.level:
        return statement.module or ""
    package = path.relative_to(ROOT).parts[: -statement.level]
    return ".".join((*package, statement.module or "")).rstrip(".")


@pytest.mark.parametrize("layer", sorted(FORBIDDEN))
def test_a_layer_imports_only_what_lies_below_it(layer: str) -> None:
    files = modules_of(layer)
    assert files, f"{layer} has no modules"
    breaches = {
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in files
        for name, line in imported_names(path)
        if name.split(".")[0] in FORBIDDEN[layer]
    }
    assert not breaches


def test_nodes_use_of_execution_only_what_is_made_for_them() -> None:
    breaches = {
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules_of("nodes")
        for name, line in imported_names(path)
        if name.startswith("execution")
        and name != "execution"
        and ".".join(name.split(".")[:2]) not in NODES_MAY_USE_OF_EXECUTION
        and not (path.is_relative_to(ROOT / "nodes" / "compat") and name.startswith(PACK_NAMES_MAY_ALSO_USE))
    }
    assert not breaches


def test_only_the_server_main_and_what_answers_for_packs_import_aiohttp() -> None:
    breaches = {
        f"{path.relative_to(ROOT)}:{line}"
        for layer in HOUSE
        for path in modules_of(layer)
        if not any(path.is_relative_to(room) for room in MAY_USE_AIOHTTP)
        for name, line in imported_names(path)
        if name.split(".")[0] == "aiohttp"
    }
    assert not breaches
