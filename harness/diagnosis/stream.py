"""Bugs that show in the bytes: text where bytes are meant, lines, greetings, shared buffers."""

from __future__ import annotations

from harness.diagnosis.evidence import CERTAIN, LIKELY, Evidence
from harness.verdict import Diagnosis, Kind


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
        if e.first.length is not None and e.first.length > 64:
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
        if expected[:1] in (b"\n", b"\r"):
            return Diagnosis(
                "line ends are stripped",
                "Remove strip(), rstrip(), splitlines() or the handling of lines: an echo server "
                "knows no lines.",
                LIKELY,
            )
        if expected[:1] in (b" ", b"\t", b"\x0b", b"\x0c") and expected:
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
        "Keep the buffer of a connection with the connection: no global, class-level or static "
        "buffer, none kept under a descriptor number, no loop variable shared by threads.",
        CERTAIN,
    )


def repeated(e: Evidence) -> Diagnosis | None:
    if e.first.kind is Kind.DUPLICATED:
        return Diagnosis(
            "data is sent twice",
            "Send only the bytes of the last read (data[:n]), and empty the buffer afterwards.",
            LIKELY,
        )
    return None
