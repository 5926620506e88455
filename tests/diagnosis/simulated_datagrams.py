"""Servers of datagrams as functions, and checks performed on them without a socket or a clock.

A server gets a datagram and the number of the client that sent it, and says what goes to whom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from harness.contract.catalogue import find
from harness.contract.check import Context
from harness.diagnosis import Case, DatagramEvidence
from harness.judging.datagrams import judge
from harness.values import plan as p
from harness.values.address import Transport
from harness.values.datagrams import (
    Address,
    Ask,
    Asked,
    AwaitAnswers,
    Came,
    ClientTrace,
    DatagramPlan,
    DatagramTrace,
    Leave,
    asked_by,
)
from harness.values.trace import Death
from harness.values.verdict import Level, Profile

THERE: Address = ("127.0.0.1", 7007)
CHECKS = tuple(
    f"datagram/{name}"
    for name in (
        *("one-byte", "hello", "every-byte-value", "empty", "boundaries", "up-to-mtu"),
        *("read-boundary", "largest", "to-the-sender", "from-the-same-address"),
        *("nothing-unasked", "burst", "client-gone", "stays-up", "interleaved"),
    )
)


class Died(Exception):
    """The server has ended; the argument is what it wrote last."""


class Server:
    """A correct one.  ``waiting``: all that is there when it reads."""

    source = THERE

    def answers(self, waiting: list[tuple[int, bytes]]) -> Iterable[tuple[int, bytes]]:
        for client, data in waiting:
            yield from self.answer(client, data)

    def answer(self, client: int, data: bytes) -> Iterable[tuple[int, bytes]]:
        yield client, data

    def gone(self) -> None:
        """An answer met nobody."""


class Echo(Server):
    """One that makes something else of each datagram."""

    def __init__(self, change: Callable[[bytes], Iterable[bytes]]) -> None:
        self.change = change

    def answer(self, client: int, data: bytes) -> Iterable[tuple[int, bytes]]:
        return [(client, piece) for piece in self.change(data)]


class _Performance:
    def __init__(self, plan: DatagramPlan, server: Server) -> None:
        self.plan = plan
        self.server = server
        self.sent: list[list[bytes]] = [[] for _ in plan.scripts]
        self.answers: list[list[int]] = [[0] * len(asked_by(s)) for s in plan.scripts]
        self.came: list[list[Came]] = [[] for _ in plan.scripts]
        self.left: set[int] = set()
        self.waiting: list[tuple[int, bytes]] = []
        self.death: Death | None = None
        self.last = 0

    def serve(self) -> None:
        waiting, self.waiting = self.waiting, []
        if self.death is not None or not waiting:
            return
        self.last = waiting[-1][0]
        try:
            for client, data in self.server.answers(waiting):
                self.deliver(client, data)
        except Died as end:
            words = str(end)
            self.death = Death(
                status=1 if words else 0,
                signal=None,
                at=0.1,
                asked=False,
                script=self.last,
                output=words,
            )

    def deliver(self, client: int, data: bytes) -> None:
        if client in self.left:
            self.server.gone()
            return
        equal = [i for i, sent in enumerate(self.sent[client]) if sent == data]
        of = next((i for i in equal if not self.answers[client][i]), equal[-1] if equal else None)
        if of is not None:
            self.answers[client][of] += 1
        kept = b"" if of is not None else data
        self.came[client].append(Came(0.1, self.server.source, len(data), of, kept))

    def run(self) -> DatagramTrace:
        left = {i: list(script.steps) for i, script in enumerate(self.plan.scripts)}
        done: set[int] = set()
        visits: dict[str, set[int]] = {}
        paused = False
        while left:
            before = sum(map(len, left.values()))
            for i in sorted(left):
                if not done.issuperset(self.plan.scripts[i].after):
                    continue
                while left[i]:
                    step = left[i][0]
                    if isinstance(step, p.Meet):
                        visits.setdefault(step.place, set()).add(i)
                        members = {k for k, s in enumerate(self.plan.scripts) if step in s.steps}
                        if not members <= visits[step.place] | done:
                            break
                    left[i].pop(0)
                    if isinstance(step, p.PauseTarget | p.ResumeTarget):
                        paused = isinstance(step, p.PauseTarget)
                    elif isinstance(step, Ask):
                        data = asked_by(self.plan.scripts[i])[len(self.sent[i])]
                        self.sent[i].append(data)
                        self.waiting.append((i, data))
                    elif isinstance(step, Leave):
                        self.left.add(i)
                    elif isinstance(step, AwaitAnswers):
                        break
                    if not paused and not any(isinstance(s, Ask) for s in left[i][:1]):
                        self.serve()
                if not left[i]:
                    del left[i]
                    done.add(i)
            if not paused:
                self.serve()
            assert left == {} or sum(map(len, left.values())) < before, "they meet nobody"
        return self.trace()

    def trace(self) -> DatagramTrace:
        return DatagramTrace(
            tuple(self._client(i) for i in range(len(self.plan.scripts))),
            deaths=(self.death,) if self.death is not None else (),
        )

    def _client(self, i: int) -> ClientTrace:
        insists = AwaitAnswers() in self.plan.scripts[i].steps
        odd = any(came.of is None for came in self.came[i])
        asked = []
        for k, count in enumerate(self.answers[i]):
            silent = not count and insists and not odd
            times = 0 if k >= len(self.sent[i]) else 4 if silent else 1
            asked.append(Asked(times, count, 3.0 if silent else None))
        return ClientTrace(tuple(asked), tuple(self.came[i]), THERE, left=i in self.left)


def case_of(make: Callable[[], Server], checks: Iterable[str] = CHECKS) -> Case:
    """What a run on such a server shows.  Each check gets a fresh one."""
    failures = []
    passed, warnings = set(), set()
    for check_id in checks:
        check = find(check_id)
        assert check.exchange is not None
        plan = check.exchange(Context(profile=Profile.SEQUENTIAL, transport=Transport.UDP))
        trace = _Performance(plan, make()).run()
        found = [f for f in judge(plan, trace, Profile.SEQUENTIAL) if f.kind not in check.ignores]
        if not found:
            passed.add(check_id)
            continue
        if check.level is Level.SHOULD:
            warnings.add(check_id)
        output = trace.deaths[0].output if trace.deaths else ""
        failures.append(
            DatagramEvidence(check_id, "", Profile.SEQUENTIAL, plan, trace, tuple(found), output)
        )
    return Case(
        Profile.SEQUENTIAL,
        (),
        frozenset(passed),
        frozenset(warnings),
        datagrams=tuple(failures),
    )
