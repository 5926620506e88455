"""Transforms of character codes, telnet, escapes, and of whole messages."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Sequence
from functools import partial

from harness.diagnosis.transforms import (
    Transform,
    across_reads,
    each,
    recoded,
    stream,
    without_first,
)


def _first_line(m: bytes) -> bytes:
    return m[: m.index(b"\n") + 1] if b"\n" in m else m


def _erased(m: bytes, erase: bytes) -> bytes:
    """As a terminal's line editor does it."""
    out = bytearray()
    for value in m:
        if value in erase:
            del out[-1:]
        else:
            out.append(value)
    return bytes(out)


def _whole_groups(size: int) -> Transform:
    return Transform(
        "rest-of-read-discarded",
        each(lambda m: m[: len(m) // size * size]),
        f"of what a read returned only whole groups of {size:,} bytes come back",
    )


GROUPS = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32)
"""Bytes of the records that a read is cut into."""


def _first_bytes(size: int) -> Transform:
    few = "the first byte comes" if size == 1 else f"the first {size} bytes come"
    bug = f"of what a read returned only {few} back, however much it was"
    return Transform("rest-of-read-discarded", each(lambda m: m[:size]), bug)


FEW = range(1, 9)
"""Bytes of a truth value, a number or a pointer, which is taken for the count of what was read."""


def _size_of_first(messages: Sequence[bytes]) -> bytes:
    size = len(messages[0]) if messages else 0
    return b"".join(m[:size] for m in messages)


def _one_of_many(messages: Sequence[bytes]) -> bytes:
    size = len(messages[0]) if messages and messages[0] else 1
    return b"".join(m if len(m) % size else m[:size] for m in messages)


_TELNET = re.compile(rb"(?s)\xff(?:[\xfb-\xfe].|[\xf0-\xfa])")
_TELNET_ANY = re.compile(rb"(?s)\xff(?:[\xfb-\xfe].|.)")
_OPTIONS = re.compile(rb"(?s)\xff[\xfb-\xfe].")
_COMMANDS = re.compile(rb"(?s)\xff[\xf0-\xf9]")
_PAIRS = re.compile(rb"(?s)\xff[\xf0-\xfe]")
_THREE = re.compile(rb"(?s)\xff.{0,2}")
_TWO = re.compile(rb"(?s)\xff.?")
_COUNTED = "characters are counted where bytes should be, so the end of a message is cut off"


CODES: tuple[Transform, ...] = (
    # text
    *(
        Transform("lossy-decoding", answers, bug)
        for answers, bug in (
            (recoded("utf-8", "replace"), "bytes that are no UTF-8 are replaced"),
            (stream("replace"), "bytes that are no UTF-8 are replaced"),
            (stream("replace", to_end=True), "bytes that are no UTF-8 are replaced"),
            (recoded("utf-8", "ignore"), "bytes that are no UTF-8 are dropped"),
            (stream("ignore"), "bytes that are no UTF-8 are dropped"),
            (recoded("ascii", "ignore"), "bytes above 0x7F are dropped: the data is read as ASCII"),
            (
                recoded("ascii", "replace"),
                "bytes above 0x7F are replaced: the data is read as ASCII",
            ),
            (
                recoded("ascii", "replace", "ascii"),
                "bytes above 0x7F come back as '?': the data is read as ASCII",
            ),
            (recoded("utf-8", "replace", "ascii"), "what is no ASCII comes back as '?'"),
            (recoded("utf-8", "replace", "latin-1"), "bytes that are no UTF-8 come back as '?'"),
            (recoded("utf-8", "ignore", "ascii", "ignore"), "what is no ASCII is dropped"),
            (each(lambda m: m[: len(m.decode("utf-8", "ignore"))]), _COUNTED),
            (
                recoded("latin-1", "strict"),
                "bytes are read as Latin-1 and written as UTF-8, so each above 0x7F becomes two",
            ),
            (
                recoded("cp1252", "replace"),
                "bytes are read as Windows-1252 and written as UTF-8",
            ),
            (
                recoded("cp1252", "replace", "cp1252"),
                "bytes are read as Windows-1252, which has no 0x81, 0x8D, 0x8F, 0x90 and 0x9D",
            ),
            (recoded("cp437", "replace"), "bytes are read in code page 437 and written as UTF-8"),
            (
                recoded("utf-8", "backslashreplace"),
                "bytes that are no UTF-8 come back as '\\x..'",
            ),
            (
                recoded("utf-8-sig", "replace"),
                "bytes that are no UTF-8 are replaced, and a byte order mark is dropped",
            ),
        )
    ),
    Transform(
        "bom-dropped",
        lambda ms: b"".join(ms).removeprefix(BOM_UTF8),
        "a byte order mark (EF BB BF) at the start of a connection is dropped",
    ),
    Transform(
        "bom-dropped",
        each(lambda m: m.removeprefix(BOM_UTF8)),
        "a byte order mark (EF BB BF) at the start of a message is dropped",
    ),
    Transform(
        "bom-dropped",
        each(lambda m: m.replace(BOM_UTF8, b"")),
        "each byte order mark (EF BB BF) is dropped",
    ),
    # telnet
    *(
        Transform("telnet", answers, bug, by_byte)
        for answers, bug, by_byte in (
            (
                each(lambda m: m.replace(b"\xff", b"\xff\xff")),
                "each byte 0xFF comes back twice, as telnet wants it",
                True,
            ),
            (
                each(lambda m: m.replace(b"\xff\xff", b"\xff")),
                "two bytes 0xFF come back as one, as in telnet",
                False,
            ),
            (each(lambda m: _OPTIONS.sub(b"", m)), "0xFF and the options after it are lost", False),
            (each(lambda m: _COMMANDS.sub(b"", m)), "0xFF and a command after it are lost", False),
            (each(lambda m: _PAIRS.sub(b"", m)), "0xFF and a command after it are lost", False),
            (
                each(lambda m: m.replace(b"\xff\xf4", b"")),
                "0xFF 0xF4, an 'interrupt process' in telnet, is lost",
                False,
            ),
            (each(lambda m: _TELNET.sub(b"", m)), "0xFF and commands after it are lost", False),
            (each(lambda m: _TELNET_ANY.sub(b"", m)), "0xFF and what follows it are lost", False),
            *(
                (
                    across_reads(partial(pattern.sub, b"")),
                    "0xFF and what follows it are lost",
                    True,
                )
                for pattern in (_TELNET_ANY, _TELNET, _OPTIONS, _COMMANDS, _PAIRS, _THREE, _TWO)
            ),
        )
    ),
    # erasing
    *(
        Transform(
            "magic-byte",
            each(lambda m, erase=erase: _erased(m, erase)),  # type: ignore[misc]
            f"a byte {' or '.join(f'0x{v:02X}' for v in erase)} takes back the one before it",
        )
        for erase in (b"\x08", b"\x7f", b"\x08\x7f")
    ),
    # columns
    *(
        Transform(
            "magic-byte",
            each(lambda m, size=size: m.expandtabs(size)),  # type: ignore[misc]
            f"each tab (0x09) comes back as blanks, up to the next column of {size}",
        )
        for size in (8, 4, 2)
    ),
    # escapes and formats
    Transform(
        "escapes-interpreted",
        each(lambda m: m.replace(b"\\n", b"\n").replace(b"\\t", b"\t")),
        "a backslash with n comes back as a line feed",
    ),
    Transform(
        "escapes-interpreted",
        each(lambda m: m.replace(b"\\", b"\\\\")),
        "each backslash comes back twice",
    ),
    Transform(
        "escapes-interpreted", each(lambda m: m.replace(b"\\", b"")), "backslashes are dropped"
    ),
    Transform("format-string", each(lambda m: m.replace(b"%%", b"%")), "%% comes back as %"),
    Transform(
        "format-string",
        each(lambda m: m.replace(b"{{", b"{").replace(b"}}", b"}")),
        "{{ comes back as {",
    ),
    # representations
    Transform(
        "representation-sent",
        each(lambda m: str(m).encode()),
        "b'...' comes back: the text that Python shows for bytes",
    ),
    Transform(
        "representation-sent",
        each(lambda m: str(list(m)).encode()),
        "the list of the numbers of the bytes comes back",
    ),
    Transform(
        "representation-sent",
        each(lambda m: ("[" + " ".join(map(str, m)) + "]").encode()),
        "the list of the numbers of the bytes comes back",
    ),
    Transform(
        "representation-sent", each(lambda m: m.hex().encode()), "hexadecimal digits come back"
    ),
    Transform(
        "representation-sent",
        each(lambda m: str(m)[2:-1].encode()),
        "bytes come back as Python shows them",
    ),
    Transform(
        "rest-of-read-discarded",
        each(_first_line),
        "only the first line of what a read returned comes back",
    ),
    Transform(
        "rest-of-read-discarded",
        each(without_first(b"\n")),
        "only the first line of what a read returned comes back, without its line end",
    ),
    Transform(
        "rest-of-read-discarded",
        _one_of_many,
        "of a read that holds several messages of the size of the first one only one comes back",
    ),
    Transform(
        "rest-of-read-discarded",
        _size_of_first,
        "of each message only as many bytes come back as the first one had",
    ),
    *map(_first_bytes, FEW),
    *map(_whole_groups, GROUPS),
)
