"""Going deeper when a check has passed: hundreds of one client, and what it means that one fails.

Some servers limit how many connections may come in a while, which is no breach: super-servers (50 a
second, 256 a minute), and those that turn everybody away for some seconds after a burst.  So a
client that is turned away after many proves nothing, until a fresh instance does the same where
they come so slowly that no limit known to us minds.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from msgspec.structs import replace

from harness.contract import depth
from harness.contract.check import Check, Context, Deep
from harness.probing import limits
from harness.probing.limits import GENTLE_RATE, GENTLEST_RATE
from harness.running.outcome import Outcome
from harness.running.performer import Performer
from harness.values.effort import Effort

GENTLY = 240
"""Connections that may come at ``GENTLE_RATE``: fewer than inetd allows in a minute, 256."""
MORE = 20
"""Beyond those after which a client was turned away, so that it shows again."""


class Tried(NamedTuple):
    """What came of it."""

    told: str = ""
    """For the summary of a check that passes: what was tried."""
    failed: Outcome | None = None
    """What proves a breach."""


def try_more(lane: Performer, check: Check, context: Context) -> Tried:
    """Let the client of ``check.deep`` come again and again, as the effort says.

    Not where somebody else runs the target, unless thoroughness was asked for.
    """
    deep = check.deep
    if deep is None or not depth.comes(deep, context) or not _worth_it(lane, context):
        return Tried()
    began, done = time.monotonic(), 0
    while count := depth.next_batch(context.effort, done, time.monotonic() - began, deep.most):
        outcome = lane.performed(check, depth.repeated(deep, context, done, count), context.profile)
        if outcome.findings:
            return _in_words(_looked_into(lane, check, context, outcome, done), deep)
        if lane.undecided(check, outcome) or not _worth_it(lane, context):
            break
        done += count
    return Tried(f"then {done:,} {deep.what}" if done else "")


def _in_words(tried: Tried, deep: Deep) -> Tried:
    """``tried``, whose first finding says which client of the row it is about."""
    if tried.failed is None:
        return tried
    first, *others = tried.failed.findings
    told = (depth.told_of(first, deep, tried.failed.plan), *others)
    return tried._replace(failed=replace(tried.failed, findings=told))


def _worth_it(lane: Performer, context: Context) -> bool:
    patience = lane.patience
    if patience.limited or patience.is_over:
        return False
    return context.effort is Effort.THOROUGH or not context.remote


def _looked_into(
    lane: Performer, check: Check, context: Context, seen: Outcome, done: int
) -> Tried:
    """``seen`` has findings, after ``done`` clients of the same kind that were served."""
    assert check.deep is not None
    limit_like = limits.turned_away(seen.findings, seen.connections)
    if seen.safety and not limit_like:
        return Tried(failed=seen)
    enough = _enough(seen, done)
    lane.freshen()
    lane.patience.limited = limit_like  # at once: other lanes need not find it out as well
    if not limit_like:
        again = lane.performed(
            check, depth.repeated(check.deep, context, 0, enough), context.profile
        )
        return Tried(failed=again) if again.findings else Tried(f"then {done:,} {check.deep.what}")
    again_gently = _gently(lane, check, context, enough)
    if again_gently is not None and again_gently.findings:
        return Tried(failed=again_gently)
    lane.freshen()  # whose rest after a burst is not for the next check
    return Tried(
        f"then {done:,} {check.deep.what}; it turned one away after {seen.connections:,} "
        "connections and seems to limit them, so no more were tried; see --rate"
    )


def _enough(seen: Outcome, done: int) -> int:
    """Clients that a fresh instance must have had to show the same.

    ``done``: clients of that kind before the plan, which may have come to an earlier instance.
    """
    first = min((f.session for f in seen.findings if f.session is not None), default=0)
    return max(seen.before, done) + first + MORE


def _gently(lane: Performer, check: Check, context: Context, enough: int) -> Outcome | None:
    """What so many clients show that come slowly; None where there is no time for that."""
    assert check.deep is not None
    rate = GENTLE_RATE
    if enough > GENTLY:
        if context.effort is not Effort.THOROUGH:
            return None
        rate = GENTLEST_RATE
    if lane.fleet.keeper is None:
        limits.await_recovery(lane.fleet)
    plan = depth.repeated(check.deep, context, 0, enough)
    outcome = lane.performed(check, plan, context.profile, rate)
    return None if outcome.trace.unable or outcome.trace.slow is not None else outcome
