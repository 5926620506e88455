"""Bytes that do harm only when they are alone, and words that come last on some connections."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from harness.diagnosis import Evidence, wanted
from harness.diagnosis.rules.last_words import farewell_to_some
from harness.diagnosis.rules.lone_bytes import lone_byte
from harness.values.plan import Literal, Send
from harness.values.verdict import Kind
from tests.diagnosis.made import case, causes, exchanged, seen, talked

BY_BYTE = "chunking/byte-by-byte"
THREE = ("identity/counter", "chunking/uneven", "shutdown/at-once")
OTHERS = (b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"9")


def ends_at(check_id: str, last: bytes, before: Sequence[bytes] = OTHERS) -> Evidence:
    """Each message before ``last`` comes back; at it the target ends the connection."""
    return talked(check_id, (*before, last), b"".join(before), early=True)


def test_a_message_of_one_byte_that_is_taken_for_something_else_is_named() -> None:
    """Two checks end at a message of just '0', and others of one byte came back: it is that one."""
    one = case(ends_at(BY_BYTE, b"0"), ends_at("fuzzed/like", b"0", [b"10 20", b"a"]))
    sign = lone_byte(one)
    assert sign is not None
    assert sign.explains == {BY_BYTE, "fuzzed/like"}
    assert sign.evidence[0] == (
        "In 2 checks it is a message of just 0x30 that goes wrong, and 10 other messages of one "
        "byte came back."
    )
    assert sign.detail == "a message that is just 0x30 ('0') is taken for something else than data"
    assert causes(one) == ["magic-byte"]


def test_a_lone_byte_that_stays_without_an_answer_is_one_too() -> None:
    """The target need not end the connection: it may just send nothing back for that message."""
    held = [talked(i, (*OTHERS, b"0"), b"123456789") for i in (BY_BYTE, "identity/counter")]
    assert [e.first.kind for e in held] == [Kind.TRUNCATED] * 2
    assert lone_byte(case(*held)) is not None
    lost = [talked(i, (*OTHERS, b"0", b"abcdefgh"), b"123456789abcdefgh") for i in THREE]
    assert [e.first.kind for e in lost] == [Kind.LOST] * 3
    assert lone_byte(case(*lost)) is not None


@pytest.mark.parametrize(("last", "said"), [(1, True), (2, False)])
def test_a_byte_that_was_written_last_and_alone_is_a_lone_one(last: int, said: bool) -> None:
    """The client of single bytes waits only for a while; what it wrote last decides then."""
    sent = b"1234567890"
    steps = (Send(Literal(sent), cuts=(1,)),)
    whole = exchanged(BY_BYTE, steps, sent, sent[:-1], early=True)
    written = seen(f"0.1 sent {len(sent) - last}; 0.2 received 9; 0.3 sent {last}").timeline
    script = msgspec.structs.replace(whole.trace.scripts[0], timeline=written)
    trace = msgspec.structs.replace(whole.trace, scripts=(script,))
    one = msgspec.structs.replace(whole, trace=trace)
    assert (lone_byte(case(one, ends_at("chunking/uneven", b"0"))) is not None) is said


def test_no_lone_byte_is_named_by_one_check() -> None:
    """What was seen in one check only may have another reason."""
    assert lone_byte(case(ends_at(BY_BYTE, b"0"))) is None


def test_no_lone_byte_is_named_where_another_is_lost_too() -> None:
    """Two bytes that go wrong alone are not one that means something."""
    two = [ends_at(BY_BYTE, b"0"), ends_at("chunking/uneven", b"0")]
    assert lone_byte(case(*two, ends_at("identity/counter", b"q"))) is None


def test_no_lone_byte_is_named_where_no_others_came_back() -> None:
    """Where fewer than eight other messages of one byte were answered, it may be all of them."""
    few = [ends_at(i, b"0", OTHERS[:3]) for i in (BY_BYTE, "chunking/uneven")]
    enough = [ends_at(i, b"0", OTHERS[:4]) for i in (BY_BYTE, "chunking/uneven")]
    longer = [ends_at(i, b"0", [b"11", b"22"] * 8) for i in (BY_BYTE, "chunking/uneven")]
    assert lone_byte(case(*few)) is None
    assert lone_byte(case(*enough)) is not None
    assert lone_byte(case(*longer)) is None


def test_no_lone_byte_is_named_that_came_back_once() -> None:
    """A byte that was answered alone does no harm by itself."""
    again = ends_at("chunking/uneven", b"0", (b"0", *OTHERS))
    assert lone_byte(case(ends_at(BY_BYTE, b"0"), again)) is None


def test_no_lone_byte_is_named_where_longer_messages_go_wrong_too() -> None:
    """It explains only what goes wrong alone; so that must be nearly all."""
    two = [ends_at(BY_BYTE, b"0"), ends_at("chunking/uneven", b"0")]
    assert lone_byte(case(*two, ends_at("identity/newlines", b"0123"))) is None


def says_last(check_id: str, words: bytes, sent: bytes = b"some data") -> Evidence:
    return talked(check_id, [sent], sent + words)


def test_the_same_words_last_on_some_connections_are_a_farewell() -> None:
    """In three checks the same words come behind all that was sent: some clients get them."""
    one = case(*(says_last(i, b"Goodbye\n") for i in THREE))
    sign = farewell_to_some(one)
    assert sign is not None
    assert sign.explains == set(THREE)
    assert sign.detail == r"some clients get 'Goodbye\n' when they have ended"
    assert causes(one) == ["farewell"]


def test_words_that_begin_alike_are_shown_as_far_as_they_do() -> None:
    """What differs behind them, such as a number, is no part of them."""
    ends = [says_last(i, b"Bye, client %d" % n) for n, i in enumerate(THREE)]
    sign = farewell_to_some(case(*ends))
    assert sign is not None
    assert "'Bye, client ' came last" in sign.evidence[0]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param([b"Goodbye", b"Goodbye"], id="two checks"),
        pytest.param([b"Goodbye", b"So long", b"Ciao"], id="other words each time"),
        pytest.param([b"Bye"] * 3, id="three letters"),
        pytest.param([b"\xff\xfe\xfd\xfc"] * 3, id="no words"),
    ],
)
def test_what_comes_last_and_is_no_farewell(words: Sequence[bytes]) -> None:
    """Words are a farewell if they are words, at least four letters, the same in three checks."""
    ends = [says_last(i, text) for i, text in zip(THREE, words, strict=False)]
    assert farewell_to_some(case(*ends)) is None


def test_words_of_the_client_that_come_again_are_no_farewell() -> None:
    """What the client itself has sent may be its own bytes twice."""
    ends = [says_last(i, b"Goodbye") for i in THREE[:2]]
    own = says_last(THREE[2], b"Goodbye", b"Goodbye to all that")
    assert farewell_to_some(case(*ends, own)) is None


def test_words_before_the_client_has_ended_or_sent_anything_are_no_farewell() -> None:
    """Neither a greeting nor words with which the target itself ends the connection are one."""
    greeted = [talked(i, [], b"Welcome") for i in THREE]
    cut = [talked(i, [b"some data"], b"some dataGoodbye", early=True) for i in THREE]
    assert farewell_to_some(case(*greeted)) is None
    assert farewell_to_some(case(*cut)) is None


@pytest.mark.parametrize(("others", "said"), [(3, True), (4, False)])
def test_no_farewell_is_told_where_other_failures_outnumber_it(others: int, said: bool) -> None:
    """Where more goes wrong in other ways, the words are rather a part of that."""
    ends = [says_last(i, b"Goodbye") for i in THREE]
    lost = [talked(f"identity/{n}", [b"0123456789"], b"01234") for n in range(others)]
    assert (farewell_to_some(case(*ends, *lost)) is not None) is said


def test_which_byte_ends_a_connection_is_asked_where_single_bytes_end_early() -> None:
    """Byte by byte it ends, and all the checks of bytes pass: each byte is tried alone."""
    assert "bytes" in wanted(case(ends_at(BY_BYTE, b"0")))


def test_no_byte_is_asked_for_where_the_connection_goes_on() -> None:
    """Single bytes that are lost while the connection goes on are no end."""
    lost = talked(BY_BYTE, [b"abcdefgh", b"0", b"ijklmnop"], b"abcdefghijklmnop")
    assert lost.first.kind is Kind.LOST
    assert "bytes" not in wanted(case(lost))
    assert "repeat" in wanted(case(lost))


def test_no_byte_is_asked_for_where_a_check_of_bytes_goes_wrong_while_it_goes_on() -> None:
    """Then what is changed tells more than a trial of ends."""
    changed = talked("identity/nul-bytes", [b"a\0b" * 9], b"a b" * 9)
    assert "bytes" not in wanted(case(ends_at(BY_BYTE, b"0"), changed))
