"""Transforms that are found out from the bytes that came."""

from __future__ import annotations

import pytest

from harness.diagnosis import explain
from harness.diagnosis.derived import expanded_in
from tests.diagnosis.simulated import case_of


@pytest.mark.parametrize(
    ("sent", "received", "found"),
    [
        (b"a\tb", b"a    b", {9: b"    "}),
        (b"a\tb c\td", b"a    b c    d", {9: b"    "}),
        (b"a<b>c", b"a&lt;b&gt;c", {0x3C: b"&lt;", 0x3E: b"&gt;"}),
        (b"a\t", b"a    ", {9: b"    "}),
        (b"a\tbcdef", b"a    bc", {9: b"    "}),
        (b"a\tb\tc", b"a    b\tc", {}),
        (b"abc", b"abc", {}),
        (b"abc", b"xyz", {}),
        (b"abc", b"", {}),
    ],
)
def test_a_byte_that_became_several(sent: bytes, received: bytes, found: dict[int, bytes]) -> None:
    """Found only where it explains all that came."""
    assert expanded_in(sent, received) == found


@pytest.mark.parametrize(
    ("byte", "text", "cause"),
    [
        (b"\t", b"    ", "magic-byte"),
        (b"\x7f", b"^?", "magic-byte"),
        (b"\n", b"\r\n", "newline-translated"),
        (b"\xff", b"\xff\xff", "telnet"),
    ],
)
def test_who_replaces_a_byte_is_named(byte: bytes, text: bytes, cause: str) -> None:
    """A server that replaces each of one byte by a text is told which byte it is."""
    case = case_of(lambda reads: (b"".join(reads).replace(byte, text), False))
    assert [c.id for c in explain(case).causes] == [cause]
