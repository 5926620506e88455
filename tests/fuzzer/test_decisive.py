"""Which constants of the target a shrunk plan still has, and who is excused from a crowd."""

from __future__ import annotations

import pytest

from harness.fuzzer.counts import at_once, in_turn
from harness.fuzzer.crowds import excused, is_crowd
from harness.fuzzer.decisive import decisive
from harness.judging.oracle import judge
from harness.values import plan as p
from harness.values.dictionary import Constant, dictionary
from harness.values.plan import Literal, Plan, Repeat, Send
from harness.values.trace import Ending, ScriptTrace, Trace
from harness.values.verdict import Profile

END = (p.HalfClose(), p.AwaitEnd())


def sends(*payloads: p.Payload, cuts: tuple[int, ...] = ()) -> Plan:
    return p.one(p.Connect(), *(Send(each, cuts=cuts) for each in payloads), *END)


KNOWN = dictionary(
    [
        Constant(4242, "server.py, line 12", True),
        Constant(97, "server.py, line 13", True),
        Constant(b"xyzzy", "server.py, line 14"),
        Constant(0xA7, "server.py, line 15", True),
        Constant(3, "server.py, line 16", True),
        Constant(b"a", "server.py, line 17", True),
    ]
)


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (sends(Repeat(b"a", 4242)), "4,242 stands in server.py, line 12"),
        (
            sends(Repeat(b"a", 4243)),
            "4,243 is one more than 4,242, which stands in server.py, line 12",
        ),
        (
            sends(Repeat(b"a", 4241)),
            "4,241 is one less than 4,242, which stands in server.py, line 12",
        ),
        (sends(Repeat(b"a", 4000), Repeat(b"a", 242)), "4,242 stands in server.py, line 12"),
        (sends(Repeat(b"a", 9000), cuts=(4242,)), "4,242 stands in server.py, line 12"),
        (sends(Repeat(b"a", 194), cuts=(2,)), "97 stands in server.py, line 13"),
        (in_turn(96, (p.Connect(), p.Close())), "97 stands in server.py, line 13"),
        (sends(Literal(b"aaxyzzyaa")), "'xyzzy' stands in server.py, line 14"),
        (sends(Literal(b"\xa7aa")), "the byte 0xA7 stands in server.py, line 15"),
    ],
)
def test_what_is_told(plan: Plan, told: str) -> None:
    """Sizes, their sums, cuts, the numbers of messages and of clients, and what is sent."""
    assert decisive(plan, KNOWN) == (told,)


@pytest.mark.parametrize(
    "plan", [sends(Repeat(b"a", 3)), sends(Literal(b"aaa")), sends(Repeat(b"a", 1000))]
)
def test_what_says_nothing(plan: Plan) -> None:
    """Small numbers and the shrinker's own letters are in every plan."""
    assert decisive(plan, KNOWN) == ()


# --- crowds -------------------------------------------------------------------------------------


def crowd(seen: ScriptTrace) -> tuple[Plan, Trace]:
    """A crowd of which the last client saw ``seen``, and all others what they should."""
    good = ScriptTrace(8, 8, 8, ending=Ending.FIN, half_closed=True, done=6)
    plan = at_once(12)
    return plan, Trace((good,) * 11 + (seen,))


@pytest.mark.parametrize(
    "seen",
    [
        ScriptTrace(ending=Ending.NEVER, error="ECONNREFUSED"),
        ScriptTrace(8, 0, 0, ending=Ending.RST),
        ScriptTrace(8, 5, 0, surplus=b"busy\n", ending=Ending.FIN),
    ],
)
def test_who_is_turned_away_from_a_crowd_accuses_nobody(seen: ScriptTrace) -> None:
    """Silently or with a word: more than eight at once need not be served."""
    plan, trace = crowd(seen)
    findings = judge(plan, trace, Profile.CONCURRENT)
    assert findings
    assert excused(plan, trace, findings) == []
    few = Plan(plan.scripts[-8:])
    assert excused(few, Trace(trace.scripts[-8:]), findings) == findings


@pytest.mark.parametrize(
    "seen",
    [
        ScriptTrace(8, 8, 0, surplus=bytes(8), ending=Ending.FIN, half_closed=True),
        ScriptTrace(8, 3, 3, ending=Ending.RST),
        ScriptTrace(8, 8, 4, surplus=b"xxxx", ending=Ending.FIN, half_closed=True),
    ],
)
def test_who_was_served_wrongly_counts(seen: ScriptTrace) -> None:
    """Whoever comes in must get what is due."""
    plan, trace = crowd(seen)
    findings = judge(plan, trace, Profile.CONCURRENT)
    assert findings
    assert excused(plan, trace, findings) == findings


def test_what_a_crowd_is() -> None:
    """More than eight clients that do not wait for one another."""
    assert is_crowd(at_once(9))
    assert not is_crowd(at_once(8))
    assert not is_crowd(in_turn(50, (p.Connect(), p.Close())))
