"""Hypothesis strategies for plans, for property tests of your own.

::

    from hypothesis import given
    from harness.strategies import plans
    from harness.values.verdict import Profile

    @given(plans(Profile.SEQUENTIAL))
    def test_server(plan): ...

They draw from the description that the fuzzer uses (``harness.fuzzer``), so what they draw is
meaningful for the profile, with nothing filtered out, and shrinks towards one short session.
Hypothesis's own settings and example database hold as everywhere; ``CI`` is the name of a settings
profile that repeats the same examples each time and keeps no database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from harness.fuzzer import payloads as drawn
from harness.fuzzer import scenes
from harness.fuzzer.scenes import Terms
from harness.fuzzer.source import Table
from harness.values.plan import Payload, Plan, Script
from harness.values.verdict import Profile

__all__ = ["CI", "payloads", "plans", "scripts", "stalls"]

T = TypeVar("T")

CI = "echo-harness-ci"
settings.register_profile(
    CI,
    derandomize=True,
    database=None,
    deadline=None,  # the time of an example is the target's, and a loaded machine is no failure
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)


class _Drawn:
    """A source of choices that asks Hypothesis."""

    deck = None

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self._draw = draw

    def integer(self, low: int, high: int) -> int:
        return int(self._draw(st.integers(low, high)))

    def choose(self, options: Sequence[T]) -> T:
        return options[self.integer(0, len(options) - 1)]

    def weighted(self, table: Table[T]) -> T:
        return table.at(self.integer(0, table.total - 1))

    def chance(self, percent: float) -> bool:
        return self.integer(0, 999) >= 1000 - 10 * percent


@st.composite
def payloads(draw: st.DrawFn, largest: int = 64 * 1024) -> Payload:
    """Payloads of at most ``largest`` bytes: sizes near boundaries, bytes that mean trouble."""
    return drawn.payload(_Drawn(draw), largest)


@st.composite
def scripts(
    draw: st.DrawFn, profile: Profile = Profile.SEQUENTIAL, *, remote: bool = False
) -> Script:
    """One client's script, from its connect to its end.

    ``remote``: the target's process cannot be touched, so no step needs it.
    """
    return scenes.alone(_Drawn(draw), Terms(profile, remote), may_pause=True)[0]


@st.composite
def plans(
    draw: st.DrawFn,
    profile: Profile = Profile.SEQUENTIAL,
    *,
    sessions: int = 6,
    remote: bool = False,
) -> Plan:
    """Plans of up to some ``sessions`` sessions, as the profile allows them.

    One after another for one-shot and sequential targets, several side by side for concurrent
    ones.  ``remote``: the target's process cannot be touched, so no step needs it.
    """
    return scenes.plan(_Drawn(draw), Terms(profile, remote), draw(st.integers(1, sessions)))


@st.composite
def stalls(draw: st.DrawFn, profile: Profile = Profile.SEQUENTIAL, *, remote: bool = False) -> Plan:
    """Plans in which a reader stops until the target stalls; they take tenths of a second."""
    return scenes.stall_plan(_Drawn(draw), Terms(profile, remote))
