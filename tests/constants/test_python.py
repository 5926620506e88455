"""What stands in a Python program, with its line, and what of it decides something."""

from __future__ import annotations

import pytest

from harness.constants import python


def found(source: str) -> dict[int | bytes, tuple[str, bool]]:
    tree = python.tree_of(source)
    assert tree is not None
    return {c.value: (c.where, c.compared) for c in python.constants(tree, "server.py")}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("if len(data) == 4242: pass", 4242),
        ("if 97 < count: pass", 97),
        ("while n % 97: pass", 97),
        ("if data & 0x80: pass", 0x80),
        ("if data in ('quit', 'exit'): pass", b"exit"),
        ("if data.startswith(b'\\xa7'): pass", b"\xa7"),
        ("head = data[:4242]", 4242),
        ("match data:\n case b'xyzzy': pass", b"xyzzy"),
        ("LIMIT = 4242\nif len(data) > LIMIT: pass", 4242),
        ("class A:\n limit: int = 4 * 1024 + 146\n def f(self):\n  return self.limit < 3", 4242),
        ("if n == 1 << 12: pass", 4096),
        ("if data == bytes([0xA7, 0x9C]): pass", b"\xa7\x9c"),
        ("if data == bytes.fromhex('a79c'): pass", b"\xa7\x9c"),
        ("parts = data.split('\\x1e')", b"\x1e"),
    ],
)
def test_what_decides_is_told(source: str, value: int | bytes) -> None:
    """A constant that something is compared with, divided, cut or searched by is marked."""
    assert found(source)[value][1] is True


def test_lines_are_told() -> None:
    """Each constant comes with the file and the line where it stands."""
    assert found("\n\nsize = 4242\n") == {4242: ("server.py, line 3", False)}


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        "def f():\n '''Another, with 99.'''",
        "flag = True or None or 0.5 or ...",
        "size = -5 ** 1",
        "size = 10 ** 400",
        "size = 1 << 4000000000",
        "size = 99 ** 99 ** 99",
        "text = ''",
        "text = '" + "x" * 65 + "'",
        "size = 2 ** 33",
        "part = bytes([300])",
        "part = bytes.fromhex('xx')",
    ],
)
def test_what_is_no_constant(source: str) -> None:
    """Docstrings, truth values and numbers that nothing can have are left out."""
    small = {c for c in found(source) if not (isinstance(c, int) and c < 500) and c != b"xx"}
    assert small <= {4000000000}


@pytest.mark.parametrize("source", ["print 'old'", "\0", "(" * 300, "-" * 100_000 + "1", "x = 1 +"])
def test_what_is_no_program(source: str) -> None:
    """A text that Python cannot read gives nothing and raises nothing."""
    assert python.tree_of(source) is None


def test_imports_are_told() -> None:
    """Every module whose file may stand beside the program."""
    tree = python.tree_of("import a.b, c\nfrom . import d\nfrom .e import f\nfrom g import h")
    assert tree is not None
    assert set(python.imported(tree)) == {"a.b", "c", "d", "e", "e.f", "g", "g.h"}
