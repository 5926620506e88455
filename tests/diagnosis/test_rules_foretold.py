"""What a bug in the text would send back is computed, and recognised in what came."""

from __future__ import annotations

import pytest

from harness.diagnosis import explain
from harness.diagnosis.foretold import apart
from harness.diagnosis.transforms import Transform
from harness.diagnosis.transforms_codes import CODES
from harness.diagnosis.transforms_lines import LINES
from tests.diagnosis.simulated import LARGE, case_of, each

ALIKE = {
    # a transform of these may foretell the same as one of those
    "line-ends-dropped": {"strips-whitespace", "newline-translated"},
    "newline-translated": {"line-ends-dropped"},
    "lossy-decoding": {"decodes-each-read"},
    "signed-char-is-end": {"telnet"},
}


SENT = [t for t in (*LINES, *CODES) if t.cause != "bom-dropped" and not t.bug.startswith("{{")]
"""Those of which a check of `identity` or `chunking` sends what they change."""


@pytest.mark.parametrize("transform", SENT, ids=lambda t: f"{t.cause}: {t.bug[:60]}")
def test_who_does_it_is_found_out(transform: Transform) -> None:
    """For each transform: a server that does it is told to do it, and nothing else."""
    case = case_of(lambda reads: (transform.answers(reads), False))
    causes = [cause.id for cause in explain(case).causes]
    assert causes[:1] == [transform.cause] or causes[0] in ALIKE.get(transform.cause, set())
    assert len(causes) == 1


@pytest.mark.parametrize("count", [1, 4, 8])
def test_a_few_bytes_of_each_read_however_large(count: int) -> None:
    """A truth value or the size of a pointer is taken for the count: also of a long stream, of
    which each read gives as many."""
    told = explain(case_of(each(lambda r: r[:count]), 1024, LARGE)).causes
    assert [cause.id for cause in told] == ["rest-of-read-discarded"]
    assert told[0].bug.startswith("of what a read returned only the first ")
    assert "identity/long-stream" in told[0].explains


def test_one_place_at_which_all_messages_are_cut_is_another_thing() -> None:
    """Half of each read comes back, however long it is: not the same few bytes."""
    told = explain(case_of(each(lambda r: r[: (len(r) + 1) // 2]), 1024)).causes
    assert not any("only the first" in cause.bug for cause in told)


def test_a_correct_server_has_no_cause() -> None:
    """Who echoes fails no check, so that there is nothing to explain."""
    case = case_of(lambda reads: (b"".join(reads), False))
    assert not case.failures
    assert not explain(case).causes


@pytest.mark.parametrize(
    ("message", "answer", "seen"),
    [
        (b"a" * 100 + b"xyz", b"a" * 100 + b"z", (b"aaaaxyz", b"aaaaz")),
        (b"a" * 100 + b"xyz", b"a" * 100, (b"aaaaxyz", b"aaaa")),
        (b"line\r\n", b"line\n", (b"line\r\n", b"line\n")),
        (b"", b"", (b"", b"")),
    ],
)
def test_what_is_shown_of_two_texts_is_where_they_differ(
    message: bytes, answer: bytes, seen: tuple[bytes, bytes]
) -> None:
    """Two long ones that begin alike would look the same to a reader."""
    assert apart(message, answer) == seen
