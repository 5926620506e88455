"""Servers with a bug that no cause names: nobody claims another one.

More of them are drawn by ``python -m tests.proof.odd``.
"""

from __future__ import annotations

import re

import pytest

from harness.contract.catalogue import CHECKS
from harness.contract.check import Context
from harness.diagnosis import explain
from harness.diagnosis.evidence import POSSIBLE
from harness.diagnosis.facts_stream import PLAIN_MESSAGES
from harness.values.plan import sent_by
from harness.values.report import UNEXPLAINED
from harness.values.verdict import Profile
from tests.diagnosis.simulated import Server, case_of, each, until


def without_start(size: int) -> Server:
    return lambda reads: (b"".join(reads)[size:], False)


def lost_if(size: int, rest: int) -> Server:
    return each(lambda m: b"" if len(m) % size == rest else m)


ODD: dict[str, Server] = {
    "bytes behind the seventh flipped": each(
        lambda m: m[:7] + bytes(v ^ 0x10 for v in m[7:]),
    ),
    "middle of long reads lost": each(lambda m: m if len(m) < 200 else m[:50] + m[90:]),
    "a blank after each 80 bytes": each(
        lambda m: b" ".join(m[i : i + 80] for i in range(0, len(m), 80))
    ),
    "equal neighbours become one": each(lambda m: re.sub(rb"(?s)(.)\1+", rb"\1", m)),
    "every second word skipped": each(lambda m: b" ".join(m.split(b" ")[::2])),
    "lines the other way round": each(lambda m: b"\n".join(m.split(b"\n")[::-1])),
    "the first four bytes moved to the end": each(lambda m: m[4:] + m[:4]),
    "reads shorter than eight lost": each(lambda m: b"" if len(m) < 8 else m),
    "the first byte of a connection taken": without_start(1),
    "the first five bytes of a connection taken": without_start(5),
    "a line end at the end of a read ends": until(
        lambda reads: reads[-1].endswith(b"\n"), answers=False
    ),
    "lengths that leave three of eight lost": lost_if(8, 3),
    "reads that begin with a digit lost": each(lambda m: b"" if m[:1].isdigit() else m),
    "words reversed": each(lambda m: b" ".join(m.split(b" ")[::-1])),
}
"""What each does, and the server."""


@pytest.mark.parametrize("server", ODD.values(), ids=ODD)
def test_no_wrong_cause_is_claimed(server: Server) -> None:
    """What is said of such a server is nothing, or a mere guess that calls itself one."""
    one = case_of(server)
    assert one.failures
    claimed = [c for c in explain(one).causes if c.confidence != POSSIBLE and c.id != UNEXPLAINED]
    assert claimed == []


@pytest.mark.parametrize("check_id", PLAIN_MESSAGES)
def test_what_is_sent_in_a_check_that_passed(check_id: str) -> None:
    """The messages that are known to have come back are those that the checks send."""
    check = next(check for check in CHECKS if check.id == check_id)
    (script,) = check.plan(Context(profile=Profile.CONCURRENT)).scripts
    assert sent_by(script) == PLAIN_MESSAGES[check_id]
