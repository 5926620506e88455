"""Scenes: a few sessions that belong together, and plans made of many scenes.

A plan for the search has some thirty sessions: setting up a plan costs as much as a session.  The
scenes run in lanes (of the plan, not of the run), a few side by side.  A sequential target serves
one client and finds the next in its backlog, so that it never waits for the harness.  There are no
more lanes than its backlog takes, since the system lets a further connection wait for a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from harness.fuzzer import payloads
from harness.fuzzer.payloads import KIB, MIB
from harness.fuzzer.sessions import AWAIT_END, BRIEFLY, ENDED, INSIST, MOMENT, Steps, leave, session
from harness.fuzzer.source import Source, Table
from harness.values import plan as p
from harness.values.dictionary import EMPTY, Dictionary
from harness.values.plan import Plan, Script
from harness.values.verdict import Profile

MOST_LANES = {Profile.ONE_SHOT: 1, Profile.SEQUENTIAL: 5, Profile.CONCURRENT: 8}
"""Connections open at once: for a sequential target those that keep it busy; for a concurrent one
as many as the contract asks for (``sessions/simultaneous``)."""

STALLS_AFTER = 9 * MIB // 2
"""The kernel's send buffer on loopback holds 2.5 to 4 MiB; what it cannot hold stalls."""
MUCH_MORE = 8 * MIB
"""The most bytes, now and then, that a server has to keep if it stores what it cannot send."""


class Terms(Struct, frozen=True):
    """What may be drawn for a target."""

    profile: Profile
    remote: bool = False
    """The target's process cannot be touched."""
    backlog: int = p.USUAL_BACKLOG
    """Connections that may wait for accept()."""
    instances: int = 1
    """Of a one-shot target, that may serve side by side."""
    dictionary: Dictionary = EMPTY
    """The constants of the target."""

    @property
    def lanes(self) -> int:
        """Scenes side by side."""
        most = MOST_LANES[self.profile]
        return min(most, 1 + self.backlog) if self.profile is Profile.SEQUENTIAL else most

    @property
    def several(self) -> bool:
        return self.profile is Profile.CONCURRENT


Scene = list[Script]
"""Scripts whose ``after`` counts within the scene."""


# --- scenes -------------------------------------------------------------------------------------


def alone(source: Source, terms: Terms, *, may_pause: bool) -> Scene:
    steps = session(source, terms.profile, may_pause=may_pause and not terms.remote)
    return [Script((*steps, *_exits(terms)))]


def _exits(terms: Terms) -> Steps:
    """A one-shot target ends after its session."""
    return (p.AwaitExit(),) if terms.profile is Profile.ONE_SHOT and not terms.remote else ()


def followed(source: Source, terms: Terms) -> Scene:
    """A client that leaves with data on the way, then others that must not be affected."""
    scene = [Script(leave(source))]
    for _ in range(source.integer(1, 2)):
        last = len(scene) - 1
        scene.append(Script(session(source, terms.profile, may_pause=False), after=(last,)))
    return scene


def together(source: Source, terms: Terms, name: str) -> Scene:
    """Two to four clients act while the target is paused, so that it finds them ready in one round.

    With a remote target they act at the same moment, which makes that likely but not certain.
    """
    clients, rounds = source.integer(2, 4), source.integer(1, 2)
    held = not terms.remote
    # The script that pauses the target arrives last: no other waits for a stopped target.
    scripts: list[list[p.Step]] = [[p.Connect()] for _ in range(clients)]
    for i in range(clients):
        if source.chance(70):
            scripts[i] += [p.Send(payloads.payload(source, KIB)), INSIST]
    gone: set[int] = set()
    for turn in range(rounds):
        last = turn == rounds - 1
        for i in range(clients):
            if i in gone:
                continue
            steps = scripts[i]
            steps.append(p.Meet(f"{name}-ready"))
            if i == 0 and held:
                steps.append(p.PauseTarget())
            steps.append(p.Meet(f"{name}-go"))
            act, leaves = _act(source, may_leave=i > 0)
            steps += act
            steps.append(p.Meet(f"{name}-done"))
            if i == 0 and held:
                steps.append(p.ResumeTarget())
            if leaves:
                gone.add(i)
                steps += () if isinstance(act[-1], p.Reset | p.Close) else (AWAIT_END,)
            elif last:
                steps += (BRIEFLY, *ENDED) if source.chance(70) else ENDED
            else:
                steps.append(INSIST)
    return [Script(tuple(steps)) for steps in scripts]


ACTS = Table({"send": 60, "send-end": 14, "end": 12, "nothing": 4, "reset": 6, "send-reset": 4})


def _act(source: Source, *, may_leave: bool) -> tuple[Steps, bool]:
    """What a client does while the target is paused, and whether it has left then."""
    way = source.weighted(ACTS) if may_leave else "send"
    steps: Steps = ()
    if "send" in way:
        steps = (p.Send(payloads.payload(source, 16 * KIB), background=True),)
    if "end" in way.split("-"):
        return (*steps, p.HalfClose(background=True)), True
    if "reset" in way:
        return (*steps, p.Reset()), True
    return steps, False


def stalled(source: Source, terms: Terms) -> Scene:
    """A reader that stalls until the target does, in ``send``; then what may follow."""
    most = MUCH_MORE if source.chance(25) else MIB
    what = payloads.flood(source, STALLS_AFTER, STALLS_AFTER + most)
    steps: list[p.Step] = [
        p.Connect(receive_buffer=source.choose((64 * KIB, 256 * KIB))),
        p.StopReading(),
        p.Send(what, background=True),
    ]
    if source.chance(25):
        steps.append(p.HalfClose(background=True))
    steps.append(p.AwaitStall())
    if not terms.remote and source.chance(95):
        steps.append(p.InterruptTarget(times=source.integer(1, 3)))
        if source.chance(50):
            steps += [p.ReadSome(source.integer(100_000, MIB)), p.AwaitStall(), p.InterruptTarget()]
    way = source.weighted(STALLS)
    if way == "leave":
        return [Script((*steps, p.Reset(), *_exits(terms))), *_followers(source, terms)]
    if way == "others" and terms.several:
        steps += [p.Meet("stalled"), p.Meet("served")]
        scene = [Script((*steps, p.StartReading(), *ENDED))]
        for _ in range(source.integer(1, 2)):
            other = session(source, terms.profile, may_pause=False)
            scene.append(Script((p.Meet("stalled"), *other, p.Meet("served"))))
        return scene
    steps += [p.StartReading(), *ENDED, *_exits(terms)]
    return [Script(tuple(steps)), *_followers(source, terms)]


STALLS = Table({"resume": 75, "leave": 12, "others": 13})


def _followers(source: Source, terms: Terms) -> Scene:
    if terms.profile is Profile.ONE_SHOT:
        return []
    first: Steps = (p.Connect(), p.Wait(MOMENT), p.Send(payloads.payload(source, KIB)), *ENDED)
    return [
        Script(first, after=(0,)),
        Script(session(source, terms.profile, may_pause=False), after=(1,)),
    ]


# --- plans --------------------------------------------------------------------------------------

SCENES = {
    Profile.ONE_SHOT: Table({"alone": 1}),
    Profile.SEQUENTIAL: Table({"alone": 95, "followed": 5}),
    Profile.CONCURRENT: Table({"alone": 90, "followed": 5, "together": 5}),
}


def plan(source: Source, terms: Terms, sessions: int) -> Plan:
    """A plan of at least ``sessions`` sessions, none of which stalls the target.

    Only the first lane pauses the target: two pauses at once would undo one another.
    """
    lanes = terms.lanes
    scenes: list[Scene] = []
    count = 0
    while count < sessions:
        first_lane = len(scenes) % lanes == 0
        kind = source.weighted(SCENES[terms.profile])
        if kind == "together" and first_lane:
            scene = together(source, terms, f"scene {len(scenes)}")
        elif kind == "followed":
            scene = followed(source, terms)
        else:
            scene = alone(source, terms, may_pause=first_lane)
        scenes.append(scene)
        count += len(scene)
    if terms.several and source.chance(30):
        return in_lanes(scenes, lanes, together(source, terms, f"scene {len(scenes)}"))
    return in_lanes(scenes, lanes)


def stall_plan(source: Source, terms: Terms) -> Plan:
    """A plan in which the target stalls: it costs as much as hundreds of others."""
    return in_lanes([stalled(source, terms)], 1)


def any_plan(source: Source, terms: Terms, sessions: int) -> Plan:
    """A plan of up to ``sessions`` sessions, of every kind."""
    if source.chance(3):
        return stall_plan(source, terms)
    return plan(source, terms, source.integer(1, sessions))


def in_lanes(scenes: Sequence[Scene], lanes: int, last: Scene | None = None) -> Plan:
    """All ``scenes`` in one plan: each starts when the one ``lanes`` before it has ended.

    ``last``: a scene that begins when all have ended, so that no later traffic repairs what it
    broke.
    """
    scripts: list[Script] = []
    ends: list[tuple[int, ...]] = []
    for number, scene in enumerate(scenes):
        base = len(scripts)
        before = ends[number - lanes] if number >= lanes else ()
        scripts += _placed(scene, base, before)
        ends.append((base,) if len(scene) == 1 else tuple(range(base, base + len(scene))))
    if last is not None:
        before = tuple(i for scripts_of in ends[-lanes:] for i in scripts_of)
        scripts += _placed(last, len(scripts), before)
    return Plan(tuple(scripts))


def _placed(scene: Scene, base: int, before: tuple[int, ...]) -> Iterator[Script]:
    for script in scene:
        after = tuple(base + i for i in script.after) if script.after else before
        yield msgspec.structs.replace(script, after=after) if after else script
