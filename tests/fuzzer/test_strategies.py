"""Drawn plans are meaningful: for their profile, for a target that is far away, for any seed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.fuzzer.scenes import Terms, in_lanes, plan, stall_plan
from harness.fuzzer.search import plans, stalls_in
from harness.fuzzer.sound import sound
from harness.fuzzer.source import Dice, Table
from harness.strategies import CI, payloads, scripts, stalls
from harness.strategies import plans as public_plans
from harness.values import plan as p
from harness.values.plan import Plan, problems_of
from harness.values.verdict import Profile

TERMS = [Terms(profile, remote) for profile in Profile for remote in (False, True)]
DRAWN = settings(settings.get_profile(CI), max_examples=60)


def drawn(terms: Terms, number: int = 60) -> list[Plan]:
    """Plans as the search draws them, with those that stall."""
    return [
        *(plan(Dice(f"t.{i}"), terms, 12) for i in range(number)),
        *(stall_plan(Dice(f"s.{i}"), terms) for i in range(number)),
    ]


@pytest.mark.parametrize("terms", TERMS, ids=str)
def test_every_plan_is_sound(terms: Terms) -> None:
    """No client hinders itself, and nothing is impossible to perform."""
    for each in drawn(terms):
        assert problems_of(each) == []
        assert sound(each)


@pytest.mark.parametrize("terms", TERMS, ids=str)
def test_a_plan_respects_the_profile(terms: Terms) -> None:
    for each in drawn(terms):
        if not terms.several:
            assert not each.needs_concurrency
        if terms.remote:
            assert not each.needs_process
        assert _most_at_once(each) <= terms.lanes + 6


def test_a_sequential_target_gets_no_more_connections_than_its_backlog_takes() -> None:
    """The system would let one beyond that wait for a second, which says nothing of the target."""
    for backlog, lanes in ((1, 2), (2, 3), (6, 5), (129, 5)):
        terms = Terms(Profile.SEQUENTIAL, backlog=backlog)
        assert max(_most_at_once(each) for each in drawn(terms)) == lanes


def test_a_one_shot_target_is_never_left_with_data_on_the_way_but_by_a_reset() -> None:
    """Any other way would make a correct server end with an error, and be accused of it."""
    for each in drawn(Terms(Profile.ONE_SHOT)):
        for script in each.scripts:
            for before, step in zip(script.steps, script.steps[1:], strict=False):
                if isinstance(step, p.Close):
                    assert isinstance(before, p.AwaitEcho)
                    assert not before.briefly


def test_the_same_seed_draws_the_same_plans() -> None:
    terms = Terms(Profile.CONCURRENT)
    first, again = (list(plans(7, terms, 300)) for _ in range(2))
    assert first == again
    assert first != list(plans(8, terms, 300))


def test_a_search_has_some_plans_that_stall_and_ends_at_its_budget() -> None:
    found = list(plans(1, Terms(Profile.SEQUENTIAL), 2000))
    stalling = [each for each in found if any(_stalls(script) for script in each.scripts)]
    assert 2 <= len(stalling) <= stalls_in(2000)
    assert 2000 <= sum(len(each.scripts) for each in found) < 2010


def test_the_first_option_of_a_table_is_the_simplest_answer() -> None:
    table = Table({"a": 2, "b": 1})
    assert [table.at(number) for number in range(table.total)] == ["a", "a", "b"]


@given(st.data())
@DRAWN
def test_public_plans_are_sound(data: st.DataObject) -> None:
    """The strategies draw from the same description."""
    profile = data.draw(st.sampled_from(list(Profile)))
    remote = data.draw(st.booleans())
    each = data.draw(public_plans(profile, sessions=4, remote=remote))
    assert sound(each)
    assert not (remote and each.needs_process)


@given(script=scripts(Profile.SEQUENTIAL), stalling=stalls(Profile.CONCURRENT))
@DRAWN
def test_public_scripts_and_stalls_are_sound(script: p.Script, stalling: Plan) -> None:
    assert sound(Plan((script,)))
    assert sound(stalling)


@given(payloads(largest=100))
@DRAWN
def test_payloads_keep_to_their_size(payload: p.Payload) -> None:
    assert len(p.materialise(payload)) == p.size_of(payload) <= 100


def _stalls(script: p.Script) -> bool:
    return any(isinstance(step, p.AwaitStall) for step in script.steps)


def _most_at_once(each: Plan) -> int:
    """An upper bound of the scripts that are under way at once: the widest level of ``after``."""
    level: list[int] = []
    for script in each.scripts:
        level.append(1 + max((level[i] for i in script.after), default=0))
    return max(level.count(depth) for depth in set(level))


def test_the_last_scene_of_a_plan_may_stand_alone() -> None:
    """Clients that end in one round of the server's loop, with no traffic afterwards."""
    scene = [p.Script((p.Connect(), p.Close())), p.Script((p.Connect(), p.Reset()))]
    several = [[p.Script((p.Connect(), p.Close()))] for _ in range(5)]
    made = in_lanes(several, 2, scene)
    assert [script.after for script in made.scripts] == [(), (), (0,), (1,), (2,), (3, 4), (3, 4)]
