"""Hostile targets and environments: the right outcome, in time, with nothing left behind."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.hostile import CONFORMING, Hostile
from tests.hostile.commands import COMMANDS
from tests.hostile.environments import ENVIRONMENTS
from tests.hostile.listeners import LISTENERS
from tests.hostile.processes import PROCESSES
from tests.hostile.running import Measured, measure
from tests.hostile.streams import STREAMS
from tests.hostile.wardens import WARDENS
from tests.hostile.words import WORDS

ALL = (*WARDENS, *PROCESSES, *LISTENERS, *WORDS, *STREAMS, *COMMANDS, *ENVIRONMENTS)
LONGEST = 70.0
"""Seconds that a run may take: a minute for the checks, and what has to be ended then."""
MOST_MB = 300.0
SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"
REPORTS = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
FOREIGN_COMMAND = re.compile(r"^\s*(::[a-z-]+[^\n]*::|##\[|##vso\[)", re.MULTILINE)
COLOURS = re.compile("\x1b\\[[0-9;]*m")
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def test_there_are_many() -> None:
    """At least eighty, each with a name of its own and a reason to be there."""
    assert len(ALL) >= 80
    assert [n for n, count in Counter(h.name for h in ALL).items() if count > 1] == []
    assert all(h.why.endswith((".", "?")) for h in ALL)


SAMPLE = [hostile for hostile in ALL if not hostile.wide][::8]
"""Those that are tried with the other tests; each kind is among them."""


def params() -> Iterator[Any]:
    for hostile in ALL:
        marks = () if hostile in SAMPLE else (pytest.mark.slow,)
        yield pytest.param(hostile, id=hostile.name, marks=marks)


@pytest.mark.timeout(150)
@pytest.mark.parametrize("hostile", list(params()))
def test_hostile(hostile: Hostile, tmp_path: Path) -> None:
    """Some checks: whatever the target does, the verdict is right and nothing is left."""
    if reason := hostile.needs():
        pytest.skip(reason)
    examine(hostile, measure(hostile, tmp_path))


def examine(hostile: Hostile, result: Measured) -> None:
    """Everything that must hold of a run on ``hostile``."""
    assert result.code in hostile.codes, result.said
    held(result)
    for text in hostile.says:
        assert text in result.said
    if hostile.report and hostile.codes != {2}:
        assert result.report is not None, result.said
        assert result.report["exit_code"] == result.code
        assert (result.report["verdict"] == "conforming") == (result.code == CONFORMING)


def held(result: Measured) -> None:
    """What holds of every run, whatever its outcome."""
    assert result.left == []
    assert "Traceback" not in result.err
    assert result.code != 70, result.said
    assert result.peak_mb <= MOST_MB
    assert result.seconds <= LONGEST
    printed = result.out + result.err
    assert FOREIGN_COMMAND.search(printed) is None
    assert CONTROLS.search(COLOURS.sub("", printed)) is None
    if result.report is not None:
        REPORTS.validate(result.report)
