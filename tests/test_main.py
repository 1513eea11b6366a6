"""The program as a whole: how it starts, what it says, how it ends."""

import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.web.server.conftest import Api, ServerProcess

ROOT = Path(__file__).resolve().parents[1]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_the_server_imports_nothing_heavy() -> None:
    heavy = ("torch", "numpy", "comfy", "nodes", "PIL", "scipy", "transformers", "multiprocessing", "psutil", "yaml")
    late = ("aiohttp.connector", "execution.workflow", "web.server.openapi", "web.server.api_page")
    code = (
        "import sys, main; from execution import options; options.parse([])\n"
        "from web.server.lean_aiohttp import import_lean_aiohttp; import_lean_aiohttp(); import web.server.serve\n"
        f"print([name for name in {heavy + late} if name in sys.modules])"
    )
    found = run("-c", code)
    assert found.stdout.strip() == "[]", found.stderr


def test_the_whole_of_aiohttp_is_there_for_who_asks_for_it_after_the_lean_import() -> None:
    code = (
        "from web.server.lean_aiohttp import import_lean_aiohttp; import_lean_aiohttp(); import web.server.serve\n"
        "import aiohttp; from aiohttp import ClientTimeout; print(aiohttp.ClientSession.__name__, aiohttp.__version__)"
    )
    found = run("-c", code)
    assert found.stdout.split() == ["ClientSession", aiohttp.__version__], found.stderr


def test_an_unknown_flag_ends_the_program_with_the_near_one() -> None:
    ended = run("main.py", "--prot", "8189")
    assert ended.returncode == 2
    assert "--port" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_listening_everywhere_without_a_token_ends_the_program() -> None:
    ended = run("main.py", "--listen", "0.0.0.0")
    assert ended.returncode == 2
    assert ended.stderr == "main.py: --listen lets other machines in, so a token is required: add --token auto.\n"


@pytest.mark.parametrize("command", [[], ["run"], ["validate"]])
def test_help_is_given_for_every_command(command: list[str]) -> None:
    shown = run("main.py", *command, "--help")
    assert shown.returncode == 0
    assert "--output-directory" in shown.stdout


def test_a_second_server_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    from execution.database import Database

    held = Database(tmp_path / "user" / "skein.sqlite3")
    ended = run("main.py", "--port", "0", "--base-directory", str(tmp_path))
    held.close()
    assert ended.returncode == 1
    assert "Another Skein" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl")
async def test_the_page_can_be_served_over_tls(tmp_path: Path) -> None:
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    files = ("-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem"))
    command = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *files, *names)
    subprocess.run(command, check=True, capture_output=True)
    flags = ("--tls-keyfile", str(tmp_path / "key.pem"), "--tls-certfile", str(tmp_path / "cert.pem"))
    server = ServerProcess(tmp_path / "base", *flags)
    server.start()
    context = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
            api = Api(f"https://127.0.0.1:{server.port}", session)
            await api.wait_answering()
            queue = await api.get("/queue", headers={"Origin": api.url})
            assert (queue["queue_running"], queue["queue_pending"]) == ([], [])
            async with api.socket("secure") as socket:
                assert (await socket.receive_json())["type"] == "status"
    finally:
        server.stop()


def test_a_certificate_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    flags = ("--tls-keyfile", "none.pem", "--tls-certfile", "none.pem")
    ended = run("main.py", "--port", "0", "--base-directory", str(tmp_path), *flags)
    assert ended.returncode == 1
    assert "certificate" in ended.stderr
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
