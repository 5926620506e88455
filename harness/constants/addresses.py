"""Which constants say where the server listens: they decide nothing about what it echoes."""

from __future__ import annotations

import re

from harness.values.dictionary import Constant

LEAST_PORT = 1024
"""Lower ones are reserved, and as sizes more common."""
_HOST = re.compile(rb"(?:localhost|(?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]*::[0-9a-fA-F:]*)(?::\d*)?")
_OF_PORTS = re.compile(r"(?i)(?<![a-z])port|(?<=[a-z])_port|(?-i:Port)\b|htons|\b(?:bind|listen)")


def without_addresses(found: list[Constant], source: str) -> list[Constant]:
    """``found`` in ``source``, without hosts and ports.  What something is compared with stays."""
    lines = source.splitlines()
    return [one for one in found if one.compared or not _is_address(one, lines)]


def _is_address(constant: Constant, lines: list[str]) -> bool:
    if isinstance(constant.value, bytes):
        return _HOST.fullmatch(constant.value) is not None
    number = constant.where.rpartition(" ")[2]
    line = lines[int(number) - 1] if number.isdecimal() and int(number) <= len(lines) else ""
    return LEAST_PORT <= constant.value < 65536 and _OF_PORTS.search(line) is not None
