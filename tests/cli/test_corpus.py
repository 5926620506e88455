"""What is kept of one target is not tried on another, from the command line to the report."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import harness
from harness import fuzzer
from tests.conftest import Run
from tests.support.commands import REFERENCE, UPPER

FUZZ = ("fuzz", "--sessions", "20", "--profile", "sequential", "-q")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("harness.api.SHRINK_SECONDS", 0.5)  # nobody looks at the plans here
    return tmp_path


def test_two_servers_in_one_folder(here: Path, run: Run) -> None:
    """Only the one that failed is told of it; git sees nothing of either."""
    assert run(*FUZZ, "--", *UPPER).code == 1
    (kept,) = (here / ".echo-harness").glob("*/CASE-*.json")
    assert (here / ".echo-harness" / ".gitignore").read_text() == "*\n"
    good = run(*FUZZ, "--report", "json=good.json", "--", *REFERENCE)
    assert good.code == 0
    assert json.loads((here / "good.json").read_text())["notices"] == []
    again = run(*FUZZ[:1], "--sessions", "1", *FUZZ[3:], "--", *UPPER)
    assert again.code == 1
    assert str(kept.relative_to(here)) in again.out


def test_a_name_stands_for_the_target(here: Path, run: Run) -> None:
    """Mended under its name, it is told so, and what is kept of it can be removed."""
    target = "[targets.mine]\nprofile = 'sequential'\ncommand = "
    config = here / "echo-harness.toml"
    config.write_text(target + json.dumps(UPPER))
    assert run(*FUZZ, "mine").code == 1
    (kept,) = (here / ".echo-harness").glob("mine-*/CASE-*.json")
    config.write_text(target + json.dumps(REFERENCE))
    mended = run(*FUZZ[:3], "--report", "json=mended.json", "mine")
    assert mended.code == 0
    (notice,) = json.loads((here / "mended.json").read_text())["notices"]
    assert f"{kept.relative_to(here)} failed earlier and passes now" in notice
    assert kept.exists()
    assert run(*FUZZ, "--forget-fixed", "mine").code == 0
    assert not kept.exists()


def test_a_corpus_that_several_share(here: Path) -> None:
    """`--corpus` names the place for all targets; each has its own folder there."""
    bad = harness.fuzz(UPPER, sessions=20, profile="sequential", corpus="shared")
    case = bad.checks[0].case
    assert case is not None
    assert Path(case).parent.parent == Path("shared")
    good = harness.fuzz(REFERENCE, sessions=20, profile="sequential", corpus="shared")
    assert good.ok
    assert good.notices == ()
    assert harness.replay(case, UPPER).exit_code == 1


def test_old_cases_beside_the_folders(here: Path) -> None:
    """They are told of, and tried on nobody."""
    bad = harness.fuzz(UPPER, sessions=20, profile="sequential")
    assert bad.checks[0].case is not None
    old = Path(bad.checks[0].case)
    old = old.rename(old.parent.parent / old.name)
    good = harness.fuzz(REFERENCE, sessions=20, profile="sequential")
    (notice,) = good.notices
    assert "1 case stands in .echo-harness itself" in notice
    assert old.exists()


def test_where_nothing_can_be_written_a_failure_is_still_one(here: Path) -> None:
    """It is told why there is no file, and the command that finds it again."""
    Path("file").touch()
    bad = harness.fuzz(UPPER, sessions=20, profile="sequential", corpus="file")
    assert bad.exit_code == 1
    assert bad.checks[0].case is None
    assert "echo-harness fuzz --seed 0 --sessions 20" in bad.checks[0].repeat
    assert any("cannot be written" in notice for notice in bad.notices)


def test_without_a_working_directory_nothing_is_kept(here: Path) -> None:
    """The target is judged all the same."""
    gone = here / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    try:
        good = harness.fuzz(REFERENCE, sessions=20, profile="sequential")
    finally:
        os.chdir(here)
    assert good.ok
    (notice,) = good.notices
    assert "No case is kept" in notice


def test_a_damaged_case_ends_no_run(here: Path) -> None:
    """It is left out with its name; the rest is as always."""
    bad = harness.fuzz(UPPER, sessions=20, profile="sequential")
    assert bad.checks[0].case is not None
    case = Path(bad.checks[0].case)
    (case.parent / "CASE-lost-0.json").write_bytes(case.read_bytes()[:-100] + b"\xff")
    again = harness.fuzz(UPPER, sessions=20, profile="sequential")
    assert again.checks[0].case == str(case)
    (notice,) = again.notices
    assert notice.startswith("left out: ")
    assert "CASE-lost-0.json" in notice
    with pytest.raises(harness.UsageProblem, match=r"CASE-lost-0\.json"):
        fuzzer.load(case.parent / "CASE-lost-0.json")
