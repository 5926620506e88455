"""Dictionaries in the format of AFL and libFuzzer: a quoted token on each line.

A line is empty, a comment (``#``), ``"token"``, ``name="token"`` or ``name@level="token"``.  In a
token ``\\\\``, ``\\"`` and ``\\xAB`` stand for a backslash, a quote and a byte.
"""

from __future__ import annotations

import re

from harness.errors import UsageProblem
from harness.text import outside
from harness.values.dictionary import LARGEST, LONGEST, Constant, Dictionary, dictionary

LARGEST_FILE = 1024 * 1024
"""Bytes.  The largest of the dictionaries that come with AFL has some 30 KiB."""
ADVICE = "Give a dictionary of AFL or libFuzzer, or auto, or none."
_LINE = re.compile(rb'(?:[\w.-]+(?:@\d+)?[ \t]*=[ \t]*)?"(.*)"')
_PART = re.compile(rb'\\\\|\\"|\\x[0-9a-fA-F]{2}|[^\\"]')


def load(path: str) -> Dictionary:
    """The dictionary in the file ``path``.  Raises UsageProblem with the line that is wrong."""
    content = outside.read(path, most=LARGEST_FILE, advice=ADVICE)
    return loads(content, outside.clipped(path))


def loads(content: bytes, name: str) -> Dictionary:
    """Read a dictionary from ``content``; ``name`` is for messages.  Raises UsageProblem.

    A token of decimal digits is a number too, so that sizes and counts can be given.
    """
    found: list[Constant] = []
    for number, line in enumerate(content.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith(b"#"):
            continue
        try:
            token = _token(line)
        except ValueError as error:
            raise UsageProblem(f"{name}: line {number}: {error}.", _FORM) from error
        where = f"{name}, line {number}"
        found.append(Constant(token, where, compared=True))
        if token.isdigit() and len(token) <= 10 and int(token) <= LARGEST:
            found.append(Constant(int(token), where, compared=True))
    return dictionary(found)


_FORM = 'A line is "token" or name="token"; a quote in it is \\", a backslash \\\\, a byte \\xAB.'


def _token(line: bytes) -> bytes:
    """Raises ValueError that says what is wrong."""
    form = _LINE.fullmatch(line)
    if form is None:
        raise ValueError("this is no token in quotes")
    inside, at, parts = form[1], 0, list[bytes]()
    while at < len(inside):
        part = _PART.match(inside, at)
        if part is None:
            what = outside.shown(inside[at : at + 4].decode("latin-1"))
            raise ValueError(f"{what} stands for no byte")
        parts.append(_byte(part[0]))
        at = part.end()
    token = b"".join(parts)
    if not token:
        raise ValueError("the token is empty")
    if len(token) > LONGEST:
        raise ValueError(f"the token has {len(token):,} bytes, and {LONGEST} are allowed")
    return token


def _byte(part: bytes) -> bytes:
    if part[:2] == b"\\x":
        return bytes.fromhex(part[2:].decode())
    return part[-1:]
