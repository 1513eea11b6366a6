"""What is learnt from how a worker's processes end."""

import os
from pathlib import Path

from execution.black_box import BlackBox, Whereabouts
from execution.inquest import MOST_DEATHS_BY_PACK, Inquest
from execution.vitals import read_activity, read_vitals


def die_while_loading(inquest: Inquest, folder: Path, pack: str = "") -> str:
    path = inquest.begin(folder)
    assert path is not None
    if pack:
        BlackBox(path).note_pack(pack)
    return inquest.end(3)


def test_a_death_at_work_says_how_and_where(tmp_path: Path) -> None:
    inquest = Inquest()
    path = inquest.begin(tmp_path)
    assert path is not None
    inquest.note_ready()
    BlackBox(path).note("p", "4")
    assert inquest.end(3) == "ended with status 3"
    assert inquest.place == Whereabouts("p", "4")
    assert inquest.failed_starts == 0
    assert list(tmp_path.iterdir()) == []


def test_a_death_while_loading_is_kept_as_the_reason_until_a_start_succeeds(tmp_path: Path) -> None:
    inquest = Inquest()
    assert die_while_loading(inquest, tmp_path) == "ended with status 3 while it loaded its nodes"
    assert inquest.load_error == "The worker ended with status 3 while it loaded its nodes"
    assert inquest.failed_starts == 1
    inquest.note_ready()
    assert (inquest.load_error, inquest.failed_starts) == (None, 0)


def test_a_pack_that_is_being_imported_is_named_while_it_is(tmp_path: Path) -> None:
    inquest = Inquest()
    path = inquest.begin(tmp_path)
    assert path is not None
    assert inquest.hindrance == ""
    BlackBox(path).note_pack("endless")
    assert "importing the pack endless" in inquest.hindrance
    inquest.note_load_error("Traceback:\nImportError: no torch.")
    assert inquest.hindrance == "Its last start failed: ImportError: no torch. The log says more."
    inquest.note_ready()
    assert inquest.hindrance == ""
    inquest.end(0)


def test_a_pack_that_workers_do_not_survive_is_left_out_until_it_is_forgiven(tmp_path: Path) -> None:
    inquest = Inquest()
    for _ in range(MOST_DEATHS_BY_PACK):
        assert inquest.left_out == {}
        assert "the pack deadly" in die_while_loading(inquest, tmp_path, "deadly")
    assert inquest.left_out == {"deadly": "ended with status 3"}
    inquest.forgive()
    assert inquest.left_out == {}


def test_a_worker_that_says_itself_why_it_cannot_load_is_believed(tmp_path: Path) -> None:
    inquest = Inquest()
    inquest.begin(tmp_path)
    inquest.note_load_error("ImportError: no torch")
    assert inquest.end(0) == "ended with status 0"
    assert (inquest.load_error, inquest.failed_starts) == ("ImportError: no torch", 1)


def test_without_a_place_to_write_a_worker_still_starts(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    inquest = Inquest()
    assert inquest.begin(file / "temp") is None
    assert "its nodes" in inquest.end(None)


def test_a_process_is_looked_at_while_there_is_one() -> None:
    vitals = read_vitals(os.getpid())
    assert vitals is not None
    assert 0 < vitals.resident < vitals.total
    assert "GiB of memory" in str(vitals)
    assert read_vitals(2**22 + 1) is None


def test_what_a_process_reads_writes_or_has_its_children_compute_is_seen(tmp_path: Path) -> None:
    before = read_activity(os.getpid())
    (tmp_path / "file").write_bytes(bytes(1000))
    assert read_activity(os.getpid()) != before
    assert read_activity(2**22 + 1) is None
