"""Odd servers: what a programmer could get wrong with bytes and no cause of the catalogue names.

A family draws its parameters and gives what a connection does: a function from each read to its
answer, with what it keeps between reads; None ends the connection.  With each family stand the ids
of the causes that a strict reader would accept for it.  Long because it is a list of bugs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from random import Random
from typing import Literal

from msgspec import Struct

Step = Callable[[bytes], bytes | None]
"""What a connection does with a read: its answer; None if it ends."""
Connection = Callable[[], Step]
"""A new connection."""
Change = Callable[[bytes], bytes]


class Odd(Struct, frozen=True):
    """A server with a bug, its parameters drawn."""

    name: str
    connection: Connection
    accepts: frozenset[str] = frozenset()
    """Causes that are no wrong name for it."""


class Served:
    """``Odd`` as a server of ``tests.diagnosis.simulated``: each read is answered once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._begin()

    def _begin(self) -> None:
        self._step, self._done, self._out, self._ended = self._connection(), 0, b"", False

    def __call__(self, reads: Sequence[bytes]) -> tuple[bytes, bool]:
        if not reads:
            self._begin()
        for read in reads[self._done :]:
            answer = None if self._ended else self._step(read)
            self._ended = answer is None
            self._out += answer or b""
        self._done = len(reads)
        return self._out, self._ended


def each(change: Change) -> Connection:
    """Each read is changed for itself."""
    return lambda: change


def stream(change: Callable[[bytes, int], bytes]) -> Connection:
    """Each read is changed with the number of bytes before it on the connection."""

    def connection() -> Step:
        at = 0

        def step(read: bytes) -> bytes:
            nonlocal at
            at += len(read)
            return change(read, at - len(read))

        return step

    return connection


def history(change: Callable[[list[bytes]], bytes | None]) -> Connection:
    """Each read is answered with those before it in sight; the last is the new one."""

    def connection() -> Step:
        seen: list[bytes] = []

        def step(read: bytes) -> bytes | None:
            seen.append(read)
            return change(seen)

        return step

    return connection


def ends_if(stops: Callable[[bytes], bool]) -> Connection:
    """A read ends the connection, without its answer."""
    return lambda: lambda read: None if stops(read) else read


def drops_if(drops: Callable[[bytes], bool]) -> Connection:
    """A read is not answered."""
    return lambda: lambda read: b"" if drops(read) else read


# --- what is done to the bytes of a read ----------------------------------------------------------


def by_place(wrong: Callable[[int, int], int]) -> Change:
    """Each byte is changed by its place and its value."""
    return lambda m: bytes(wrong(i, v) & 0xFF for i, v in enumerate(m))


def _sign_extended(m: bytes) -> bytes:
    out = bytearray(m)
    for i in range(0, len(m) - 1, 2):
        if m[i + 1] >= 0x80:
            out[i] = 0xFF
    return bytes(out)


def _nfkc(form: Literal["NFKC", "NFD"]) -> Change:
    def change(m: bytes) -> bytes:
        try:
            return unicodedata.normalize(form, m.decode()).encode()
        except UnicodeDecodeError:
            return m

    return change


def _swapped(m: bytes) -> bytes:
    out = bytearray(m)
    out[1::2], out[: len(m) // 2 * 2 : 2] = m[0 : len(m) // 2 * 2 : 2], m[1::2]
    return bytes(out)


def _third_letters(every: int) -> Change:
    def change(m: bytes) -> bytes:
        letters = [i for i, v in enumerate(m) if chr(v).isalpha() and v < 0x80]
        out = bytearray(m)
        for i in letters[every - 1 :: every]:
            out[i] ^= 0x20
        return bytes(out)

    return change


def _inserted(size: int, text: bytes) -> Change:
    return lambda m: b"".join(
        m[i : i + size] + (text if len(m) >= i + size else b"") for i in range(0, len(m), size)
    )


def _runs(most: int) -> Change:
    pattern = re.compile(rb"(?s)(.)\1{%d,}" % most)
    return lambda m: pattern.sub(lambda found: found[1] * most, m)


def _words(change: Callable[[list[bytes]], list[bytes]]) -> Change:
    return lambda m: b" ".join(change(m.split(b" ")))


def _padded(size: int, fill: bytes) -> Change:
    return lambda m: m + fill * (-len(m) % size)


def _delta(m: bytes) -> bytes:
    return bytes((v + (i > 0 and m[i - 1] == v)) & 0xFF for i, v in enumerate(m))


def _bits_reversed(v: int) -> int:
    return int(f"{v:08b}"[::-1], 2)


def _checksum(divisor: int) -> Change:
    return lambda m: m + bytes([sum(m) & 0xFF]) * (not len(m) % divisor)


def _without_every(every: int) -> Change:
    return lambda m: bytes(v for i, v in enumerate(m) if (i + 1) % every)


def _recoded(name: str) -> Change:
    return lambda m: m.decode(name, "replace").encode("utf-8", "replace")


def _wrapped(width: int) -> Change:
    return lambda m: b"\n".join(
        line[i : i + width] for line in m.split(b"\n") for i in range(0, max(1, len(line)), width)
    )


TEXTUAL = frozenset({"lossy-decoding", "decodes-text", "decodes-each-read", "magic-byte"})
ESCAPES = frozenset({"escapes-interpreted", "format-string", "magic-byte", "representation-sent"})
GROUPED = frozenset({"rest-of-read-discarded"})
BYTE = frozenset({"magic-byte"})
NONE: frozenset[str] = frozenset()


def of_bytes(r: Random) -> Iterator[tuple[str, Change, frozenset[str]]]:
    """What is done to each read for itself: a name, the change, the accepted causes."""
    n = r.choice((3, 4, 5, 8, 16))
    wide = r.choice((40, 64, 72, 76, 80, 100, 128))
    size = r.choice((2, 4, 8, 16, 64, 128))
    place = r.choice((1, 3, 7, 13, 31, 100))
    limit = r.choice((200, 300, 700, 1000, 1500))
    bit = 1 << r.randrange(8)
    yield "odd last byte dropped", lambda m: m[: len(m) // 2 * 2], GROUPED
    yield "long odd last byte dropped", lambda m: m[: len(m) // 2 * 2] if len(m) > 1 else m, GROUPED
    yield f"checksum where a length is a multiple of {n}", _checksum(n), NONE
    yield "checksum always", _checksum(1), frozenset({"prefix-or-suffix"})
    squeezed = frozenset({"strips-whitespace"})
    yield "runs of blanks squeezed", lambda m: re.sub(rb" +", b" ", m), squeezed
    yield "runs of white space squeezed", lambda m: re.sub(rb"\s+", b" ", m), squeezed
    yield "NFKC", _nfkc("NFKC"), TEXTUAL
    yield "NFD", _nfkc("NFD"), TEXTUAL
    yield "pairs packed with sign extension", _sign_extended, NONE
    yield (
        "high bytes in even places",
        by_place(lambda i, v: v ^ 0x80 * (v > 127 > i % 2 * 200)),
        NONE,
    )
    yield "bits reversed", lambda m: bytes(map(_bits_reversed, m)), NONE
    yield (
        f"bit {bit:02x} flipped in each {n}th byte",
        by_place(lambda i, v: v ^ bit * (i % n == n - 1)),
        NONE,
    )
    yield f"wrong byte at place {place}", by_place(lambda i, v: v ^ bit * (i == place)), NONE
    yield f"bytes behind place {place} xored", by_place(lambda i, v: v ^ bit * (i >= place)), NONE
    yield (
        f"part above {limit} lost",
        lambda m: m[:limit],
        frozenset({"rest-of-read-discarded", "message-size-limit", "full-read-lost"}),
    )
    yield (
        f"middle of reads above {limit} lost",
        lambda m: m if len(m) < limit else m[:50] + m[90:],
        NONE,
    )
    yield f"a blank after each {wide}", _inserted(wide, b" "), NONE
    yield f"a line end after each {wide}", _inserted(wide, b"\r\n"), NONE
    yield f"lines wrapped at {wide}", _wrapped(wide), NONE
    yield "adjacent bytes swapped", _swapped, NONE
    yield "nibbles swapped", by_place(lambda _, v: v << 4 | v >> 4), NONE
    yield f"case of each {n}th letter", _third_letters(n), frozenset({"case-changed"})
    yield (
        f"padded with NUL to {size}",
        _padded(size, b"\0"),
        frozenset({"stale-buffer", "prefix-or-suffix"}),
    )
    yield f"padded with blanks to {size}", _padded(size, b" "), frozenset({"stale-buffer"})
    yield (
        "numbers incremented",
        lambda m: re.sub(rb"\d+", lambda found: str(int(found[0]) + 1).encode(), m),
        NONE,
    )
    yield "zeros before numbers lost", lambda m: re.sub(rb"\b0+(?=\d)", b"", m), BYTE
    yield (
        f"length rounded to {n} above it",
        lambda m: m[: len(m) // n * n] if len(m) > n else m,
        GROUPED,
    )
    yield "every second word skipped", _words(lambda words: words[::2]), NONE
    yield "words reversed", _words(lambda words: words[::-1]), NONE
    yield "first word only", _words(lambda words: words[:1]), BYTE | GROUPED
    yield "last byte doubled", lambda m: m + m[-1:], NONE
    yield "first byte doubled", lambda m: m[:1] + m, NONE
    yield "length in one byte", lambda m: m[: len(m) & 0xFF or 256], frozenset({"counter-wraps"})
    yield f"each {n}th byte of a read lost", _without_every(n), NONE
    yield "leading NULs lost", lambda m: m.lstrip(b"\0"), frozenset({"padding-stripped"})
    yield "C1 controls as ?", by_place(lambda _, v: 63 if 0x80 <= v < 0xA0 else v), TEXTUAL
    yield "reads reversed", lambda m: m[::-1], NONE
    yield f"reads above {n} reversed", lambda m: m[::-1] if len(m) > n else m, NONE
    yield "rot13", by_place(lambda _, v: ord(_rot(chr(v)))), BYTE | {"case-changed"}
    yield "one more", by_place(lambda _, v: v + 1), NONE
    yield (
        "line end added where there is none",
        lambda m: m if m.endswith(b"\n") else m + b"\n",
        frozenset({"prefix-or-suffix", "waits-for-newline"}),
    )
    yield "quotes lost", lambda m: m.replace(b'"', b"").replace(b"'", b""), ESCAPES
    yield "quoted words unquoted", lambda m: re.sub(rb"'([^']*)'", rb"\1", m), ESCAPES
    yield "HTML escaped", lambda m: m.replace(b"&", b"&amp;").replace(b"<", b"&lt;"), ESCAPES
    yield (
        "percent decoded",
        lambda m: re.sub(rb"%([0-9a-fA-F]{2})", lambda found: bytes([int(found[1], 16)]), m),
        ESCAPES,
    )
    yield "plus as blank", lambda m: m.replace(b"+", b" "), BYTE
    yield "in threes", lambda m: m[: len(m) // 3 * 3], GROUPED
    yield "equal neighbours become one", _runs(1), NONE
    yield f"runs above {n} cut", _runs(n), NONE
    yield "a byte like the one before is one more", _delta, NONE
    yield "sorted", lambda m: bytes(sorted(m)), NONE
    yield "lines the other way round", lambda m: b"\n".join(m.split(b"\n")[::-1]), NONE
    yield f"first {n} bytes moved to the end", lambda m: m[n:] + m[:n], NONE
    yield "UTF-16", lambda m: b"".join(bytes([v, 0]) for v in m), TEXTUAL
    yield "KOI8-R", _recoded("koi8-r"), TEXTUAL
    yield "Windows-1251", _recoded("cp1251"), TEXTUAL
    yield (
        "quoted-printable",
        lambda m: re.sub(rb"[=\x80-\xff]", lambda found: b"=%02X" % found[0][0], m),
        ESCAPES | TEXTUAL,
    )
    yield "dots stuffed", lambda m: re.sub(rb"(?m)^\.", b"..", m), BYTE
    yield "last byte as parity", lambda m: m[:-1] + bytes([sum(m) & 0xFF]), NONE
    yield "escape sequences lost", lambda m: re.sub(rb"\x1b\[?[^a-zA-Z]*[a-zA-Z]", b"", m), BYTE
    yield (
        "control characters lost",
        lambda m: re.sub(rb"[\x01-\x08\x0b\x0c\x0e-\x1f]", b"", m),
        BYTE,
    )
    yield "comments lost", lambda m: re.sub(rb"#[^\n]*", b"", m), BYTE
    yield (
        "e-mail quoting",
        lambda m: re.sub(rb"(?m)^From ", b">From ", m),
        frozenset({"magic-word"}),
    )
    yield "trailing blanks of lines lost", lambda m: re.sub(rb"(?m)[ \t]+$", b"", m), squeezed
    yield (
        "empty lines lost",
        lambda m: re.sub(rb"\n\n+", b"\n", m),
        frozenset({"line-ends-dropped"}),
    )
    yield "first byte becomes a count", lambda m: bytes([len(m) & 0xFF]) + m[1:], NONE
    yield (
        "words capitalised",
        lambda m: re.sub(rb"\b[a-z]", lambda found: found[0].upper(), m),
        frozenset({"case-changed"}),
    )
    yield "zeros of the right length", lambda m: bytes(len(m)), frozenset({"known"})


def _rot(letter: str) -> str:
    if not (letter.isascii() and letter.isalpha()):
        return letter
    base = 65 if letter < "a" else 97
    return chr((ord(letter) - base + 13) % 26 + base)


# --- what is kept between reads -------------------------------------------------------------------


def _kept_odd() -> Step:
    kept = b""

    def step(read: bytes) -> bytes:
        nonlocal kept
        whole = kept + read
        kept = whole[len(whole) // 2 * 2 :]
        return whole[: len(whole) // 2 * 2]

    return step


def _kept_group(n: int) -> Connection:
    def connection() -> Step:
        kept = b""

        def step(read: bytes) -> bytes:
            nonlocal kept
            whole = kept + read
            kept = whole[len(whole) // n * n :]
            return whole[: len(whole) // n * n]

        return step

    return connection


def _mask(mask: bytes) -> Connection:
    k = len(mask)
    return stream(
        lambda m, at: bytes(v ^ mask[i % k] ^ mask[(at + i) % k] for i, v in enumerate(m))
    )


def _word_machine() -> Step:
    skipping = False

    def step(read: bytes) -> bytes:
        nonlocal skipping
        out = bytearray()
        for v in read:
            if v == 0x20:
                skipping = not skipping
            if not skipping or v == 0x20:
                out.append(v)
        return bytes(out)

    return step


def _overlap(n: int, m: int) -> Change:
    return lambda read: b"".join(read[i : i + n] for i in range(0, len(read), m))


def _stale(seen: list[bytes]) -> bytes:
    before = seen[-2] if len(seen) > 1 else b""
    return seen[-1] + before[len(seen[-1]) :]


def _boundary(seen: list[bytes]) -> bytes:
    same = len(seen) > 1 and seen[-1][:1] == seen[-2][-1:]
    return seen[-1][1:] if same else seen[-1]


def of_reads(r: Random) -> Iterator[tuple[str, Connection, frozenset[str]]]:
    """What is kept between reads, counted, or ends a connection."""
    n = r.choice((2, 3, 4, 5, 8))
    size = r.choice((250, 256, 1000, 5000, 10_000))
    mask = bytes(r.randrange(1, 256) for _ in range(r.choice((3, 4, 8))))
    bit = 1 << r.randrange(8)
    small = r.choice((2, 3, 4, 8, 12))
    seen_before = frozenset({"repetitions-dropped"})
    nth = frozenset({"every-nth-read"})
    yield "mask restarted", _mask(mask), NONE
    yield "odd byte kept", _kept_odd, frozenset({"partial-held-back", "fixed-message-size"})
    yield (
        f"groups of {n} kept",
        _kept_group(n),
        frozenset({"partial-held-back", "fixed-message-size", "waits-for-full-buffer"}),
    )
    yield (
        f"a read shorter than {small} ends",
        ends_if(lambda m: len(m) < small),
        (frozenset({"exact-size"}) if small == 2 else NONE),
    )
    yield (
        f"a read shorter than {small} lost",
        drops_if(lambda m: len(m) < small),
        (frozenset({"exact-size"}) if small == 2 else NONE),
    )
    yield "first read reversed", history(lambda s: s[-1][::-1] if len(s) == 1 else s[-1]), NONE
    yield f"peek {n + 4} take {n}", each(_overlap(n + 4, n)), frozenset({"sent-twice", "known"})
    yield (
        f"equal to one of the last {n} lost",
        history(lambda s: b"" if s[-1] in s[-n - 1 : -1] else s[-1]),
        seen_before,
    )
    yield (
        "equal to the third before lost",
        history(lambda s: b"" if s[-1] in s[-4:-3] else s[-1]),
        seen_before,
    )
    yield "state machine of words", _word_machine, NONE
    yield (
        f"each {size}th byte lost",
        stream(lambda m, at: bytes(v for i, v in enumerate(m, at + 1) if i % size)),
        frozenset(
            {"ring-wrap", "counter-wraps", "off-by-one-at-full-read"}
            if size > 500
            else {"counter-wraps", "ring-wrap"}
        ),
    )
    yield (
        f"each {size}th byte wrong",
        stream(lambda m, at: bytes(v if i % size else v ^ bit for i, v in enumerate(m, at + 1))),
        frozenset({"ring-wrap", "counter-wraps"}),
    )
    yield (
        f"each {n}th read in capitals",
        history(lambda s: s[-1].upper() if not len(s) % n else s[-1]),
        nth,
    )
    yield (
        f"each {n}th read lost",
        history(lambda s: s[-1] if len(s) % n else b""),
        nth | {"every-other-read-lost"},
    )
    yield (
        "as long as the longest so far",
        history(lambda s: s[-1][: max(map(len, s[:-1]), default=12)]),
        GROUPED,
    )
    yield (
        "tail of the one before",
        history(_stale),
        frozenset({"stale-buffer", "leftover-of-earlier", "never-emptied"}),
    )
    yield (
        "last two",
        history(lambda s: b"".join(s[-2:])),
        frozenset({"sent-twice", "never-emptied"}),
    )
    yield (
        "first message twice",
        history(lambda s: s[-1] * (1 + (len(s) == 1))),
        frozenset({"sent-twice"}),
    )
    yield "same byte at the boundary lost", history(_boundary), NONE
    yield (
        "xored with the last of the read before",
        history(lambda s: bytes(v ^ s[-2][-1] for v in s[-1]) if len(s) > 1 else s[-1]),
        NONE,
    )
    yield (
        "first byte becomes the number of the read",
        history(lambda s: bytes([len(s) & 0xFF]) + s[-1][1:]),
        NONE,
    )
    yield (
        "first byte of the connection consumed",
        stream(lambda m, at: m[1:] if not at else m),
        NONE,
    )
    yield (
        f"first {n} bytes of the connection consumed",
        stream(lambda m, at: m[max(0, n - at) :]),
        frozenset({"length-prefix"}),
    )
    yield (
        "a read with two equal neighbours ends",
        ends_if(lambda m: any(a == b for a, b in pairwise(m))),
        NONE,
    )
    yield "a read that ends with a line end ends", ends_if(lambda m: m.endswith(b"\n")), BYTE
    yield f"a read whose sum is a multiple of {n} ends", ends_if(lambda m: not sum(m) % n), NONE
    yield f"a read whose sum is a multiple of {n} lost", drops_if(lambda m: not sum(m) % n), NONE
    yield "a read of even length ends", ends_if(lambda m: not len(m) % 2), NONE
    yield "a read of odd length ends", ends_if(lambda m: bool(len(m) % 2)), NONE
    yield "a read of odd length lost", drops_if(lambda m: bool(len(m) % 2)), NONE
    yield f"lengths that leave 3 of {n + 3} lost", drops_if(lambda m: len(m) % (n + 3) == 3), NONE
    yield "lengths from 100 to 700 lost", drops_if(lambda m: 100 <= len(m) <= 700), NONE
    yield "lengths from 10 to 40 lost", drops_if(lambda m: 10 <= len(m) <= 40), NONE
    yield "lengths from 10 to 40 end", ends_if(lambda m: 10 <= len(m) <= 40), NONE
    yield (
        "shrinking messages lost",
        history(lambda s: b"" if len(s) > 1 and len(s[-1]) < len(s[-2]) else s[-1]),
        NONE,
    )
    yield (
        "growing messages cut",
        history(lambda s: s[-1][: len(s[-2]) + n] if len(s) > 1 else s[-1]),
        GROUPED,
    )
    yield (
        "a third equal message ends",
        history(lambda s: None if len(s) > 2 and s[-1] == s[-2] == s[-3] else s[-1]),
        NONE,
    )
    yield (
        "an equal message ends",
        history(lambda s: None if len(s) > 1 and s[-1] == s[-2] else s[-1]),
        NONE,
    )
    yield (
        "held back by one",
        history(lambda s: s[-2] if len(s) > 1 else b""),
        frozenset({"one-behind", "waits-for-full-buffer", "not-flushed"}),
    )
    yield (
        "odd total flips the last bit",
        history(lambda s: s[-1][:-1] + bytes([s[-1][-1] ^ sum(map(len, s)) % 2])),
        NONE,
    )
    yield "high bytes only end alone", ends_if(lambda m: len(m) == 1 and m[0] > 127), NONE
    yield (
        "reads that begin with a letter in capitals end",
        ends_if(lambda m: m[:1].isupper() and m.isascii()),
        NONE,
    )
    yield "reads that begin with a digit lost", drops_if(lambda m: m[:1].isdigit()), NONE
    yield (
        "reads of only NUL lost",
        drops_if(lambda m: not m.strip(b"\0")),
        frozenset({"padding-stripped", "cut-at-nul"}),
    )
    yield (
        "reads of only white space lost",
        drops_if(lambda m: not m.strip()),
        frozenset({"strips-whitespace", "line-ends-dropped"}),
    )
    yield "reads of one equal byte end", ends_if(lambda m: len(m) > 1 and len(set(m)) == 1), NONE


def drawn(r: Random) -> Iterator[Odd]:
    """All families with parameters from ``r``, and some pairs of them."""
    changes = list(of_bytes(r))
    for name, change, accepts in changes:
        yield Odd(name, each(change), accepts)
    connections = list(of_reads(r))
    for name, connection, accepts in connections:
        yield Odd(name, connection, accepts)
    for _ in range(PAIRS):
        (one, first, some), (two, second, more) = r.sample(changes, 2)
        both = each(lambda m, f=first, g=second: g(f(m)))  # type: ignore[misc]
        yield Odd(f"{one} + {two}", both, some | more)
        (three, connection, others) = r.choice(connections)
        yield Odd(f"{three} + {one}", _after(connection, first), some | others)


PAIRS = 20


def _after(connection: Connection, change: Change) -> Connection:
    """What ``connection`` answers, changed."""

    def begin() -> Step:
        step = connection()

        def both(read: bytes) -> bytes | None:
            answer = step(read)
            return None if answer is None else change(answer)

        return both

    return begin
