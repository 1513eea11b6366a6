"""Where a pack's import is."""

import threading
from typing import Any

from execution.import_place import PlaceWatch, find_place


def run_as_pack(name: str, code: str, file: str, **known: Any) -> None:
    exec(compile(code, file, "exec"), {"__name__": name, **known})


def test_the_innermost_line_of_a_pack_is_found_and_elsewhere_nothing() -> None:
    found: list[str] = []
    code = "\ndef wait():\n    look()\nwait()\n"
    look = lambda: found.append(find_place(threading.get_ident()))  # noqa: E731
    run_as_pack("custom_nodes.waiting.parts", code, "/packs/custom_nodes/waiting/parts.py", look=look)
    assert found == ["waiting/parts.py, line 3"]
    assert find_place(threading.get_ident()) == ""
    assert find_place(-1) == ""


def test_it_is_told_from_a_thread_beside_the_import() -> None:
    told, places = threading.Event(), []

    def note(place: str) -> None:
        places.append(place)
        told.set()

    with PlaceWatch(note):
        run_as_pack("custom_nodes.waiting", "told.wait(60)", "custom_nodes/waiting.py", told=told)
    assert places[0] == "custom_nodes/waiting.py, line 1"
