"""The system's errors: their names, found in what programs print of them."""

from __future__ import annotations

import errno
import os
import re

NAMES = {**errno.errorcode, errno.EAGAIN: "EAGAIN", errno.EOPNOTSUPP: "EOPNOTSUPP"}
"""By number; of two names for one number the one that manuals use."""
TEXTS = {os.strerror(number): name for number, name in NAMES.items()}
"""``Connection reset by peer``: ECONNRESET, as Linux says it."""
_NAME = re.compile(r"\b(E[A-Z0-9]{3,15})\b")
_NUMBER = re.compile(r"\[Errno (\d+)\]|\bOs \{ code: (\d+)")
_ALSO = {
    "connection reset": "ECONNRESET",  # Java
    "would block": "EAGAIN",
}
"""What languages say in words of their own."""
_LOWERED = {text.lower(): name for text, name in TEXTS.items()} | _ALSO
_TEXT = re.compile("|".join(sorted(map(re.escape, _LOWERED), key=len, reverse=True)))


def named(text: str) -> str:
    """The name of the error that ``text`` tells, as a number, a name or in words; or nothing."""
    if found := _NUMBER.search(text):
        return NAMES.get(int(found[1] or found[2]), "")
    for name in _NAME.findall(text):
        if name in NAMES.values():
            return str(name)
    found = _TEXT.search(text.lower())
    return _LOWERED[found[0]] if found else ""
