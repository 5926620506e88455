"""What an experiment is, what it knows of the target, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import TypeVar

from msgspec import Struct

from harness.values import plan as p
from harness.values.dictionary import EMPTY, Dictionary
from harness.values.plan import Plan, Script, Step
from harness.values.trace import Death, Ending, ScriptTrace, Trace
from harness.values.verdict import Profile

Fact = int | float | str | bool | list[int | str]

ONE_SHOT, SEQUENTIAL, CONCURRENT = Profile.ONE_SHOT, Profile.SEQUENTIAL, Profile.CONCURRENT
ALL = (ONE_SHOT, SEQUENTIAL, CONCURRENT)
LASTING = (SEQUENTIAL, CONCURRENT)


SMALL_BUFFER = 256 * 1024
"""SO_RCVBUF of a client that stalls, so that the stall comes soon."""


class Observed(Struct, frozen=True):
    """What one experiment has shown.  It can be written as JSON and read again."""

    id: str
    facts: dict[str, Fact]
    """By name; which there are, the docstring of the experiment says.  ``died`` is among them when
    the target ended meanwhile (``exit status 1``, ``signal SIGPIPE``), and ``cut`` (true) when the
    time was over before everything was tried."""
    said: str
    """One sentence for people: what was tried and what was seen."""
    special: bool = False
    """Something was seen that a correct target does not do."""
    output: str = ""
    """What the instance that died wrote last, safe to show."""


def number(fact: Fact | None) -> int:
    """``fact`` as a number; 0 where it is none."""
    return int(fact) if isinstance(fact, int | float) else 0


def listed(fact: Fact | None) -> list[int | str]:
    """``fact`` as a list; empty where it is none."""
    return fact if isinstance(fact, list) else []


def numbers(fact: Fact | None) -> list[int]:
    """``fact`` as a list of numbers; empty where it is none."""
    return [number(value) for value in listed(fact)]


def in_words(values: Sequence[object]) -> str:
    """``values`` as a list in a sentence; numbers with commas."""
    shown = [f"{value:,}" if isinstance(value, int) else str(value) for value in values]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


class Setting(Struct, frozen=True):
    """What plans depend on."""

    profile: Profile
    launched: bool = True
    """The target's process is ours: it may be stopped and continued."""
    backlog: int = 8
    """Connections that may wait for accept()."""
    flood: int = 9 * 1024 * 1024
    """Bytes that stall a server whose client does not read."""
    far: int = 2**24 + 2**20
    """Bytes of one long stream: more than three bytes can count."""
    seed: int = 0
    dictionary: Dictionary = EMPTY
    """The constants of the target."""

    def data(self, number: int, size: int) -> p.Plain:
        """Letters and digits, other ones for each ``number``."""
        return p.Plain(seed=(self.seed * 1_000_003 + 7_000_000 + number) % 2**62, size=size)


Outcome = TypeVar("Outcome")
Asking = Generator[Plan, Trace | None, Outcome]
"""An experiment under way: it yields plans, each as soon as it knows the outcome of the one before,
and returns what it has seen.  It is sent None when there is no time for a plan, and then returns
with what it knows."""


class Experiment(Struct, frozen=True):
    """One line of the table."""

    id: str
    question: str
    begin: Callable[[Setting], Asking[Observed]]
    bound: float = 0.7
    """Seconds; a plan that takes longer is left unfinished, and no further one is begun."""
    profiles: tuple[Profile, ...] = ALL
    gentle: bool = False
    """Harmless enough for a target that somebody else runs."""
    fresh: bool = False
    """Only means something on an instance that nobody has used."""
    brief: float = 0.1
    """Seconds of silence after which a message counts as not answered, at first."""
    hasty: bool = True
    """Wait less for what does not come once that was in vain some times."""
    in_part: bool = False
    """A plan that was left unfinished says something of the messages up to there."""
    hurry: bool = False
    """Once something was waited for in vain, clients that have not begun are left out."""


def observed(
    id: str, traces: Iterable[Trace], said: str, *, special: bool, **facts: Fact
) -> Observed:
    """What was seen in ``traces``, with what is the same for all experiments."""
    seen = list(traces)
    known: dict[str, Fact] = dict(facts) if seen else {}
    dead = deaths(seen)
    if dead:
        known["died"] = str(dead[0])
        said = f"{said.removesuffix('.')}; the server ended with {dead[0]}."
    if any(trace.slow is not None for trace in seen):
        known["cut"] = True
        said = f"{said.removesuffix('.')} (then the time was over)."
    return Observed(
        id=id,
        facts=known,
        said=said,
        special=special or bool(dead),
        output=dead[0].output if dead else "",
    )


def deaths(traces: Iterable[Trace]) -> list[Death]:
    """The ends of instances that nobody asked for and that do not look like success.

    Where a plan was left unfinished, our own reset may be behind them.
    """
    whole = (t for t in traces if t.slow is None and not any(s.stuck for s in t.scripts))
    return [d for trace in whole for d in trace.deaths if not d.asked and not d.clean]


ENDED = frozenset({Ending.FIN, Ending.RST, Ending.DIED})


def ended_early(seen: ScriptTrace) -> bool:
    """Whether the target ended the connection before its client had ended its side."""
    return seen.ending in ENDED and not seen.half_closed


def ending_of(seen: ScriptTrace) -> str:
    """How the connection ended, in one word; ``open`` also when we left."""
    return "open" if seen.ending is Ending.CLIENT else str(seen.ending)


def when(seen: ScriptTrace, what: str) -> float | None:
    """Seconds into the plan at which ``what`` stands in the timeline for the first time."""
    return next((m.at for m in seen.timeline if m.what == what), None)


def without_process_steps(plan: Plan) -> Plan:
    """``plan`` for a target whose process is not ours."""
    return Plan(
        scripts=tuple(
            Script(
                steps=tuple(s for s in script.steps if not isinstance(s, p.NEEDS_PROCESS)),
                after=script.after,
            )
            for script in plan.scripts
        )
    )


def exchange(payload: p.Payload) -> tuple[Step, ...]:
    """One message and its answer."""
    return (p.Send(payload), p.AwaitEcho(briefly=True))


def exact(payload: p.Payload) -> tuple[Step, ...]:
    """One message that lies in the receive buffer whole before the target reads."""
    return (p.PauseTarget(), p.Send(payload), p.ResumeTarget(), p.AwaitEcho(briefly=True))


GREETS_WITHIN = 0.01
"""Seconds that a greeting gets to come before the first message."""


def conversation(messages: Iterable[bytes], *, exactly: bool = False) -> tuple[Step, ...]:
    """A connection on which each message waits for the answer to the one before.

    Where there are several, a greeting gets time to come before the first.
    """
    several = list(messages)
    steps: list[Step] = [p.Connect(), p.Wait(GREETS_WITHIN)] if len(several) > 1 else [p.Connect()]
    for message in several:
        payload = p.Literal(message)
        steps += exact(payload) if exactly else exchange(payload)
    return (*steps, p.Close())
