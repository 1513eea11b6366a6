"""The page that lists every node says what the declarations say."""

from nodes.registry import built_in_nodes
from scripts.node_table import PAGE, page


def test_the_page_of_every_node_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "Run: python -m scripts.node_table"


def test_the_page_has_a_row_for_every_node() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| **")]
    assert sorted(row.split("**")[1] for row in rows) == sorted(built_in_nodes())
