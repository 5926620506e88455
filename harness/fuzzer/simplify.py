"""Simpler plans with fewer scripts or fewer steps: the candidates that the shrinker tries."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import msgspec

from harness.fuzzer.scripts import without
from harness.values import plan as p
from harness.values.payload import Literal
from harness.values.plan import Plan, Step

Place = tuple[int, int]
"""Script and step."""

replace = msgspec.structs.replace


# --- scripts ------------------------------------------------------------------------------------


def without_scripts(plan: Plan, gone: Iterable[int]) -> Plan:
    """``plan`` without some scripts."""
    return Plan(without(plan.scripts, gone))


def one_meeting(plan: Plan) -> Iterator[Plan]:
    """The scripts of one place of meeting alone."""
    places = {s.place for script in plan.scripts for s in script.steps if isinstance(s, p.Meet)}
    groups = {
        frozenset(i for i, script in enumerate(plan.scripts) if p.Meet(place) in script.steps)
        for place in places
    }
    for members in sorted(groups, key=min):
        yield without_scripts(plan, set(range(len(plan.scripts))) - members)


FEW, MANY = 3, 10
"""How few scripts may be enough, and up to how many scripts all choices of so few are tried."""


def few(plan: Plan) -> Iterator[Plan]:
    """Two or three of some scripts, whichever they are.  Where a failure depends on what happens to
    be open at a time, leaving out one script may end it, and leaving out six may not."""
    everybody = range(len(plan.scripts))
    if not FEW < len(everybody) <= MANY:
        return
    for count in range(2, FEW + 1):
        for kept in itertools.combinations(everybody, count):
            yield without_scripts(plan, set(everybody) - set(kept))


def pairs(plan: Plan, accused: int) -> Iterator[Plan]:
    """The accused script with one other, at the same time and after it; the nearest first."""
    last = replace(plan.scripts[accused], after=())
    others = sorted(set(range(len(plan.scripts))) - {accused}, key=lambda i: (i > accused, -i))
    for i in others:
        first = replace(plan.scripts[i], after=())
        yield Plan((first, replace(last, after=(0,))))
        yield Plan((first, last))


def around(plan: Plan, session: int) -> Plan:
    """Script ``session`` alone, with those that it meets."""
    members = {session}
    places = {s.place for s in plan.scripts[session].steps if isinstance(s, p.Meet)}
    for i, script in enumerate(plan.scripts):
        if any(isinstance(s, p.Meet) and s.place in places for s in script.steps):
            members.add(i)
    return without_scripts(plan, set(range(len(plan.scripts))) - members)


# --- steps --------------------------------------------------------------------------------------


def without_steps(plan: Plan, index: int, gone: range) -> Plan:
    """``plan`` without some steps of one script.  A pause and its end go together."""
    steps = plan.scripts[index].steps
    drop = set(gone)
    paused: int | None = None
    for k, step in enumerate(steps):
        if isinstance(step, p.PauseTarget):
            paused = k
        elif isinstance(step, p.ResumeTarget) and paused is not None:
            if k in drop or paused in drop:
                drop |= {k, paused}
            paused = None
    return with_steps(plan, index, tuple(s for k, s in enumerate(steps) if k not in drop))


def with_steps(plan: Plan, index: int, steps: tuple[Step, ...]) -> Plan:
    scripts = list(plan.scripts)
    if steps:
        scripts[index] = replace(scripts[index], steps=steps)
        return Plan(tuple(scripts))
    return without_scripts(plan, {index})


def with_step(plan: Plan, at: Place, step: Step) -> Plan:
    steps = list(plan.scripts[at[0]].steps)
    steps[at[1]] = step
    return with_steps(plan, at[0], tuple(steps))


def each_step(plan: Plan) -> Iterator[tuple[Place, Step]]:
    for i, script in enumerate(plan.scripts):
        for k, step in enumerate(script.steps):
            yield (i, k), step


def orderly_end(steps: tuple[Step, ...]) -> int:
    """How many of the last ``steps`` are there to end orderly."""
    ending = (p.HalfClose, p.AwaitEnd)
    if len(steps) >= 2 and all(isinstance(*each) for each in zip(steps[-2:], ending, strict=True)):
        return 2
    return 0


def surer(plan: Plan) -> Iterator[Plan]:
    """Variants that show the same at the end of the connection, without patience and luck."""
    patient = [_patient(script.steps) for script in plan.scripts]
    ended = [_ended(steps) for steps in patient]
    with_its_waits = [_ended(script.steps) for script in plan.scripts]
    for each in (ended, patient, with_its_waits):
        surer = Plan(
            tuple(replace(s, steps=steps) for s, steps in zip(plan.scripts, each, strict=True))
        )
        if surer != plan:
            yield surer
    brief = plan
    for at, step in each_step(plan):
        if isinstance(step, p.AwaitEcho) and not step.briefly:
            brief = with_step(brief, at, p.AwaitEcho(briefly=True))
    if brief != plan:
        yield brief


def held(plan: Plan) -> Iterator[Plan]:
    """A session by itself, with all its data there before the target reads.

    A failure that needs this no longer depends on timing.
    """
    if len(plan.scripts) != 1 or plan.needs_process:
        return
    steps = plan.scripts[0].steps
    sends = _at_once(steps)
    if not isinstance(steps[0], p.Connect) or not sends:
        return
    end = (p.HalfClose(background=True), p.ResumeTarget(), p.AwaitEnd())
    yield p.one(steps[0], p.PauseTarget(), *sends, *end)


GREETING = (p.Send(Literal(b"a")), p.AwaitEcho(briefly=True))
"""A client that got an answer has been accepted."""


def held_in_turn(plan: Plan) -> Iterator[Plan]:
    """Two sessions, one after the other; the first has sent and left before the target looks.

    What it leaves behind no longer depends on how far the target had come.
    """
    if len(plan.scripts) != 2 or plan.scripts[1].after != (0,):
        return
    first, last = plan.scripts
    leaves = [step for step in first.steps if isinstance(step, p.Reset | p.Close)]
    sends = _at_once(first.steps)
    if not leaves or not sends or not isinstance(first.steps[0], p.Connect):
        return
    gone = (p.PauseTarget(), *sends, leaves[0], p.ResumeTarget(), p.Wait(0.02))
    yield Plan(
        (
            replace(first, steps=(first.steps[0], *GREETING, *gone)),
            replace(last, steps=_ended(_patient(last.steps))),
        )
    )


def held_together(plan: Plan) -> Iterator[Plan]:
    """Two or three sessions whose data is there before the target looks.

    A failure that needs several clients ready in one round does not depend on luck then.  Once each
    client has had a letter echoed before, since only accepted clients can be ready; and once not.
    """
    if not 1 < len(plan.scripts) <= FEW:
        return
    sent = [_at_once(script.steps) for script in plan.scripts]
    connects = [script.steps[0] for script in plan.scripts]
    if not all(sent) or not all(isinstance(step, p.Connect) for step in connects):
        return
    ready, go, done = (p.Meet(place) for place in ("ready", "go", "done"))
    end = (p.HalfClose(), p.AwaitEnd())
    for greeting in (GREETING, ()):
        first = (*greeting, ready, p.PauseTarget(), go, *sent[0], done, p.ResumeTarget(), *end)
        others = [(*greeting, ready, go, *sends, done, *end) for sends in sent[1:]]
        scripts = zip(connects, (first, *others), strict=True)
        yield p.side_by_side(*((connect, *steps) for connect, steps in scripts))


def lets_go(before: Plan, after: Plan) -> bool:
    """Whether ``after`` leaves to luck what ``before`` does not: it holds the target still less
    often, or a client goes on without an answer that it waited for."""
    if pauses(after) < pauses(before):
        return True
    return len(after.scripts) == len(before.scripts) and _waits(after) < _waits(before)


def pauses(plan: Plan) -> int:
    """How often ``plan`` holds the target still."""
    return sum(isinstance(step, p.PauseTarget) for _, step in each_step(plan))


def _waits(plan: Plan) -> int:
    return sum(isinstance(step, p.AwaitEcho) for _, step in each_step(plan))


def _at_once(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """What ``steps`` send, without waiting for anybody."""
    return tuple(
        replace(s, background=True, gap=0.0, lockstep=0.0) for s in steps if isinstance(s, p.Send)
    )


def _patient(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(step for step in steps if not isinstance(step, p.AwaitEcho))


def _ended(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps of a client that leaves early, changed to an orderly end with the whole echo."""
    if any(isinstance(step, p.AwaitEnd) for step in steps):
        return steps
    kept = [s for s in steps if not isinstance(s, p.Close | p.Reset | p.HalfClose)]
    if not any(isinstance(step, p.Connect) for step in kept):
        return steps
    return (*kept, p.HalfClose(), p.AwaitEnd())
