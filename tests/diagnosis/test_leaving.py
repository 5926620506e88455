"""One client leaves: what is tried of those who stay, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pytest

from harness.contract import company
from harness.diagnosis import Evidence, explain, wanted
from harness.diagnosis.experiments import TABLE, Observed, Setting
from harness.diagnosis.experiments.values import Fact
from harness.values.plan import sent_by
from harness.values.trace import Ending, Moment, ScriptTrace, Trace
from harness.values.verdict import Finding, Kind, Profile
from tests.diagnosis.made import case, causes, failed, found, seen

ROUNDS = ("before", "left", "came", "more")
BEGINS = {"before": 1.0, "left": 2.0, "came": 3.0, "more": 4.0}
NEWCOMERS = (2.5, 3.5, 3.7)
"""When they connect: one before the third round, two before the fourth."""
WHEN_MORE_CAME = 3.8


def stays(missed: Iterable[str], *, late: bool = False, ending: Ending) -> ScriptTrace:
    """A client that gets no answer in the rounds ``missed``, or ``late`` when more have come."""
    owed = [name for name in ROUNDS if name in set(missed)]
    lines = ["0.1 connected", "0.1 sent 20", "0.2 received 20"]
    for name in ROUNDS:
        at = BEGINS[name]
        if name == "more" and late:
            lines.append(f"{WHEN_MORE_CAME} received {30 * len(owed)}")
        lines.append(f"{at} sent 30")
        if name not in owed:
            lines.append(f"{at + 0.1} received 30")
    return seen("; ".join(lines), ending=ending)


def left(ending: Ending = Ending.FIN) -> ScriptTrace:
    times = "0.1 connected; 0.1 sent 20; 0.2 received 20; 1.0 sent 30; 1.1 received 30"
    return seen(f"{times}; 1.8 half-closed", ending=ending)


def tried(
    missed: Mapping[int, Iterable[str]],
    *,
    late: bool = False,
    ended: Iterable[int] = (),
    leaver: Ending = Ending.FIN,
) -> Observed:
    """What the experiment says of a server that forgets the clients ``missed`` in some rounds."""
    setting = Setting(Profile.CONCURRENT)
    asking = TABLE["leavers"].begin(setting)
    plan = next(asking)
    scripts = [
        stays(
            missed.get(n, ()),
            late=late and n in missed,
            ending=Ending.FIN if n in ended else Ending.CLIENT,
        )
        for n in (1, 2, 3, 4)
    ]
    scripts[1] = left(leaver)
    scripts += [seen(f"{at} connected; {at} sent 40; {at + 0.1} received 40") for at in NEWCOMERS]
    for script, trace in zip(plan.scripts, scripts, strict=True):
        assert len(sent_by(script)) == trace.sent
    try:
        asking.send(Trace(scripts=tuple(scripts)))
    except StopIteration as done:
        outcome: Observed = done.value
        return outcome
    raise AssertionError("it asks for more")


def test_all_who_stay_are_answered() -> None:
    """Of a correct server nothing special is said."""
    told = tried({})
    assert not told.special
    assert told.said == "Of 4 clients one leaves, and others come: all who stay are answered."


def test_who_is_forgotten_for_good() -> None:
    """The round in which it begins is told, and that the leaver was not closed."""
    told = tried({4: ("left", "came", "more")}, ended=(4,), leaver=Ending.OPEN)
    assert told.special
    assert told.facts["left_bad"] == told.facts["more_bad"] == told.facts["ended"] == [4]
    assert told.said == (
        "Of 4 clients, when number 2 leaves number 4 gets no answer; the server ends the "
        "connection of number 4; the connection of the one that has left stays open."
    )


def test_who_is_answered_when_more_have_come() -> None:
    """An answer that comes before the next message, but after the next clients, is late."""
    told = tried({3: ("came",), 4: ("came",)}, late=True)
    assert told.facts["came_bad"] == told.facts["late"] == [3, 4]
    assert told.facts["left_bad"] == told.facts["more_bad"] == []
    assert told.said.endswith("the answer comes when more clients have come.")


# --- the rules ----------------------------------------------------------------------------------

QUEUE, CHURN, ASIDE = "sessions/queue", "sessions/churn", "sessions/slow-client-aside"
CROWD = "sessions/simultaneous"
THERE = seen("0.1 connected; 0.1 sent 10; 0.2 received 10")


def beside(check_id: str, *findings: Finding) -> Evidence:
    return failed(check_id, findings, *[THERE] * 4, together=True)


def said(*failures: Evidence, **facts: Fact) -> list[str]:
    return causes(case(*failures, passed={CROWD}, leavers=facts))


def facts_of(told: Observed) -> dict[str, Fact]:
    return dict(told.facts)


STAYS_OPEN = beside(QUEUE, found(Kind.NO_END, 2, sent=10, received=10))


def test_a_first_argument_of_select_that_follows_the_newest() -> None:
    """Forgotten when another comes in the place of one that has left, served when more come."""
    newest = tried({3: ("came",), 4: ("came",)}, late=True)
    assert said(STAYS_OPEN, **facts_of(newest)) == ["wrong-nfds"]
    one_less = tried({4: ("left", "came")}, late=True)
    assert said(STAYS_OPEN, **facts_of(one_less)) == ["wrong-nfds"]


def test_a_place_that_is_taken_from_the_wrong_client() -> None:
    """Forgotten for good as soon as another has left."""
    forgotten = tried({4: ("left", "came", "more")})
    assert said(STAYS_OPEN, **facts_of(forgotten)) == ["removes-wrong-client"]


def test_a_server_that_forgets_everybody_takes_nobody_for_another() -> None:
    """When one leaves all are forgotten: no list has the wrong entry removed."""
    everybody = tried(dict.fromkeys((1, 3, 4), ("left", "came", "more")))
    assert "removes-wrong-client" not in said(STAYS_OPEN, **facts_of(everybody))


def test_one_is_closed_and_another_is_not() -> None:
    """In two checks, without any experiment: a client is closed in place of another."""
    swapped = (
        found(Kind.EARLY_CLOSE, 0, sent=10, received=10),
        found(Kind.NO_END, 2, sent=10, received=10),
    )
    one = [beside(QUEUE, *swapped), beside(CHURN, *swapped)]
    assert causes(case(*one, passed={CROWD})) == ["removes-wrong-client"]
    assert causes(case(one[0], beside(CHURN, swapped[0]), passed={CROWD})) == []
    alone = failed("shutdown/after-echo", found(Kind.NO_END), THERE)
    assert "removes-wrong-client" not in causes(case(*one, alone, passed={CROWD}))


def test_who_is_forgotten_beside_others_is_looked_at() -> None:
    """The experiment is made where clients stay while others come and go, and nowhere else."""
    for check_id in (QUEUE, CHURN, ASIDE):
        assert "leavers" in wanted(case(beside(check_id, found(Kind.NO_END, 2))))
    assert "leavers" not in wanted(case(failed("shutdown/at-once", found(Kind.NO_END))))
    sequential = case(beside(QUEUE, found(Kind.NO_END, 2)), profile=Profile.SEQUENTIAL)
    assert "leavers" not in wanted(sequential)


def test_who_comes_in_the_place_of_another_is_shown_out() -> None:
    """All is well until one has left; whoever gets its descriptor is disconnected unheard."""
    facts = facts_of(tried({})) | {"newest_bad": [5, 6], "newest_how": "ended"}
    unheard = [
        failed(i, found(Kind.EARLY_CLOSE, sent=10, received=0))
        for i in ("identity/hello", "sessions/one-after-another")
    ]
    one = case(*unheard, passed={CROWD})
    assert wanted(one)[0] == "leavers"
    assert said(*unheard, **facts) == ["state-by-descriptor"]
    assert said(*unheard, **{**facts, "newest_how": "refused"}) == []


# --- one client fails ---------------------------------------------------------------------------


def outcome(*served: str) -> Observed:
    """What the experiment says: of the client after each way to fail ``+`` (served in full), or
    how far it came (``n``: no answer, ``p``: one answer, ``o``: not its end, ``e``: ended)."""
    traces = {
        "+": seen("0.1 sent 60; 0.2 received 60; 0.3 half-closed", ending=Ending.FIN),
        "n": seen("0.1 sent 60; 0.3 half-closed", ending=Ending.OPEN),
        "p": seen("0.1 sent 60; 0.2 received 30; 0.3 half-closed", ending=Ending.OPEN),
        "o": seen("0.1 sent 60; 0.2 received 60; 0.3 half-closed", ending=Ending.OPEN),
        "e": seen("0.1 sent 30", ending=Ending.RST),
    }
    last = seen("0.1 sent 60; 0.2 received 60")
    asking = TABLE["aftermath"].begin(Setting(Profile.CONCURRENT))
    plan = next(asking)
    try:
        for mark in served:
            before = [seen("0.1 connected; 0.2 reset")] * (len(plan.scripts) - 2)
            then = last if mark == "+" else traces[mark]
            plan = asking.send(Trace(scripts=(*before, traces[mark], then)))
        asking.send(None)
    except StopIteration as done:
        told: Observed = done.value
        return told
    raise AssertionError("it asks for more")


def test_the_next_client_is_served_whatever_way_one_fails() -> None:
    """Of a correct server nothing special is said."""
    told = outcome("+", "+", "+", "+")
    assert not told.special
    assert "still" not in told.facts
    assert told.said == "Whatever way a client fails, the next one is served in full."


def test_the_first_way_to_fail_that_harms_the_next() -> None:
    """It is named, and nothing is tried after it."""
    told = outcome("+", "+", "p")
    assert told.facts == {"none": "right", "reset": "right", "unread": "part", "still": "part"}
    assert told.said == (
        "When one client has reset before its answer came, the next gets an answer to a part of "
        "what it sends."
    )


def stayed(*marks: str, after: Sequence[str] = ("+", "+", "+", "+")) -> Observed:
    """What it says where four are looked at when one of them has failed: the ``earlier``, the one
    that fails, the ``newer`` and the ``later`` one.  ``+``: answered; ``n``: only before; ``l``:
    late; ``-``: never."""
    right = [seen(f"{turn} sent 30; {turn}.1 received 30").timeline for turn in range(3)]
    sent = [seen(f"{turn} sent 30").timeline for turn in range(3)]
    late = seen("5 received 60").timeline
    traces = {
        "+": script_of(*right),
        "n": script_of(right[0], *sent[1:]),
        "l": script_of(right[0], *sent[1:], late),
        "-": script_of(*sent),
        "e": script_of(right[0], *sent[1:], ending=Ending.RST),
        "later": script_of(*right[:2]),
    }
    asking = TABLE["aftermath"].begin(Setting(Profile.CONCURRENT))
    plan = next(asking)
    last = seen("0.1 sent 60; 0.2 received 60")
    fine = seen("0.1 sent 60; 0.2 received 60; 0.3 half-closed", ending=Ending.FIN)
    for mark in after:
        before = [seen("0.1 connected; 0.2 reset")] * (len(plan.scripts) - 2)
        next_one = fine if mark == "+" else seen("0.1 sent 60; 0.3 half-closed")
        plan = asking.send(Trace(scripts=(*before, next_one, last)))
    assert len(plan.scripts) == len(marks) == 4
    try:
        asking.send(Trace(scripts=tuple(traces[mark] for mark in marks)))
    except StopIteration as done:
        told: Observed = done.value
        return told
    raise AssertionError("it asks for more")


def script_of(*parts: Sequence[Moment], ending: Ending = Ending.CLIENT) -> ScriptTrace:
    timeline = tuple(moment for part in parts for moment in part)
    words = "; ".join(f"{m.at} {m.what} {m.size}" for m in timeline)
    return seen(words, ending=ending)


@pytest.mark.parametrize(
    ("marks", "facts", "said"),
    [
        (("+", "+", "+", "later"), ("right", "right", "right"), "Whatever way a client fails"),
        (("+", "+", "n", "later"), ("right", "nothing", "right"), "the one that came after it"),
        (("n", "+", "+", "later"), ("nothing", "right", "right"), "the one that came before it"),
        (("+", "+", "e", "later"), ("right", "ended", "right"), "the one that came after it"),
        (("+", "+", "l", "later"), ("right", "right", "right"), "Whatever way a client fails"),
        (("+", "+", "+", "-"), ("right", "right", "nothing"), "one that comes later."),
    ],
)
def test_those_who_were_there_when_one_failed_between_them(
    marks: Sequence[str], facts: tuple[str, str, str], said: str
) -> None:
    """The experiment looks at each of them, and at one that comes later."""
    told = stayed(*marks)
    assert tuple(told.facts[name] for name in ("earlier", "newer", "later")) == facts
    assert told.special is any(how != "right" for how in facts)
    assert said in told.said


def test_they_are_looked_at_where_the_next_but_one_is_served() -> None:
    """It fails in the way that has harmed the next one."""
    told = stayed("+", "+", "n", "later", after=("+", "+", "n"))
    assert told.facts["newer"] == "nothing"
    assert told.said == (
        "When one client has reset before its answer came, the next gets no answer; not served "
        "when one between two others fails: the one that came after it."
    )


def test_who_was_not_answered_before_says_nothing() -> None:
    """Then it is not the failure of another that counts."""
    assert "newer" not in stayed("+", "+", "-", "later").facts


def test_a_lock_that_shows_only_later() -> None:
    """The next client gets its first answer, and never the second: threads pile up behind a lock,
    and nothing is said of a leak."""
    stuck = failed(CHURN, found(Kind.NO_ECHO, 0, sent=800, received=400), THERE, THERE)
    piled = failed("resources/threads", found(Kind.RESOURCE, None, message="they grow"))

    def after(*served: str) -> list[str]:
        return causes(case(stuck, piled, aftermath=facts_of(outcome(*served))))

    assert after("+", "p") == ["lock-kept"]
    assert after("+", "o") == ["lock-kept"]
    assert "lock-kept" not in after("+", "e")  # it is served by somebody, who fails
    assert "lock-kept" not in after("n")  # it has nothing to do with a failure
    assert "lock-kept" not in after("+", "+", "+", "+")


DEAF = failed("sessions/queue", found(Kind.NO_ECHO, 1, sent=30, received=0))
NOBODY_BESIDE: dict[str, Fact] = {"silent": "never", "idle": "served", "stalled": "never"}
ALL_AT_ONCE: dict[str, Fact] = {"tried": 12, "served": 12}


@pytest.mark.parametrize(
    ("row", "four", "told"),
    [
        ({"plain_bad": 2, "plain_what": "nothing"}, [], "nor did number 2 of those that came one"),
        ({"plain_bad": 0, "reset_bad": 32, "reset_what": "nothing"}, [], "nor did number 32 of"),
        ({"plain_bad": 0}, [1, 3], "nor did number 1 and 3 of four that talked in turn"),
        ({"plain_bad": 0}, [], ""),
        ({"plain_bad": 2, "plain_what": "ended"}, [], ""),
    ],
)
def test_a_set_of_descriptors_that_select_uses_up(
    row: dict[str, Fact], four: list[int | str], told: str
) -> None:
    """A crowd is served, and nobody who comes beside one that is silent; in turn not all are."""
    one = case(
        DEAF,
        clients=ALL_AT_ONCE,
        neighbours=NOBODY_BESIDE,
        connections=row,
        leavers={"before_bad": four},
    )
    found_causes = explain(one).causes
    assert [c.id for c in found_causes if c.id == "select-set-used-up"] == (
        ["select-set-used-up"] if told else []
    )
    assert told in " ".join(found_causes[0].evidence)


@pytest.mark.parametrize(
    ("clients", "neighbours"),
    [
        ({"tried": 12, "served": 1}, NOBODY_BESIDE),
        (ALL_AT_ONCE, {**NOBODY_BESIDE, "silent": "served"}),
        (ALL_AT_ONCE, {**NOBODY_BESIDE, "stalled": "served"}),
    ],
)
def test_no_set_is_used_up_where_one_alone_is_served(
    clients: dict[str, Fact], neighbours: dict[str, Fact]
) -> None:
    """One after another by intent; or whoever is silent does no harm."""
    row: dict[str, Fact] = {"plain_bad": 2, "plain_what": "nothing"}
    one = case(DEAF, clients=clients, neighbours=neighbours, connections=row)
    assert "select-set-used-up" not in causes(one)


def test_several_at_once_have_an_accept_loop() -> None:
    """The second of a row gets nothing, but twelve at once were served before."""
    row: dict[str, Fact] = {"plain_bad": 2, "plain_what": "nothing"}
    assert "no-accept-loop" in causes(case(DEAF, connections=row))
    assert "no-accept-loop" not in causes(case(DEAF, connections=row, clients=ALL_AT_ONCE))


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (f"30 of 60 bytes came back; it was one of 30 {company.WHO}, 2 at once", True),
        ("30 of 60 bytes came back", False),
    ],
)
def test_who_waits_in_accept_for_somebody_to_come(message: str, told: bool) -> None:
    """In the silence after others have gone those who stay get no answer."""
    e = failed(
        "sessions/simultaneous", found(Kind.NO_ECHO, 1, sent=60, received=30, message=message)
    )
    assert ("accept-blocks-others" in causes(case(e))) is told
