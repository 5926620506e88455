"""When a server answers: for a newline, a full buffer, the end, or never: rules of "reading"."""

from __future__ import annotations

import re

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, CUT, LIKELY, Answers
from harness.diagnosis.experiments.answers import AFTER_SECOND, only_filler
from harness.diagnosis.experiments.lines import ENDS
from harness.diagnosis.experiments.values import Observed, number
from harness.diagnosis.facts_lengths import length_meant
from harness.diagnosis.facts_process import fact
from harness.diagnosis.facts_stream import Session, bad_sessions, line_with, of_check, sessions
from harness.diagnosis.foretold import is_small
from harness.diagnosis.rule import PLAIN, Rule, Sign
from harness.diagnosis.rules.handed import to_mend
from harness.diagnosis.where import mentioned
from harness.values.verdict import Kind

LATE = (Kind.NO_ECHO, Kind.NOT_TAKEN, Kind.TRUNCATED, Kind.NO_END, Kind.RESOURCE)


def when(case: Case) -> Answers:
    """When a first message is answered, as far as anybody has tried."""
    seen: list[Answers] = [
        e.experiments for e in case.failures if e.experiments is not Answers.UNKNOWN
    ]
    said = str(fact(case, "answers", "when"))
    if said in set(Answers):
        seen.append(Answers(said))
    late = [how for how in seen if how is not Answers.NEVER]
    return max(late or seen, key=seen.count, default=Answers.UNKNOWN)


def _unanswered(case: Case) -> list[Session]:
    """Sessions on which an answer did not come in time, though the connection was open."""
    return [s for s in bad_sessions(case) if s.finding is not None and s.finding.kind in LATE]


def _late(case: Case) -> frozenset[str]:
    """The checks in which something came too late, or the memory grew meanwhile."""
    found = of_check(_unanswered(case))
    waits = {e.check_id for e in case.failures if e.first.kind in LATE}
    return found | waits


def newline(case: Case) -> Sign | None:
    """A message is answered when a newline comes."""
    if when(case) is not Answers.AFTER_NEWLINE or not _none_at_once(case):
        return None
    row = case.saw("messages")
    if row is not None and row.facts["bad"] == "late":
        return None  # it was a later message that brought the answer, and had no newline
    said = "A message without a newline is not answered; when a newline comes it is."
    return Sign(_late(case) | of_long_lines(case), (said,), CERTAIN, long_line(case))


def long_line(case: Case) -> str | None:
    """The bug in the words of this case where a line may only have so many bytes, as was tried."""
    seen = case.saw("lines")
    right, wrong = _longest_line(case)
    if seen is None or not wrong:
        return None
    some = "" if wrong == right + 1 else "some "
    ends = seen.facts.get("how") == ENDS
    what = "ends the connection at the first" if ends else "never answers a"
    return (
        "the server reads whole lines, so it answers only when a newline has come, and it "
        f"{what} line longer than {some}{right:,} bytes"
    )


def of_long_lines(case: Case) -> frozenset[str]:
    """The checks in which it ended a connection when more had come than a line may have."""
    right, wrong = _longest_line(case)
    if not wrong:
        return frozenset()
    return frozenset(
        e.check_id
        for e in case.failures
        if e.first.kind in CUT and (e.first.sent or 0) > right and not e.first.received
    )


def _longest_line(case: Case) -> tuple[int, int]:
    """Bytes of the longest line that is answered, and of the shortest that is not; else zeros."""
    seen = case.saw("lines")
    return (0, 0) if seen is None else (number(seen.facts["right"]), number(seen.facts["wrong"]))


def end(case: Case) -> Sign | None:
    """Nothing is answered until the client has ended."""
    if when(case) is not Answers.AFTER_END or not _none_at_once(case) or before_end(case):
        return None
    return Sign(
        _late(case),
        ("Nothing is answered, not a newline and not 64 KiB, until the client has ended.",),
        CERTAIN,
    )


def before_end(case: Case) -> list[Session]:
    """The sessions on which a part came back while the client had not ended its side."""
    return [s for s in bad_sessions(case) if s.seen.received and not s.seen.half_closed]


def full_buffer(case: Case) -> Sign | None:
    """A message is answered when so many bytes have come."""
    if when(case) is not Answers.AFTER_MORE or not _none_at_once(case):
        return None
    asked = case.saw("answers")
    if length_meant(case) or written_through(case) or (asked and asked.facts.get("kept")):
        return None  # it is the answers that wait
    unit = number(asked.facts.get("unit")) if asked else 0
    if not unit or (unit in BLOCKS and not (asked and _at_once_when_full(asked, unit))):
        return None
    told = asked.said if asked else "A first message is answered only when more has come."
    detail = f"the server waits until {unit:,} bytes have come before it answers"
    return Sign(_late(case), (told,), LIKELY, detail)


def length_waited_for(case: Case) -> Sign | None:
    """How much it waits for is what the first bytes mean as a number."""
    meant = length_meant(case)
    if meant is None or not _none_at_once(case):
        return None
    data = only_filler(meant.width)
    order = f" ({'big' if meant.big else 'little'}-endian)" if meant.width > 1 else ""
    size = number(fact(case, "answers", "unit"))
    said = (
        f"Of a stream that begins with the byte{'s' * (meant.width > 1)} {data.hex(' ')} nothing "
        f"is answered until so many have come as these say as a number{order}: "
        f"{meant.value(data):,}, and then {size:,} come. Of one that begins with other bytes it "
        "is another number."
    )
    detail = (
        f"the first {meant.width:,} byte{'s' * (meant.width > 1)} of a message are taken for its "
        f"length{order}, and nothing is answered until so many bytes have come"
    )
    return Sign(_late(case), (said,), CERTAIN, detail)


def first_bytes(case: Case) -> Sign | None:
    """The first message of a connection is answered when some bytes have come, and each later one
    at once."""
    if fact(case, "answers", "when") != AFTER_SECOND or not _none_at_once(case):
        return None
    enough = number(fact(case, "answers", "sent"))
    if number(fact(case, "answers", "first")) != enough or not fact(case, "messages", "lives"):
        return None  # only one of the two came, or a longer one is not answered, either
    waits = [s for s in _unanswered(case) if s.messages and s.seen.half_closed is False]
    small = max((s.seen.sent for s in waits if s.seen.sent < enough), default=0)
    if not small or any(s.good for s in waits):
        return None
    said = (
        f"A first message of {small:,} byte{'s' * (small > 1)} is not answered; when {enough:,} "
        "bytes have come all of them come back, and longer messages do at once."
    )
    detail = (
        f"the server waits until some bytes of a connection have come (no more than {enough:,}) "
        "before it answers"
    )
    return Sign(_late(case), (said,), LIKELY, detail)


def written_through(case: Case) -> bool:
    """Whether the source has a buffer that is written through and not flushed after each write, and
    none that must be full to be read: of causes that look alike from outside it tells which it
    is."""
    writes, fills = (
        mentioned(cause, case.sources, case.command)
        for cause in ("not-flushed", "waits-for-full-buffer")
    )
    return writes and not fills and not any(FLUSHED.search(text) for _, text in case.sources)


FLUSHED = re.compile(r"\.write\w*\([^;\n]*\);?[ \t]*\n\s*(await\s+)?[\w.]+\.[fF]lush\(\)")
"""A line that writes, and the next one flushes."""


BLOCKS = (4096, 8192, 16384, 65536)
"""Sizes of the buffers in which the libraries of languages collect what is written."""


def _at_once_when_full(asked: Observed, unit: int) -> bool:
    """Whether the answer came as soon as ``unit`` bytes had: a writer would keep a full buffer."""
    return unit in (number(asked.facts.get("at")), number(asked.facts.get("sent")))


def _none_at_once(case: Case) -> bool:
    """Whether the first message of each connection, if it is small, was not answered."""
    late = [s for s in _unanswered(case) if s.messages and s.at is not None]
    return bool(late) and "chunking/prompt" not in case.passed


def never(case: Case) -> Sign | None:
    """Nothing ever comes back, on no connection."""
    found = [s for s in bad_sessions(case) if s.messages]
    if not found or when(case) not in (Answers.NEVER, Answers.UNKNOWN):
        return None
    if any(s.seen.received for s in sessions(case)):
        return None
    if 4 * sum(s.closed_early for s in found) > len(found):
        return None
    if _printed(case) or _keyboard(case):
        return None
    kinds = (Kind.NO_ECHO, Kind.NO_END, Kind.TRUNCATED, Kind.NOT_RELEASED, Kind.NOT_TAKEN)
    checks = {e.check_id for e in case.failures if e.first.kind in kinds}
    said = "No byte ever comes back, on no connection."
    return Sign(frozenset(checks), (said,), CERTAIN, mend=to_mend(case))


def printed(case: Case) -> Sign | None:
    """What was sent stands in the output, and did not come back."""
    found = _printed(case)
    if not found:
        return None
    return Sign(
        _late(case) | of_check(bad_sessions(case)),
        (f"The server's output shows {found}, which the client has sent and not got back.",),
        CERTAIN,
    )


def _printed(case: Case) -> str:
    if any(s.seen.received for s in sessions(case)):
        return ""
    for s in bad_sessions(case):
        if not is_small(s):
            continue
        e = case.of(s.check_id)
        text = s.sent[:40].decode("ascii", "replace").strip()
        words = [w for w in re.split(r"[^A-Za-z0-9, ]+", text) if len(w) >= 6]
        if e is None or not words or any(words[0] in text for _, text in case.sources):
            continue  # what stands in the source may be printed at any time
        if words[0][:20] in e.output:
            return repr(words[0][:20])
    return ""


KEYBOARD = re.compile(
    r"EOFError|EOF when reading a line|NoSuchElementException|No line found|\binput\(|"
    r"readline was closed",
)


def keyboard(case: Case) -> Sign | None:
    """It fails where it reads standard input, or never answers and its line says so."""
    line = _keyboard(case)
    if not line:
        return None
    return Sign(
        frozenset(case.failed - {"launch/restarts", "launch/listens"}),
        (f"The server says {line!r}.",),
        CERTAIN,
    )


def _keyboard(case: Case) -> str:
    """The line in which it says that it reads standard input; empty if it says so nowhere."""
    return line_with(case, KEYBOARD)[0]


PROMPT = ("chunking/prompt",)
ASKS = ("answers",)
BY_LINES = ("answers", "lines")
RULES = (
    Rule("waits-for-newline", newline, PROMPT, strength=2, asks=BY_LINES),
    Rule("waits-for-end", end, PROMPT, strength=2, asks=ASKS),
    Rule("waits-for-full-buffer", full_buffer, PROMPT, strength=1, asks=ASKS),
    Rule("length-prefix", length_waited_for, PROMPT, strength=3, asks=ASKS),
    Rule("waits-for-full-buffer", first_bytes, PROMPT, strength=2, asks=("answers", "messages")),
    Rule("reads-never", never, PLAIN, strength=1, asks=ASKS),
    Rule("printed-not-sent", printed, PLAIN, strength=3, asks=ASKS),
    Rule("input-for-recv", keyboard, PLAIN, strength=3, asks=ASKS),
)
