"""A message that is just one byte, and goes wrong where others of one byte come back."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CUT, LIKELY, MISSING, OF_FUZZ
from harness.diagnosis.facts_stream import LARGE, Session, bad_sessions, byte, kind_of, of_check
from harness.diagnosis.rule import NEARLY_ALL, Rule, Sign

OTHERS = 8
"""Other messages of one byte that have come back at least."""


def lone_byte(case: Case) -> Sign | None:
    """It is always the same byte, alone in its message; in longer messages it does no harm."""
    bad = [s for s in bad_sessions(case) if s.check_id != OF_FUZZ and s.seen.sent <= LARGE]
    alone = [s for s in bad if _is_alone(s)]
    values = {value for s in alone for value in _first_wrong(s)}
    checks = of_check(alone)
    if len(checks) < 2 or len(values) != 1 or len(alone) < NEARLY_ALL * len(bad):
        return None
    (value,) = values
    others = [other for s in alone for other in _lone_and_right(s)]
    if len(others) < OTHERS or value in others:
        return None
    said = (
        f"In {len(checks)} checks it is a message of just {byte(value)} that goes wrong, and "
        f"{len(others)} other messages of one byte came back."
    )
    shown = f"{byte(value)} ({chr(value)!r})" if 0x20 < value < 0x7F else byte(value)
    detail = f"a message that is just {shown} is taken for something else than data"
    return Sign(checks | ({OF_FUZZ} & case.failed), (said,), LIKELY, detail)


def _is_alone(s: Session) -> bool:
    """Whether the first byte that goes wrong was written alone, when all before it had come."""
    if kind_of(s) not in (*CUT, *MISSING) or s.at is None:
        return False
    if s.at.size == 1 and s.alone(s.at):
        return True
    written = [m.size for m in s.seen.timeline if m.what == "sent"]
    return written[-1:] == [1] and s.good == s.seen.sent - 1


def _first_wrong(s: Session) -> bytes:
    sent = s.sent_up_to(LARGE)
    return sent[s.good : s.good + 1]


def _lone_and_right(s: Session) -> Iterator[int]:
    sent = s.sent_up_to(LARGE)
    return (sent[m.start] for m in s.answered if m.size == 1 and m.start < len(sent))


RULES = (Rule("magic-byte", lone_byte, must=("chunking/byte-by-byte",), strength=2),)
