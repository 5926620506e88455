"""``echo-harness explain CAUSE`` and ``list --causes``."""

from __future__ import annotations

import textwrap

import pytest
from click import Context
from click.testing import CliRunner

from harness.cli import cli
from harness.cli.complete import checks_and_causes
from harness.cli.contract import explain
from harness.diagnosis.catalogue import CAUSES, GROUPS


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, words)
    return done.exit_code, done.output


@pytest.mark.parametrize("name", ["single-read", "counter-wraps", "half-close-ends-at-once"])
def test_a_cause_is_explained_with_its_example(name: str) -> None:
    """The bug, what one sees, what to do in each language, the server with and without it."""
    kind = CAUSES[name]
    code, out = run("explain", name)
    assert code == 0
    assert out.splitlines()[0] == name
    flat = " ".join(out.split())
    for text in (kind.sentence, kind.sees, kind.mend, *dict(kind.mends).values()):
        assert " ".join(text.split()) in flat
    assert textwrap.indent(kind.broken, "    ") in out
    assert textwrap.indent(kind.mended, "    ") in out
    assert all(f"or it is   {other}: " in out for other, _ in kind.see)


def test_every_explanation_fits_the_window() -> None:
    """Ninety columns are enough; the texts fold, and no example is wider."""
    for name in CAUSES:
        code, out = run("explain", name)
        assert code == 0
        assert max(map(len, out.splitlines())) <= 90, name


def test_a_name_of_the_code_keeps_its_letters() -> None:
    """accept() is no Accept()."""
    assert "bug        accept() is not in a loop" in run("explain", "no-accept-loop")[1]


@pytest.mark.parametrize("name", ["reading", "reading/"])
def test_a_group_of_causes_lists_them(name: str) -> None:
    """One line each, as for the checks of a group."""
    code, out = run("explain", name)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[:-2]] == [k.id for k in GROUPS["reading"]]


def test_all_causes_are_listed() -> None:
    """Each on a line that begins with its id."""
    code, out = run("list", "--causes")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(CAUSES)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explain", "single-reed"), "Did you mean 'single-read'?"),
        (("explain", "Chunkin"), "Did you mean 'chunking'?"),
        (("explain", "promp"), "'echo-harness list' shows all checks, with --causes all causes."),
        (("explain", "prompt"), "Did you mean 'chunking/prompt'?"),
        (("explain", "chunking/promt"), "Did you mean 'chunking/prompt'?"),
        (("list", "--causes", "--level", "must"), "--causes goes with no other option"),
    ],
)
def test_what_is_misspelt_is_told(words: tuple[str, ...], said: str, capsys: object) -> None:
    """With the nearest of checks and causes, and exit code 2."""
    from harness.errors import UsageProblem

    with pytest.raises(UsageProblem) as problem:
        CliRunner().invoke(cli, words, catch_exceptions=False)
    assert said in str(problem.value)
    assert problem.value.exit_code == 2


def test_causes_are_completed() -> None:
    """As checks are."""
    found = checks_and_causes(Context(explain), explain.params[0], "single")
    assert [item.value for item in found] == ["single-read"]
    found = checks_and_causes(Context(explain), explain.params[0], "chunking/p")
    assert "chunking/prompt" in [item.value for item in found]
