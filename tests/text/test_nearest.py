"""What a misspelt word was meant to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from harness.contract.catalogue import CHECKS, GROUPS, find
from harness.errors import UsageProblem
from harness.settings.choices import EXPECTS, choose
from harness.text.nearest import did_you_mean, nearest

MEANT = "Did you mean 'sequential'?"
KNOWN = ("patience", "start-timeout", "chunking", "chunking/prompt")


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("pacience", "patience"),
        ("PATIENCE", "patience"),
        ("start_timeout", "start-timeout"),
        ("patience", None),
        ("qqq", None),
        ("", None),
        ("chunkin", "chunking"),
    ],
)
def test_the_nearest_word(word: str, found: str | None) -> None:
    """Spelt in whatever way, and never the word that was given."""
    assert nearest(word, KNOWN) == found
    assert did_you_mean(word, KNOWN) == (f"Did you mean {found!r}?" if found else "")


@pytest.mark.parametrize("group", [*GROUPS, "fuzz", "chunking/"])
def test_a_group_where_a_check_is_needed(group: str) -> None:
    """Its checks are named, and not itself once more."""
    with pytest.raises(UsageProblem) as raised:
        find(group)
    assert "is a group, not a check" in raised.value.message
    first = next((c.id for c in CHECKS if c.group == group.rstrip("/")), "fuzz/plans")
    assert first in raised.value.advice
    assert "Did you mean" not in str(raised.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"patiense": 3}, "there is no option 'patiense'. Did you mean 'patience'?"),
        ({"start_timout": 3}, "there is no option 'start_timout'. Did you mean 'start_timeout'?"),
        (
            {"profile": "sequental"},
            f"profile: expected {EXPECTS['profile']}, found 'sequental'. {MEANT}",
        ),
        ({"level": "x"}, "level: expected one of must, should, may, found 'x'."),
        ({"patience": -1}, "patience: expected seconds, more than 0 and at most 3600, found -1."),
        ({"env": ["A"]}, "env: expected a table of texts, found ['A']."),
    ],
)
def test_an_option_that_makes_no_sense(options: Mapping[str, Any], told: str) -> None:
    """One line: what is wrong, what is expected, and what was meant if that is near."""
    with pytest.raises(UsageProblem) as raised:
        choose(options)
    assert str(raised.value) == told


def test_an_option_that_is_near_to_none() -> None:
    """All that exist are listed, as Python spells them."""
    with pytest.raises(UsageProblem, match=r"The options are command, .*start_timeout"):
        choose({"xyzzy": 1})
