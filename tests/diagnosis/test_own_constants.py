"""Experiments that are told of the target's own constants, on servers that are functions."""

from __future__ import annotations

import itertools

import pytest

from harness.diagnosis.experiments import TABLE, Observed, Setting
from harness.diagnosis.experiments.constants import around, own_numbers, own_words, standing
from harness.values.dictionary import Constant, dictionary
from harness.values.verdict import Profile
from tests.diagnosis.test_experiments import Server, Talk, counting, each, echo, performed

DICTIONARY = dictionary(
    [
        Constant(b"xyzzy", "server.py, line 6", compared=True),
        Constant(b"plugh\n", "server.py, line 7"),
        Constant(4777, "server.py, line 12", compared=True),
        Constant(97, "server.py, line 13"),
        Constant(5, "server.py, line 14"),
    ]
)
SETTING = Setting(Profile.SEQUENTIAL, flood=100_000, far=400_000, dictionary=DICTIONARY)


def ask(id: str, server: Server, setting: Setting = SETTING) -> Observed:
    asking = TABLE[id].begin(setting)
    plan = next(asking)
    while True:
        try:
            plan = asking.send(performed(plan, server))
        except StopIteration as done:
            seen: Observed = done.value
            return seen


def test_what_is_tried() -> None:
    """Texts without their line ends, and numbers that are not everywhere."""
    assert own_words(SETTING) == [b"xyzzy", b"plugh"]
    assert own_numbers(SETTING, 65_537) == [4777, 97]
    assert own_numbers(SETTING, 300) == [97]
    assert around([97]) == {96, 97, 98}


def test_without_a_dictionary_nothing_is_told() -> None:
    """Nothing is known of such a target."""
    assert standing(Setting(Profile.SEQUENTIAL), [4777, b"xyzzy"]) == ""


@pytest.mark.parametrize("value", [b"xyzzy", b"xyzzy\n", b"xyzzy\r\n"])
def test_where_a_word_stands(value: bytes) -> None:
    """With or without the end of a line."""
    assert standing(SETTING, [value]) == " 'xyzzy' stands in server.py, line 6."


@pytest.mark.parametrize("value", [4776, 4777, 4778])
def test_where_a_number_stands(value: int) -> None:
    """Also one next to it: a loop may count from 0, or ask for more."""
    assert standing(SETTING, [value]) == " 4,777 stands in server.py, line 12."


def test_a_word_of_its_own() -> None:
    """No list of usual words has it."""
    seen = ask("words", each(lambda data: b"" if data.strip() == b"xyzzy" else data))
    assert seen.facts["lost"] == ["xyzzy", "xyzzy\\n"]
    assert seen.said.endswith("'xyzzy' stands in server.py, line 6.")
    assert not ask("words", each(lambda data: data)).special


@pytest.mark.parametrize(
    ("exactly", "limit"), [(4777, 0), (0, 4777), (0, 4778)], ids=["exactly", "from", "beyond"]
)
def test_a_size_of_its_own(exactly: int, limit: int) -> None:
    """It is tried, with those next to it, so that the edge is found to the byte."""

    def talk(data: bytes) -> bytes:
        bad = len(data) == exactly or (limit and len(data) >= limit)
        return data[:-1] if bad else data

    seen = ask("sizes", each(talk))
    assert (seen.facts["exactly"], seen.facts["from"]) == (exactly, limit)
    assert seen.said.endswith("4,777 stands in server.py, line 12.")


def test_a_count_of_its_own() -> None:
    """The number of the message with which a connection ends."""
    seen = ask("messages", counting(lambda reads, total: reads < 97))
    assert seen.facts["many_bad"] == 97
    assert seen.said.endswith("97 stands in server.py, line 13.")


def test_a_number_of_connections_of_its_own() -> None:
    """More come than usual where its source has a larger number."""

    def serving(most: int) -> Server:
        numbers = itertools.count(1)

        def connection() -> Talk:
            is_served = next(numbers) <= most
            return lambda data: data if is_served else None

        return connection

    own = dictionary([Constant(250, "server.py, line 3", compared=True)])
    setting = Setting(Profile.SEQUENTIAL, dictionary=own)
    assert ask("connections", serving(250), setting).facts["plain_bad"] == 251
    assert "250 stands in server.py" in ask("connections", serving(250), setting).said
    assert not ask("connections", serving(250), Setting(Profile.SEQUENTIAL)).special


def test_what_many_words_do_is_none_of_a_constant() -> None:
    """A server that changes every word does not do so because one stands in its source."""
    own = dictionary([Constant(b"hello", "server.py, line 3")])
    setting = Setting(Profile.SEQUENTIAL, dictionary=own)
    assert standing(setting, [b"hello", b"quit"]) == " 'hello' stands in server.py, line 3."
    assert standing(setting, [b"hello", *(b"%d" % n for n in range(20))]) == ""


def test_a_later_client_is_answered_otherwise() -> None:
    """From the seventh on line ends are lost: its number, what differs, and how many more."""
    numbers = itertools.count(1)

    def connection() -> Talk:
        return echo if next(numbers) < 7 else lambda data: data.replace(b"\r\n", b"")

    seen = ask("later", connection)
    assert (seen.facts["other"], seen.facts["again"], seen.facts["more"]) == (7, 103, 103)
    assert seen.special
    assert seen.said == (
        "Of 110 clients in a row that send the same, number 7 was the first to be answered "
        "otherwise (missing: 2 bytes at offset 15), and all 103 after it as well."
    )


def test_one_client_in_a_row_of_many_is_answered_otherwise() -> None:
    """Each fortieth connection ends at once: two of 110, and that they were not the only ones."""
    numbers = itertools.count(1)

    def connection() -> Talk:
        return (lambda data: None) if next(numbers) % 40 == 0 else echo

    seen = ask("later", connection)
    assert (seen.facts["other"], seen.facts["again"], seen.facts["more"]) == (40, 1, 70)
    assert "and 1 of the 70 after it as well" in seen.said


def test_later_clients_that_are_answered_alike() -> None:
    """Whatever is wrong with each answer, that is none of how many came before."""
    seen = ask("later", lambda: bytes.upper)
    assert not seen.special
    assert seen.said == "110 clients in a row that send the same are answered alike."
