"""The program as a whole: how it starts, what it says, how it ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from execution.options import ServerOptions
from web.server.serve import page_address

ROOT = Path(__file__).resolve().parents[1]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_the_server_imports_nothing_heavy() -> None:
    heavy = ("torch", "numpy", "comfy", "nodes", "PIL", "scipy", "transformers", "multiprocessing", "psutil", "yaml")
    code = (
        "import sys, main; from execution import options; options.parse([]); import web.server.serve\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    found = run("-c", code)
    assert found.stdout.strip() == "[]", found.stderr


def test_an_unknown_flag_ends_the_program_with_the_near_one() -> None:
    ended = run("main.py", "--prot", "8189")
    assert ended.returncode == 2
    assert "--port" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_listening_everywhere_without_a_token_ends_the_program() -> None:
    ended = run("main.py", "--listen", "0.0.0.0")
    assert ended.returncode == 2
    assert "--token" in ended.stderr


@pytest.mark.parametrize("command", [[], ["run"], ["validate"]])
def test_help_is_given_for_every_command(command: list[str]) -> None:
    shown = run("main.py", *command, "--help")
    assert shown.returncode == 0
    assert "--output-directory" in shown.stdout


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (ServerOptions(), "http://127.0.0.1:1/"),
        (ServerOptions(listen=("0.0.0.0", "::"), token="t" * 12), "http://127.0.0.1:1/?token=tttttttttttt"),
        (ServerOptions(listen=("::1",)), "http://[::1]:1/"),
        (ServerOptions(listen=("10.0.0.1",), tls_certificate=Path("c"), tls_key=Path("k")), "https://10.0.0.1:1/"),
    ],
)
def test_the_address_printed_can_be_opened(options: ServerOptions, expected: str) -> None:
    assert page_address(options, 1) == expected


def test_a_second_server_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    from execution.database import Database

    held = Database(tmp_path / "user" / "skein.sqlite3")
    ended = run("main.py", "--port", "0", "--base-directory", str(tmp_path))
    held.close()
    assert ended.returncode == 1
    assert "Another Skein" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = run("main.py", "--port", port, "--base-directory", str(tmp_path))
    assert ended.returncode == 1
    assert port in ended.stderr
    assert "Traceback" not in ended.stderr
