"""Connections that are ended before anything has come back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from harness.diagnosis import Evidence, explain
from harness.values.trace import Ending
from harness.values.verdict import Kind
from tests.diagnosis.made import case, causes, ended, failed, found, talked

CHECKS = (
    *("identity/one-byte", "identity/hello", "identity/nul-bytes", "identity/newlines"),
    *("chunking/prompt", "chunking/byte-by-byte", "shutdown/not-early", "shutdown/after-echo"),
    *("sessions/one-after-another", "shutdown/orderly"),
)


def closed(check_id: str, came: bytes = b"", ending: Ending = Ending.RST) -> Evidence:
    """The server ended the connection when a few bytes had been sent."""
    return talked(check_id, [b"Hello, world"], came, ending=ending, early=True)


def test_each_connection_is_closed_before_it_is_read() -> None:
    """A read into a buffer without length returns nothing, and that is taken for the end."""
    told = explain(case(*map(closed, CHECKS)))
    assert [cause.id for cause in told.causes] == ["closes-before-client"]
    assert set(told.causes[0].explains) == set(CHECKS)
    assert told.causes[0].hint.startswith("Print what the first read returns.")


WORDS = 'Traceback (most recent call last):\n  File "s.py", line 3, in serve\nKeyError: 1'


@pytest.mark.parametrize(
    "other",
    [
        lambda e: closed(e.check_id, ending=Ending.FIN),
        lambda e: closed(e.check_id, b"Hello") if e.check_id == CHECKS[4] else e,
        lambda e: replace(e, output=WORDS),
        lambda e: failed(e.check_id, found(Kind.DIED, None), deaths=(ended(),)),
    ],
    ids=["all was read", "one was answered", "an exception is told", "the program ends"],
)
def test_who_closes_for_another_reason(other: Callable[[Evidence], Evidence]) -> None:
    """A server that has read what was sent, answers somebody, says what has failed, or ends."""
    assert "closes-before-client" not in causes(case(*(other(closed(i)) for i in CHECKS)))


def test_who_serves_plain_messages_closes_nothing_at_once() -> None:
    """One of the plain checks passed, so there are connections that are served."""
    well = {"identity/hello"}
    failures = (closed(i) for i in CHECKS if i not in well)
    assert "closes-before-client" not in causes(case(*failures, passed=well))
