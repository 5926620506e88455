"""Transforms of letters, white space, line ends and NUL bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.diagnosis.transforms import (
    Transform,
    across_reads,
    each,
    text,
    without_first,
)


def _line_end_kept(m: bytes) -> bytes:
    """What is stripped at the end, without the line end, which is put back."""
    end = b"\r\n" if m.endswith(b"\r\n") else b"\n" if m.endswith(b"\n") else b""
    return m.rstrip() + end


def _universal(m: bytes) -> bytes:
    return m.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _joined_lines(m: bytes) -> bytes:
    ended = m.endswith((b"\n", b"\r", b"\x0b", b"\x0c", b"\x1c", b"\x1d", b"\x1e", b"\x85"))
    return "\n".join(m.decode("latin-1").splitlines()).encode("latin-1") + b"\n" * ended


def _joined_byte_lines(m: bytes) -> bytes:
    return b"\n".join(m.splitlines()) + b"\n" * m.endswith((b"\n", b"\r"))


def _crlf_seen(messages: Sequence[bytes]) -> bytes:
    """An LF is dropped at the start of a read when the read before ended with CR."""
    out, before = b"", b""
    for m in messages:
        out += m[1:] if before.endswith(b"\r") and m.startswith(b"\n") else m
        before = m
    return out


def _titled(m: bytes) -> bytes:
    return m.decode("latin-1").title().encode("latin-1", "replace")


KEEP = "latin-1"
TO_BLANK = bytes(range(0x21))
"""What Java's trim() takes for white space."""


LINES: tuple[Transform, ...] = (
    # letters and bits
    Transform("case-changed", each(bytes.upper), "letters are changed to upper case", True),
    Transform("case-changed", each(bytes.lower), "letters are changed to lower case", True),
    Transform("case-changed", each(bytes.swapcase), "upper and lower case are exchanged", True),
    Transform(
        "case-changed",
        each(bytes.capitalize),
        "the first letter of each message is changed to upper case, and all others to lower case",
    ),
    Transform("case-changed", each(_titled), "the first letter of each word is changed"),
    Transform(
        "seven-bit",
        each(lambda m: bytes(v & 0x7F for v in m)),
        "the highest bit of each byte is removed: bytes above 0x7F come back 0x80 less",
        True,
    ),
    # white space and line ends
    *(
        Transform("strips-whitespace", answers, f"{what} of each message {is_} removed")
        for answers, what, is_ in (
            (each(bytes.strip), "white space at both edges", "is"),
            (
                each(lambda m: m.strip(TO_BLANK)),
                "what is no higher than a blank at both edges",
                "is",
            ),
            (text(str.strip), "white space at both edges", "is"),
            (each(bytes.rstrip), "white space at the end", "is"),
            (text(str.rstrip), "white space at the end", "is"),
            (each(_line_end_kept), "white space before the line end", "is"),
            (each(bytes.lstrip), "white space at the start", "is"),
            (text(str.lstrip), "white space at the start", "is"),
            (each(lambda m: m.strip(b" ")), "blanks at both edges", "are"),
            (each(lambda m: m.rstrip(b" ")), "blanks at the end", "are"),
            (each(lambda m: m.strip(b" \t")), "blanks and tabs at both edges", "are"),
            (
                each(lambda m: m.strip(b" \t\r\n")),
                "blanks, tabs and line ends at both edges",
                "are",
            ),
            (each(lambda m: m.rstrip(b" \t\r\n")), "blanks, tabs and line ends at the end", "are"),
        )
    ),
    Transform(
        "strips-whitespace",
        each(lambda m: b" ".join(m.split())),
        "each message is split into words, so its white space is lost",
    ),
    *(
        Transform("line-ends-dropped", answers, bug, by_byte)
        for answers, bug, by_byte in (
            (
                each(lambda m: m.rstrip(b"\r\n")),
                "CR and LF at the end of a message are lost",
                False,
            ),
            (each(lambda m: m.rstrip(b"\n")), "line feeds at the end of a message are lost", False),
            (
                each(lambda m: m.strip(b"\r\n")),
                "CR and LF at the edges of a message are lost",
                False,
            ),
            (
                each(lambda m: m.strip(b"\n")),
                "line feeds at the edges of a message are lost",
                False,
            ),
            (
                each(lambda m: m.removesuffix(b"\n").removesuffix(b"\r")),
                "the line end of each message is lost",
                False,
            ),
            (each(lambda m: m.removesuffix(b"\n")), "the LF of each message is lost", False),
            (each(lambda m: m.removesuffix(b"\r\n")), "the CR LF of each message is lost", False),
            (each(lambda m: m.replace(b"\n", b"")), "each LF is lost", True),
            (each(lambda m: m.replace(b"\r\n", b"")), "each CR LF is lost", False),
            (
                each(lambda m: m.replace(b"\r", b"").replace(b"\n", b"")),
                "each CR and each LF is lost",
                True,
            ),
            (each(lambda m: b"".join(m.splitlines())), "all line ends are lost", False),
            (
                each(lambda m: "".join(m.decode(KEEP).splitlines()).encode(KEEP)),
                "all line ends are lost",
                False,
            ),
        )
    ),
    *(
        Transform("newline-translated", answers, bug, by_byte)
        for answers, bug, by_byte in (
            (each(lambda m: m.replace(b"\r\n", b"\n")), "CR LF becomes LF", False),
            (across_reads(lambda m: m.replace(b"\r\n", b"\n")), "CR LF becomes LF", True),
            (each(_universal), "CR LF and CR become LF", False),
            (across_reads(_universal), "CR LF and CR become LF", True),
            (each(lambda m: m.replace(b"\r", b"\n")), "CR becomes LF", True),
            (each(lambda m: m.replace(b"\n", b"\r\n")), "LF becomes CR LF", True),
            (each(lambda m: m.replace(b"\n", b"\r")), "LF becomes CR", True),
            (each(lambda m: m.replace(b"\r", b"")), "each CR is lost", True),
            (
                each(lambda m: re.sub(rb"(?<!\r)\n", b"\r\n", m)),
                "an LF without CR becomes CR LF",
                False,
            ),
            (each(_joined_byte_lines), "the data is split into lines, and all end with LF", False),
            (each(_joined_lines), "the data is split into lines, and all end with LF", False),
            (
                _crlf_seen,
                "when a read ends with CR an LF at the start of the next one is dropped",
                False,
            ),
        )
    ),
    # the C string, and padding
    Transform("cut-at-nul", each(without_first(b"\0")), "what follows a byte 0x00 is lost"),
    Transform(
        "cut-at-nul",
        each(lambda m: m[: m.index(b"\0") + 1] if b"\0" in m else m),
        "what follows a byte 0x00 is lost",
    ),
    Transform(
        "cut-at-nul",
        each(lambda m: m.split(b"\0")[0].ljust(len(m), b"\0")),
        "what follows a byte 0x00 comes back as zeros",
    ),
    Transform(
        "padding-stripped",
        each(lambda m: m.rstrip(b"\0")),
        "bytes 0x00 at the end of a message are taken off",
    ),
    Transform(
        "padding-stripped",
        each(lambda m: m.strip(b"\0")),
        "bytes 0x00 at the edges of a message are taken off",
    ),
)
