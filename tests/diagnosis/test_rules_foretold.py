"""What a bug in the text would send back is computed, and recognised in what came."""

from __future__ import annotations

import pytest

from harness.diagnosis import explain
from harness.diagnosis.transforms import Transform
from harness.diagnosis.transforms_codes import CODES
from harness.diagnosis.transforms_lines import LINES
from tests.diagnosis.simulated import case_of

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


def test_a_correct_server_has_no_cause() -> None:
    """Who echoes fails no check, so that there is nothing to explain."""
    case = case_of(lambda reads: (b"".join(reads), False))
    assert not case.failures
    assert not explain(case).causes
