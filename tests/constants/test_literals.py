"""What stands in a source of another language, found by the way its literals look."""

from __future__ import annotations

import time

import pytest

from harness.constants import literals


def found(source: str, name: str = "server.c") -> dict[int | bytes, tuple[str, bool]]:
    return {c.value: (c.where, c.compared) for c in literals.constants(source, name)}


@pytest.mark.parametrize(
    ("name", "source", "value"),
    [
        ("a.c", "if (size == 4242) return;", 4242),
        ("a.c", "#define LIMIT 4242\nif (size >= LIMIT) return;", 4242),
        ("a.c", "static const int limit = 4242;\nif (limit < size) return;", 4242),
        ("a.c", "if (c == (char)0xa7) return;", 0xA7),
        ("a.c", "if (c == '\\xa7') return;", b"\xa7"),
        ("a.c", 'if (memcmp(buffer, "quit", 4) == 0) return;', b"quit"),
        ("a.c", "if (4242UL != size) return;", 4242),
        ("a.c", "switch (c) { case 97: return; }", 97),
        ("a.go", 'if bytes.Contains(data, []byte("xyzzy")) {', b"xyzzy"),
        ("a.go", "if n%97 == 0 {", 97),
        ("a.rs", "if data.len() == 4_242usize {", 4242),
        ("a.rs", 'if data.starts_with(b"xyzzy") {', b"xyzzy"),
        ("a.js", 'if (text.includes("xyzzy")) return;', b"xyzzy"),
        ("a.js", "if (chunk.length === 4242) return;", 4242),
        ("a.java", "private static final int LIMIT = 4_242;\n if (n > LIMIT) {", 4242),
        ("a.rb", 'break if line == "xyzzy"', b"xyzzy"),
        ("a.pl", "last if length($data) > 4242;", 4242),
        ("a.c", "if (size > 4 * 1024) return;", 4096),
        ("a.c", "if (size > 1 << 12) return;", 4096),
    ],
)
def test_what_decides_is_told(name: str, source: str, value: int | bytes) -> None:
    """In each language a constant is found, and marked where something is compared with it."""
    assert found(source, name)[value][1] is True


def test_the_rest_is_found_too() -> None:
    """What is only stored or passed on is a constant as well, with its line."""
    told = found('// 11\n/* 12\n13 */ int size = 4242;\nputs("a\\tb\\n\\x41\\u00e9\\101");')
    assert told == {
        4242: ("server.c, line 3", False),
        "a\tb\nA\u00e9A".encode(): ("server.c, line 4", False),
    }


def test_scripts_have_other_comments() -> None:
    """In a script # begins a comment, and // is none."""
    assert found("# 11\nx = 22 # 33", "a.rb") == {22: ("a.rb, line 2", False)}
    assert 11 in found("#define X 11", "a.h")


@pytest.mark.parametrize("source", ["'" * 9000, '"\\', "0x", "((((" * 9000 + "5", "5 " * 60_000])
def test_nothing_takes_long(source: str) -> None:
    """Whatever a file holds, it is read in no time and without an error."""
    began = time.process_time()
    assert set(found(source)) <= {5, b"'", b""}
    assert time.process_time() - began < 3
