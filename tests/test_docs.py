"""Links and pictures of all pages lead to something that is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "models").rglob("README.md"),
        *(ROOT / "scripts").rglob("*.md"),
        *(ROOT / "custom_nodes").glob("*.md"),
    ]
)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def links_of(page: Path) -> Iterator[str]:
    for found in LINK.finditer(CODE.sub("", page.read_text(encoding="utf-8"))):
        target = found[1] or found[2]
        if "://" not in target and not target.startswith("mailto:"):
            yield target


def anchors_of(page: Path) -> set[str]:
    headings = HEADING.findall(re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_and_pictures_of_a_page_are_there(page: Path) -> None:
    for link in links_of(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors_of(target), f"{link}: there is no such heading"


def test_every_page_is_in_the_index() -> None:
    docs = ROOT / "docs"
    listed = {link.partition("#")[0] for link in links_of(docs / "README.md")}
    assert {page.name for page in docs.glob("*.md")} - {"README.md"} <= listed
