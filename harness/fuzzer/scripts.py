"""Leaving out scripts of a plan, of streams or of datagrams: who came after whom stays true."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from harness.values.datagrams import DatagramScript
from harness.values.plan import Script

AnyScript = TypeVar("AnyScript", Script, DatagramScript)


def without(scripts: Sequence[AnyScript], gone: Iterable[int]) -> tuple[AnyScript, ...]:
    """``scripts`` without those at the places ``gone``.

    A script that came after one of them now comes after those that it came after.
    """
    gone = set(gone)
    new_index: dict[int, int] = {}
    waits: dict[int, set[int]] = {}
    kept: list[AnyScript] = []
    for i, script in enumerate(scripts):
        after: set[int] = set()
        for j in script.after:
            after |= waits[j] if j in gone else {j}
        waits[i] = after
        if i not in gone:
            new_index[i] = len(kept)
            kept.append(replace(script, after=tuple(sorted(new_index[j] for j in after))))
    return tuple(kept)
