"""Bugs that show in the bytes: text where bytes are meant, lines, greetings, shared buffers."""

from __future__ import annotations

from harness.diagnosis.evidence import CERTAIN, LIKELY, POSSIBLE, Evidence
from harness.values.plan import sent_by
from harness.values.verdict import Diagnosis, Kind

OWN_BUFFER = (
    "Keep the buffer of a connection with the connection: no global, class-level or static buffer, "
    "none kept under a descriptor number, no loop variable shared by threads."
)


def bytes_as_text(e: Evidence) -> Diagnosis | None:
    if e.first.kind not in (Kind.CHANGED, Kind.EXTRA, Kind.LOST, Kind.TRUNCATED):
        return None
    if not e.first.received:
        return None
    expected, got = e.expected[:8], e.got[:8]
    if got.startswith((b"\xef\xbf\xbd", b"?")) and expected and expected[0] >= 0x80:
        bug = "bytes that are no valid UTF-8 are replaced: the data is decoded as text"
    elif expected and expected[0] >= 0x80 and got[:1] in (b"\xc2", b"\xc3") and len(got) > 1:
        bug = "bytes are read as Latin-1 and written as UTF-8: each byte above 127 becomes two"
    elif expected and expected[0] >= 0x80 and got and got[0] == expected[0] & 0x7F:
        bug = "the eighth bit of each byte is cut off"
    elif expected and expected[0] >= 0x80 and e.first.kind in (Kind.LOST, Kind.TRUNCATED):
        if (e.first.length is not None and e.first.length > 64) or _no_text_came_back(e):
            return None
        if not _is_text(got):
            return None
        if expected[0] == 0xFF and "telnet" in e.check_id:
            return Diagnosis(
                "0xFF is swallowed: taken for a Telnet command, or for EOF in a signed char",
                "Treat it like any other byte; keep the result of getc() in an int.",
                LIKELY,
            )
        bug = "bytes above 127 disappear: the data is decoded as text and errors are ignored"
    else:
        return None
    return Diagnosis(bug, "Keep bytes as bytes: send back exactly what recv() returned.", LIKELY)


def _no_text_came_back(e: Evidence) -> bool:
    """Whether bytes before the difference came back that no decoder lets through."""
    return not _is_text(e.sent[: e.first.offset])


def _is_text(data: bytes) -> bool:
    """Whether a decoder may have made ``data``, of which the end may be cut off."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


def each_byte_two(e: Evidence) -> Diagnosis | None:
    """Latin-1 to UTF-8 at the very end: the first of the two bytes is the one that was sent."""
    if e.first.kind is not Kind.EXTRA or e.first.offset != e.first.sent:
        return None
    end = e.sent[-1:]
    if end not in (b"\xc2", b"\xc3") or end.decode("latin-1").encode()[1:] != e.got[:1]:
        return None
    return Diagnosis(
        "bytes are read as Latin-1 and written as UTF-8: each byte above 127 becomes two",
        "Keep bytes as bytes: send back exactly what recv() returned.",
        LIKELY,
    )


def letters(e: Evidence) -> Diagnosis | None:
    expected, got = e.expected[:1], e.got[:1]
    if e.first.kind is Kind.CHANGED and expected.isalpha() and expected.swapcase() == got:
        return Diagnosis(
            "the case of letters is changed",
            "Send the data back as it is, without upper() or lower().",
            CERTAIN,
        )
    return None


def ends_of_lines(e: Evidence) -> Diagnosis | None:
    if e.check_id.startswith("partial-send/") or not e.first.received:
        return None
    expected, got = e.expected[:2], e.got[:2]
    if e.first.kind in (Kind.LOST, Kind.TRUNCATED) and (e.first.length or 0) <= 16:
        blank = not e.expected[: e.first.length].strip()
        if expected[:1] in (b"\n", b"\r") and blank:
            return Diagnosis(
                "line ends are stripped",
                "Remove strip(), rstrip(), splitlines() or the handling of lines: an echo server "
                "knows no lines.",
                LIKELY,
            )
        if expected[:1] in (b" ", b"\t", b"\x0b", b"\x0c") and blank:
            return Diagnosis(
                "white space at the edge of a message is stripped",
                "Remove strip() or split(): send the data back as it is.",
                LIKELY,
            )
        if expected[:1] == b"\0":
            return Diagnosis(
                "data is cut at NUL bytes",
                "Use the length that recv() returned, not strlen() or a C string.",
                LIKELY,
            )
    if (expected[:1], got[:1]) in ((b"\r", b"\n"), (b"\n", b"\r")):
        return Diagnosis(
            "line ends are translated",
            "Open no text stream over the socket; send back the bytes that recv() returned.",
            LIKELY,
        )
    return None


def unasked(e: Evidence) -> Diagnosis | None:
    if e.first.kind is not Kind.EXTRA:
        return None
    text = e.got[:32]
    shown = text.decode("ascii", "replace").strip() or text.hex()
    if e.first.offset == 0:
        return Diagnosis(
            f"the server greets each client, or puts something before the data: {shown!r}",
            "Send nothing but what was received: no banner, no prompt, no 'Echo: '.",
            LIKELY,
        )
    if e.first.sent is not None and e.first.offset == e.first.sent:
        return Diagnosis(
            f"the server adds something after the data: {shown!r}",
            "Send nothing but what was received: no farewell, no newline of your own.",
            LIKELY,
        )
    return None


def foreign(e: Evidence) -> Diagnosis | None:
    if e.first.kind is not Kind.FOREIGN:
        return None
    return Diagnosis(
        "data of one connection is sent to another",
        OWN_BUFFER,
        CERTAIN,
    )


A_FEW = 64
"""Bytes that a check repeats to see whether equal reads are told apart."""


def equal_reads(e: Evidence) -> Diagnosis | None:
    """What is missing repeats what stands before it."""
    if e.first.kind not in (Kind.LOST, Kind.TRUNCATED) or not e.first.offset or not e.first.length:
        return None
    at, size = e.first.offset, e.first.length
    several = 2 if e.check_id == "fuzz/plans" else 3  # a plan that was shrunk has none too many
    if size > A_FEW or e.check_id.startswith("partial-send/") or _writes(e) < several:
        return None
    sent = e.sent
    missing = sent[at : at + size]
    units = (sent[at - n : at] for n in range(1, min(at, size) + 1))
    if not any(missing == (unit * size)[:size] for unit in units):
        return None
    return Diagnosis(
        "a read that equals the one before is not sent back: it is taken for a repetition",
        "Send back every read, whatever it holds: TCP has removed repetitions already.",
        LIKELY if e.first.kind is Kind.LOST else POSSIBLE,
    )


def first_byte(e: Evidence) -> Diagnosis | None:
    """All but the very first came back."""
    if (e.first.kind, e.first.offset, e.first.length) != (Kind.LOST, 0, 1):
        return None
    return Diagnosis(
        "the first byte of a connection does not come back, all others do",
        "Look for what is done once per connection, before the loop: a byte read to see who is "
        "there, an index that begins at 1.",
        LIKELY,
    )


def _writes(e: Evidence) -> int:
    """How many writes there were at least: what is sent in a row is one entry of the timeline."""
    return sum(moment.what == "sent" for moment in e.moments)


def overwritten(e: Evidence) -> Diagnosis | None:
    """A block of bytes from elsewhere stands where others should."""
    got = e.got[:8]
    if e.first.kind is not Kind.CHANGED or len(got) < 8 or (e.first.length or 0) < 8:
        return None
    if e.check_id.startswith("identity/") or got not in e.sent:
        return None
    return Diagnosis(
        "bytes from elsewhere stand in a reply: a buffer is filled again before all of it was "
        "sent, or connections share one",
        "Give each connection a buffer of its own, and read into it only what has room beside the "
        "bytes that still wait to be sent.",
        LIKELY,
    )


def of_another(e: Evidence) -> Diagnosis | None:
    """A few bytes, too few to be sure, are what another connection sent at that place."""
    at, size = e.first.offset, e.first.length
    if e.first.kind is not Kind.CHANGED or at is None or not size or size > len(e.got):
        return None
    for number, script in enumerate(e.plan.scripts):
        if number != e.first.session and sent_by(script)[at : at + size] == e.got[:size]:
            return Diagnosis(
                f"what connection {number + 1} sent stands in a reply to another",
                OWN_BUFFER,
                POSSIBLE,
            )
    return None


def repeated(e: Evidence) -> Diagnosis | None:
    if e.first.kind is Kind.DUPLICATED:
        return Diagnosis(
            "data is sent twice",
            "Send only the bytes of the last read (data[:n]), and empty the buffer afterwards.",
            LIKELY,
        )
    return None
