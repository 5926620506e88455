"""What stands in an executable."""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from harness.constants import elf, program

SOURCE = r"""
#include <string.h>
#include <unistd.h>
static char data[65536];
int main(int count, char **words) {
    ssize_t n;
    while ((n = read(0, data, sizeof data)) > 0) {
        if (n == 4242 || count == 97 || data[1] == (char)0xa7) n--;
        if (strstr(data, "xyzzy")) n = 0;
        if (write(1, data, n) < 0) return 1;
    }
    return 0;
}
"""
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc not found")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("program")
    (folder / "echo.c").write_text(SOURCE)
    command = ["gcc", "-O1", "-o", str(folder / "echo"), str(folder / "echo.c")]
    subprocess.run(command, check=True, timeout=60)
    return folder / "echo"


@needs_gcc
def test_numbers_and_texts_are_found(compiled: Path) -> None:
    """Numbers that something is compared with, and the texts of the read-only data."""
    found = {c.value: c.compared for c in program.constants(compiled.read_bytes(), "echo")}
    assert found[4242] and found[97] and found[0xA7]
    assert b"xyzzy" in found
    assert len(found) < 100


@needs_gcc
def test_a_stripped_program_gives_them_too(compiled: Path, tmp_path: Path) -> None:
    """Names of functions are not needed where there is little code."""
    subprocess.run(["strip", "-o", str(tmp_path / "bare"), str(compiled)], check=True, timeout=60)
    values = {c.value for c in program.constants((tmp_path / "bare").read_bytes(), "bare")}
    assert {4242, b"xyzzy"} <= values


@needs_gcc
def test_damage_is_no_error(compiled: Path) -> None:
    """Whatever stands in a file, nothing is raised."""
    whole, dice = compiled.read_bytes(), random.Random(1)
    for size in (0, 3, 5, 20, 63, 64, 1000, len(whole) // 2):
        program.constants(whole[:size], "cut")
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(20):
            place = dice.choice((dice.randrange(64), dice.randrange(len(whole))))
            damaged[place] = dice.randrange(256)
        program.constants(bytes(damaged), "damaged")


def test_other_files_have_none() -> None:
    """A script, a big-endian program and nothing at all are no executables that we read."""
    for content in (b"", b"#!/bin/sh\n", b"\x7fELF\x02\x02" + bytes(80)):
        assert elf.program(content) is None
        assert program.constants(content, "x") == []


def test_compares_of_arm_are_read() -> None:
    """cmp w0, #97; cmp x1, #1, lsl #12; mov w2, #4242; and nothing of a nop."""
    words = (0x7101841F, 0xF140043F, 0x52800002 | 4242 << 5, 0xD503201F)
    assert list(program._of_arm(struct.pack("<4I", *words))) == [
        (97, True),
        (4096, True),
        (4242, True),
    ]
