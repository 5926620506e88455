"""What servers do to what they read, as functions: a bug in the text whose answer can be foretold.

Each says what comes back for the messages of a connection.  Where that is exactly what came back,
on each of the connections on which something was wrong, the bug is found and not guessed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

Answers = Callable[[Sequence[bytes]], bytes]
"""From the messages of a connection to all that comes back."""


class Transform(Struct, frozen=True):
    """One thing that is done to messages."""

    cause: str
    answers: Answers
    bug: str
    """In this case's own words: a clause."""
    by_byte: bool = False
    """It does not matter where a read ends."""


def each(change: Callable[[bytes], bytes]) -> Answers:
    """What comes back when each message is changed for itself."""
    return lambda messages: b"".join(change(m) for m in messages)


def stream(decoder: str, errors: str, encoding: str = "utf-8") -> Answers:
    """Decoded with what is left of the read before, and encoded again."""

    def answers(messages: Sequence[bytes]) -> bytes:
        decode = codecs.getincrementaldecoder(decoder)(errors).decode
        return "".join(decode(m) for m in messages).encode(encoding, "replace")

    return answers


def recoded(decoding: str, errors: str, encoding: str = "utf-8", lost: str = "replace") -> Answers:
    """Each message decoded and encoded again."""
    return each(lambda m: m.decode(decoding, errors).encode(encoding, lost))


def text(change: Callable[[str], str]) -> Answers:
    """Each message as text of which no byte is lost."""
    return each(lambda m: change(m.decode("latin-1")).encode("latin-1"))


def _without_first(line_end: bytes) -> Callable[[bytes], bytes]:
    return lambda m: m.split(line_end)[0]


def _first_line(m: bytes) -> bytes:
    return m[: m.index(b"\n") + 1] if b"\n" in m else m


def _universal(m: bytes) -> bytes:
    return m.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _joined_lines(m: bytes) -> bytes:
    ended = m.endswith((b"\n", b"\r", b"\x0b", b"\x0c", b"\x1c", b"\x1d", b"\x1e", b"\x85"))
    return "\n".join(m.decode("latin-1").splitlines()).encode("latin-1") + b"\n" * ended


def _joined_byte_lines(m: bytes) -> bytes:
    return b"\n".join(m.splitlines()) + b"\n" * m.endswith((b"\n", b"\r"))


def _across_reads(change: Callable[[bytes], bytes]) -> Answers:
    """The stream is changed as one, wherever reads end."""
    return lambda messages: change(b"".join(messages))


def _crlf_seen(messages: Sequence[bytes]) -> bytes:
    """An LF is dropped at the start of a read when the read before ended with CR."""
    out, before = b"", b""
    for m in messages:
        out += m[1:] if before.endswith(b"\r") and m.startswith(b"\n") else m
        before = m
    return out


def _erased(m: bytes, erase: bytes) -> bytes:
    """As a terminal's line editor does it."""
    out = bytearray()
    for value in m:
        if value in erase:
            del out[-1:]
        else:
            out.append(value)
    return bytes(out)


def _no_repetitions(messages: Sequence[bytes]) -> bytes:
    out, before = b"", b""
    for m in messages:
        out += b"" if m == before else m
        before = m
    return out


def _size_of_first(messages: Sequence[bytes]) -> bytes:
    size = len(messages[0]) if messages else 0
    return b"".join(m[:size] for m in messages)


def _titled(m: bytes) -> bytes:
    return m.decode("latin-1").title().encode("latin-1", "replace")


ISO = r"(?s)\xff(?:[\xfb-\xfe].|[^\xff])"
_TELNET = re.compile(rb"(?s)\xff(?:[\xfb-\xfe].|[\xf0-\xfa])")
_TELNET_ANY = re.compile(rb"(?s)\xff(?:[\xfb-\xfe].|.)")
_OPTIONS = re.compile(rb"(?s)\xff[\xfb-\xfe].")
_COMMANDS = re.compile(rb"(?s)\xff[\xf0-\xf9]")
_PAIRS = re.compile(rb"(?s)\xff[\xf0-\xfe]")

KEEP = "latin-1"
ADDED = "as if they were no data"

TABLE: tuple[Transform, ...] = (
    # letters and bits
    Transform("case-changed", each(bytes.upper), "letters are changed to upper case", True),
    Transform("case-changed", each(bytes.lower), "letters are changed to lower case", True),
    Transform("case-changed", each(bytes.swapcase), "upper and lower case are exchanged", True),
    Transform(
        "case-changed", each(bytes.capitalize), "the first letter of each message is changed to "
        "upper case, and all others to lower case",
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
            (text(str.strip), "white space at both edges", "is"),
            (each(bytes.rstrip), "white space at the end", "is"),
            (text(str.rstrip), "white space at the end", "is"),
            (each(bytes.lstrip), "white space at the start", "is"),
            (text(str.lstrip), "white space at the start", "is"),
            (each(lambda m: m.strip(b" ")), "blanks at both edges", "are"),
            (each(lambda m: m.rstrip(b" ")), "blanks at the end", "are"),
            (each(lambda m: m.strip(b" \t")), "blanks and tabs at both edges", "are"),
            (each(lambda m: m.strip(b" \t\r\n")), "blanks, tabs and line ends at both edges", "are"),
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
            (each(lambda m: m.rstrip(b"\r\n")), "CR and LF at the end of a message are lost", False),
            (each(lambda m: m.rstrip(b"\n")), "line feeds at the end of a message are lost", False),
            (each(lambda m: m.strip(b"\r\n")), "CR and LF at the edges of a message are lost", False),
            (each(lambda m: m.strip(b"\n")), "line feeds at the edges of a message are lost", False),
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
            (_across_reads(lambda m: m.replace(b"\r\n", b"\n")), "CR LF becomes LF", True),
            (each(_universal), "CR LF and CR become LF", False),
            (_across_reads(_universal), "CR LF and CR become LF", True),
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
    Transform("cut-at-nul", each(_without_first(b"\0")), "what follows a byte 0x00 is lost"),
    Transform(
        "cut-at-nul",
        each(lambda m: m[: m.index(b"\0") + 1] if b"\0" in m else m),
        "what follows a byte 0x00 is lost",
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
    # text
    *(
        Transform("lossy-decoding", answers, bug)
        for answers, bug in (
            (recoded("utf-8", "replace"), "bytes that are no UTF-8 are replaced"),
            (stream("utf-8", "replace"), "bytes that are no UTF-8 are replaced"),
            (recoded("utf-8", "ignore"), "bytes that are no UTF-8 are dropped"),
            (stream("utf-8", "ignore"), "bytes that are no UTF-8 are dropped"),
            (recoded("ascii", "ignore"), "bytes above 0x7F are dropped: the data is read as ASCII"),
            (recoded("ascii", "replace"), "bytes above 0x7F are replaced: the data is read as ASCII"),
            (
                recoded("ascii", "replace", "ascii"),
                "bytes above 0x7F come back as '?': the data is read as ASCII",
            ),
            (recoded("utf-8", "replace", "ascii"), "what is no ASCII comes back as '?'"),
            (recoded("utf-8", "replace", "latin-1"), "bytes that are no UTF-8 come back as '?'"),
            (recoded("utf-8", "ignore", "ascii", "ignore"), "what is no ASCII is dropped"),
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
        lambda ms: b"".join(ms).removeprefix(b"\xef\xbb\xbf"),
        "a byte order mark (EF BB BF) at the start of a connection is dropped",
    ),
    Transform(
        "bom-dropped",
        each(lambda m: m.removeprefix(b"\xef\xbb\xbf")),
        "a byte order mark (EF BB BF) at the start of a message is dropped",
    ),
    Transform(
        "bom-dropped",
        each(lambda m: m.replace(b"\xef\xbb\xbf", b"")),
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
            (
                _across_reads(lambda m: _TELNET_ANY.sub(b"", m)),
                "0xFF and what follows it are lost",
                True,
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
    Transform(
        "format-string", each(lambda m: m.replace(b"%%", b"%")), "%% comes back as %"
    ),
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
    # messages of a connection
    Transform(
        "repetitions-dropped",
        _no_repetitions,
        "a message that equals the one before is not answered",
    ),
    Transform(
        "every-other-read-lost",
        lambda ms: b"".join(ms[1::2]),
        "of each two messages only the second comes back",
    ),
    Transform(
        "first-read-lost",
        lambda ms: b"".join(ms[1:]),
        "the first message of each connection does not come back",
    ),
    Transform(
        "rest-of-read-discarded",
        each(_first_line),
        "only the first line of what a read returned comes back",
    ),
    Transform(
        "rest-of-read-discarded",
        each(_without_first(b"\n")),
        "only the first line of what a read returned comes back, without its line end",
    ),
    Transform(
        "rest-of-read-discarded",
        _size_of_first,
        "of each message only as many bytes come back as the first one had",
    ),
)
"""All of them; of those that foretell the same the first is taken."""


def pieces(messages: Iterable[bytes], size: int) -> list[bytes]:
    """The messages as a server reads them whose buffer holds ``size`` bytes."""
    return [m[at : at + size] for m in messages for at in range(0, len(m), size)]
