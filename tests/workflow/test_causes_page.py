"""docs/causes.md is what the catalogue of causes says."""

from __future__ import annotations

from pathlib import Path

from harness.diagnosis.catalogue import CAUSES, GROUPS
from harness.diagnosis.catalogue.page import page

PAGE = Path(__file__).parents[2] / "docs" / "causes.md"


def test_page_is_up_to_date() -> None:
    """Whoever changes a cause is told to generate the page again."""
    wanted = "run: python -m harness.diagnosis.catalogue.page > docs/causes.md"
    assert PAGE.read_text("utf-8") == page(), wanted


def test_every_cause_has_a_heading() -> None:
    """Each id can be linked to."""
    lines = page().splitlines()
    assert [line[4:] for line in lines if line.startswith("### ")] == list(CAUSES)
    assert [line[3:] for line in lines if line.startswith("## ")] == list(GROUPS)
