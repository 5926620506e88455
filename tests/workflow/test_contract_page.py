"""docs/contract.md is what the catalogue says."""

from __future__ import annotations

from pathlib import Path

from harness.contract.catalogue import IDS
from harness.contract.page import page

PAGE = Path(__file__).parents[2] / "docs" / "contract.md"


def test_page_is_up_to_date() -> None:
    """Whoever changes a clause is told to generate the page again."""
    assert PAGE.read_text() == page(), "run: python -m harness.contract.page > docs/contract.md"


def test_every_clause_has_a_heading() -> None:
    """Each id can be linked to."""
    headings = [line[4:] for line in page().splitlines() if line.startswith("### ")]
    assert headings == list(IDS)
