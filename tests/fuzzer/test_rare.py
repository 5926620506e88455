"""Plans that are drawn now and then: sound, within bounds, and there."""

from __future__ import annotations

import pytest

from harness.fuzzer.limits import unfit
from harness.fuzzer.rare import RARE, Rare, due
from harness.fuzzer.scenes import Terms
from harness.fuzzer.search import plans
from harness.fuzzer.sound import sound
from harness.fuzzer.source import Dice
from harness.values import plan as p
from harness.values.verdict import Profile

each_rare = pytest.mark.parametrize("rare", RARE, ids=lambda rare: rare.draw.__name__)
each_profile = pytest.mark.parametrize("profile", Profile)


@each_rare
@each_profile
def test_they_are_sound_for_every_target(rare: Rare, profile: Profile) -> None:
    """A correct server serves each to its end."""
    for seed in range(30):
        plan = rare.draw(Dice(str(seed)), Terms(profile))
        assert sound(plan)
        assert unfit(plan) is None


def test_each_kind_comes_when_it_is_due() -> None:
    """Not among the 200 sessions of ``check``, but for the cheap one; all within 2,000."""
    assert [rare.so_far(200) for rare in RARE] == [1, 0, 0, 0]
    assert all(rare.so_far(2000) for rare in RARE)
    terms = Terms(Profile.CONCURRENT)
    assert due(0, [0, 0, 0, 0], terms) is None
    assert due(80, [0, 0, 0, 0], terms) == 0
    assert due(80, [1, 0, 0, 0], terms) is None
    assert due(300, [1, 0, 0, 0], terms) == 1
    assert due(300, [1, 0, 0, 0], Terms(Profile.ONE_SHOT)) is None


def test_the_search_has_them_unless_connections_are_limited() -> None:
    """A row of clients would only meet the limit again."""
    terms = Terms(Profile.CONCURRENT)
    assert any(_is_narrow(plan) for plan in plans(3, terms, 400))
    assert not any(_is_narrow(plan) for plan in plans(3, terms, 400, lambda: 10))


def _is_narrow(plan: p.Plan) -> bool:
    first = plan.scripts[0].steps[0]
    return isinstance(first, p.Connect) and first.segment is not None
