"""How payloads are drawn: sizes near boundaries, and bytes that servers often mistreat."""

from __future__ import annotations

from harness.fuzzer import deck
from harness.fuzzer.source import Source, Table
from harness.values.plan import Literal, Payload, Random, Repeat

KIB = 1024
MIB = 1024 * KIB
SEEDS = 255
"""The largest seed.  There are few, so that sessions can share the bytes that were made."""

TROUBLE: tuple[bytes, ...] = (
    b"a",
    b"\0",
    b"\n",
    b"\r\n",
    b"\r",
    b"\xff",
    b"\xff\xf4",  # Telnet: interrupt process
    b"\xff\xfb\x01",  # Telnet: will echo
    b"\xff\xff",
    b" ",
    b"\t",
    b"\x03",
    b"\x04",
    b"\x1a",
    b"\x08",
    b"\x1b[2J",
    b"\x7f",
    b"\x80",
    b"\xc3",  # the first half of a character in UTF-8
    b"\xa9",  # its second half
    b"\xe2\x82\xac",
    b"\xed\xa0\x80",  # a surrogate
    b"\xef\xbb\xbf",  # a byte order mark
    b"\xf0\x9f\x98\x80",
    b"quit\n",
    b"exit\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"%s%n%d",
    b"{0}{x}",
    b"$HOME",
    b"\\",
    b'"',
    b"'",
    b"\0\0\0\x05hello",
)
"""In-band signals, ends of lines and strings, halves of characters, commands, formats."""

TROUBLE_BYTES = tuple(bytes([b]) for b in range(256))


def _around(*centres: int) -> tuple[int, ...]:
    return tuple(sorted({c + d for c in centres for d in (-1, 0, 1) if c + d >= 0}))


NEAR = _around(*(k * KIB for k in (1, 1, 2, 3, 4)), *(2**n for n in range(4, 13)))
"""Sizes around what servers read at a time: multiples of 1024, and powers of two."""
FAR = _around(*(k * KIB for k in (5, 6, 7, 8, 9, 10, 12, 16, 20, 32, 48, 64)), 2**15, 2**16)
WIDE = _around(*(k * 64 * KIB for k in (1, 2, 3, 4, 8, 16)), 100_000, 200_000)

SIZES = Table({"tiny": 400, "near": 420, "free": 145, "far": 33, "wide": 2})
LITTLE = Table({"tiny": 60, "near": 25, "free": 15})
CONTENTS = Table({"random": 76, "trouble": 14, "byte": 4, "repeat": 6})


def size(source: Source, largest: int) -> int:
    """A size in bytes, 0 to ``largest``."""
    kind = source.weighted(SIZES if largest > 4 * KIB else LITTLE)
    if kind == "tiny":
        return source.integer(0, min(16, largest))
    if kind == "free":
        return source.integer(0, min(2 * KIB, largest))
    table = {"near": NEAR, "far": FAR, "wide": WIDE}[kind]
    return min(source.choose(table), largest)


def payload(source: Source, largest: int = 64 * KIB + 1) -> Payload:
    """A payload of at most ``largest`` bytes; some come from the constants of the target."""
    if (
        source.deck is not None
        and source.chance(deck.SHARE)
        and (dealt := source.deck.payload(largest)) is not None
    ):
        return dealt
    return usual(source, largest)


def usual(source: Source, largest: int) -> Payload:
    """A payload of at most ``largest`` bytes, whatever the target is."""
    kind = source.weighted(CONTENTS)
    if kind == "random":
        return Random(seed=source.integer(0, SEEDS), size=size(source, largest))
    if kind == "trouble":
        return Literal(_trouble(source)[:largest])
    if kind == "byte":
        return Literal(source.choose(TROUBLE_BYTES)[:largest])
    return Repeat(unit=source.choose(TROUBLE), size=size(source, largest))


def _trouble(source: Source) -> bytes:
    """One to three troublesome pieces, perhaps with something harmless around them."""
    value = b"".join(source.choose(TROUBLE) for _ in range(source.integer(1, 3)))
    if source.chance(30):
        value = b"x" * source.integer(1, 12) + value
    if source.chance(30):
        value += b"y" * source.integer(1, 12)
    return value


def flood(source: Source, low: int, high: int) -> Payload:
    """Megabytes, from one of two seeds, since making them takes longer than sending them."""
    return Random(seed=source.integer(1, 2), size=source.integer(low, high))


def cuts(source: Source, total: int) -> tuple[int, ...]:
    """How ``total`` bytes are cut into writes: at most some 20 of them."""
    if total <= 20 and source.chance(50):
        return (1,)
    least = max(1, total // 20)
    if source.deck is not None and source.chance(deck.SHARE):
        known = source.deck.cuts(least, total - 1)
        if known:
            return (source.choose(known),)
    return tuple(source.integer(least, max(least, total // 2)) for _ in range(source.integer(1, 4)))
