"""`python main.py hash` prints what sites that collect models know files by, and keeps it."""

import json
import subprocess
import sys
from pathlib import Path

from execution.model_hashes import ModelHashes

ROOT = Path(__file__).resolve().parents[2]
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def run(base: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "main.py", "hash", "--base-directory", str(base), *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, encoding="utf-8")


def test_models_are_hashed_by_path_by_name_or_all(tmp_path: Path) -> None:
    for kind in ("checkpoints", "loras"):
        (tmp_path / "models" / kind).mkdir(parents=True)
        (tmp_path / "models" / kind / "m.safetensors").write_bytes(b"abc")
    file = tmp_path / "models" / "loras" / "m.safetensors"
    assert run(tmp_path).stdout.splitlines() == [
        f"{ABC[:10]}  {ABC}  checkpoints/m.safetensors",
        f"{ABC[:10]}  {ABC}  loras/m.safetensors",
    ]
    assert run(tmp_path, "loras/m.safetensors").stdout == f"{ABC[:10]}  {ABC}  loras/m.safetensors\n"
    told = json.loads(run(tmp_path, file, "--json").stdout)
    assert told == {"file": str(file), "autov2": ABC[:10], "sha256": ABC}
    assert ModelHashes(tmp_path / "user").known(file) == ABC


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    ended = run(tmp_path, "nothing.safetensors")
    assert (ended.returncode, ended.stderr) == (1, "main.py: There is no file and no model 'nothing.safetensors'.\n")
