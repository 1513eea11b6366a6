"""The page that lists every node says what the declarations say."""

import re

from nodes.registry import built_in_nodes
from scripts.node_pictures import FOLDER, PICTURES, PROMPTS
from scripts.node_table import DOCS, PAGE, TEMPLATE_OF, page


def test_the_page_of_every_node_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "Run: python -m scripts.node_table"


def test_the_page_has_a_row_for_every_node() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| **")]
    assert sorted(row.split("**")[1] for row in rows) == sorted(built_in_nodes())


def test_every_picture_of_a_node_is_there_and_shown() -> None:
    assert {file.stem for file in FOLDER.glob("*.webp")} == {*PICTURES, *PROMPTS}
    assert {*PICTURES, *TEMPLATE_OF} <= built_in_nodes().keys()
    sources = re.findall(r'<img src="([^"]*)"', page())
    assert len(sources) == len(PICTURES) + len(TEMPLATE_OF) + len(PROMPTS)
    assert all((DOCS / source).is_file() for source in sources)
