"""What can be read off the failures of a server of datagrams."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache

from msgspec import Struct

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import AnyEvidence, DatagramEvidence
from harness.diagnosis.facts_stream import Same
from harness.judging.odd import look_at
from harness.values.datagrams import asked_by
from harness.values.trace import Death
from harness.values.verdict import Kind

SHORT = ("datagram/one-byte", "datagram/hello")
"""One client, one short datagram: only what is wrong with each of them breaks these checks."""
MOST_LOOKED_AT = 40
"""Datagrams of one client: more of them tell nothing new."""


class Pair(Struct, frozen=True):
    """A datagram that a client sent, and what came in its place."""

    check_id: str
    asked: bytes
    came: bytes
    kind: Kind
    before: tuple[bytes, ...] = ()
    """What the same client had sent before it."""
    later: tuple[bytes, ...] = ()
    """What the same client has sent after it, and got back whole."""
    open: tuple[bytes, ...] = ()
    """All that the same client did not get back whole: which of them came changed is a guess where
    it is much changed."""


class Facts:
    """Of one case."""

    def __init__(self, case: Case) -> None:
        self.case = case

    @cached_property
    def pairs(self) -> list[Pair]:
        """What came wrong, of all clients."""
        return [pair for e in self.case.datagrams for pair in _pairs(e)]

    @cached_property
    def whole(self) -> list[bytes]:
        """What came back as it was, in the checks that failed."""
        return [data for e in self.case.datagrams for data in _answered(e)]

    @cached_property
    def silent(self) -> list[tuple[str, bytes]]:
        """What was asked again and again in vain, by the id of the check."""
        return [(e.check_id, data) for e in self.case.datagrams for data in _silent(e)]

    @cached_property
    def answered_by_earlier(self) -> frozenset[str]:
        """The checks in which each empty datagram was followed by one that had been answered."""
        return frozenset(
            e.check_id
            for e in self.case.datagrams
            if Kind.DUPLICATED in e.kinds and (silent := list(_silent(e))) and not any(silent)
        )

    def of(self, *kinds: Kind) -> frozenset[str]:
        """The failed checks whose first finding is of one of ``kinds``."""
        return frozenset(e.check_id for e in self.case.datagrams if e.first.kind in kinds)

    def deaths(self) -> list[tuple[DatagramEvidence, Death]]:
        """The failed checks in which the target died, with its end."""
        return [
            (e, death)
            for e in self.case.datagrams
            if e.kinds & {Kind.DIED, Kind.EXIT_STATUS}
            for death in e.trace.deaths[:1]
        ]


def is_mute(evidence: AnyEvidence) -> bool:
    """Whether no client got anything of a server of datagrams that lives."""
    return (
        isinstance(evidence, DatagramEvidence)
        and evidence.first.kind is Kind.NO_ECHO
        and not any(seen.came for seen in evidence.trace.scripts)
    )


def facts_of(case: Case) -> Facts:
    """All rules look at the same case: what was found out of it is kept."""
    return _facts(Same(case))


@lru_cache(maxsize=2)
def _facts(key: Same) -> Facts:
    return Facts(key.case)


def _pairs(e: DatagramEvidence) -> Iterator[Pair]:
    for script, seen in zip(e.plan.scripts, e.trace.scripts, strict=True):
        sent = [(d, o) for d, o in zip(asked_by(script), seen.asked, strict=True) if o.times]
        asked, whole = [d for d, _ in sent], [d if o.answers else None for d, o in sent]
        missing = [i for i, one in enumerate(seen.asked) if one.times and not one.answers]
        for came in [came for came in seen.came if came.of is None][:MOST_LOOKED_AT]:
            odd = look_at(came.data, asked, missing, ())
            if odd.of is not None:
                before = tuple(asked[: odd.of])
                later = tuple(data for data in whole[odd.of + 1 :] if data is not None)
                left = tuple(asked[i] for i in missing)
                yield Pair(e.check_id, asked[odd.of], came.data, odd.kind, before, later, left)


def _answered(e: DatagramEvidence) -> Iterator[bytes]:
    for script, seen in zip(e.plan.scripts, e.trace.scripts, strict=True):
        for data, one in zip(asked_by(script), seen.asked, strict=True):
            if one.answers:
                yield data


def _silent(e: DatagramEvidence) -> Iterator[bytes]:
    for script, seen in zip(e.plan.scripts, e.trace.scripts, strict=True):
        for data, one in zip(asked_by(script), seen.asked, strict=True):
            if one.waited is not None and not one.answers:
                yield data
