"""Every command, every output and every program of the documentation is run."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from harness.contract.catalogue import IDS
from harness.settings.choices import NAMES
from tests.workflow.pages import _pattern, _plain, blocks, run_page

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = [
    page
    for page in PAGES
    if any(
        block.language in ("console", "python") and block.directive in ("", "exit")
        for block in blocks(page.read_text())
    )
]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", PROGRAMS, ids=lambda page: page.name)
def test_what_a_page_shows_is_so(page: Path, tmp_path: Path) -> None:
    """Commands end as the page says, and print what it shows."""
    assert run_page(page, tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """To files of this project, and to headings that exist."""
    text = re.sub(r"```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)|(?<=src=\")([^\"]+)", text):
        link = target[0] or target[1]
        if link.startswith(("http:", "https:")):
            continue
        name, _, heading = link.partition("#")
        there = (page.parent / name) if name else page
        assert there.exists(), link
        if heading:
            assert heading in {_anchor(line) for line in there.read_text().splitlines()}, link


def _anchor(line: str) -> str:
    title = line.lstrip("# ").lower() if line.startswith("#") else ""
    return re.sub(r"[^\w\- ]", "", title).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_ids_of_checks_exist(page: Path) -> None:
    """What a page calls a check is one."""
    groups = {check_id.partition("/")[0] for check_id in IDS}
    mentioned = set(re.findall(r"`([a-z-]+/[a-z0-9-]+)`", page.read_text()))
    assert {m for m in mentioned if m.partition("/")[0] in groups} <= set(IDS) | {"chunking/mine"}


def test_every_key_of_the_configuration_is_in_the_manual() -> None:
    """docs/config.md has a row for each."""
    text = (ROOT / "docs" / "config.md").read_text()
    assert [name for name in NAMES if f"| `{name}` |" not in text] == []


def test_readme_counts_the_clauses() -> None:
    """As many as the catalogue has."""
    assert f"has {len(IDS)} clauses in ten groups" in (ROOT / "README.md").read_text()
    assert len({check_id.partition("/")[0] for check_id in IDS}) == 10


def test_readme_has_the_two_commands() -> None:
    """Each in a fence of its own, to be pasted as it stands."""
    text = (ROOT / "README.md").read_text()
    for label in ("main job", "tests"):
        found = re.search(rf"<!-- {label} -->\n```sh\n(.*\n)```", text)
        assert found is not None, label
        assert found[1].startswith("python3 -m venv .venv && ")


def test_the_picture_needs_nothing_from_the_network() -> None:
    """It is drawn from what a terminal shows, with a font that the reader has."""
    scope = runpy.run_path(str(ROOT / "docs" / "picture.py"))
    drawn = scope["picture"]("\x1b[1;31m✗\x1b[0m identity/hello")
    kept = (ROOT / "docs" / "terminal.svg").read_text()
    for svg in (drawn, kept):
        assert svg.startswith("<svg ")
        assert "url(http" not in svg
    assert "identity/hello" in drawn
    assert "every-byte-value" in kept


def test_the_runner_compares() -> None:
    """Times and spaces may differ, words may not."""
    expected = "conforming  1 passed · 1.5 s\n...\non 127.0.0.1:7007\n"
    assert re.fullmatch(_pattern(expected), _plain("conforming 1 passed\n · 23 ms\non 127.0.0.1:9"))
    assert not re.fullmatch(_pattern(expected), _plain("conforming 2 passed · 1 s on 127.0.0.1:9"))


def test_the_runner_finds_fences() -> None:
    """With the word before them."""
    page = "<!-- file: a.py -->\n```python\nx\n```\n\n```console\n$ true\n```\n"
    assert [(b.directive, b.argument, b.language) for b in blocks(page)] == [
        ("file", "a.py", "python"),
        ("", "", "console"),
    ]
