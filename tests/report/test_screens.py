"""What a user sees for broken servers, as it was recorded; ``python -m tests.proof.screens``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.values.report import Cause
from tests import zoo
from tests.grid import COLUMNS, Outcome
from tests.proof import screens
from tests.proof.screens import FOLDER, HOME, Outline, normalised, outline, recorded
from tests.report.samples import report, result

OUTLINES = recorded(FOLDER)
UNBROKEN = re.compile(r"^  (repeat|case file) |^  (│|expected|got) ")
"""Lines that are copied, or quoted, are not broken: a command, a path, the target's output."""


def screen(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("seen", "kept"),
    [
        ("echo-harness 0.1.0  python3 server.py", "echo-harness VERSION  python3 server.py"),
        ("listening on 127.0.0.1:15101 after 0.1 s", "listening on 127.0.0.1:PORT after N s"),
        ("    11.8 ms  target ended", "       N ms  target ended"),
        ("did not come within 1.5 s without", "did not come within N s without"),
        ("Connected by ('127.0.0.1', 40396)", "Connected by ('127.0.0.1', PORT)"),
        ("restart on port 15111: it", "restart on port PORT: it"),
        ('File "/tmp/x/one/server.py", line 24', 'File "server.py", line 24'),
        ('File "/usr/lib/python3.11/socket.py", line 294', 'File "socket.py", line 294'),
        ("cases/server-4d95f0cd/CASE-7efab4dc67.json", "cases/server-HASH/CASE-HASH.json"),
        ("/tmp/x/one/cases", f"{HOME}/cases"),
        ("6 skipped · 64 fuzz sessions", "6 skipped · N fuzz sessions"),
        ("256 of 512 bytes, 3 messages", "256 of 512 bytes, 3 messages"),
        ("trailing   ", "trailing"),
    ],
)
def test_what_is_of_one_run_is_taken_out(seen: str, kept: str) -> None:
    """Times, ports, versions, folders and hashes, and nothing else."""
    assert normalised(seen, Path("/tmp/x/one")) == f"{kept}\n"


def test_outline_is_what_stays() -> None:
    """The verdict, and each cause without its numbers."""
    cause = Cause("single-read", "the reply stops after 1,024 bytes\nof 2", "", "likely", ())
    found = outline(report([result("launch/listens")], causes=(cause,)))
    assert found == Outline("conforming", (("single-read", "the reply stops after N bytes"),))


def test_recordings_are_added(tmp_path: Path) -> None:
    """Those of other servers stay, and what was kept is read back."""
    told = report([result("launch/listens")])
    for name in ("b", "a"):
        screens.record([Outcome(name, 0, 0.1, told, "", "conforming\n")], tmp_path)
    assert list(recorded(tmp_path)) == ["a", "b"]
    assert recorded(tmp_path)["a"] == outline(told)
    assert (tmp_path / "b.txt").read_text() == "conforming\n"


def test_thirty_are_chosen() -> None:
    """The textbook's servers, and some in other languages."""
    languages = [i.language for i in screens.chosen()]
    assert (len(languages), languages.count("c"), languages.count("node")) == (30, 3, 3)


def test_all_are_recorded() -> None:
    """Each has a screen and an outline, and nobody else has."""
    names = {i.name for i in screens.chosen()}
    assert set(OUTLINES) == names
    assert {path.stem for path in FOLDER.glob("*.txt")} == names


@pytest.mark.parametrize("name", OUTLINES)
def test_recorded_screen(name: str) -> None:
    """It is no wider than the terminal, has no path of a machine, and the bug is on its top."""
    text = screen(name)
    wide = [line for line in text.splitlines() if len(line) > COLUMNS and not UNBROKEN.match(line)]
    assert wide == []
    assert not re.search(r"/(tmp|root)/", text)
    kept = OUTLINES[name]
    top = screens.first_line(" ".join(" ".join(text.splitlines()[: screens.SCREEN]).split()))
    if kept.causes:
        assert kept.causes[0][1] in top
    assert re.search(rf"(?m)^{kept.verdict}\b", text)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_screens_are_as_recorded() -> None:
    """The verdict, the bug that stands first, and which others are named."""
    able = [i for i in screens.chosen() if zoo.missing_tool(i) is None]
    changed = {}
    for outcome in screens.screens(able):
        now, then = outline(outcome.report), OUTLINES[outcome.name]
        if stable(now) != stable(then):
            changed[outcome.name] = (now, then)
    assert changed == {}


def stable(found: Outline) -> tuple[str, tuple[tuple[str, str], ...], set[str]]:
    """The others may change places when the machine is busy."""
    return found.verdict, found.causes[:1], {cause for cause, _ in found.causes}
