"""What an executable says of the sources that it was made of."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.constants import origins
from harness.constants.sources import sources_of
from harness.values.target import TargetSpec

COMPILED = {
    "c": ("echo.c", "int main(void) { return 0; }", "gcc -o {out} {source}"),
    "go": ("echo.go", "package main\nfunc main() { println(1) }", "go build -o {out} {source}"),
    "rust": ("echo.rs", 'fn main() { std::fs::read("x").unwrap(); }', "rustc -o {out} {source}"),
}
LANGUAGES = [
    pytest.param(
        language,
        marks=pytest.mark.skipif(shutil.which(line.split()[0]) is None, reason="no compiler"),
    )
    for language, (_, _, line) in COMPILED.items()
]


def compiled(language: str, folder: Path) -> Path:
    """A program, which lies in another folder than its source, under another name."""
    name, text, line = COMPILED[language]
    (folder / "bin").mkdir(parents=True)
    (folder / name).write_text(text)
    words = line.format(out=folder / "bin" / "server", source=folder / name).split()
    env = {**os.environ, "GO111MODULE": "off"}
    subprocess.run(words, check=True, timeout=100, env=env, capture_output=True)
    return folder / "bin" / "server"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.timeout(120)
def test_a_program_tells_its_language_and_its_source(language: str, tmp_path: Path) -> None:
    """A hint is in the language of the program, and a line of its source can be shown."""
    program = compiled(language, tmp_path / "library")  # a name that compilers' own folders have
    content = program.read_bytes()
    assert origins.language(content) == language
    (name,) = (n for n in origins.source_names(content) if n.endswith(COMPILED[language][0]))
    target = TargetSpec(command=(str(program), "7007"))
    assert [s.path.name for s in sources_of(target)] == [Path(name).name]
    if language == "c":
        dice = random.Random(2)
        for _ in range(100):
            damaged = bytearray(content)
            for place in dice.sample(range(len(content)), 20):
                damaged[place] = dice.randrange(256)
            origins.source_names(bytes(damaged))  # whatever stands in it, nothing is raised


def test_other_files_tell_nothing() -> None:
    assert origins.language(b"#!/bin/sh\n") is None
    assert origins.source_names(b"") == []
