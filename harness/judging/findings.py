"""Findings about one connection: the offsets, the bytes shown as evidence, and the words."""

from __future__ import annotations

from harness.judging.alignment import Difference, compare
from harness.judging.streams import Sent
from harness.values.trace import ScriptTrace
from harness.values.verdict import Breach, Finding, Kind

WINDOW = 32
"""Bytes shown of what was expected and got, a few of them before the difference."""
BEFORE = 8


def about(kind: Kind, breach: Breach, message: str, sent: Sent, seen: ScriptTrace) -> Finding:
    """A finding about how a connection ended or waited: what is missing is its evidence."""
    start = max(0, seen.echoed - BEFORE)
    missing = seen.echoed < seen.sent
    return Finding(
        kind=kind,
        breach=breach,
        message=message,
        session=sent.index,
        offset=seen.echoed,
        length=seen.sent - seen.echoed,
        expected=sent.all[start : start + WINDOW].hex() if missing else None,
        got=sent.all[start : seen.echoed].hex() if missing else None,
        window_start=start if missing else None,
        ending=seen.ending,
        sent=seen.sent,
        received=seen.received,
    )


def in_bytes(count: int) -> str:
    """``1 byte``, ``3,072 bytes``."""
    return f"{count:,} byte{'s' if count != 1 else ''}"


def all_bytes(count: int) -> str:
    """``the 1 byte``, ``all 3,072 bytes``: of 1 or more."""
    return "the 1 byte" if count == 1 else f"all {count:,} bytes"


def difference(sent: Sent, seen: ScriptTrace) -> Finding:
    """A finding about the first wrong byte, named by where it comes from if that is known."""
    found = compare(sent.all, seen.echoed, seen.surplus, sent.by_others())
    assert found is not None
    start = max(0, seen.echoed - BEFORE)
    expected = sent.all[start : start + WINDOW]
    got = (sent.all[start : seen.echoed] + seen.surplus)[:WINDOW]
    return Finding(
        kind=found.kind,
        breach=Breach.SAFETY,
        message=_in_words(found, seen),
        session=sent.index,
        offset=found.offset,
        length=found.length,
        expected=expected.hex(),
        got=got.hex(),
        window_start=start,
        ending=seen.ending,
        sent=seen.sent,
        received=seen.received,
    )


def _in_words(found: Difference, seen: ScriptTrace) -> str:
    size = in_bytes(found.length)
    be = "are" if found.length != 1 else "is"
    where = f"at offset {found.offset:,}"
    match found.kind:
        case Kind.CHANGED if found.source is not None:
            return f"{size} {where} came back changed: they stand at offset {found.source:,}, too"
        case Kind.CHANGED:
            return f"{size} {where} came back changed"
        case Kind.LOST:
            # Where it goes on is known, not that nothing is missing from there on.
            them = "them" if found.length != 1 else "it"
            return f"{size} {where} {be} missing; the reply goes on after {them}"
        case Kind.DUPLICATED:
            return f"{size} {where} came twice: they were sent at offset {found.source:,}"
        case Kind.REORDERED:
            return f"the order is wrong {where}: bytes from offset {found.source:,} came too early"
        case Kind.FOREIGN:
            owner = (found.owner or 0) + 1
            return f"{size} {where} belong to connection {owner}, not to this one"
        case _ if found.offset >= seen.sent:
            return f"{size} came {'unasked' if not seen.sent else 'after everything that was sent'}"
        case _:
            were = "were" if found.length != 1 else "was"
            return f"{size} {where} {were} never sent by the client"
