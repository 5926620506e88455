"""Dictionaries of AFL and libFuzzer."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.constants import afl
from harness.errors import UsageProblem


def test_what_a_line_may_be() -> None:
    """Comments, names and levels are left out; digits are a number as well."""
    text = b'# a comment\n\n"plain"\nname="a\\x00\\"\\\\"\r\nkw_1@3 = "4242"\n  "\xc3\xa9"\n'
    read = afl.loads(text, "words.dict")
    assert [(c.value, c.where) for c in read.constants] == [
        (b"plain", "words.dict, line 3"),
        (b'a\0"\\', "words.dict, line 4"),
        (b"4242", "words.dict, line 5"),
        (4242, "words.dict, line 5"),
        (b"\xc3\xa9", "words.dict, line 6"),
    ]
    assert all(c.compared for c in read.constants)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"word", "this is no token in quotes"),
        (b'"word', "this is no token in quotes"),
        (b'a b="word"', "this is no token in quotes"),
        (b'"word" x', "this is no token in quotes"),
        (b'"a"b"', "stands for no byte"),
        (b'"\\n"', "'\\\\n' stands for no byte"),
        (b'"\\x4"', "stands for no byte"),
        (b'""', "the token is empty"),
        (b'"' + b"x" * 65 + b'"', "the token has 65 bytes, and 64 are allowed"),
        (b"\xff\xfe", "this is no token in quotes"),
    ],
)
def test_what_is_wrong_is_told(line: bytes, what: str) -> None:
    """One line says which line of the file is wrong, and how a line is written."""
    with pytest.raises(UsageProblem) as raised:
        afl.loads(b'"good"\n' + line + b"\n", "words.dict")
    text = str(raised.value)
    assert text.startswith("words.dict: line 2: ")
    assert what in text
    assert "\n" not in text


def test_what_is_no_file(tmp_path: Path) -> None:
    """A file that is not there, or a folder, is one clear line too."""
    for path in (tmp_path, tmp_path / "none.dict"):
        with pytest.raises(UsageProblem, match="cannot be read"):
            afl.load(str(path))
