"""Places to write to that the user has named: each is tried before anything is launched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.host.written import must_become_folder
from tests.conftest import Run

STARTS = ("--", "python3", "-c", "open('started', 'w').close()")
"""A target that leaves a file when it is launched."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    return tmp_path


def refused(run: Run, *words: str) -> str:
    """What is said of such a command line; checked: exit 2, one line, and nothing was launched."""
    done = run(*words)
    assert (done.code, done.out) == (2, ""), done
    assert len(done.err.splitlines()) == 1
    assert not Path("started").exists()
    return done.err


PLACES = [
    ("file", "Not a directory"),
    ("file/within", "Not a directory"),
    ("/proc/no-files-here", "No such file or directory"),  # what permissions allow is not all
]


@pytest.mark.parametrize("verb", [("check",), ("fuzz",), ("fuzz", "--workers", "2")])
@pytest.mark.parametrize(("place", "why"), PLACES)
def test_a_corpus_that_cannot_be_written(
    run: Run, verb: tuple[str, ...], place: str, why: str
) -> None:
    """Which option, which place, and why."""
    told = refused(run, *verb, "--corpus", place, *STARTS)
    assert f"--corpus {place} cannot be written to: {why}." in told


@pytest.mark.parametrize("verb", ["check", "fuzz"])
@pytest.mark.parametrize(
    ("report", "why"),
    [
        ("json=file/run.json", "Not a directory"),
        ("html=folder", "folder: Is a directory"),
        ("html=file/", "file: Not a directory"),
        ("csv=/proc/no-files-here/x.csv", "No such file or directory"),
        ("junit=/proc/x.xml", "/proc: No such file or directory"),
    ],
)
def test_a_report_that_cannot_be_written(run: Run, verb: str, report: str, why: str) -> None:
    """Found out before a run whose result would then have nowhere to go."""
    told = refused(run, verb, "--report", "json=fine.json", "--report", report, *STARTS)
    assert f"--report {report} cannot be written: " in told
    assert why in told


def test_captures_that_cannot_be_written(run: Run) -> None:
    """The same for --pcap."""
    pytest.importorskip("dpkt")
    told = refused(run, "check", "--pcap", "/proc/x", *STARTS)
    assert "--pcap /proc/x cannot be written to: " in told


@pytest.mark.parametrize(
    "option",
    ["--report=html=folder", "--report=csv=file/{target}", "--corpus=file", "--dictionary=x"],
)
@pytest.mark.parametrize("workers", [(), ("--workers", "2")])
def test_of_several_targets_none_is_judged(run: Run, option: str, workers: tuple[str, ...]) -> None:
    """What would go wrong at the end, or at the second target, costs no first one."""
    command = json.dumps(STARTS[1:])
    Path("echo-harness.toml").write_text(
        f"[targets.one]\ncommand = {command}\n[targets.two]\ncommand = {command}\n"
    )
    told = refused(run, "check", "--all", option, *workers)
    assert option.rpartition("=")[2].replace("{target}", "one") in told


def test_trying_a_folder_leaves_nothing(here: Path) -> None:
    """Neither the folders that had to be made nor a file; what was there stays."""
    must_become_folder(here / "folder" / "new" / "deep")
    assert [path.name for path in sorted(here.rglob("*"))] == ["file", "folder"]
