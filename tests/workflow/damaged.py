"""Damage to a whole file: such as a disk, a merge, an editor or a stranger would do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from hypothesis import strategies as st

TEXTS = (
    "", "x", "\0", "\r", "\n", "\x1b[2J", "\u2028", "\u202e", "\x85", "\ud800", '"', "'",
    'a"""\\', "'''\n#", "\\", "%(prog)s %", "{port}", "../../x", "# {{plan}}", "x" * 3000,
)  # fmt: skip
NUMBERS = (
    0, 1, -1, 2**31, 2**63, 2**64, 10**30, -(10**30), 10**18, 0.5, -0.5, 1e300, 1e-300, 3600.5,
)  # fmt: skip
RAW = ("1" * 5000, "1e999", "NaN", "-Infinity", "[" * 3000, '{"a":' * 3000, "0x10", "\ufeff", "--")
"""Where a value should be: what JSON has not, and what is too much of it."""
VALUES: tuple[Any, ...] = (None, True, False, [], {}, [[]], [None], {"": 0}, *TEXTS, *NUMBERS)

JUNK = (
    b"\xff", b"\0", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\\ud800", b"\r", b'"', b"'''", b'"""', b"#",
    b"-", b"nan", b"1e999", b"9" * 5000, b"0x" + b"f" * 5000, b"[" * 5000, b'{"a":' * 2000,
    b"a." * 500, b"\n[targets.mine]\n", b"\n" * 3000, b"x" * 70_000,
)  # fmt: skip

TOML_VALUES = (
    "nan", "inf", "-inf", "1e999", "-1", "0", "1e-300", "0x" + "f" * 5000, "9" * 5000, "true",
    "''", '"\\u0000"', '"\\u2028"', '"\\u202e"', '""', "[]", "[[[]]]", "['']", "['\t']", "{}",
    "{'' = ''}", "{'A=B' = 'c'}", '{A = "\\u0000"}', "1979-05-27", "07:32:00", "[1, 'x']",
    "[" * 3000, "'" + "x" * 3000 + "'", "'127.0.0.1:²'", "'[::1]:7'", "':7'", "'h:99999'",
    "{'identity/hello' = ''}", "{'nothing' = 'x'}",
)  # fmt: skip


Damage = Callable[[Random], bytes]
"""Damages one file, each time otherwise; the same for the same seed."""


def examples(*kinds: Damage) -> st.SearchStrategy[bytes]:
    """Damaged files of ``kinds``.  One choice for each makes them cheap, though not to shrink."""
    return st.builds(
        lambda kind, seed: kind(Random(seed)), st.sampled_from(kinds), st.integers(0, 2**64 - 1)
    )


def damaged_bytes(whole: bytes) -> Damage:
    """``whole`` with one to four injuries: bits, pieces lost or doubled, junk, an early end."""

    def injuries(random: Random) -> Iterator[tuple[str, int, Any]]:
        for _ in range(random.randint(1, 4)):
            kind = random.choice(("flip", "cut off", "lose", "double", "junk"))
            what: dict[str, Any] = {
                "flip": random.randrange(8),
                "lose": random.randint(1, 40),
                "double": random.randint(1, 200),
                "junk": random.choice(JUNK),
            }
            yield kind, random.randint(0, len(whole)), what.get(kind)

    return lambda random: _injured(whole, list(injuries(random)))


def _injured(whole: bytes, injuries: list[tuple[str, int, Any]]) -> bytes:
    found = bytearray(whole)
    for kind, at, what in injuries:
        if kind == "flip" and at < len(found):
            found[at] ^= 1 << what
        elif kind == "cut off":
            del found[at:]
        elif kind == "lose":
            del found[at : at + what]
        elif kind == "double":
            found[at:at] = found[at : at + what]
        elif kind == "junk":
            found[at:at] = what
    return bytes(found)


def damaged_json(whole: bytes) -> Damage:
    """``whole`` with one to three values in it replaced, left out, or written otherwise.

    Mostly by values of the same type, which may well be accepted.
    """
    document = json.loads(whole)
    places = list(_places(document))
    others = [*VALUES, *map(_Raw, RAW), _GONE]

    def change(random: Random) -> tuple[tuple[Any, ...], Any]:
        path, value = random.choice(places)
        alike = {str: TEXTS, int: NUMBERS, float: NUMBERS}.get(type(value), others)
        return path, random.choice(alike if random.random() < 0.7 else others)

    def damage(random: Random) -> bytes:
        return _changed(document, [change(random) for _ in range(random.randint(1, 3))])

    return damage


class _Raw(str):
    """Stands for itself, without quotes."""


_GONE = object()


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Where each value stands, and what it is."""
    yield path, value
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(inner, (*path, key))


def _changed(document: Any, changes: list[tuple[tuple[Any, ...], Any]]) -> bytes:
    raw: dict[str, str] = {}
    for path, value in changes:
        if isinstance(value, _Raw):
            mark = f"raw {len(raw)}"
            raw[f'"{mark}"'] = value
            value = mark
        document = _put(document, path, value)
    text = json.dumps(document)
    for mark, value in raw.items():
        text = text.replace(mark, value)
    return text.encode("utf-8", "surrogatepass")


def _put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """``value`` with ``new`` at ``path``, if it still has that."""
    if not path:
        return None if new is _GONE else new
    if isinstance(value, dict) and path[0] in value:
        if path[1:] or new is not _GONE:
            return {**value, path[0]: _put(value[path[0]], path[1:], new)}
        return {key: inner for key, inner in value.items() if key != path[0]}
    if isinstance(value, list) and isinstance(path[0], int) and path[0] < len(value):
        inner = [] if new is _GONE and not path[1:] else [_put(value[path[0]], path[1:], new)]
        return [*value[: path[0]], *inner, *value[path[0] + 1 :]]
    return value


def damaged_toml(whole: str, keys: tuple[str, ...]) -> Damage:
    """``whole`` with one to three lines replaced, by a key with a value that it cannot have."""
    lines = whole.splitlines()

    def damage(random: Random) -> bytes:
        new = list(lines)
        for _ in range(random.randint(1, 3)):
            line = f"{random.choice(keys)} = {random.choice(TOML_VALUES)}"
            new[random.randrange(len(lines))] = random.choice((line, line, "", *lines))
        return "\n".join(new).encode()

    return damage
