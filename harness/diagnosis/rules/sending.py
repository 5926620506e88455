"""How the bugs of the group "sending" of the catalogue show."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, MISSING, OTHER_BYTES, Answers, Evidence
from harness.diagnosis.experiments.answers import AFTER_SECOND
from harness.diagnosis.experiments.values import number
from harness.diagnosis.facts_lengths import length_meant
from harness.diagnosis.facts_process import PRESSURE, calm, fact, first_kind, talks
from harness.diagnosis.read_sizes import LARGEST_READ, LEAST_USUAL, SURE_READ, USUAL_READ
from harness.diagnosis.rule import NEARLY_ALL, PLAIN, Rule, Sign, explained
from harness.diagnosis.rules import shuffled
from harness.diagnosis.rules.slow_readers import STALLED
from harness.diagnosis.rules.waiting import BLOCKS, when, written_through
from harness.values.verdict import Kind


def sent_twice(case: Case) -> Sign | None:
    """What a client has sent last comes once more."""
    twice = [e for e in case.failures if e.first.kind in (Kind.DUPLICATED, Kind.EXTRA)]
    small = [e for e in twice if (e.first.sent or 0) < USUAL_READ and _again(e)]
    if not small or not any(e.first.kind is Kind.DUPLICATED for e in twice):
        return None
    if 2 * sum(map(_padded, twice)) > len(twice):
        return None  # one of them may be so by chance
    last = all(e.first.offset == e.first.sent for e in small)
    e = small[0]
    after = "after the end of the client" if last and _at_end(e) else "at once"
    said = f"The {e.first.length:,} bytes that the client had sent last came once more, {after}."
    return Sign(frozenset(e.check_id for e in twice), (said,), LIKELY)


def _again(e: Evidence) -> bool:
    """Whether what came too much is the end of what was sent."""
    got = e.got
    return bool(got) and e.sent[: e.first.offset].endswith(got[: e.first.length or 0])


def _at_end(e: Evidence) -> bool:
    return any(m.what == "half-closed" for m in e.moments)


def _padded(e: Evidence) -> bool:
    """Whether all came, and then as much as makes the answer as long as some buffer."""
    whole = e.first.received is not None and e.first.received % SURE_READ == 0
    return whole and e.first.offset == e.first.sent


def reordered(case: Case) -> list[Evidence]:
    """The failures in which bytes have come too early."""
    return [e for e in case.failures if e.first.kind is Kind.REORDERED]


def overtake(case: Case) -> Sign | None:
    """Small pieces come before larger ones that were sent earlier."""
    if not reordered(case) or "chunking/many-writes-one-read" not in case.failed:
        return None
    if shuffled.nothing_waited(case):
        return None  # there was nothing to overtake
    said = "Nothing is lost, but small pieces came before larger ones that were sent earlier."
    kinds = (Kind.REORDERED, Kind.EXTRA, Kind.CHANGED)
    return Sign(explained(case, kinds), (said,), LIKELY)


def queue_order(case: Case) -> Sign | None:
    """All bytes come, in another order: also where the first that is missing comes very late."""
    moved = {e.check_id for e in case.failures if e.first.kind is Kind.REORDERED or _comes_late(e)}
    if STALLED not in moved or not calm(case) or shuffled.repeated(case):
        return None
    said = "Nothing is lost, but pieces that had to wait for the reader came in another order."
    kinds = (Kind.REORDERED, Kind.EXTRA, Kind.CHANGED, Kind.LOST)
    return Sign(explained(case, kinds), (said,), LIKELY)


def _comes_late(e: Evidence) -> bool:
    """Whether what seems to be lost must have come behind the rest: as much came as was sent."""
    sent = e.first.sent or 0
    return e.first.kind is Kind.LOST and (e.first.received or 0) >= sent > LARGEST_READ


def one_behind(case: Case) -> Sign | None:
    """The answer has the right length and is what stood in the buffer before."""
    changed = _changed_at_once(case)
    if "identity/hello" not in case.failed or not changed:
        return None
    if 2 * len(changed) < len(explained(case, OTHER_BYTES)):
        return None  # answers of other lengths come as well
    if all(map(_zeros, changed)) or not any(_zeros(e) or _earlier(e) for e in changed):
        return None  # nothing old is in it
    said = "Each answer was as long as the message, and held what had been in a buffer before it."
    return Sign(explained(case, OTHER_BYTES), (said,), LIKELY)


def not_filled(case: Case) -> Sign | None:
    """The answer has the right length, and there is nothing but zeros in it."""
    changed = _changed_at_once(case)
    if not changed or not all(map(_zeros, changed)):
        return None
    if "identity/hello" not in {e.check_id for e in changed}:
        return None  # that is answered by more, or by less
    said = f"In {len(changed)} checks the answer was as long as the message, and all zeros."
    return Sign(explained(case, OTHER_BYTES), (said,), LIKELY)


def filled_in_part(case: Case) -> Sign | None:
    """Zeros come where bytes of the client belong, behind others that were right."""
    holes = zeros_within(case)
    if not holes or (calm(case) and all(e.first.received == e.first.sent for e in holes)):
        return None  # the latter is read from a wrong place (misplaced.py): no more is sent
    least = min(e.first.offset or 0 for e in holes)
    said = (
        f"In {len(holes)} checks zeros (NUL bytes) come in place of the client's bytes, or between "
        f"them, and never in the first {least:,} bytes."
    )
    return Sign(
        explained(case, (*OTHER_BYTES, *MISSING)),
        (said,),
        LIKELY,
        detail="more is sent than was put into the buffer: zeros come from a part that was never "
        "filled",
        mend="Print how many bytes are put into the buffer (or file, or list) and where, and how "
        "many are sent from where: a length is too large, or a place is wrong.",
    )


def zeros_within(case: Case) -> list[Evidence]:
    """The checks in which zeros come where bytes belong; none where other bytes are wrong, too."""
    found = [e for e in case.failures if e.first.kind in OTHER_BYTES and e.first.offset]
    holes = [e for e in found if len(e.got) >= HOLE and not any(e.got) and any(e.sent)]
    few = len(holes) < SOME or len(holes) < NEARLY_ALL * len(found)
    return [] if few or case.failed.intersection(PLAIN) else holes


HOLE = 16
"""Zeros in a row that no payload has."""


def _changed_at_once(case: Case) -> list[Evidence]:
    """What is wrong from the first byte on, if that are some, and short ones have their length."""
    found = [e for e in case.failures if e.first.kind is Kind.CHANGED and not e.first.offset]
    short = [e for e in found if (e.first.sent or 0) <= SURE_READ]
    same = all(e.first.received == e.first.sent for e in short)
    return found if len(found) >= SOME and same else []


SOME = 5
"""Checks that a bug of each answer breaks at least."""


def _zeros(e: Evidence) -> bool:
    return set(e.got[:8]) == {0}


def one_late(case: Case) -> Sign | None:
    """The answer to a message comes when there is a second one, and nothing of that."""
    first, sent = number(fact(case, "answers", "first")), number(fact(case, "answers", "sent"))
    if fact(case, "answers", "when") != AFTER_SECOND or 2 * first != sent:
        return None
    if any(e.first.kind not in IN_ORDER for e in case.failures):
        return None  # what came was not the first message
    said = (
        f"When {sent:,} bytes had been sent in two messages the first {first:,} came, and no more."
    )
    detail = "the answer to each message is sent only when the next one has come"
    return Sign(explained(case, IN_ORDER), (said,), CERTAIN, detail)


IN_ORDER = (MISSING - {Kind.LOST}) | {
    *(Kind.NO_END, Kind.EARLY_CLOSE, Kind.RESET, Kind.NOT_TAKEN, Kind.RESOURCE, Kind.NOT_RELEASED)
}
"""What is seen where all that comes is right."""


def _earlier(e: Evidence) -> bool:
    return len(e.got) >= 8 and e.got[:8] in e.sent[: e.first.offset or 0]


def stale_buffer(case: Case) -> Sign | None:
    """More comes than was sent, always up to the same length or a multiple of it."""
    extra = [
        e
        for e in case.failures
        if e.first.kind in (Kind.EXTRA, Kind.DUPLICATED, Kind.FOREIGN)
        and e.first.offset == e.first.sent
        and (e.first.sent or 0) <= SURE_READ
    ]
    lengths = {e.first.received or 0 for e in extra}  # of one read, or of a few
    size = min(lengths, default=0)
    if len(extra) < 3 or size < LEAST_USUAL or any(length % size for length in lengths):
        return None
    said = f"Each answer had {size:,} bytes, however short the message was."
    detail = f"the whole buffer of {size:,} bytes is sent, not only the bytes that were read"
    return Sign(explained(case, OTHER_BYTES), (said,), CERTAIN, detail)


def not_flushed(case: Case) -> Sign | None:
    """A block that is exactly full waits for one byte more: that is a buffer of a writer."""
    unit = number(fact(case, "answers", "unit"))
    if length_meant(case):
        return None  # what it waits for stands in the message
    if when(case) is Answers.AFTER_MORE and written_through(case):
        told = "Answers come late and together, and the source writes through a buffer."
        return Sign(explained(case, LATE), (told,), LIKELY)
    if unit >= LEAST_WRITER and fact(case, "answers", "kept"):
        told = f"Of exactly {unit:,} bytes nothing comes back; when more is sent {unit:,} come."
        return Sign(explained(case, LATE), (told,), CERTAIN)
    held = _holds_full_block(case, unit)
    first, sent = number(fact(case, "answers", "first")), number(fact(case, "answers", "sent"))
    blocks = unit in BLOCKS and first and not first % unit and not sent % unit and first < sent
    blocks = blocks or (unit in BLOCKS and number(fact(case, "answers", "at")) > unit)
    if not held and not blocks:
        return None
    size = f"{unit:,}" if unit else "thousands of"
    said = (
        f"Nothing came until more than {size} bytes had been sent, and then whole blocks, all but "
        "the last, full one: so answers wait in a buffer until more is written."
    )
    return Sign(explained(case, LATE), (said,), LIKELY)


LATE = MISSING | {Kind.NO_END, Kind.EARLY_CLOSE, Kind.NOT_TAKEN}
"""What is seen where answers wait for more of them."""
LEAST_WRITER = 128
"""Bytes of a buffer that is written through.  Who holds back fewer waits for something else."""


def _holds_full_block(case: Case, unit: int) -> bool:
    """Of a stream that whole blocks make up the last did not come: a reader would have had it."""
    e = case.of(STALLED)
    if e is None or e.experiments is not Answers.AFTER_MORE or e.first.kind is not Kind.NO_ECHO:
        return False
    length = e.first.length or 0
    whole = not (e.first.sent or 0) % LARGEST_READ
    return whole and (length in BLOCKS or (unit in BLOCKS and 0 < length <= unit))


def send_outside(case: Case) -> Sign | None:
    """At the end only the last piece comes."""
    if fact(case, "answers", "when") not in (Answers.AFTER_END, Answers.NEVER):
        return None
    cut = [
        e
        for e in case.failures
        if e.first.kind in (Kind.LOST, Kind.TRUNCATED)
        and 0 < (e.first.received or 0) < (e.first.sent or 0)
        and not e.first.offset
    ]
    if not cut or not all(e.sent.endswith(e.got[:64][-8:]) or e.got[:8] in e.sent for e in cut):
        return None
    e = cut[0]
    said = (
        f"Nothing came before the end, and then only the last {e.first.received:,} of "
        f"{e.first.sent:,} bytes."
    )
    return Sign(explained(case, MISSING | {Kind.NO_END}), (said,), LIKELY)


def unbounded(case: Case) -> Sign | None:
    """Its memory grows while a client does not read."""
    if first_kind(case, "partial-send/bounded-memory") is not Kind.RESOURCE or not talks(case):
        return None
    said = "While its client read nothing it took all that came, and its memory grew with it."
    return Sign(frozenset({"partial-send/bounded-memory"}), (said,), CERTAIN)


RULES: tuple[Rule, ...] = (
    Rule("sent-twice", sent_twice, must=("identity/nothing-extra",), strength=1),
    Rule("answers-overtake", overtake, strength=1),
    Rule("queue-order", queue_order, may=PRESSURE, strength=1),
    *shuffled.RULES,
    Rule("buffer-not-filled", not_filled, must=("identity/hello",), strength=2),
    Rule("buffer-not-filled", filled_in_part, strength=2),
    Rule("one-behind", one_behind, must=("identity/hello",), strength=1),
    Rule("one-behind", one_late, must=("chunking/prompt",), strength=2, asks=("answers",)),
    Rule("stale-buffer", stale_buffer, must=PLAIN, strength=2),
    Rule("not-flushed", not_flushed, must=("chunking/prompt",), strength=1, asks=("answers",)),
    Rule("send-outside-loop", send_outside, must=("chunking/prompt",), strength=1),
    Rule(
        "unbounded-buffer",
        unbounded,
        must=("partial-send/bounded-memory",),
        may=("partial-send/bounded-memory",),
        strength=1,
    ),
)
