"""What one bug has done is taken away, and the next shows beneath it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from harness.diagnosis import beneath, explain
from harness.diagnosis.derived import derived
from tests.diagnosis.made import causes
from tests.diagnosis.simulated import Server, case_of, each


@pytest.mark.parametrize(
    ("sent", "came", "left"),
    [
        (b"Hello", b"HI\nHello", b"Hello"),
        (b"Hello", b"HI\nHELLO", b"HELLO"),
        (b"HI there", b"HI\nHI there", b"HI there"),
        (b"ab", b"aHI\nbHI\n", b"ab"),
        (b"Hello", b"HI", b""),
        (b"Hello", b"Hello", b"Hello"),
        (b"", b"HI\n", b""),
        (b"Hello", b"xHello", b"xHello"),
    ],
)
def test_a_text_that_was_added_is_taken_away(sent: bytes, came: bytes, left: bytes) -> None:
    """Wherever it stands in place of what was sent, and nowhere else."""
    assert beneath.added(b"HI\n")(sent, came) == left


@pytest.mark.parametrize(
    ("came", "left"),
    [(b"ABC", b"abc"), (b"AB", b"ab"), (b"ABx", b"abx"), (b"abc", b"abc"), (b"", b"")],
)
def test_what_a_change_foretells_is_right(came: bytes, left: bytes) -> None:
    """As far as it foretells what came; what follows stays as it is."""
    assert beneath.changed(bytes.upper)(b"abc", came) == left


def greeting(server: Server) -> Server:
    """``server``, which greets each client first."""

    def greets(reads: Sequence[bytes]) -> tuple[bytes, bool]:
        out, ended = server(reads)
        return b"Welcome!\r\n" + out, ended

    return greets


PLAIN = each(lambda read: read)


def test_a_greeting_alone_has_nothing_beneath() -> None:
    """All that fails has come of it."""
    case = case_of(greeting(PLAIN))
    told = explain(case)
    assert [cause.id for cause in told.causes] == ["banner"]
    assert {found.cause for found in told.diagnoses.values()} == {"banner"}


@pytest.mark.parametrize(
    ("beneath_it", "cause"),
    [
        (each(bytes.upper), "case-changed"),
        (each(lambda read: bytes(v & 0x7F for v in read)), "seven-bit"),
        (each(lambda read: read.split(b"\0")[0]), "cut-at-nul"),
    ],
)
def test_beneath_a_greeting_bytes_are_looked_at(beneath_it: Server, cause: str) -> None:
    """Both bugs are named, and each has failures of its own."""
    told = explain(case_of(greeting(beneath_it)))
    assert {"banner", cause} <= {one.id for one in told.causes}
    assert all(one.explains for one in told.causes)


def test_a_check_that_is_right_without_the_bug_has_passed() -> None:
    """What is judged again counts for the rules as if it had been seen."""
    case = case_of(greeting(each(bytes.upper)))
    left = beneath.without(case, beneath.added(b"Welcome!\r\n"))
    assert "identity/hello" in left.failed
    assert "shutdown/at-once" in left.passed
    assert left.failed | left.passed == case.failed | case.passed


def test_what_stands_before_or_behind_a_message_is_no_change_of_a_byte() -> None:
    """One exchange of a server that greets looks as if its first byte came back as several."""
    case = case_of(greeting(PLAIN), checks=("chunking/prompt", "chunking/byte-by-byte"))
    assert not [one for one in derived(case) if "as several" in one.bug]
    assert "magic-byte" not in causes(case)


@pytest.mark.parametrize("check", ["identity/format-directives", "identity/split-utf8"])
def test_one_check_of_special_bytes_does_not_tell_what_they_do(check: str) -> None:
    """Where nobody tried whether plain messages go well, it may be all messages that do not."""
    assert causes(case_of(greeting(PLAIN), checks=(check,))) == []
