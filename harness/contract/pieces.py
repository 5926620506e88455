"""The pieces that the groups build their plans from: steps that many checks have in common."""

from __future__ import annotations

from harness.contract.check import Context
from harness.values import plan as p
from harness.values.plan import Step


def exchange(*payloads: p.Payload, gap: float = 0.0) -> tuple[Step, ...]:
    """Send each payload when the one before has come back; then leave.

    It does not insist on the echo before the half-close: a server that answers late breaks
    ``chunking/prompt``, and still shows here what it does to the bytes.
    """
    steps: list[Step] = [p.Connect()]
    for payload in payloads:
        steps += [p.Send(payload), p.AwaitEcho(briefly=True)]
        if gap:
            steps.append(p.Wait(gap))
    return (*steps, p.HalfClose(), p.AwaitEcho(), p.Close())


def literals(*values: bytes) -> tuple[p.Literal, ...]:
    return tuple(p.Literal(value) for value in values)


def finished(payload: p.Payload, *, cuts: tuple[int, ...] = ()) -> tuple[Step, ...]:
    """Send, await the echo, half-close, await the end."""
    return (
        p.Connect(),
        p.Send(payload, cuts=cuts),
        p.AwaitEcho(briefly=True),
        p.HalfClose(),
        p.AwaitEnd(),
    )


def still_serves(context: Context, number: int = 99) -> tuple[Step, ...]:
    """A short exchange that shows that the target still serves."""
    return (p.Connect(), p.Send(context.data(number, 100)), p.AwaitEcho(), p.Close())


def exact(payload: p.Payload) -> tuple[Step, ...]:
    """All of ``payload`` lies in the target's receive buffer before it reads the first byte."""
    return (p.PauseTarget(), p.Send(payload), p.ResumeTarget())


def without_process_steps(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """``steps`` without those that need the target's process.

    The situation that they made certain is only likely then.
    """
    return tuple(step for step in steps if not isinstance(step, p.NEEDS_PROCESS))
