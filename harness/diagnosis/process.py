"""Bugs that show in the process: crashes, silence, an address that stays in use."""

from __future__ import annotations

from harness.diagnosis.evidence import (
    CERTAIN,
    LIKELY,
    POSSIBLE,
    Answers,
    Evidence,
    last_error,
    upper,
)
from harness.judging.blame import death_behind
from harness.values.verdict import Diagnosis, Kind

_EXCEPTIONS = {
    "UnicodeDecodeError": "it decodes the data as text; keep it as bytes",
    "UnicodeEncodeError": "it encodes text that is not what was received; keep the data as bytes",
    "ConnectionResetError": "a client that resets raises an exception that nobody catches: catch "
    "ConnectionError (OSError) around each connection and go on",
    "BrokenPipeError": "a client that vanished raises an exception that nobody catches: catch "
    "ConnectionError (OSError) around each connection and go on",
    "ECONNRESET": "an error of one connection ends the process: handle its 'error' event",
    "EPIPE": "an error of one connection ends the process: handle its 'error' event",
    "RecursionError": "it calls itself for every read: use a loop",
    "MemoryError": "it keeps everything it ever read",
}


def died(e: Evidence) -> Diagnosis | None:
    death = death_behind(e.trace, e.findings)
    if death is None:
        return None
    if death.signal == "SIGPIPE":
        return Diagnosis(
            "the server is killed by SIGPIPE when it writes to a client that has gone",
            "Ignore SIGPIPE (signal(SIGPIPE, SIG_IGN), or MSG_NOSIGNAL) and handle EPIPE.",
            CERTAIN,
        )
    last = last_error(death.output)
    for name, words in _EXCEPTIONS.items():
        if last and name in last:
            return Diagnosis(
                f"the server crashes with {last!r}: {words}", upper(words) + ".", LIKELY
            )
    how = f"with {last!r}" if last else f"({death})"
    if e.first.kind is Kind.EXIT_STATUS:
        return Diagnosis(
            f"the server does not end well {how}",
            "Let the program run to its end after the connection: exit status 0, no exception.",
            LIKELY,
        )
    if death.clean:
        return Diagnosis(
            "the server ends by itself although clients still come",
            "Call accept() in a loop; only a signal should end the server.",
            LIKELY,
        )
    return Diagnosis(f"the server crashes {how}", e.hint and upper(e.hint) + ".", LIKELY)


def address_in_use(e: Evidence) -> Diagnosis | None:
    if e.first.kind is not Kind.NOT_LISTENING:
        return None
    return Diagnosis(
        "bind() fails while the address is still in use by connections of the earlier process",
        "Set SO_REUSEADDR on the listening socket before bind().",
        LIKELY,
    )


A_BLOCK = 16
"""Bytes; of what is kept back more, a block is not the likely reason."""


def _bytes(count: int) -> str:
    return f"{count} byte{'s' if count != 1 else ''}"


def silent(e: Evidence) -> Diagnosis | None:
    nothing = e.first.kind is Kind.TRUNCATED and not e.first.received
    if Kind.NO_ECHO not in e.kinds and not (nothing and e.experiments is Answers.NEVER):
        return None
    match e.experiments:
        case Answers.AFTER_NEWLINE:
            return Diagnosis(
                "the server waits for a newline before it answers",
                "Read with recv(), not with readline() or fgets(); send each piece back as it "
                "comes.",
                CERTAIN,
            )
        case Answers.AFTER_END:
            return Diagnosis(
                "the server collects everything and answers only after the client has ended",
                "Send back what each recv() returns before calling it again.",
                CERTAIN,
            )
        case Answers.AFTER_MORE:
            return Diagnosis(
                "the server waits until a buffer is full before it answers",
                "Do not wait for a fixed amount (MSG_WAITALL, read(n) on a file object), and "
                "flush after each write.",
                CERTAIN,
            )
        case Answers.AT_ONCE if e.was_asked:
            return Diagnosis(
                f"{_bytes(e.first.length or 0)} did not come back, neither at once nor when the "
                "client had ended",
                "Send back what each recv() returned, whatever its size and content.",
                LIKELY,
            )
        case Answers.AT_ONCE if (e.first.length or 0) % 1024 == 0 and e.first.length:
            return Diagnosis(
                "after a read that fills its buffer the server waits for more before it answers",
                "Send back what each recv() returned at once: a short read is not the end of a "
                "message, and a full one is not its middle.",
                LIKELY,
            )
        case Answers.AT_ONCE if 0 < (e.first.length or 0) <= A_BLOCK:
            return Diagnosis(
                f"part of a message ({_bytes(e.first.length or 0)}) is kept back until more comes, "
                "though others are answered whole: the server waits for a full block",
                "Send back each read as it is, whatever its size.",
                POSSIBLE,
            )
        case Answers.NEVER:
            return Diagnosis(
                "the server accepts connections (or the system does for it) but never sends "
                "anything back",
                "Check that it calls accept(), then recv() and sendall() on the socket that "
                "accept() returned.",
                CERTAIN,
            )
    return None
