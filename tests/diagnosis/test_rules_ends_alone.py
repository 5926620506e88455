"""Messages that end a connection as a whole: a byte, a word, blanks, and bytes that are no text."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from harness.diagnosis import Case, explain
from harness.diagnosis.experiments import Fact, Observed
from harness.diagnosis.rules.decoding import decodes_afterwards
from harness.diagnosis.rules.ends_alone import (
    blank_ends,
    lone_byte_ends,
    lone_word_ends,
    lone_word_lost,
)
from harness.diagnosis.rules.words import ends_at_byte
from tests.diagnosis.made import case, causes, talked
from tests.diagnosis.simulated import Server, case_of, until

BY_BYTE, FUZZ = "chunking/byte-by-byte", "fuzz/plans"
ALL_VALUES = "identity/every-byte-value"
ZERO: dict[str, Fact] = {"tried": 256, "ends": [0x30]}
QUIT: dict[str, Fact] = {"tried": 140, "ends": ["logout", r"logout\n"]}


def saw(one: Case, **facts: dict[str, Fact]) -> Case:
    """``one`` as well with what experiments have shown."""
    return replace(
        one, observed=tuple(Observed(i, f, "It was tried.", special=True) for i, f in facts.items())
    )


def one_end(check_id: str, last: bytes, *, facts: dict[str, Fact] = ZERO) -> Case:
    """The connection ends at the last of some messages; the trial of bytes has shown ``facts``."""
    ends = talked(check_id, (b"1", b"2", last), b"12", early=True)
    return case(ends, passed={ALL_VALUES}, bytes=facts)


def test_a_byte_that_the_trial_has_named_explains_one_check() -> None:
    """The only failure is a message that did not come back; the trial says it was that byte."""
    one = one_end(BY_BYTE, b"0")
    cause = explain(one).causes[0]
    assert (cause.id, cause.confidence) == ("magic-byte", "certain")
    assert cause.bug == "a message that is just 0x30 ('0') ends the connection"


@pytest.mark.parametrize("command", [("php", "server.php"), ("./server.php",), ("perl", "s.pl")])
def test_a_text_that_is_false_is_told_as_that(command: tuple[str, ...]) -> None:
    """In PHP and Perl "0" is false: how to compare is told."""
    sign = lone_byte_ends(replace(one_end(BY_BYTE, b"0"), command=command))
    assert sign is not None
    assert 'the text "0" is false' in (sign.detail or "")
    assert "===" in (sign.mend or "")
    other = one_end(BY_BYTE, b"q", facts={"ends": [ord("q")]})
    plain = lone_byte_ends(replace(other, command=command))
    assert plain is not None
    assert plain.mend is None


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        (["0", r"0\n"], "a message that is just '0' is not answered"),
        (["0", "1"], None),
        (["1"], None),
        ([], None),
    ],
)
def test_a_message_that_is_not_answered_as_the_trial_has_shown(
    lost: list[int | str], told: str | None
) -> None:
    """It is missing where it is a whole message; what was seen and what was tried are the same."""
    one = case(talked(BY_BYTE, (b"1", b"0", b"22"), b"122"), words={"lost": lost})
    sign = lone_word_lost(one)
    assert (sign.detail if sign else None) == told
    other = case(talked(BY_BYTE, (b"1", b"03", b"22"), b"1322"), words={"lost": lost})
    assert lone_word_lost(other) is None


@pytest.mark.parametrize(
    ("last", "ends"),
    [
        pytest.param(b"0", [0x31], id="the trial named another byte"),
        pytest.param(b"0", [0x30, 0x31], id="the trial named two"),
        pytest.param(b"0", [], id="no byte ends a connection"),
        pytest.param(b"77", [0x30], id="the message was another one"),
        pytest.param(b"\xff", [0xFF], id="0xFF is the end of files in C"),
    ],
)
def test_no_lone_byte_without_both(last: bytes, ends: list[int | str]) -> None:
    """What was seen and what was tried must be the same byte."""
    assert lone_byte_ends(one_end(BY_BYTE, last, facts={"ends": ends})) is None


def test_a_byte_that_ends_longer_messages_is_told_as_that() -> None:
    """Where it was not seen to come back in a longer message it may end the connection anywhere."""
    ends = talked(BY_BYTE, (b"1", b"\x04"), b"1", early=True)
    one = case(ends, bytes={"ends": [4]})
    assert lone_byte_ends(one) is None
    sign = ends_at_byte(one)
    assert sign is not None
    assert sign.detail == "the byte 0x04 ends the connection"
    assert ends_at_byte(case(talked(BY_BYTE, (b"1", b"2"), b"1", early=True), bytes=ZERO)) is None


def test_a_word_that_the_trial_has_named() -> None:
    """Fuzzing met a word that no check sends; with and without a newline it ends a connection."""
    one = case(talked(FUZZ, (b"ab", b"logout\n"), b"ab", early=True), words=QUIT)
    sign = lone_word_ends(one)
    assert sign is not None
    assert sign.detail == "the word 'logout' ends the connection"
    assert causes(one) == ["magic-word"]
    another = case(talked(FUZZ, (b"ab", b"login\n"), b"ab", early=True), words=QUIT)
    assert lone_word_ends(another) is None
    two: dict[str, Fact] = {"ends": ["logout", "bye"]}
    assert lone_word_ends(saw(one, words=two)) is None


def blank(message: bytes) -> bool:
    return not message.strip()


WHITE: dict[str, Fact] = {"tried": 29, "ends": [9, 10, 11, 12], "rule": "white space"}


def test_blanks_alone_that_are_taken_for_the_end() -> None:
    """Each message of only white space ends a connection, and edges of others come back."""
    server = until(lambda reads: blank(reads[-1]), answers=False)
    plain = case_of(server)
    cause = explain(plain).causes[0]
    assert (cause.id, cause.confidence) == ("strips-whitespace", "likely")
    assert (
        cause.bug == "a message of nothing but white space is taken for the end of the connection"
    )
    assert set(cause.explains) == {"identity/newlines", "identity/edge-whitespace"}
    assert "if not data.strip()" in cause.hint
    tried = saw(plain, bytes=WHITE, words={"ends": [" ", r"\t", r" \n", r"\r"]})
    assert explain(tried).causes[0].confidence == "certain"


def test_control_bytes_may_count_as_blanks() -> None:
    """trim() of Java takes away all up to 0x20."""
    server = until(lambda reads: not reads[-1].strip(bytes(range(0x21))), answers=False)
    tried = saw(case_of(server), bytes={"ends": [0, 1, 2, 3]}, words={"ends": [r"\x00", " "]})
    sign = blank_ends(tried)
    assert sign is not None
    assert "only white space and control bytes" in sign.evidence[0]


@pytest.mark.parametrize(
    "server",
    [
        pytest.param(until(lambda r: r[-1].strip(b"\r\n") == b"", answers=False), id="lines"),
        pytest.param(until(lambda r: r[-1][:1] in b" \t\n", answers=False), id="at the start"),
        pytest.param(until(lambda r: b" " in r[-1], answers=False), id="a blank anywhere"),
        pytest.param(until(lambda r: len(r[-1]) == 1, answers=False), id="one byte"),
        pytest.param(lambda r: (b"".join(m.strip() for m in r), False), id="stripped"),
    ],
)
def test_no_blanks_where_others_end_it_or_they_do_not(server: Server) -> None:
    """An end at line ends, at blanks in other messages, or a loss of blanks, is another bug."""
    assert blank_ends(case_of(server)) is None


def test_no_blanks_where_the_trial_says_otherwise() -> None:
    """Letters that end a connection, too, are no white space."""
    one = case_of(until(lambda reads: blank(reads[-1]), answers=False))
    assert blank_ends(saw(one, bytes={"ends": [9, 0x41]})) is None
    assert blank_ends(saw(one, words={"ends": [" ", "quit"]})) is None


def undecodable(reads: Sequence[bytes]) -> bool:
    try:
        reads[-1].decode()
    except UnicodeDecodeError:
        return True
    return False


NO_TEXT: dict[str, Fact] = {"tried": 149, "ends": [0x80, 0x81, 0x82]}


def test_bytes_that_are_decoded_after_they_were_sent_back() -> None:
    """Each message that is no text comes back whole, and is the last of its connection."""
    one = case_of(until(undecodable))
    cause = explain(one).causes[0]
    assert (cause.id, cause.confidence) == ("decodes-text", "likely")
    assert cause.bug.startswith("what was sent back is decoded as text (UTF-8) afterwards")
    assert set(cause.explains) == one.failed
    assert causes(saw(one, bytes=NO_TEXT)) == ["decodes-text"]


@pytest.mark.parametrize(
    "server",
    [
        pytest.param(until(lambda reads: 0xFF in reads[-1]), id="0xFF"),
        pytest.param(until(lambda reads: len(reads) > 1), id="two messages"),
        pytest.param(until(lambda reads: len(reads[-1]) < 4), id="short messages"),
        pytest.param(until(undecodable, answers=False), id="before they are sent back"),
        pytest.param(lambda reads: (b"".join(reads).decode("utf8", "ignore").encode(), False),
                     id="dropped"),
    ],
)  # fmt: skip
def test_no_decoding_afterwards_where_text_ends_it_or_no_text_does_not(server: Server) -> None:
    """An end after text, or a connection that goes on after no text, is another bug."""
    assert decodes_afterwards(case_of(server)) is None


def test_no_decoding_afterwards_against_the_trial_or_in_c() -> None:
    """A trial that names 0xFF only, or no byte, speaks against it; and C has no such errors."""
    one = case_of(until(undecodable))
    for ends in ([0xFF], [], [0x0A, 0x80]):
        facts: dict[str, Fact] = {"ends": list(ends)}
        assert decodes_afterwards(saw(one, bytes=facts)) is None
    assert decodes_afterwards(replace(one, language="c")) is None
