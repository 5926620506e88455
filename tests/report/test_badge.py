"""The badge."""

from __future__ import annotations

import json

import pytest

from harness.report import render
from tests.report.samples import SAMPLES


@pytest.mark.parametrize(
    ("name", "message", "color"),
    [
        ("conforming", "23 passed", "brightgreen"),
        ("lost-newline", "1 of 23 failed", "red"),
        ("untestable", "untestable", "lightgrey"),
        ("nothing", "undecided", "yellow"),
        ("interrupted", "interrupted", "yellow"),
    ],
)
def test_a_badge_says_the_verdict(name: str, message: str, color: str) -> None:
    """In the form that shields.io reads; only a whole conforming run is green."""
    badge = json.loads(render("badge", SAMPLES[name]))
    assert badge["schemaVersion"] == 1
    assert badge["label"] == "echo contract"
    assert (badge["message"], badge["color"]) == (message, color)
