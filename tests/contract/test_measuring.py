"""Whether a target was busy, from measurements."""

from __future__ import annotations

import pytest

from harness.contract.measuring import must_have_lived
from harness.errors import MachineProblem
from harness.values.trace import Death, Measurement, Trace


def watched(processes: int, *deaths: Death) -> Trace:
    """A trace of a ``Watch`` at whose end there were so many processes."""
    measured = tuple(
        Measurement(f"ended-{end}", at, 0.0, 0, 0, 1, processes, 0)
        for at, end in ((0.0, "before"), (0.4, "after"))
    )
    return Trace(scripts=(), deaths=deaths, measurements=measured)


def death(status: int | None, *, signal: str | None = None, asked: bool = False) -> Death:
    return Death(status, signal, 0.1, asked, 0, "")


@pytest.mark.parametrize("gone", [death(1), death(None, signal="SIGPIPE")])
def test_who_is_dead_is_not_at_rest(gone: Death) -> None:
    """That a process that is not there uses no CPU proves nothing."""
    with pytest.raises(MachineProblem, match=r"had ended \((exit status 1|signal SIGPIPE)\)"):
        must_have_lived(watched(0, gone))


@pytest.mark.parametrize(
    "trace",
    [watched(0, death(0)), watched(1), watched(1, death(1)), watched(0, death(1, asked=True))],
    ids=["one-shot", "alive", "another one is alive", "asked to end"],
)
def test_who_ends_in_good_order_uses_no_cpu(trace: Trace) -> None:
    """A one-shot server has nothing more to do."""
    must_have_lived(trace)
