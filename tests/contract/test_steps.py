"""A plan in words, for people who ask how a check provokes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import get_args

import pytest
from click.testing import CliRunner

from harness.cli.contract import explain
from harness.contract.catalogue import CHECKS, IDS
from harness.contract.check import Check, Context
from harness.contract.steps import MOST_LINES, Run, in_words, runs, tell
from harness.values import plan as p
from harness.values.datagrams import Step as DatagramStep
from harness.values.plan import Plan, Script, Step, in_turn, one, side_by_side


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (p.Connect(), "connect"),
        (p.Connect(receive_buffer=8192), "connect, with a receive buffer of 8,192 bytes"),
        (
            p.Connect(receive_buffer=8192, segment=1460),
            "connect, with a receive buffer of 8,192 bytes and segments of 1,460 bytes",
        ),
        (p.Send(p.Literal(b"a\n")), r"send 'a\n'"),
        (p.Send(p.Literal(b"\0" * 30)), "send 30 bytes"),
        (p.Send(p.Plain(1, 1)), "send 1 byte"),
        (p.Send(p.Plain(1, 9 << 20), background=True), "send 9 MiB and go on meanwhile"),
        (
            p.Send(p.Plain(1, 6), cuts=(1,), gap=0.1),
            "send 6 bytes in pieces of 1 byte, 0.1 s apart",
        ),
        (
            p.Send(p.Plain(1, 9), cuts=(1, 2), lockstep=1),
            "send 9 bytes in pieces of 1, 2 bytes, each when the one before has come back",
        ),
        (p.AwaitEcho(), "wait until everything has come back"),
        (p.AwaitEcho(briefly=True), "wait a moment for the echo"),
        (p.ReadSome(5000), "read 5,000 bytes, then stop again"),
        (
            p.StartReading(chunk=10, gap=0.5, limit=2000),
            "read slowly: at most 10 bytes each 0.5 s, until 2,000 have come",
        ),
        (p.InterruptTarget(times=3), "interrupt the server 3 times (SIGSTOP and SIGCONT)"),
        (p.LimitDescriptors(), "allow the server no more descriptors than it has"),
    ],
)
def test_a_step(step: Step, words: str) -> None:
    """An instruction to whoever performs it."""
    told = tell(step)
    assert told.words.replace("{}", told.value) == words


def test_there_are_words_for_every_step() -> None:
    """A step that is new needs some."""
    from harness.contract.steps import _WORDS

    assert set(_WORDS) == set(get_args(Step)) | set(get_args(DatagramStep))


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ("", []),
        ("abc", [(0, 1, 1), (1, 1, 1), (2, 1, 1)]),
        ("aaab", [(0, 1, 3), (3, 1, 1)]),
        ("xababab", [(0, 1, 1), (1, 2, 3)]),
        ("aabaab", [(0, 3, 2)]),
    ],
)
def test_what_repeats(keys: Sequence[Hashable], found: list[tuple[int, int, int]]) -> None:
    """As much at once as can be."""
    assert runs(keys) == [Run(*each) for each in found]


def test_equal_steps_are_told_once() -> None:
    """With how often, and the sizes."""
    sizes = (1, 2, 1024)
    turns = [step for size in sizes for step in (p.Send(p.Plain(size, size)), p.AwaitEcho())]
    assert in_words(one(p.Connect(), *turns, p.AwaitStall(), p.AwaitStall(), p.Close())) == [
        "a client",
        "  connect",
        "  3 times: send 1 byte, 2 bytes or 1,024 bytes; wait until everything has come back",
        "  wait until the server can send no more, 2 times",
        "  close the connection",
    ]


def test_equal_clients_are_told_once() -> None:
    """In turn or at the same time; the harness itself is no client."""

    def client(size: int) -> tuple[Step, ...]:
        return (p.Connect(), p.Send(p.Plain(0, size)))

    assert in_words(in_turn(client(5), client(6), (p.Connect(), p.Reset()))) == [
        "2 clients, one after another",
        "  connect",
        "  send 5 bytes or 6 bytes",
        "then a client",
        "  connect",
        "  vanish (reset the connection)",
    ]
    assert in_words(side_by_side(client(5), client(5), client(5)))[:2] == [
        "a client",
        "  connect",
    ]
    measured = Script(steps=(p.Measure("x"),), after=(0,))
    assert in_words(Plan(scripts=(Script(steps=client(5)), measured)))[-2:] == [
        "then the harness",
        "  measure what the server holds",
    ]


def test_rounds_of_clients_are_told_once() -> None:
    """Each round with what is in it."""
    rounds: list[tuple[p.Step, ...]] = [(p.Connect(), p.Close()), (p.Connect(), p.Reset())] * 3
    assert in_words(in_turn(*rounds)) == [
        "3 times:",
        "  a client",
        "    connect",
        "    close the connection",
        "  then a client",
        "    connect",
        "    vanish (reset the connection)",
    ]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_plan_can_be_told(check: Check) -> None:
    """For each sort of server, in few lines that each say something."""
    for profile in check.profiles:
        plan = check.plan(Context(profile=profile))
        lines = in_words(plan)
        assert len(lines) <= MOST_LINES
        assert bool(lines) == bool(plan.scripts)
        assert all(line.strip() for line in lines)


@pytest.mark.parametrize("check_id", ["chunking/prompt", "launch/loopback-only", "fuzz/plans"])
def test_explain_says_how_it_is_provoked(check_id: str) -> None:
    """Of checks that have a plan and of those that have none."""
    done = CliRunner().invoke(explain, [check_id])
    assert done.exit_code == 0
    assert "\n  provoked   " in done.output
    assert max(map(len, done.output.splitlines())) <= 90
    assert check_id in IDS
    if check_id == "chunking/prompt":
        assert "12 times: send 1 byte, 2 bytes" in done.output
