"""Files and functions stay short enough to be read in one go."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON_ROOMS = ("execution", "nodes", "comfy", "web/server", "custom_nodes", "scripts", "benchmarks")
MOST_LINES_OF_A_FILE = 450
MOST_LINES_OF_A_FUNCTION = 60
VENDORED = "vendor"


def python_files() -> list[Path]:
    return [ROOT / "main.py", *(path for room in PYTHON_ROOMS for path in sorted((ROOT / room).rglob("*.py")))]


def editor_files() -> list[Path]:
    files = (path for ending in ("*.js", "*.mjs", "*.css") for path in sorted((ROOT / "web" / "editor").rglob(ending)))
    return [path for path in files if VENDORED not in path.parts]


def line_count(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_longer_than_the_budget() -> None:
    too_long = {
        str(path.relative_to(ROOT)): line_count(path)
        for path in (*python_files(), *editor_files())
        if line_count(path) > MOST_LINES_OF_A_FILE
    }
    assert not too_long


def test_no_function_is_longer_than_the_budget() -> None:
    too_long = {
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}": function.end_lineno - function.lineno + 1
        for path in python_files()
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        and function.end_lineno is not None
        and function.end_lineno - function.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    }
    assert not too_long
