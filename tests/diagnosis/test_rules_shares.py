"""Reads of which a part is lost, at the beginning or now and then, and limits of reads."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from harness.diagnosis import Case, Evidence
from harness.diagnosis.evidence import CERTAIN
from harness.diagnosis.experiments import Fact
from harness.diagnosis.rules.limits import reads
from harness.diagnosis.rules.now_and_then import now_and_then
from harness.diagnosis.rules.shares import first_beyond, first_lost
from harness.diagnosis.rules.shuffled import in_their_place
from harness.values.payload import Random, materialise
from harness.values.plan import Literal, Send
from harness.values.trace import Ending
from harness.values.verdict import Kind
from tests.diagnosis.made import case, causes, exchanged, talked

CHECKS = ("identity/long-stream", "chunking/uneven", "identity/counter")
LATER = materialise(Random(9, 1300))


def noise(size: int, seed: int = 1) -> bytes:
    return materialise(Random(seed, size))


# --- the first read of a connection ---------------------------------------------------------------


def first_cut(check_id: str, size: int, kept: int, *, later: bytes = LATER) -> Evidence:
    """Of a first message of ``size`` bytes the first ``kept`` come, and of the next ``later``."""
    first = noise(size)
    return talked(check_id, [first, LATER], first[:kept] + later)


SIZES = (900, 950, 990)


def cut_firsts(kept: int, sizes: Sequence[int] = (1000, 1400, 1000)) -> list[Evidence]:
    return [first_cut(i, size, kept) for i, size in zip(CHECKS, sizes, strict=False)]


def test_only_a_part_of_the_first_read_is_sent_back() -> None:
    """512 bytes of first messages of two sizes come, and all that is later: the rest of the first
    read of a connection is lost."""
    one = case(*cut_firsts(512))
    sign = first_beyond(one)
    assert sign is not None
    assert sign.explains == set(CHECKS)
    assert sign.detail == (
        "of the first read of each connection only 512 bytes are sent back, and the rest of that "
        "read is lost"
    )
    assert "the first 512 bytes came back, and the next 488 to 888 did not" in sign.evidence[0]
    assert first_lost(one) is None
    assert causes(one) == ["rest-of-read-discarded"]


def test_all_of_the_first_read_is_lost() -> None:
    """Nothing comes of first messages of two sizes, and all that is later."""
    one = case(*cut_firsts(0))
    sign = first_lost(one)
    assert sign is not None
    assert sign.explains == set(CHECKS)
    assert "On 3 connections the first 1,000 to 1,400 bytes did not come back" in sign.evidence[0]
    assert first_beyond(one) is None
    assert causes(one) == ["first-read-lost"]


@pytest.mark.parametrize("kept", [0, 512])
def test_the_first_read_is_not_blamed_where_later_ones_lose_too(kept: int) -> None:
    """Then it is no matter of the first read."""
    more = [first_cut(i, n, kept, later=LATER[:1250]) for i, n in zip(CHECKS, SIZES, strict=True)]
    assert [e.first.kind for e in more] == [Kind.LOST] * 3
    assert not said_of_first(case(*more))


@pytest.mark.parametrize("kept", [0, 512])
def test_the_first_read_is_not_blamed_where_all_gaps_have_one_length(kept: int) -> None:
    """So many bytes may be missing of whatever is read: nothing says that it was a whole read."""
    assert not said_of_first(case(*cut_firsts(kept, (1000, 1000, 1000))))


@pytest.mark.parametrize("kept", [0, 512])
def test_the_first_read_is_not_blamed_by_two_checks(kept: int) -> None:
    """Three checks have to show it."""
    assert not said_of_first(case(*cut_firsts(kept, (1000, 1400))))


def test_the_first_read_is_not_blamed_where_the_others_are_cut_elsewhere() -> None:
    """Of those that go wrong nearly all must keep the same number of bytes."""
    elsewhere = first_cut("identity/newlines", 1200, 600)
    assert not said_of_first(case(*cut_firsts(512), elsewhere))


@pytest.mark.parametrize("later", [LATER[:300], LATER], ids=["small", "cut"])
def test_a_first_read_of_a_usual_size_may_be_a_full_one(later: bytes) -> None:
    """512 bytes came, and no larger message behind them came whole: they may have filled a buffer,
    and what is behind a full read is thrown away."""
    first = [noise(size) for size in (1000, 1400, 1000)]
    ends = [
        talked(i, [f, later], f[:512] + later[:512]) for i, f in zip(CHECKS, first, strict=True)
    ]
    assert causes(case(*ends)) == ["full-read-lost"]


def said_of_first(one: Case) -> bool:
    return first_beyond(one) is not None or first_lost(one) is not None


# --- a read now and then --------------------------------------------------------------------------


def loses(
    check_id: str,
    count: int,
    each: int,
    before: int = 0,
    ending: Ending = Ending.FIN,
    size: int = 64,
) -> Evidence:
    """A stream of ``count`` reads; each so-many-th is lost, and ``before`` were counted already."""
    sent = noise(count * size)
    kept = [n for n in range(count) if (n + before + 1) % each]
    came = b"".join(sent[n * size : (n + 1) * size] for n in kept)
    return talked(check_id, [sent], came, ending=ending)


BEFORE = (0, 40, 90)


def test_a_read_now_and_then_is_counted_over_all_clients() -> None:
    """Of long streams one read in about 150 is lost, each time first at another place."""
    one = case(*(loses(i, 900, 150, n) for i, n in zip(CHECKS, BEFORE, strict=True)))
    sign = now_and_then(one)
    assert sign is not None
    assert sign.explains == set(CHECKS)
    assert sign.detail == "about one read in 150, counted over all clients, is not sent back"
    assert "In 3 checks with long streams 64 bytes are lost again and again" in sign.evidence[0]
    assert causes(one) == ["every-nth-read"]


def test_a_loss_at_one_place_of_each_connection_is_not_counted_over_all() -> None:
    """Who loses first at the same place each time counts what is on that connection."""
    assert now_and_then(case(*(loses(i, 900, 150) for i in CHECKS))) is None


def test_a_loss_of_another_share_each_time_is_not_counted() -> None:
    """One read in 50, in 150 and in 15: that is no number that somebody counts to."""
    each = (50, 150, 15)
    rest = [loses(i, 900, n, b) for i, n, b in zip(CHECKS, each, BEFORE, strict=True)]
    assert now_and_then(case(*rest)) is None


def test_a_loss_on_connections_that_were_left_open_is_not_counted() -> None:
    """What has not come there may be still to come."""
    left = [loses(i, 900, 150, n, Ending.OPEN) for i, n in zip(CHECKS, BEFORE, strict=True)]
    assert now_and_then(case(*left)) is None


def test_a_loss_of_most_reads_is_not_now_and_then() -> None:
    """One read in five is no rare one; who loses so many has another bug."""
    often = [loses(i, 100, 5, n) for i, n in zip(CHECKS, (0, 1, 2), strict=True)]
    assert now_and_then(case(*often)) is None


def test_a_loss_that_is_seen_a_few_times_only_is_not_counted() -> None:
    """Four in a stream tell no share."""
    few = [loses(i, 600, 150, n) for i, n in zip(CHECKS, BEFORE, strict=True)]
    assert now_and_then(case(*few)) is None
    two = [loses(i, 900, 150, n) for i, n in zip(CHECKS[:2], BEFORE, strict=False)]
    assert now_and_then(case(*two, *few[2:])) is None


def test_a_few_bytes_now_and_then_are_no_read() -> None:
    """No buffer is as small as eight bytes."""
    tiny = [loses(i, 900, 150, n, size=8) for i, n in zip(CHECKS, BEFORE, strict=True)]
    assert now_and_then(case(*tiny)) is None


# --- later bytes in the place of earlier ones -----------------------------------------------------


def replaced(check_id: str, piece: int, ending: Ending = Ending.FIN) -> Evidence:
    """Four pieces were sent; the last one comes twice, and the second never."""
    a, b, c, d = (noise(piece, n) for n in range(4))
    return talked(check_id, [a + b + c + d], a + c + d + d, ending=ending)


def long_ones(ending: Ending = Ending.FIN) -> list[Evidence]:
    """Streams that are too long to look at all that is in them."""
    return [replaced(i, 20_000, ending) for i in CHECKS]


SMALL = "identity/nothing-extra"


def test_later_bytes_stand_in_the_place_of_earlier_ones() -> None:
    """In long streams later bytes come first, as many as were sent; a short one shows that some
    came twice and others never."""
    one = case(*long_ones(), replaced(SMALL, 300))
    assert {e.first.kind for e in one.failures} == {Kind.LOST}
    sign = in_their_place(one)
    assert sign is not None
    assert sign.explains == {*CHECKS, SMALL}


def test_long_streams_alone_do_not_show_that_bytes_took_the_place_of_others() -> None:
    """Their pieces may only have changed places."""
    assert in_their_place(case(*long_ones())) is None


def test_a_short_one_whose_pieces_changed_places_shows_no_more() -> None:
    """All of its bytes came: none took the place of another."""
    a, b, c, d = (noise(300, n) for n in range(4))
    swapped = talked(SMALL, [a + b + c + d], a + c + b + d)
    assert in_their_place(case(*long_ones(), swapped)) is None


def test_two_checks_do_not_show_that_bytes_took_the_place_of_others() -> None:
    """Three have to."""
    assert in_their_place(case(long_ones()[0], replaced(SMALL, 300))) is None


def test_bytes_that_nobody_sent_took_the_place_of_no_others() -> None:
    """They come from elsewhere."""
    sent = bytes(range(1, 201)) * 5
    alien = talked("identity/nul-bytes", [sent], sent[:600] + bytes(100) + sent[700:])
    assert in_their_place(case(*long_ones(), replaced(SMALL, 300), alien)) is None


def test_bytes_took_no_place_where_one_message_alone_is_wrong() -> None:
    """Nothing else was under way that they could come from."""
    short = replaced("identity/newlines", 100)
    assert in_their_place(case(*long_ones(), replaced(SMALL, 300), short)) is None


def test_bytes_took_no_place_on_connections_that_were_left_open() -> None:
    """As many may be still to come."""
    left = [*long_ones(Ending.OPEN), replaced(SMALL, 300)]
    assert in_their_place(case(*left)) is None


def test_bytes_took_no_place_where_most_connections_got_less() -> None:
    """In all as many bytes must have come as were sent."""
    less = [talked(f"identity/{n}", [noise(1200)], noise(1200)[:700]) for n in range(2)]
    assert in_their_place(case(*long_ones(), replaced(SMALL, 300), *less)) is None


# --- a limit of reads -----------------------------------------------------------------------------


def stops_after(count: int) -> Evidence:
    """Single bytes that wait for no answer; the target ends the connection after some of them."""
    sent = noise(40)
    steps = (Send(Literal(sent), cuts=(1,)),)
    return exchanged("chunking/byte-by-byte", steps, sent, sent[:count], early=True)


def test_a_limit_of_reads_that_one_check_shows_and_the_trial_confirms() -> None:
    """The check got 21 answers, and number 22 of many was not answered: 21 is the limit."""
    facts: dict[str, Fact] = {"limit": "messages", "first_bad": 22}
    one = case(stops_after(21), messages=facts)
    sign = reads(one)
    assert sign is not None
    assert sign.explains == {"chunking/byte-by-byte"}
    assert sign.confidence == CERTAIN
    assert sign.evidence[0] == (
        "In chunking/byte-by-byte exactly 21 messages are answered, and when many of one byte were "
        "tried number 22 was not."
    )
    assert causes(one) == ["reads-quota"]


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({}, id="nothing was tried"),
        pytest.param({"limit": "messages", "first_bad": 30}, id="another number"),
        pytest.param({"limit": "messages", "first_bad": 23}, id="the next number"),
        pytest.param({"limit": "", "first_bad": 22}, id="no limit was found"),
        pytest.param({"limit": "bytes", "first_bad": 22}, id="bytes are counted"),
        pytest.param({"limit": "messages", "first_bad": 22, "bad": "late"}, id="only late"),
    ],
)
def test_a_limit_of_reads_that_the_trial_does_not_confirm(facts: dict[str, Fact]) -> None:
    """One check whose client did not wait for each answer shows no limit by itself."""
    assert reads(case(stops_after(21), messages=facts)) is None
