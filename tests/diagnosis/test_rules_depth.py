"""What shows only in hundreds of clients, in crowds, in a shortage or when nobody reads."""

from __future__ import annotations

import pytest

from harness.diagnosis import Evidence, explain
from harness.values.plan import (
    AwaitEcho,
    Close,
    Connect,
    HalfClose,
    LimitDescriptors,
    Literal,
    Meet,
    Plan,
    Reset,
    Script,
    Send,
    StopReading,
    Wait,
)
from harness.values.trace import Ending, ScriptTrace
from harness.values.verdict import Kind, Profile
from tests.diagnosis.made import case, causes, ended, failed, found, seen

SERVED = seen("0.1 connected; 0.1 sent 10; 0.2 received 10; 0.2 reset")
DROPPED = seen("0.1 connected; 0.1 sent 10; 0.2 target closed (FIN)", ending=Ending.FIN)
HELLO = (Connect(), Send(Literal(b"0123456789")), AwaitEcho())
FAMINE = "resilience/descriptor-famine"


def row(served: int, kind: Kind = Kind.EARLY_CLOSE) -> Plan:
    return Plan((Script((*HELLO, Reset())),) * (served + 20))


def test_what_each_of_a_row_uses_up() -> None:
    """The first so many equal clients are served, and then nobody: with their number."""
    first = found(Kind.EARLY_CLOSE, 96, sent=10, received=0)
    e = failed("resilience/reset-idle", first, *(SERVED,) * 96, *(DROPPED,) * 20, plan=row(96))
    told = explain(case(e)).causes[0]
    assert told.id == "connections-used-up"
    assert "after about 96 clients" in told.bug


def test_what_is_given_back_when_nobody_is_there() -> None:
    """One client stayed, and when it had left, too, the next was served."""
    check_id, there = "resilience/reset-idle", (*HELLO, Meet("gone"))
    stays = Script((*there, *HELLO[1:], Close()))
    plan = Plan((*row(76).scripts, Script((*HELLO, Close(), Meet("gone"))), stays, Script(HELLO)))
    first = found(Kind.EARLY_CLOSE, 76, sent=10, received=0)
    rows = (*(SERVED,) * 76, *(DROPPED,) * 21, SERVED)
    told = explain(case(failed(check_id, first, *rows, SERVED, plan=plan))).causes[0]
    assert told.id == "connections-used-up"
    assert "given back only when nobody is there" in told.bug
    assert told.evidence[0].startswith("While one client stayed, the first 76 of a row")
    later = found(Kind.NO_ECHO, 96, sent=10, received=0)
    told = explain(case(failed(check_id, later, *rows, SERVED, plan=plan))).causes[0]
    assert told.evidence[0].startswith("While one client stayed, the first 76 of a row")
    told = explain(case(failed(check_id, first, *rows, DROPPED, plan=plan))).causes[0]
    assert (told.id, "given back only" in told.bug) == ("connections-used-up", False)


@pytest.mark.parametrize(("served", "told"), [(7, []), (8, ["connections-used-up"])])
def test_a_row_that_fails_at_once_is_another_bug(served: int, told: list[str]) -> None:
    """Nothing is used up yet by then."""
    first = found(Kind.EARLY_CLOSE, served, sent=10, received=0)
    scripts = (*(SERVED,) * served, *(DROPPED,) * 60)
    e = failed("resilience/reset-idle", first, *scripts, plan=row(served + 40))
    assert causes(case(e)) == told


def famine(
    kind: Kind, session: int, *others: Evidence, died: bool = False, output: str = ""
) -> list[str]:
    operator = Script((Meet("before"), LimitDescriptors()))
    hungry = Script((Meet("begin"), *HELLO, Close()))
    earlier = Script((*HELLO, Meet("before"), HalfClose()))
    later = Script((*HELLO, Close()), after=(0, 1, 2))
    plan = Plan((operator, hungry, earlier, later, later))
    limited = seen("0.1 descriptors limited")
    scripts = (limited, DROPPED, DROPPED, SERVED, SERVED)
    first = found(kind, session, sent=10, received=10)
    deaths = (ended(1),) if died else ()
    hit = failed(FAMINE, first, *scripts, plan=plan, deaths=deaths, output=output)
    return causes(case(hit, *others))


def test_a_client_that_was_there_before_is_dropped() -> None:
    """The server lives, and accepts again: only who was connected suffers."""
    assert famine(Kind.EARLY_CLOSE, 2) == ["famine-drops-clients"]


def test_who_drops_clients_anyhow_needs_no_famine_for_it() -> None:
    """One of several is disconnected while there are descriptors enough, too."""
    anyhow = failed(
        "sessions/queue", found(Kind.EARLY_CLOSE, 1, sent=10, received=10), SERVED, DROPPED
    )
    assert "famine-drops-clients" not in famine(Kind.EARLY_CLOSE, 2, anyhow)


@pytest.mark.parametrize(
    "words",
    [
        'Error: Os { code: 24, kind: Uncategorized, message: "Too many open files" }',
        "accept: Too many open files",
        "OSError: [Errno 24] Too many open files",
    ],
)
def test_who_says_that_descriptors_ran_out_dies_of_nothing_else(words: str) -> None:
    """In the words of any language: no crash of its own."""
    assert famine(Kind.EARLY_CLOSE, 2, died=True, output=words) == ["descriptor-famine"]


def test_a_server_that_ends_drops_all_of_them() -> None:
    """Then the lack of descriptors is what it does not bear."""
    assert "famine-drops-clients" not in famine(Kind.EARLY_CLOSE, 2, died=True)


def test_who_burns_only_while_a_client_does_not_read() -> None:
    """And not while it is idle, which is another bug."""
    stalled = failed("partial-send/no-spin", found(Kind.RESOURCE, None))
    assert causes(case(stalled)) == ["spins-when-full"]
    idle = failed(
        "resources/idle-cpu",
        [
            found(Kind.RESOURCE, None, message="while nobody was connected the target was busy"),
            found(Kind.RESOURCE, None, message="while its one client was idle the target was busy"),
        ],
    )
    assert "spins-when-full" not in causes(case(stalled, idle))


def test_an_end_that_is_lost_where_a_client_reads_late() -> None:
    """All bytes come, and only connections whose client reads late stay open."""
    open_ = seen("0.1 sent 10; 0.1 half-closed; 0.3 received 10", ending=Ending.OPEN)
    over = seen("0.1 sent 10; 0.1 half-closed; 0.3 received 10", ending=Ending.FIN, ended=0.4)
    late = failed("shutdown/lagging-reader", found(Kind.NO_END, 1), over, open_, over)
    told = explain(case(late)).causes[0]
    assert told.id == "end-lost-when-full"
    assert told.evidence[0].startswith("Of 3 clients that read late 2 got the end")
    never = failed("shutdown/after-echo", found(Kind.NO_END, 0), open_)
    assert "end-lost-when-full" not in causes(case(late, never))


def test_a_crowd_that_ends_select() -> None:
    """A thousand clients at once, and Python's own words."""
    said = "ValueError: filedescriptor out of range in select()"
    plan = Plan((Script((*HELLO, Close())),) * 1102)
    died = failed(
        "sessions/capacity",
        found(Kind.DIED, None),
        *(SERVED,) * 1102,
        plan=plan,
        deaths=(ended(1),),
        output=said,
    )
    assert causes(case(died, profile=Profile.CONCURRENT)) == ["select-too-small"]


def test_who_gives_up_sending_after_some_seconds() -> None:
    """A stall of eight seconds loses bytes, and those of a moment lose none."""
    steps = (Connect(), StopReading(), Send(Literal(b"0123456789")), Wait(8.0), AwaitEcho())
    lost = found(Kind.LOST, 0, sent=10, received=6, length=4)
    e = failed("partial-send/stalled-reader", lost, SERVED, plan=Plan((Script(steps),)))
    passed = {"partial-send/interrupted-send", "partial-send/both-ways"}
    told = explain(case(e, passed=passed)).causes[0]
    assert (told.id, "8 s" in told.evidence[0]) == ("stalled-output-dropped", True)


def test_who_is_busy_in_a_famine_does_not_die_of_it() -> None:
    """It says why accept() fails, and lives: that it spins has another reason."""
    busy = found(Kind.RESOURCE, None, message="while it had no descriptor it used 0.3 s")
    words = "2026/11/27 accept tcp 127.0.0.1:1: accept4: too many open files"
    one = failed(FAMINE, busy, seen("0.1 descriptors limited"), output=words)
    assert "descriptor-famine" not in causes(case(one))


@pytest.mark.parametrize(
    ("ran", "told"), [("shutdown/lagging-reader", ["crash"]), ("sessions/churn", [])]
)
def test_an_end_whose_words_are_lost_is_told_by_what_was_reported(
    ran: str, told: list[str]
) -> None:
    """A long dump leaves only its end; the error was heard while the same check ran."""
    died = failed("shutdown/lagging-reader", found(Kind.DIED, None), deaths=(ended(2),))
    message = f"fatal error: concurrent map writes (server.go:25, in main.add), while {ran} ran"
    heard = failed("resources/unhandled-errors", found(Kind.RESOURCE, None, message=message))
    one = explain(case(died, heard))
    assert [c.id for c in one.causes if c.id == "crash"] == told
    assert ("concurrent map writes" in one.causes[0].bug) is bool(told)


def test_who_dies_of_fewer_clients_too_has_no_select_that_is_too_small() -> None:
    """A crowd of a thousand ends it, and so does a check with two."""
    scripts = (Script((*HELLO, Close())),) * 1100
    crowd = failed(
        "sessions/capacity", found(Kind.DIED, None), plan=Plan(scripts), deaths=(ended(2),)
    )
    few = failed("sessions/no-crosstalk", found(Kind.DIED, None), deaths=(ended(2),))
    assert "select-too-small" in causes(case(crowd))
    assert "select-too-small" not in causes(case(crowd, few))


@pytest.mark.parametrize(
    ("served", "told"), [(SERVED, "is turned away"), (DROPPED, "never serves again")]
)
def test_one_client_of_a_famine_is_not_all_that_come_later(served: ScriptTrace, told: str) -> None:
    """Whether the next ones are served is in the trace."""
    operator, one = Script((LimitDescriptors(),)), Script((*HELLO, Close()), after=(0,))
    plan = Plan((operator, one, one))
    first = found(Kind.EARLY_CLOSE, 1, sent=10, received=0)
    hit = failed(FAMINE, first, seen("0.1 descriptors limited"), DROPPED, served, plan=plan)
    (cause,) = explain(case(hit)).causes
    assert (cause.id, told in cause.bug) == ("descriptor-famine", True)
