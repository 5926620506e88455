"""A command that is not there: a usage error, unless the reference is what was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

import harness
from tests.conftest import Run

HELLO = ("--only", "identity/hello", "--fuzz", "0")


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a configuration file."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--"),
        ("check", "-q", *HELLO, "--"),
        ("check", "mine", "--"),
        ("check", "--connect", "127.0.0.1:7", "--"),
        ("check", "--all", "--"),
        ("fuzz", "--sessions", "1", "--"),
        ("replay", "case.json", "--"),
    ],
    ids=" ".join,
)
def test_dashes_and_nothing_after_them(run: Run, arguments: tuple[str, ...]) -> None:
    """That is what ``-- $SERVER`` becomes when SERVER is unset: exit 2 and one line."""
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "nothing follows the --" in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize("word", ["", " "])
@pytest.mark.parametrize("before", [("check",), ("check", "--"), ("fuzz",), ("fuzz", "--")])
def test_an_empty_word(run: Run, before: tuple[str, ...], word: str) -> None:
    """That is what ``"$SERVER"`` becomes then."""
    done = run(*before, word)
    assert (done.code, done.out) == (2, "")
    assert "the command is empty" in done.err
    assert len(done.err.splitlines()) == 1


def test_an_empty_word_in_a_file_or_a_call(run: Run, tmp_path: Path) -> None:
    """Wherever a command comes from."""
    (tmp_path / "echo-harness.toml").write_text("[targets.a]\ncommand = ['', 'x']\n")
    done = run("check", "a")
    assert (done.code, done.out) == (2, "")
    assert "first word of the command is empty" in done.err
    for command in ("", [""], []):
        with pytest.raises(harness.UsageProblem):
            harness.check(command)
    with pytest.raises(harness.UsageProblem, match="HOST:PORT"):
        harness.check(connect="")


@pytest.mark.parametrize("more", [(), ("-q",)])
def test_without_a_command_the_reference_is_tested_and_named(
    run: Run, more: tuple[str, ...]
) -> None:
    """In the first line, however quiet the run is."""
    done = run("check", *HELLO, *more)
    assert done.code == 0
    first = done.out.splitlines()[0]
    assert first.startswith("echo-harness ")
    assert "the reference server: " in first


def test_a_script_can_refuse_the_reference(run: Run) -> None:
    """With --no-reference a name or a command must be there."""
    done = run("check", "--no-reference", *HELLO)
    assert (done.code, done.out) == (2, "")
    assert "neither a command nor a target's name" in done.err
    assert len(done.err.splitlines()) == 1
