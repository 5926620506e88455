"""The search: plan after plan from a seed, performed and judged.

Which kind of search was decided by measuring (docs/performance.md).  Hypothesis spends more on
drawing a session than a session takes, also when many share an example; so the search draws at
random from the same description, and ``harness.fuzzer.shrink`` shrinks what it finds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from harness.fuzzer.counts import Due, counted
from harness.fuzzer.deck import Deck
from harness.fuzzer.rare import RARE, due
from harness.fuzzer.scenes import Terms, plan, stall_plan
from harness.fuzzer.source import Dice
from harness.values.plan import Plan
from harness.values.verdict import Profile

SESSIONS = {Profile.ONE_SHOT: 5, Profile.SEQUENTIAL: 64, Profile.CONCURRENT: 40}
"""Sessions of a plan.  Setting up a plan costs about as much as one; a one-shot target is launched
for each."""
STALLS, WITHOUT = 0.27, 40
"""Plans that stall the target cost some hundred sessions each, and there are few ways to do it:
the first comes after 360 sessions, 2 come in 2,000 and 6 in 20,000."""


def stalls_in(sessions: int) -> int:
    """How many plans that stall the target are among so many sessions."""
    return max(0, int(STALLS * (math.cbrt(sessions) - math.cbrt(WITHOUT))))


def plans(
    seed: int,
    terms: Terms,
    sessions: int | None = None,
    most: Callable[[], int | None] = lambda: None,
) -> Iterator[Plan]:
    """The plans of a search, the same for the same seed and terms.

    ``sessions``: about how many there are in all.  ``most``: sessions of the next plan, if that is
    less than usual.
    """
    done = stalls = number = 0
    rare = [0] * len(RARE)
    deck = Deck(terms.dictionary, seed) if terms.dictionary else None
    others = Due(counted(terms.dictionary, terms.profile, seed))
    while sessions is None or done < sessions:
        dice = Dice(f"{seed}.{number}", deck)
        number += 1
        if most() is None and (other := others.after(done)) is not None:
            drawn = other
        elif stalls < stalls_in(done):
            stalls += 1
            drawn = stall_plan(dice, terms)
        elif (few := most()) is None and (which := due(done, rare, terms)) is not None:
            rare[which] += 1
            drawn = RARE[which].draw(dice, terms)
        else:
            usual = few or terms.instances * SESSIONS[terms.profile]
            left = usual if sessions is None else min(usual, sessions - done)
            drawn = plan(dice, terms, left)
        done += len(drawn.scripts)
        yield drawn
