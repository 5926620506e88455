"""Damaged files of every kind: one clear line and exit status 2, or they are read; never more."""

from __future__ import annotations

import errno
import io
import os
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from harness.cli import main
from harness.errors import UsageProblem
from harness.fuzzer.case import dumps
from harness.report import FORMATS
from harness.report import json as report_json
from harness.settings import config
from harness.settings.choices import NAMES
from tests.fuzzer.test_case import CASE
from tests.report import samples
from tests.settings.test_config import GOOD
from tests.support.cli import Done
from tests.workflow.damaged import damaged_bytes, damaged_json, damaged_toml, examples

LONGEST = 1500
"""Characters of a message: the longest path and a value, both shortened, and what to do."""


def many(examples: int) -> settings:
    """The same examples each time; nothing is kept, and a loaded machine may take its time."""
    return settings(
        max_examples=examples,
        derandomize=True,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def ran(*arguments: str) -> Done:
    """``echo-harness ARGUMENTS`` in this process.  Whatever is raised is a failed test."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace") for _ in range(2))
    code = 0
    with (
        mock.patch.object(sys, "argv", ["echo-harness", *arguments]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as done:
            code = int(done.code or 0)
    said = []
    for stream in (out, err):
        stream.seek(0)
        said.append(stream.read())
    return Done(code, *said)


def refused_well(done: Done) -> bool:
    """Whether it was refused; checked: on one line that can be read, which ends in an advice."""
    if done.code == 0:
        return False
    assert done.code == 2, done
    assert done.out == ""
    line = done.err.removesuffix("\n")
    assert line.isprintable(), line
    assert len(line) <= LONGEST
    assert re.fullmatch(r"echo-harness: .+[.?!]", line), line
    return True


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of its own, which is the working directory."""
    here, before = tmp_path_factory.mktemp("damaged"), Path.cwd()
    os.chdir(here)
    yield here
    os.chdir(before)


# --- by Hypothesis: 3,000 files -----------------------------------------------------------------


@given(text=examples(damaged_json(dumps(CASE)), damaged_bytes(dumps(CASE))))
@many(1000)
def test_damaged_cases(folder: Path, text: bytes) -> None:
    """A case is refused with its name, or it makes a program that compiles."""
    script = folder / "show.py"
    script.unlink(missing_ok=True)
    (folder / "CASE-x.json").write_bytes(text)
    done = ran("replay", "CASE-x.json", "--script", "show.py")
    if refused_well(done):
        assert "CASE-x.json" in done.err
        assert not script.exists()
    else:
        compile(script.read_bytes(), "show.py", "exec")


SAVED = samples.report([samples.DIED, samples.FUZZED], fuzz=samples.FUZZ)
RUN = report_json.render(SAVED).encode()


@given(text=examples(damaged_json(RUN), damaged_json(RUN), damaged_bytes(RUN)))
@many(500)
def test_damaged_runs(folder: Path, text: bytes) -> None:
    """A saved run is refused with its name, or it is shown and can be written in each format."""
    (folder / "run.json").write_bytes(text)
    wanted = (*FORMATS, "")[zlib.crc32(text) % (len(FORMATS) + 1)]  # all of them would take long
    done = ran("report", "run.json", *([f"{wanted}=run.{wanted}"] if wanted else ["-v"]))
    if refused_well(done):
        assert "run.json" in done.err


TARGETS = examples(damaged_toml(GOOD, NAMES), damaged_bytes(GOOD.encode()))


@given(text=TARGETS)
@many(750)
def test_damaged_configurations(folder: Path, text: bytes) -> None:
    """`config` names the file, or shows what holds for a target."""
    (folder / "echo-harness.toml").write_bytes(text)
    done = ran("config", "mine")
    if refused_well(done):
        assert "echo-harness.toml" in done.err or "connect" in done.err or "command" in done.err
    (folder / "echo-harness.toml").unlink()


@given(text=TARGETS)
@many(750)
def test_damaged_comparisons(folder: Path, text: bytes) -> None:
    """Each target of a file for `compare` becomes a run, or is refused before anything is run."""
    path = folder / "targets.toml"
    path.write_bytes(text)
    try:
        found = config.load(path)
        assert found is not None
        for name in found.targets:
            found.run(name, {"patience": 1.0})
    except UsageProblem as problem:
        assert str(problem).isprintable()
        assert len(str(problem)) <= LONGEST


def test_a_foreign_pyproject_may_be_as_broken_as_it_likes(folder: Path) -> None:
    """A run does not stop over a file that says nothing of us; over our own part it does."""
    path = folder / "pyproject.toml"
    for text in (b"\xff\xfe", b"a = " + b"9" * 5000, b"a = " + b"[" * 5000, b"tool = 3"):
        path.write_bytes(text)
        assert ran("config").code == 0
        path.write_bytes(text + b"\n# echo-harness")
        assert refused_well(ran("config")) or text == b"tool = 3"
    path.unlink()


# --- what stands where a file should be ---------------------------------------------------------

READERS = (
    ("replay", "{}"),
    ("report", "{}"),
    ("compare", "{}"),
    ("config", "--file", "{}"),
)


@pytest.mark.parametrize("words", READERS, ids=lambda words: str(words[0]))
def test_what_is_no_file(tmp_path: Path, words: tuple[str, ...]) -> None:
    """A pipe nobody writes to, a device without end, a loop of links, a folder: one line each."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "nothing-there").symlink_to("nowhere")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "empty").touch()
    (tmp_path / "below").symlink_to("/dev/null/x")
    for name in ("pipe", "loop", "nothing-there", "zero", "below", "none", "n" * 300, "n" * 5000):
        done = ran(*(word.format(tmp_path / name) for word in words))
        assert refused_well(done), name
        assert "cannot be read" in done.err
    done = ran(*(word.format(tmp_path) for word in words))
    assert done.code == 2
    assert "is a directory" in done.err
    if words[0] in ("replay", "report"):
        assert refused_well(ran(*(word.format(tmp_path / "empty") for word in words)))


@pytest.mark.parametrize("words", READERS, ids=lambda words: str(words[0]))
def test_more_than_any_such_file_has(tmp_path: Path, words: tuple[str, ...]) -> None:
    """It is not read to its end: a hole of a gigabyte is refused at once."""
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(2**30)
    done = ran(*(word.format(path) for word in words))
    assert refused_well(done)
    assert "bytes" in done.err


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    """What the system says stands in the line."""
    denied = PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    with mock.patch("os.open", side_effect=denied):
        for read in (config.load, report_json.load):
            with pytest.raises(UsageProblem, match="Permission denied"):
                read(Path(__file__))


def test_a_pipe_that_somebody_writes_to_is_read(tmp_path: Path) -> None:
    """`echo-harness report <(curl ...)`: slowly, in pieces, to its end."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        for start in range(0, len(RUN), 8192):
            os.write(writer, RUN[start : start + 8192])
        os._exit(0)
    os.close(writer)
    try:
        assert report_json.load(f"/dev/fd/{reader}") == SAVED
    finally:
        os.close(reader)
        os.waitpid(child, 0)


# --- numbers and words on the command line ------------------------------------------------------

ODD = ("nan", "inf", "-inf", "1e999", "-1", "-0.0", "", "9" * 5000, "0x10", "٣.5", "1_0", "\ud800")
NUMBERS = (
    "--port", "--start-timeout", "--patience", "--rate", "--seed", "--jobs", "--fuzz",
)  # fmt: skip


@pytest.mark.parametrize("option", NUMBERS)
def test_odd_numbers(folder: Path, option: str) -> None:
    """A number that makes no sense is refused with the option's name, or it is in its range."""
    for text in ODD:
        done = ran("config", option, text)
        if done.code == 0:
            shown = next(line for line in done.out.splitlines() if "command line" in line)
            value = float(shown.split()[1])
            assert 0 <= value < 2**31 or option == "--rate"
        else:
            assert (done.code, done.out) == (2, "")
            assert option in done.err or "No such option" in done.err


@pytest.mark.parametrize("text", ODD)
def test_odd_times_and_counts_of_fuzz(folder: Path, text: str) -> None:
    """With `--time nan` it would never end."""
    if text != "inf":
        assert ran("fuzz", "--time", text, "--connect", "x").code == 2
        assert "--connect" not in ran("fuzz", "--time", text, "--connect", "x").err
    assert ran("fuzz", "--sessions", text, "--connect", "x").code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("--connect", "127.0.0.1:²"),
        ("--connect", "127.0.0.1:" + "9" * 5000),
        ("--connect", "127.0.0.1:-7"),
        ("--connect", "[::1]"),
        ("--connect", ":7"),
        ("--connect", "a..b:7"),
        ("--connect", "\ud800:7"),
        ("--connect", "x" * 70 + ":7"),
        ("--connect", "h\n:0"),
        ("--host", "", "--", "true"),
        ("--host", "a..b", "--", "true"),
        ("--host", "\udcff", "--", "true"),
        ("--cwd", "", "--", "true"),
        ("--corpus", "", "--", "true"),
        ("--env", "", "--", "true"),
        ("--env", "=", "--", "true"),
        ("--env", "=x", "--", "true"),
        ("--env", "A" * 5000, "--", "true"),
        ("--only", "x" * 5000, "--", "true"),
        ("--skip", "[\n\u2028", "--", "true"),
    ],
    ids=lambda words: ascii(" ".join(words[:2]))[:40],
)
def test_odd_words(folder: Path, words: tuple[str, ...]) -> None:
    """Addresses, folders, variables and patterns that nobody can mean: one line, exit 2."""
    assert refused_well(ran("check", *words))


# --- the working directory is gone --------------------------------------------------------------


@pytest.fixture
def nowhere(tmp_path: Path) -> Iterator[None]:
    """The working directory has been removed."""
    before, gone = Path.cwd(), tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    yield
    os.chdir(before)


@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("check", "mine"),
        ("check", "--all"),
        ("check", "--connect", "127.0.0.1:7"),
        ("fuzz", "--", "true"),
        ("config",),
        ("config", "--file", "x.toml"),
        ("compare", "x.toml"),
        ("replay", "CASE-x.json"),
        ("report", "run.json"),
    ],
    ids=" ".join,
)
def test_without_a_working_directory(nowhere: None, words: tuple[str, ...]) -> None:
    """What needs one says that it is gone, or that the file is not there."""
    done = ran(*words)
    assert refused_well(done)
    assert "does not exist any more" in done.err or "cannot be read" in done.err


@pytest.mark.parametrize(
    "words", [("list",), ("explain", "identity/hello"), ("--version",), ("help", "port")]
)
def test_what_needs_no_folder_works_without(nowhere: None, words: tuple[str, ...]) -> None:
    """The catalogue and the manual are the same everywhere."""
    assert ran(*words).code == 0
