"""What an exception alone proves of the bug: a table, the most special rows first.

It is a reading of one exception.  Whether that is what a run failed of, who knows the run decides.
"""

from __future__ import annotations

import re

from msgspec import Struct

from harness.diagnosis.words.raised import Raised


class Row(Struct, frozen=True):
    """All that is given must hold."""

    cause: str
    kind: str = ""
    """A regular expression that the kind fits as a whole."""
    message: str = ""
    """One that is found in the message."""
    code: str = ""
    """The system's names of the errors, with blanks between."""
    source: str = ""
    """One that is found in the line where it was raised; where the output does not show that line,
    in the message or in the names of the functions."""
    fatal: bool | None = None
    """It ends the process: what happens in a thread or a task of its own does not."""
    lone: bool = False
    """No line of the user's own code had been reached."""


READS = r"\b(recv|recv_into|recvfrom|read|sock_recv|getline|fgets|gets)\b|read "
SENDS = r"\b(send|sendall|write|sock_sendall|writev|sendmsg)\b|write "
ACCEPTS = r"accept"
KEYBOARD_DATA = (
    r"\b(data|msg|message|line|text|received|recv\w*|request|reply|answer)\w*\s*=.*input\("
)

TABLE = (
    # bytes that are no text
    Row("decodes-text", kind=r"Unicode(De|En)codeError|MalformedInputException"),
    Row("decodes-text", message=r"Utf8Error|FromUtf8Error|did not contain valid UTF-8"),
    Row("decodes-text", kind="TypeError", message=r"not 'str'$", source=r"\.decode\("),
    # a text as a format
    Row("format-string", message=r"unsupported format character|for format string", source=r"%"),
    Row("format-string", message=r"during string formatting|Replacement index", source=r"%|format"),
    Row("format-string", kind="KeyError|ValueError|IndexError", source=r"\.format(_map)?\("),
    # functions and their arguments
    Row(
        "thread-without-arguments",
        kind="TypeError",
        message=r"\(\) missing \d+ required positional argument",
        lone=True,
    ),
    Row(
        "thread-without-arguments",
        kind="TypeError",
        message=r"argument after \* must be an iterable, not",
        lone=True,
    ),
    Row("recursion", kind=r"RecursionError|StackOverflowError"),
    Row("recursion", message=r"Maximum call stack size exceeded|^stack overflow$"),
    # the keyboard
    Row("input-for-recv", kind="EOFError", message="reading a line", source=KEYBOARD_DATA),
    Row("needs-stdin", kind="EOFError", message="reading a line", source=r"input\("),
    # listening and accepting
    Row("datagram-socket", code="EOPNOTSUPP", source=r"listen|accept"),
    Row("not-listening", code="EINVAL", source=ACCEPTS),
    Row("listener-closed", code="EBADF", source=ACCEPTS),
    Row("restart-fails", code="EADDRINUSE"),
    Row("wrong-interface", code="EADDRNOTAVAIL"),
    Row("wrong-interface", message=r"port must be 0-65535"),
    Row(
        "wrong-interface", kind=r"(socket\.)?gaierror", source=r"bind|listen|create_server|Server\("
    ),
    Row("recv-on-listener", code="ENOTCONN", source=rf"{READS}|{SENDS}"),
    Row("crash-on-reset", code="ENOTCONN", source=r"getpeername|shutdown", fatal=True),
    Row("descriptor-famine", code="EMFILE ENFILE", source=ACCEPTS, fatal=True),
    Row("descriptor-famine", kind="error", code="EMFILE ENFILE", source=ACCEPTS),
    Row("accept-error-ends", code="ECONNABORTED", source=ACCEPTS, fatal=True),
    Row("accept-error-ends", kind=r"(socket\.)?(timeout|Timeout\w*)", source=ACCEPTS, fatal=True),
    Row("accept-error-ends", kind="SocketTimeoutException", message="Accept", fatal=True),
    Row("connection-limit", message=r"filedescriptor out of range in select"),
    # a time that is over, a call that is not ready
    Row("idle-timeout", kind=r"(socket\.)?(timeout|Timeout\w*)", source=READS),
    Row("gives-up-on-slow-reader", kind=r"(socket\.)?(timeout|Timeout\w*)", source=SENDS),
    Row("idle-timeout", kind="SocketTimeoutException", message="Read"),
    Row("idle-timeout", message=r"^read .*i/o timeout"),
    Row("gives-up-on-slow-reader", message=r"^write .*i/o timeout"),
    Row("eagain-is-error", code="EAGAIN", source=READS),
    Row("would-block-closes", code="EAGAIN", source=SENDS),
    Row("eintr-is-error", code="EINTR"),
    # a lock that a panic has poisoned
    Row("lock-kept", message=r"\bPoisonError\b"),
    # clients that go
    Row("half-close-ends-at-once", message="This socket has been ended by the other party"),
    Row("crash-on-reset", code="ECONNRESET", fatal=True),
    Row("killed-by-sigpipe", kind="error", code="EPIPE", fatal=True),
    Row("crash-on-reset", code="EPIPE", fatal=True),
    Row("close-inside-loop", kind="OSError", code="EBADF", source=READS, fatal=True),
    # sizes
    Row("message-size-limit", kind=r"(asyncio\.)?(exceptions\.)?LimitOverrunError"),
    Row("message-size-limit", message=r"chunk (exceed|is longer than) |Scanner: token too long"),
    Row("waits-for-full-buffer", kind=r"(asyncio\.)?(exceptions\.)?IncompleteReadError"),
    Row("waits-for-full-buffer", kind="EOFException", source="readFully|DataInputStream"),
    Row("counter-wraps", kind=r"struct\.error", message=r"format requires .*<= number <="),
    Row(
        "counter-wraps",
        kind="OverflowError",
        message=r"int too big to convert|^unsigned (char|byte|short)\b.* than",
    ),
    Row(
        "off-by-one-at-full-read",
        kind="AddressSanitizer",
        message=r"write of size 1, 0 bytes .*[^\d](512|1024|2048|4096|8192|16384|32768|65536)-byte",
    ),
)


def explained(raised: Raised, died: bool = False) -> str | None:
    """The id of the cause that ``raised`` proves by itself; None where it may have many.

    ``died``: it is known that the process ended, and that these were its last words; a program
    that prints an error and exits then counts as one that did not catch it.
    """
    fatal = raised.fatal or (died and not raised.circumstance)
    return next((row.cause for row in TABLE if _fits(row, raised, fatal)), None)


def _fits(row: Row, raised: Raised, fatal: bool) -> bool:
    own = raised.frames_own
    called = raised.source or " ".join([raised.message, *(one.function for one in raised.frames)])
    return (
        (not row.kind or re.fullmatch(row.kind, raised.kind) is not None)
        and (not row.message or re.search(row.message, raised.message) is not None)
        and (not row.code or raised.code in row.code.split())
        and (not row.source or re.search(row.source, called) is not None)
        and (row.fatal is None or fatal is row.fatal)
        and (not row.lone or not own)
    )
