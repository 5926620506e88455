"""What the constants of a target suggest, and when the search tries it."""

from __future__ import annotations

from itertools import takewhile

import pytest

from harness.fuzzer import counts
from harness.fuzzer.deck import MOST, Card, Deck, contents, frames, sizes
from harness.fuzzer.limits import unfit
from harness.fuzzer.scenes import Terms
from harness.fuzzer.search import plans
from harness.fuzzer.sound import sound
from harness.values import plan as p
from harness.values.dictionary import Constant, Dictionary, dictionary
from harness.values.payload import Literal, materialise
from harness.values.plan import Plan, Send
from harness.values.verdict import Profile


def words(*values: int | bytes, compared: bool = True) -> Dictionary:
    return dictionary([Constant(value, "server.py, line 1", compared) for value in values])


def payloads(plan: Plan) -> list[p.Payload]:
    return [s.payload for script in plan.scripts for s in script.steps if isinstance(s, Send)]


def test_a_number_becomes_sizes() -> None:
    """As many bytes, one more, and one less."""
    assert [card.size for card in sizes(Constant(4242))] == [4242, 4243, 4241]
    assert list(sizes(Constant(3))) == []
    assert [card.size for card in sizes(Constant(MOST + 1))] == [MOST]


def test_a_text_becomes_content() -> None:
    """In the middle, alone, at the beginning, at the end, as a line."""
    values = {card.value for card in contents(Constant(b"xyzzy"))}
    assert {b"xxxxyzzyyyy", b"xyzzy", b"xyzzyyyy", b"xxxxyzzy", b"xyzzy\n", b"xyzzy\r\n"} == values


def test_frames_have_heads_tails_and_checksums() -> None:
    """Two constants around a body; a checksum at the end; a body that adds up to a constant."""
    values = {card.value for some in frames(words(0xA7, b"\x9c")) for card in some}
    assert b"\xa7xyz\x9c" in values
    assert b"\xa7xyz" + bytes([sum(b"\xa7xyz") & 255]) in values
    assert any(value and sum(value) & 255 == 0xA7 and len(value) == 4 for value in values)


def test_every_card_is_dealt_before_any_comes_again() -> None:
    """The order depends on the seed, what is dealt does not."""
    known = words(4242, b"xyzzy", 97)
    rounds = []
    for seed in (1, 1, 2):
        deck = Deck(known, seed)
        dealt = [deck.payload(MOST) for _ in range(120)]
        rounds.append([payload for payload in dealt if payload is not None])
    assert rounds[0] == rounds[1] != rounds[2]
    for dealt in rounds:
        assert {4241, 4242, 4243} <= {p.size_of(payload) for payload in dealt}
        assert any(b"xyzzy" in materialise(payload) for payload in dealt)


def test_what_decides_comes_first() -> None:
    """A constant that something is compared with is tried before the others."""
    many = [Constant(1000 + n, "a", False) for n in range(200)]
    deck = Deck(dictionary([*many, Constant(4242, "b", True)]), 0)
    dealt = [deck.payload(MOST) for _ in range(12)]
    assert any(payload is not None and p.size_of(payload) == 4242 for payload in dealt)


def test_what_is_too_large_waits() -> None:
    """Where little may be sent nothing larger is dealt, and nothing is lost."""
    deck = Deck(words(4242), 0)
    small = [deck.payload(100) for _ in range(30)]
    assert all(payload is None or p.size_of(payload) <= 100 for payload in small)
    assert {4242} <= {p.size_of(each) for _ in range(10) if (each := deck.payload(MOST))}


@pytest.mark.parametrize("profile", Profile)
def test_a_tenth_comes_from_the_dictionary(profile: Profile) -> None:
    """The rest is drawn as without."""
    terms = Terms(profile, dictionary=words(4242, b"xyzzy"))
    drawn = [each for plan in plans(1, terms, 2000) for each in payloads(plan)]
    known = [
        each
        for each in drawn
        if p.size_of(each) in (4241, 4242, 4243)
        or (isinstance(each, Literal) and b"xyz" in each.value)
    ]
    assert 0.03 < len(known) / len(drawn) < 0.15


def test_without_constants_nothing_changes() -> None:
    """A target that gives nothing away is searched as ever, and the same seed draws the same."""
    terms = Terms(Profile.CONCURRENT)
    known = Terms(Profile.CONCURRENT, dictionary=words(4242))
    assert list(plans(3, terms, 300)) == list(plans(3, terms, 300))
    assert list(plans(3, known, 300)) == list(plans(3, known, 300)) != list(plans(3, terms, 300))


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("remote", [False, True])
def test_what_is_drawn_can_be_kept(profile: Profile, remote: bool) -> None:
    """Each plan is sound, and within the bounds of a case file."""
    known = words(97, 200, 4242, 2999, 70_000, 2**22, 1, 0, b"xyzzy", b"\n", b"\0")
    for plan in plans(5, Terms(profile, remote, 5, dictionary=known), 3000):
        assert unfit(plan) is None
        assert sound(plan)


# --- counts -------------------------------------------------------------------------------------


def test_one_plan_passes_all_counts() -> None:
    """The largest number that may be a count decides how many messages and clients there are."""
    made = [each.plan for each in counts.counted(words(20, 97, 5000), Profile.CONCURRENT, 0)]
    sessions = [len(plan.scripts) for plan in made]
    assert sessions == [1, 98, 99, 99, 99, 99]
    assert p.size_of(payloads(made[0])[0]) == 2 * 98
    assert payloads(made[0]) and made[0].scripts[0].steps[1] == Send(
        p.Plain(seed=1, size=196), cuts=(2,), lockstep=counts.LOCKSTEP
    )


def test_who_serves_one_at_a_time_has_no_crowd() -> None:
    """Many at once is for concurrent targets, many in a row for those that serve more than one."""
    known = words(97)
    assert len(counts.counted(known, Profile.SEQUENTIAL, 0)) == 5
    assert len(counts.counted(known, Profile.ONE_SHOT, 0)) == 1
    assert counts.counted(words(5, 2**31), Profile.CONCURRENT, 0) == []


def test_counts_take_no_more_than_their_share() -> None:
    """In a short search there are few, and the expensive ones come late."""
    terms = Terms(Profile.CONCURRENT, dictionary=words(97))
    drawn = list(plans(0, terms, 3000))
    crowds = [plan for plan in drawn if len(plan.scripts) in (98, 99)]
    assert len(crowds) == 5
    early = list(takewhile(lambda plan: plan not in crowds, drawn))
    assert sum(len(plan.scripts) for plan in early) > 300


def test_a_card_is_its_payload() -> None:
    """Bytes that are said, or as many as are asked for."""
    assert Card(5, b"xyzzy").payload() == Literal(b"xyzzy")
    assert p.size_of(Card(4242).payload()) == 4242
