"""Where a worker was when it died."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from execution.black_box import BlackBox, Whereabouts


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=40)), max_size=4))
def test_another_reader_finds_the_last_node_that_was_noted(nodes: list[tuple[str, str]]) -> None:
    box = BlackBox.create(Path(tempfile.gettempdir()))
    writer = BlackBox(box.path)
    assert box.read() == Whereabouts()
    for prompt_id, node_id in nodes:
        writer.note(prompt_id, node_id)
        assert box.read() == Whereabouts(prompt_id, node_id)
    writer.note_pack("my-pack")
    assert box.read() == Whereabouts(pack="my-pack")
    writer._memory.close()
    box.remove()
    assert not box.path.exists()


def test_a_name_too_long_to_be_noted_is_no_error() -> None:
    box = BlackBox.create(Path(tempfile.gettempdir()))
    box.note("p" * 5000, "n")
    assert box.read() == Whereabouts()
    box.remove()
