"""Files that several processes write into one folder never replace each other."""

import subprocess
import sys
from pathlib import Path

import pytest

from execution.errors import FileNotWritten
from execution.new_files import claim, write_new_file
from execution.paths import PathOptions, Paths

# Two processes at once, each with a Paths of its own: every file holds the name of who wrote it and its number.
WRITER = """
import sys
from pathlib import Path
from execution.new_files import write_new_file
from execution.paths import PathOptions, Paths
here = Paths(PathOptions(base_directory=Path(sys.argv[1])))
Path(sys.argv[1], sys.argv[2]).touch()
while not all(Path(sys.argv[1], other).exists() for other in ("first", "second")):
    pass
for turn in range(40):
    files = here.new_files("pic_%batch_num%" if turn % 8 == 0 else "pic", here.output, count=1 + turn % 3)
    for filename in files.filenames:
        with write_new_file(files.folder / filename, is_kept=False) as file:
            file.write(f"{sys.argv[2]} {filename}".encode())
        print(filename)
"""


def test_two_processes_never_write_over_each_others_files(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name], stdout=subprocess.PIPE, text=True)
        for name in ("first", "second")
    ]
    told = {}
    for writer, name in zip(writers, ("first", "second"), strict=True):
        output, _ = writer.communicate(timeout=60)
        assert writer.returncode == 0
        told[name] = output.split()
    written = {file.name: file.read_text() for file in (tmp_path / "output").iterdir()}
    assert written == {filename: f"{name} {filename}" for name in told for filename in told[name]}
    assert len(written) == len(told["first"]) + len(told["second"]) == 2 * 79


def test_a_claimed_name_is_taken_before_and_after_it_is_written(tmp_path: Path) -> None:
    target = tmp_path / "x_00001_.png"
    assert claim(target)
    assert not claim(target)
    assert not target.exists()
    with write_new_file(target) as file:
        file.write(b"whole")
    assert not claim(target)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_a_write_that_fails_gives_its_name_back(tmp_path: Path) -> None:
    target = tmp_path / "x_00001_.png"
    assert claim(target)
    with pytest.raises(ValueError, match="half way"), write_new_file(target):
        raise ValueError("half way")
    assert claim(target)


def test_a_folder_emptied_meanwhile_is_made_again(tmp_path: Path) -> None:
    here = Paths(PathOptions(base_directory=tmp_path))
    files = here.new_files("sub/x", here.output)
    next(files.folder.iterdir()).unlink()
    files.folder.rmdir()
    with write_new_file(files.path) as file:
        file.write(b"whole")
    assert files.path.read_bytes() == b"whole"


def test_a_file_that_took_the_name_meanwhile_stays(tmp_path: Path) -> None:
    here = Paths(PathOptions(base_directory=tmp_path))
    files = here.new_files("x", here.output)
    next(files.folder.iterdir()).unlink()
    files.path.write_bytes(b"another's")
    with pytest.raises(FileNotWritten, match=files.filename), write_new_file(files.path):
        pass
    assert files.path.read_bytes() == b"another's"
