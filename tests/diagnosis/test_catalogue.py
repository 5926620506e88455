"""The catalogue of causes is whole, and fit to be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.diagnosis.catalogue import CAUSES, GROUPS, CauseKind, find, language_of, mend_for
from harness.diagnosis.catalogue.examples import EXAMPLES
from harness.diagnosis.catalogue.kind import LANGUAGES
from harness.errors import UsageProblem

IDS = (Path(__file__).parent / "cause_ids.txt").read_text("utf-8").split()
OF_EACH_GROUP = pytest.mark.parametrize("group", GROUPS)


def test_every_id_that_others_use_is_there() -> None:
    """Ids stand in reports: one that is changed or gone is changed here as well."""
    assert list(CAUSES) == IDS


def test_ids_are_unique_and_know_their_group() -> None:
    """No entry hides another."""
    assert len(CAUSES) == sum(map(len, GROUPS.values()))
    assert all(kind.group == group for group, kinds in GROUPS.items() for kind in kinds)


@OF_EACH_GROUP
def test_a_cause_can_be_read_at_once(group: str) -> None:
    """Bug, what is seen and what to do are short; the mending is not the bug again."""
    for kind in GROUPS[group]:
        _is_readable(kind)


def _is_readable(kind: CauseKind) -> None:
    assert 20 <= len(kind.bug) <= 130
    first = kind.bug.split()[0]
    assert first[0] == "'" or first[0].islower() or first.isupper() or first == "SO_REUSEADDR"
    assert not kind.bug.endswith(".")
    assert 20 <= len(kind.sees) <= 130
    for text in (kind.sees, kind.mend, *dict(kind.mends).values()):
        assert text[0].isupper() or text.split()[0].removesuffix("()").isidentifier() or "." in text
        assert text.rstrip(")").endswith((".", "...")), text
        assert len(text) <= 200
    assert kind.mend.lower() not in kind.bug.lower()
    assert set(dict(kind.mends)) <= set(LANGUAGES)


def test_what_looks_alike_is_another_cause() -> None:
    """Whoever reads "or it is" finds it."""
    for kind in CAUSES.values():
        related = dict(kind.see)
        assert set(related) <= set(CAUSES) - {kind.id}
        assert all(text and not text.endswith(".") for text in related.values())


@OF_EACH_GROUP
def test_an_example_has_a_bug_and_its_mending(group: str) -> None:
    """Both are small, differ, and are right in their language; every line says whose it is."""
    for kind in GROUPS[group]:
        _has_an_example(kind)


def _has_an_example(kind: CauseKind) -> None:
    example = kind.example
    for line in example.difference.split("\n"):
        assert not line or line[:2] in ("  ", "- ", "+ "), line
        assert len(line) <= 80
    assert kind.broken != kind.mended
    for text in (kind.broken, kind.mended):
        assert 2 <= len(text.splitlines()) <= 18
        if example.language == "python":
            compile(text, kind.id, "exec")
        else:
            assert text.count("{") == text.count("}") or kind.id == "format-string"


def test_every_example_belongs_to_a_cause() -> None:
    """None is left of a cause that has gone."""
    assert set(EXAMPLES) == set(CAUSES)


def test_an_unknown_cause_is_told_with_the_nearest() -> None:
    """A slip of the finger costs no search."""
    with pytest.raises(UsageProblem, match="Did you mean 'short-send-ignored'"):
        find("short-send-ignord")


def test_a_mending_speaks_the_language_of_the_target() -> None:
    """Whoever writes C is not told of sendall()."""
    assert mend_for("short-send-ignored", "python") == (
        "Use conn.sendall(data) instead of conn.send(data)."
    )
    assert "write()" in mend_for("short-send-ignored", "c")
    assert mend_for("short-send-ignored", "cobol") == mend_for("short-send-ignored", None)
    assert "sendall" not in mend_for("short-send-ignored", None)


@pytest.mark.parametrize(
    ("command", "language"),
    [
        ("python3.11 -u server.py", "python"),
        ("/usr/bin/env python server.py", "python"),
        ("timeout 5 node --inspect server.js", "node"),
        ("./server.py notes.go", "python"),
        ("go run .", "go"),
        ("java -cp out Server", "java"),
        ("target/debug/echo --port 7", "rust"),
        ("cargo run", "rust"),
        ("ruby3.2 echo", "ruby"),
        ("perl -w echo", "perl"),
        ("sh -c 'gcc -o s server.c && ./s'", "c"),
        ("bash -c 'cd x; exec python3 -m server'", "python"),
        ("./server.sh", "shell"),
        ("dash -e run", "shell"),
        ("./server", None),
        ("", None),
    ],
)
def test_the_command_tells_the_language(command: str, language: str | None) -> None:
    """By what runs it, or by how its file's name ends."""
    import shlex

    assert language_of(shlex.split(command)) == language


@pytest.mark.parametrize(
    ("output", "language"),
    [
        ('  File "/x/server.py", line 3, in <module>\nValueError: x', "python"),
        ("panic: runtime error\n\ngoroutine 1 [running]:\nmain.main()", "go"),
        ("thread 'main' (71) panicked at src/main.rs:3:5:\nno", "rust"),
        ('Exception in thread "main" java.lang.Error\n\tat Server.main(Server.java:3)', "java"),
        ("Error: x\n    at Server.<anonymous> (/x/server:3:9)", "node"),
        ("died at echo.pl line 12.", "perl"),
        ("echo.rb:3:in `accept': x", "ruby"),
        ("==1==ERROR: AddressSanitizer: heap-buffer-overflow", "c"),
        ("s: server.c:12: main: Assertion `n > 0' failed.", "c"),
        ("listening on port 7", None),
    ],
)
def test_the_output_tells_the_language_of_a_program_without_a_name(
    output: str, language: str | None
) -> None:
    """A compiled program says by its way to fail what it was written in."""
    assert language_of(["./server"], output) == language
    assert language_of(["python", "x.py"], output) == "python"


def test_the_first_line_of_the_source_tells_the_language() -> None:
    """As the system itself reads it."""
    assert language_of(["./server"], source="#!/usr/bin/env -S python3 -u\nimport os") == "python"
