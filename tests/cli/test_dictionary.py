"""``--dictionary``: what it may be, and what is said of anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

import harness
from harness.settings.config import load
from tests.conftest import Run
from tests.support.commands import REFERENCE

FUZZ = ("fuzz", "--sessions", "5")
CHECK = ("check", "--only", "identity/hello")


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a configuration file."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("verb", [FUZZ, CHECK])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "words.dict cannot be read"),
        ('"good"\nbad\n', "words.dict: line 2: this is no token in quotes"),
        ('"\\q"\n', "words.dict: line 1: "),
    ],
)
def test_a_bad_file_is_one_line(
    run: Run, tmp_path: Path, verb: tuple[str, ...], text: str | None, told: str
) -> None:
    """Which line is wrong, exit code 2, and nothing is launched."""
    if text is not None:
        (tmp_path / "words.dict").write_text(text)
    done = run(*verb, "--dictionary", "words.dict", "--", *REFERENCE)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert len(done.err.splitlines()) == 1


def test_an_empty_name(run: Run) -> None:
    """That is what ``--dictionary "$WORDS"`` becomes when WORDS is unset."""
    done = run(*FUZZ, "--dictionary", "", "--", *REFERENCE)
    assert (done.code, done.out) == (2, "")
    assert "the name of the file is empty" in done.err


def test_a_file_in_a_configuration_stands_beside_it(tmp_path: Path) -> None:
    """A relative name starts at the folder of the configuration; auto and none are no names."""
    folder = tmp_path / "project"
    folder.mkdir()
    path = folder / "echo-harness.toml"
    for value, meant in (("w.dict", str(folder / "w.dict")), ("none", "none"), ("auto", "auto")):
        path.write_text(f'dictionary = "{value}"\n[targets.mine]\ncommand = "x"\n')
        assert load(path).run("mine", {}).dictionary == meant


def test_it_is_said_again_when_it_was_given(tmp_path: Path) -> None:
    """The command that repeats a run has the dictionary; without one nothing is said."""
    words = tmp_path / "words.dict"
    words.write_text('"xyzzy"\n')
    for choice, told in ((words, True), ("auto", False)):
        report = harness.check(REFERENCE, only=["identity/hello"], dictionary=choice)
        assert ("--dictionary" in report.tool.command) is told
