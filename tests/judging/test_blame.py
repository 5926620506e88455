"""Which instance explains a finding."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import cast

import msgspec
import pytest

from harness.diagnosis import Evidence, diagnose
from harness.driver import Manner, perform
from harness.judging.blame import death_behind, output_behind
from harness.judging.oracle import judge
from harness.launcher.fleet import Fleet
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.launcher.oneshot import OneShotFleet
from harness.values.plan import AwaitEnd, Connect, HalfClose, Literal, Plan, Script, Send
from harness.values.target import TargetSpec
from harness.values.trace import Death, Relaunched, ScriptTrace, Trace
from harness.values.verdict import Breach, Finding, Kind, Profile

CLEAN = Death(status=0, signal=None, at=0.1, asked=False, script=0, output="goodbye")
CRASH = Death(status=1, signal=None, at=0.2, asked=False, script=1, output="ValueError: x")
ASKED = Death(status=None, signal="SIGTERM", at=0.3, asked=True, script=1, output="asked")


def finding(kind: Kind, session: int | None) -> Finding:
    return Finding(kind=kind, breach=Breach.SAFETY, message="it is so", session=session)


@pytest.mark.parametrize(
    ("found", "deaths", "expected"),
    [
        ([finding(Kind.DIED, 1)], (CLEAN, CRASH), CRASH),
        ([finding(Kind.EXIT_STATUS, 1)], (CRASH, CLEAN), CRASH),
        ([finding(Kind.EARLY_CLOSE, 0), finding(Kind.DIED, 1)], (CLEAN, CRASH), CRASH),
        ([finding(Kind.EARLY_CLOSE, 0)], (CLEAN, CRASH), None),
        ([finding(Kind.DIED, 1)], (ASKED,), None),
        ([finding(Kind.DIED, None)], (msgspec.structs.replace(CLEAN, script=None),), "goodbye"),
    ],
)
def test_the_death_behind_a_finding(
    found: list[Finding], deaths: tuple[Death, ...], expected: Death | str | None
) -> None:
    """That of the instance which served the session; never the clean end of another."""
    death = death_behind(Trace(scripts=(), deaths=deaths), found)
    assert (death.output if death and isinstance(expected, str) else death) == expected


BAD_TEXT = """
import os, socket, sys
with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    connection, _ = listener.accept()
    with connection:
        while data := connection.recv(1024):
            data.decode()
            connection.sendall(data[:1] if data == b"cut" else data)
print("goodbye")
"""


@contextmanager
def one_shot(code: str) -> Iterator[OneShotFleet]:
    spec = TargetSpec(command=(sys.executable, "-S", "-c", code))
    with closing(Keeper()) as keeper, closing(OneShotFleet(Launcher(spec, keeper))) as fleet:
        fleet.refresh()
        yield fleet


def in_turn(*messages: bytes) -> Plan:
    """A session for each message, one after the other."""
    return Plan(
        tuple(
            Script(
                (Connect(), Send(Literal(message)), HalfClose(), AwaitEnd()),
                after=(n - 1,) if n else (),
            )
            for n, message in enumerate(messages)
        )
    )


@pytest.mark.parametrize("bad", range(4))
def test_a_crash_is_explained_by_its_own_instance(
    bad: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever of the sessions it served, and though the others ended well after it."""
    monkeypatch.setattr("harness.driver.telling.ENDS_WITHIN", 20.0)  # however busy the machine is
    messages = [b"\xff" if n == bad else b"good" for n in range(4)]
    plan = in_turn(*messages)
    with one_shot(BAD_TEXT) as fleet:
        trace = perform(plan, fleet, Manner(patience=10))
        findings = judge(plan, trace, Profile.ONE_SHOT)
        output = output_behind(trace, findings, fleet)
    assert {f.session for f in findings} == {bad}
    assert "UnicodeDecodeError" in output
    evidence = Evidence(
        check_id="a/b", hint="", profile=Profile.ONE_SHOT, plan=plan, trace=trace,
        findings=tuple(findings), output=output,
    )  # fmt: skip
    assert diagnose(evidence).cause == "decodes-text"


def test_a_crash_that_shows_after_the_end_of_the_connection_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its sockets are closed first, and the client had ended its side: it speaks later."""
    monkeypatch.setattr("harness.driver.telling.ENDS_WITHIN", 20.0)
    late = 'connection.close(); __import__("time").sleep(0.5); raise ValueError("late")'
    plan = in_turn(b"lost")
    with one_shot(BAD_TEXT.replace("data.decode()", late)) as fleet:
        trace = perform(plan, fleet, Manner(patience=10))
        findings = judge(plan, trace, Profile.ONE_SHOT)
        assert "ValueError: late" in output_behind(trace, findings, fleet)
    assert {f.kind for f in findings} >= {Kind.EXIT_STATUS}


def test_what_is_shown_is_of_the_instance_that_failed() -> None:
    """Also when it ended well, and others came after it."""
    code = BAD_TEXT.replace("data.decode()", "print(data)")
    plan = in_turn(b"first", b"cut", b"third", b"fourth", b"fifth")
    with one_shot(code) as fleet:
        trace = perform(plan, fleet, Manner(patience=10))
        findings = judge(plan, trace, Profile.ONE_SHOT)
        assert output_behind(trace, findings, fleet).startswith("b'cut'")


def test_an_instance_that_lives_is_asked() -> None:
    """Nothing has died, so the trace says only which one it was."""

    class Two:
        def last_output(self, ident: int | None = None) -> str:
            return {7: "mine", 8: "another's"}.get(ident or 8, "")

    trace = Trace(scripts=(ScriptTrace(), ScriptTrace()), instances=(7, 8))
    assert output_behind(trace, [finding(Kind.NO_ECHO, 0)], Two()) == "mine"  # type: ignore[arg-type]
    assert output_behind(trace, [finding(Kind.RESOURCE, None)], Two()) == "another's"  # type: ignore[arg-type]


class Speaker:
    """A fleet whose instance in use wrote something."""

    def last_output(self, ident: int | None = None) -> str:
        return "in use"


@pytest.mark.parametrize(
    ("trace", "shown"),
    [
        (Trace(scripts=()), "in use"),
        (Trace(scripts=(), deaths=(Death(1, None, 0.1, False, 0, "died"),)), "died"),
        (Trace(scripts=(), deaths=(Death(0, None, 0.1, True, 0, "was asked to end"),)), "in use"),
        (Trace(scripts=(), relaunched=Relaunched(True)), "in use"),
        (Trace(scripts=(), relaunched=Relaunched(True, "it ended", "the second")), "the second"),
        (Trace(scripts=(), relaunched=Relaunched(True, "it ended", "")), ""),
    ],
)
def test_the_output_is_that_of_the_instance_that_failed(trace: Trace, shown: str) -> None:
    """The one that did not come up again, the one that died, or the one in use."""
    assert output_behind(trace, [], cast(Fleet, Speaker())) == shown
