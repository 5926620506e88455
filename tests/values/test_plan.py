"""Plans: payloads that never change, JSON that comes back, problems told in words."""

from __future__ import annotations

import msgspec
import pytest

from harness.values.payload import LARGEST_PAYLOAD
from harness.values.plan import (
    NEEDS_PROCESS,
    AwaitEcho,
    AwaitEnd,
    AwaitExit,
    AwaitQuiet,
    AwaitRelease,
    AwaitStall,
    Close,
    Connect,
    HalfClose,
    InterruptTarget,
    LimitDescriptors,
    Literal,
    Measure,
    Meet,
    PauseTarget,
    Payload,
    Plain,
    Plan,
    Random,
    ReadSome,
    Relaunch,
    Repeat,
    Reset,
    RestoreDescriptors,
    ResumeTarget,
    Script,
    Send,
    SendUrgent,
    StartReading,
    Step,
    StopReading,
    Terminate,
    Wait,
    encode,
    in_turn,
    materialise,
    one,
    problems_of,
    sent_by,
    side_by_side,
    size_of,
)

STEPS: tuple[Step, ...] = (
    Connect(receive_buffer=4096, segment=1460),
    Send(Random(1, 5), cuts=(1, 2), gap=0.25, lockstep=0.5, background=True),
    Send(Literal(b"\x00\xff")),
    Send(Plain(2, 5)),
    Send(Repeat(b"ab", 5)),
    SendUrgent(byte=7),
    AwaitEcho(briefly=True),
    HalfClose(background=True),
    StopReading(),
    StartReading(chunk=1, gap=0.1, limit=3),
    ReadSome(size=9),
    AwaitStall(),
    AwaitEnd(),
    AwaitRelease(),
    Wait(0.5),
    Meet("here"),
    PauseTarget(),
    ResumeTarget(),
    InterruptTarget(times=3),
    Measure("before"),
    AwaitQuiet(),
    LimitDescriptors(spare=2),
    RestoreDescriptors(),
    Terminate(),
    AwaitExit(),
    Relaunch(),
    Reset(),
    Close(),
)


# --- payloads -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "data"),
    [
        (Literal(b"\x00a\xff"), b"\x00a\xff"),
        (Literal(b""), b""),
        # printf '\0\0\0\0\0\0\0\7' | openssl dgst -shake128 -xoflen 12
        (Random(7, 12), bytes.fromhex("0dc6e7415af5e2c41c35bd5f")),
        (Random(7, 0), b""),
        # The low five bits of the same stream as digits and letters.
        (Plain(7, 24), b"D671QL24SLTVNEJCJBU7Q8N3"),
        (Repeat(b"abc", 8), b"abcabcab"),
        (Repeat(b"abc", 2), b"ab"),
        (Repeat(b"abc", 0), b""),
    ],
)
def test_a_payload_stands_for_the_same_bytes_for_ever(payload: Payload, data: bytes) -> None:
    """A case saved by one version means the same bytes in every other, and in any language."""
    assert materialise(payload) == data
    assert size_of(payload) == len(data)


@pytest.mark.parametrize("kind", [Random, Plain])
def test_a_shorter_payload_is_a_prefix_of_a_longer_one(kind: type[Random] | type[Plain]) -> None:
    """Shrinking a payload's size changes none of its bytes, whatever was made before."""
    sizes = (0, 1, 8, 1023, 1024, 131_071, 131_072, 131_073, 300_000, 5, 200_000)
    longest = materialise(kind(3, 400_000))
    for size in sizes:
        assert materialise(kind(3, size)) == longest[:size]
    assert materialise(kind(3, 500_000))[:400_000] == longest
    assert len(materialise(kind(3, 5_000_001))) == 5_000_001
    assert materialise(kind(3, 5_000_000))[:400_000] == longest


def test_seeds_tell_payloads_apart() -> None:
    """Two seeds share no eight bytes at the start, small payloads and large ones alike."""
    for size in (64, 200_000):
        starts = {materialise(Random(seed, size))[:8] for seed in range(20)}
        assert len(starts) == 20


def test_large_payloads_of_many_seeds_are_not_mixed_up() -> None:
    """What is kept of large payloads belongs to its seed and its kind, however many there were."""
    first = [materialise(kind(seed, 140_000)) for seed in range(4) for kind in (Random, Plain)]
    again = [materialise(kind(seed, 140_000)) for seed in range(4) for kind in (Random, Plain)]
    assert first == again
    assert len(set(first)) == 8


def test_plain_payloads_have_digits_and_letters_only() -> None:
    """None of the bytes that a server may treat specially occurs."""
    assert set(materialise(Plain(11, 10_000))) == set(b"0123456789ABCDEFGHIJKLMNOPQRSTUV")


def test_what_a_script_sends_is_its_payloads_in_order() -> None:
    """Urgent bytes are not in the stream."""
    steps = (Connect(), Send(Literal(b"ab")), SendUrgent(0x21), Send(Repeat(b"c", 2)), Close())
    assert sent_by(Script(steps=steps)) == b"abcc"
    assert sent_by(Script(steps=(Connect(),))) == b""
    assert sent_by(Script(steps=(Connect(), Send(Literal(b"x"))))) == b"x"


# --- JSON ---------------------------------------------------------------------------------------


def test_every_step_comes_back_from_json() -> None:
    """A saved case is the exact plan."""
    plan = Plan(scripts=(Script(steps=STEPS), Script(steps=STEPS[:1], after=(0,))))
    assert msgspec.json.decode(encode(plan), type=Plan) == plan


def test_the_json_of_a_plan_is_plain() -> None:
    """Names and shapes in case files are promised."""
    plan = one(Connect(), Send(Literal(b"\xff\n"), cuts=(1,)), AwaitEcho(), HalfClose(), AwaitEnd())
    assert msgspec.json.decode(encode(plan)) == {
        "scripts": [
            {
                "steps": [
                    {"type": "connect", "receive_buffer": None, "segment": None},
                    {
                        "type": "send",
                        "payload": {"type": "literal", "value": "/wo="},
                        "cuts": [1],
                        "gap": 0.0,
                        "lockstep": 0.0,
                        "background": False,
                    },
                    {"type": "await-echo", "briefly": False},
                    {"type": "half-close", "background": False},
                    {"type": "await-end"},
                ],
                "after": [],
            }
        ]
    }


@pytest.mark.parametrize(
    "step",
    [
        {"type": "send", "payload": {"type": "random", "seed": 0, "size": LARGEST_PAYLOAD + 1}},
        {"type": "send", "payload": {"type": "random", "seed": -1, "size": 1}},
        {"type": "send", "payload": {"type": "repeat", "unit": "", "size": 1}},
        {"type": "send", "payload": {"type": "literal", "value": "YQ=="}, "cuts": [0]},
        {"type": "wait", "seconds": 3601},
        {"type": "wait", "seconds": -0.5},
        {"type": "urgent", "byte": 256},
        {"type": "interrupt-target", "times": 101},
        {"type": "read-some", "size": 0},
        {"type": "no-such-step"},
        {"type": "close", "colour": "red"},
    ],
)
def test_a_case_file_that_makes_no_sense_is_refused(step: object) -> None:
    """Out of range, unknown and superfluous values are errors, and nothing is allocated first."""
    text = msgspec.json.encode({"scripts": [{"steps": [{"type": "connect"}, step]}]})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=Plan)


# --- plans that cannot be performed -------------------------------------------------------------


def test_a_sound_plan_has_no_problems() -> None:
    """Every step is allowed after a connect, and an operator needs no connection."""
    assert problems_of(Plan(scripts=(Script(steps=STEPS), Script(steps=STEPS[14:26])))) == []
    assert problems_of(in_turn((Connect(), Close()), (Connect(), Reset()))) == []
    assert problems_of(Plan(scripts=())) == []


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (one(Connect(), Connect()), ["scripts[0]: connects 2 times; a script has one connection"]),
        (one(Wait(0.1), AwaitEcho()), ["scripts[0].steps[1]: await-echo without an open"]),
        (one(Close(), Connect()), ["scripts[0].steps[0]: close without an open connection"]),
        (
            Plan(scripts=(Script(steps=(), after=(0,)), Script(steps=(), after=(0, 2)))),
            ["scripts[0].after: script 0 must come before", "scripts[1].after: script 2 must"],
        ),
    ],
)
def test_problems_name_the_place(plan: Plan, words: list[str]) -> None:
    """A plan that cannot be performed is told script by script, step by step."""
    found = problems_of(plan)
    assert len(found) == len(words)
    for problem, start in zip(found, words, strict=True):
        assert problem.startswith(start)


@pytest.mark.parametrize(
    "step",
    [
        Send(Literal(b"a")),
        SendUrgent(),
        AwaitEcho(),
        HalfClose(),
        AwaitEnd(),
        Close(),
        Reset(),
        StopReading(),
        StartReading(),
        ReadSome(1),
        AwaitStall(),
        AwaitRelease(),
    ],
)
def test_a_step_on_the_connection_needs_one(step: Step) -> None:
    """Each of these without a ``Connect`` before it is a problem."""
    assert len(problems_of(one(step))) == 1
    assert problems_of(one(Connect(), step)) == []


# --- what a plan needs --------------------------------------------------------------------------


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_steps_on_the_process_need_the_process(step: Step) -> None:
    """With ``--connect`` there is none, so such plans are known before they begin."""
    assert one(Connect(), step).needs_process == isinstance(step, NEEDS_PROCESS)


def test_scripts_connect_or_operate() -> None:
    """A script without ``Connect`` is an operator."""
    assert Script(steps=(Wait(0.1), Connect())).connects
    assert not Script(steps=(Measure("now"), Meet("there"))).connects


@pytest.mark.parametrize(
    ("plan", "needed"),
    [
        (side_by_side((Connect(), Meet("m"), Close()), (Connect(), Meet("m"), Close())), True),
        (side_by_side((Connect(), Meet("m"), Close()), (Meet("m"), Connect(), Close())), False),
        (side_by_side((Connect(), Close(), Meet("m")), (Connect(), Close(), Meet("m"))), False),
        (side_by_side((Connect(), AwaitEnd(), Meet("m")), (Connect(), Meet("m"))), False),
        (side_by_side((Connect(), Reset(), Meet("m")), (Connect(), Meet("m"))), False),
        (side_by_side((Connect(), Close()), (Connect(), Close())), False),
        (one(Connect(), Meet("alone"), Close()), False),
    ],
)
def test_only_sessions_that_meet_while_open_need_a_concurrent_target(
    plan: Plan, needed: bool
) -> None:
    """Clients that merely come at once can be served one after another."""
    assert plan.needs_concurrency is needed
