"""The oracle for datagrams: a pure function from a plan and what happened to what was not allowed.

* Each datagram that a client sent comes back whole, unchanged, on its own, to that client, and at
  most as often as it was sent.  In which order they come back means nothing.
* One that stays without an answer accuses only if it was asked again and again: UDP may lose.
* The answer comes from the address that was asked.
* The target may die only when the plan asks for it, or when it is one-shot, has answered, and exits
  with status 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from harness.judging.findings import BEFORE, WINDOW, in_bytes
from harness.judging.odd import TELLING, Odd, look_at
from harness.values.datagrams import Came, ClientTrace, DatagramPlan, DatagramTrace, asked_by
from harness.values.trace import Death, Ending
from harness.values.verdict import Breach, Finding, Kind, Profile

MOST_ODD, MOST_TOLD = 20, 3
"""Datagrams of one client that are looked at closely, and told of: more of them tell nothing
new."""


def judge(plan: DatagramPlan, trace: DatagramTrace, profile: Profile) -> list[Finding]:
    """The breaches that ``trace`` proves, the gravest first: safety, then liveness."""
    found: list[Finding] = []
    sent = _Sent(plan, trace)
    for index, seen in enumerate(trace.scripts):
        if not _faultless(seen):
            found += _Client(trace.scripts, sent, index).findings()
    found += _deaths(trace, profile)
    died = any(f.kind is Kind.DIED for f in found)
    if died:  # which explains who is silent after it
        found = [f for f in found if f.kind not in (Kind.REFUSED, Kind.NO_ECHO)]
    return sorted(found, key=lambda f: f.breach is not Breach.SAFETY)


def _faultless(seen: ClientTrace) -> bool:
    """Whether all is as it should be, seen quickly."""
    return (
        seen.stuck is None
        and all(one.answers <= one.times and one.waited is None for one in seen.asked)
        and all(came.of is not None and came.source == seen.target for came in seen.came)
    )


class _Sent:
    """What each client has sent, in order; made once, when somebody asks for it.

    In a plan of hundreds of clients all may have to be looked at, and each compared with all.
    """

    def __init__(self, plan: DatagramPlan, trace: DatagramTrace) -> None:
        self._scripts = plan.scripts
        self._seen = trace.scripts
        self._made: dict[int, list[bytes]] = {}

    def by(self, index: int) -> list[bytes]:
        if index not in self._made:
            pairs = zip(asked_by(self._scripts[index]), self._seen[index].asked, strict=True)
            self._made[index] = [data for data, one in pairs if one.times]
        return self._made[index]

    def by_others(self, index: int) -> list[tuple[int, bytes]]:
        """Each datagram with the client that has sent it."""
        others = (i for i in range(len(self._scripts)) if i != index)
        return [(i, data) for i in others for data in self.by(i)]


class _Client:
    """One client of a trace, and what was asked around it."""

    def __init__(self, seen: Sequence[ClientTrace], sent: _Sent, index: int) -> None:
        self.sent = sent
        self.index = index
        self.seen = seen[index]
        self.mine = sent.by(index)

    def findings(self) -> Iterator[Finding]:
        odd = list(self._odd())
        yield from odd
        yield from self._twice()
        yield from self._elsewhere()
        if not odd:
            yield from self._silence()
        if self.seen.stuck == "await-exit":
            text = f"the target had not ended within {self.seen.waited:.1f} s"
            yield self._finding(Kind.STILL_RUNNING, text, breach=Breach.LIVENESS)

    # --- what is equal to none that was sent ----------------------------------------------------

    def _odd(self) -> Iterator[Finding]:
        strange = [came for came in self.seen.came if came.of is None]
        if not strange:
            return
        missing = [i for i, one in enumerate(self.seen.asked) if one.times and not one.answers]
        if (pieces := self._split(strange, missing)) is not None:
            yield pieces
            return
        others = self.sent.by_others(self.index)
        told: set[tuple[Kind, int | None]] = set()
        for came in strange[:MOST_ODD]:
            odd = look_at(came.data, self.mine, missing, others)
            if self._is_stray(came, odd) or (odd.kind, odd.of) in told:
                continue
            told.add((odd.kind, odd.of))
            yield self._about(came, odd)
            if len(told) == MOST_TOLD:
                return

    def _is_stray(self, came: Came, odd: Odd) -> bool:
        """Whether anybody on the machine may have sent it."""
        related = odd.kind not in (Kind.EXTRA, Kind.CHANGED) or (odd.offset >= TELLING)
        return came.source != self.seen.target and not related

    def _split(self, strange: list[Came], missing: list[int]) -> Finding | None:
        """A finding about one that came in pieces, one after another."""
        for number in missing:
            whole, rest, pieces = self.mine[number], self.mine[number], 0
            for came in strange:
                if came.data and rest.startswith(came.data):
                    rest, pieces = rest[len(came.data) :], pieces + 1
                if pieces > 1 and not rest:
                    text = (
                        f"{self._name(number)} came back as {pieces:,} datagrams, "
                        f"the first of {in_bytes(strange[0].size)}"
                    )
                    first = strange[0]
                    odd = Odd(Kind.SPLIT, of=number, offset=len(first.data))
                    return self._finding(Kind.SPLIT, text, odd, whole, first.data)
        return None

    def _about(self, came: Came, odd: Odd) -> Finding:
        one = self.mine[odd.of] if odd.of is not None else b""
        return self._finding(odd.kind, self._in_words(came, odd, one), odd, one, came.data)

    def _in_words(self, came: Came, odd: Odd, one: bytes) -> str:
        size = in_bytes(came.size)
        name = self._name(odd.of)
        match odd.kind:
            case Kind.FOREIGN:
                whose = f"client {(odd.owner or 0) + 1}"
                return f"client {self.index + 1} got a datagram of {size} that {whose} had sent"
            case Kind.MERGED:
                last = (odd.until or 0) + 1
                return (
                    f"{name} and what followed it, up to number {last}, came back as one of {size}"
                )
            case Kind.TRUNCATED:
                lost = len(one) - came.size
                be = "is" if lost == 1 else "are"
                return f"{name} came back with {size}: the last {in_bytes(lost)} {be} missing"
            case Kind.LOST:
                return (
                    f"{name} came back with {size}: what stands at offset {odd.offset:,} is missing"
                )
            case Kind.EXTRA if odd.of is not None and odd.offset == len(one):
                more = in_bytes(came.size - len(one))
                return f"{name} came back with {more} more behind it"
            case Kind.EXTRA if odd.of is not None:
                more = in_bytes(came.size - len(one))
                return f"{name} came back with {more} more, from offset {odd.offset:,} on"
            case Kind.EXTRA:
                return f"a datagram of {size} came that nobody had asked for"
            case _:
                return f"{name} came back changed from offset {odd.offset:,} on, as one of {size}"

    def _name(self, number: int | None) -> str:
        """``datagram 3 of client 2 (1025 bytes)``."""
        if number is None:
            return f"a datagram of client {self.index + 1}"
        size = in_bytes(len(self.mine[number]))
        return f"datagram {number + 1:,} of client {self.index + 1} ({size})"

    # --- how often, and from where --------------------------------------------------------------

    def _twice(self) -> Iterator[Finding]:
        times: Counter[bytes] = Counter()
        answers: Counter[bytes] = Counter()
        first: dict[bytes, int] = {}
        for number, one in enumerate(self.seen.asked):
            if one.times:
                times[self.mine[number]] += one.times
                answers[self.mine[number]] += one.answers
                first.setdefault(self.mine[number], number)
        for data, count in answers.items():
            if count > times[data]:
                text = (
                    f"{self._name(first[data])} came back {count:,} times, "
                    f"and was sent {_times(times[data])}"
                )
                yield self._finding(Kind.DUPLICATED, text, None, data, data)
                return

    def _elsewhere(self) -> Iterator[Finding]:
        asked = self.seen.target
        for came in self.seen.came:
            if came.of is not None and came.source != asked and asked is not None:
                text = (
                    f"{self._name(came.of)} was sent to {_shown(asked)}, "
                    f"and the answer came from {_shown(came.source)}"
                )
                yield self._finding(Kind.ELSEWHERE, text)
                return

    def _silence(self) -> Iterator[Finding]:
        silent = [
            (number, one)
            for number, one in enumerate(self.seen.asked)
            if one.waited is not None and not one.answers
        ]
        if not silent:
            return
        number, one = silent[0]
        more = f", nor did {len(silent) - 1} others" if len(silent) > 1 else ""
        if self.seen.refused and not any(o.answers for o in self.seen.asked[number:]):
            kind = Kind.REFUSED
            text = (
                f"{self._name(number)} was sent {_times(one.times)}, and the system said that "
                "nobody is at that port (ICMP: port unreachable)"
            )
        else:
            kind = Kind.NO_ECHO
            text = (
                f"{self._name(number)} did not come back{more}: it was sent {_times(one.times)}, "
                f"and there was no answer within {one.waited:.1f} s"
            )
        yield self._finding(kind, text, None, self.mine[number], b"", breach=Breach.LIVENESS)

    def _finding(
        self,
        kind: Kind,
        message: str,
        odd: Odd | None = None,
        sent: bytes | None = None,
        got: bytes | None = None,
        *,
        breach: Breach = Breach.SAFETY,
    ) -> Finding:
        """A finding about this client.  ``sent``, ``got``: the datagrams that are compared."""
        offset = odd.offset if odd is not None else None
        start = max(0, (offset or 0) - BEFORE)
        compared = sent is not None and got is not None and odd is not None
        return Finding(
            kind=kind,
            breach=breach,
            message=message,
            session=self.index,
            offset=offset,
            length=abs(len(sent) - len(got)) if sent is not None and got is not None else None,
            expected=sent[start : start + WINDOW].hex() if compared and sent else None,
            got=got[start : start + WINDOW].hex() if compared and got is not None else None,
            window_start=start if compared else None,
            sent=len(sent) if sent is not None else None,
            received=len(got) if got is not None else None,
        )


def _deaths(trace: DatagramTrace, profile: Profile) -> Iterator[Finding]:
    for death in trace.deaths:
        if death.asked:
            continue
        if profile is not Profile.ONE_SHOT:
            yield _death(death, f"the target ended ({death}) although nobody asked it to")
        elif death.script is not None and not death.clean:
            seen = trace.scripts[death.script]
            if any(one.answers for one in seen.asked):
                text = f"the target ended with {death} after its answer, not with exit status 0"
                yield _death(death, text, Kind.EXIT_STATUS)
            else:
                yield _death(death, f"the target ended ({death}) without an answer")


def _death(death: Death, message: str, kind: Kind = Kind.DIED) -> Finding:
    return Finding(
        kind=kind,
        breach=Breach.SAFETY,
        message=message,
        session=death.script,
        ending=Ending.DIED,
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _shown(address: tuple[str, int]) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
