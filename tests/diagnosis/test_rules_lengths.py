"""The first bytes of a message are taken for its length."""

from __future__ import annotations

import msgspec
import pytest

from harness.diagnosis import explain
from harness.diagnosis.experiments import Fact
from harness.diagnosis.facts_lengths import Length, length_meant
from harness.diagnosis.rules.waiting import FLUSHED
from tests.diagnosis.made import case, causes, talked

PROMPT = talked("chunking/prompt", [b"x"], b"")


def answers(first: int, unit: int, sent: int = 65_536, at: int = 32_768) -> dict[str, Fact]:
    return {"when": "after more data", "first": first, "sent": sent, "unit": unit, "at": at}


PR, XX = 0x7072, 0x7878


@pytest.mark.parametrize(
    ("first", "unit", "meant"),
    [
        (PR + 2, XX + 2, Length(2, big=True, own=False, sent_back=True)),
        (PR + 2 + XX + 2, XX + 2, Length(2, big=True, own=False, sent_back=True)),
        (PR, XX, Length(2, big=True, own=True, sent_back=True)),
        (PR + XX, XX, Length(2, big=True, own=True, sent_back=True)),
        (0x7270 + 2, XX + 2, Length(2, big=False, own=False, sent_back=True)),
        (PR - 2, XX - 2, Length(2, big=True, own=True, sent_back=False)),
        (XX + 2, XX + 2, None),
        (PR + 2, 32_768, None),
        (4096, 4096, None),
    ],
    ids=["plain", "two", "own", "two of own", "little", "without", "constant", "once", "block"],
)
def test_what_the_first_bytes_say_is_waited_for(
    first: int, unit: int, meant: Length | None
) -> None:
    """Both connections of the experiment must agree: one begins with ``probe``, one with ``xx``."""
    one = case(PROMPT, answers=answers(first, unit))
    assert length_meant(one) == meant
    assert ("length-prefix" in causes(one)) is (meant is not None)


def test_a_single_byte_may_be_a_length() -> None:
    """Answers to several messages come together, or the first alone."""
    for first in (0x70 + 1, 0x70 + 1 + 0x78 + 1):
        one = case(PROMPT, answers=answers(first, 0x78 + 1, sent=1024, at=128))
        assert length_meant(one) == Length(1, big=True, own=False, sent_back=True)


def test_the_length_is_told_with_its_bytes() -> None:
    """The reader can compute it: 78 78 are 30,840."""
    (told,) = explain(case(PROMPT, answers=answers(PR + 2, XX + 2))).causes
    assert (told.id, told.confidence) == ("length-prefix", "certain")
    assert "begins with the bytes 78 78" in told.evidence[0]
    assert "(big-endian): 30,840, and then 30,842 come" in told.evidence[0]


JAVA = """
DataOutputStream out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
while ((n = in.read(data)) > 0) {
    out.write(data, 0, n);
    %s
}
"""


@pytest.mark.parametrize(("then", "told"), [("out.flush();", False), ("count++;", True)])
def test_who_flushes_after_each_write_keeps_nothing_in_a_buffer(then: str, told: bool) -> None:
    """Such a source does not speak for a buffer that is written through."""
    assert (FLUSHED.search(JAVA % then) is None) is told
    one = case(PROMPT, answers=answers(1024, 1000, sent=1024, at=1024))
    sourced = msgspec.structs.replace(one, sources=(("Server.java", JAVA % then),))
    assert ("not-flushed" in causes(sourced)) is told
