"""What checkers and languages report of real programs is seen, and quoted."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import harness
from harness.diagnosis.evidence import OF_CHECKERS, OF_ERRORS
from harness.values.verdict import Result, Status

FOLDER = Path(__file__).parent / "reporting"
REPORTS = (OF_CHECKERS, OF_ERRORS)
TOGETHER = "sessions/no-crosstalk"
"""Clients at once that send much: a race shows there."""

needs = {
    name: pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} not found")
    for name in ("gcc", "go", "valgrind")
}


def judged(command: list[str], *more: str, profile: str | None = "concurrent") -> dict[str, Result]:
    """The results of the checks that judge reports, and of ``more``."""
    report = harness.check(command, only=[*REPORTS, *more], fuzz=0, profile=profile)
    assert report.problem is None
    return {result.id: result for result in report.checks}


def compiled(folder: Path, *flags: str, file: str = "echo.c") -> list[str]:
    program = folder / "echo"
    source = str(FOLDER / file)
    command = ["gcc", "-g", "-O1", "-pthread", *flags, "-o", str(program), source]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode and "cannot find" in done.stderr:
        pytest.skip(f"{flags[0]} is not there: {done.stderr.strip()[:100]}")
    assert done.returncode == 0, done.stderr
    return [str(program)]


@needs["gcc"]
@pytest.mark.parametrize(
    ("checker", "bug", "told", "line"),
    [
        ("address", "OVER", "AddressSanitizer: heap-buffer-overflow", "echo.c:19"),
        ("undefined", "SUM", "runtime error: signed integer overflow", "echo.c:25"),
        ("thread", "RACE", "ThreadSanitizer: data race", "echo.c:22"),
    ],
)
def test_a_sanitizer_is_heard(tmp_path: Path, checker: str, bug: str, told: str, line: str) -> None:
    """Its report breaks a must; what it says and where is told, and its first lines are quoted."""
    command = compiled(tmp_path, f"-fsanitize={checker}", f"-D{bug}")
    results = judged(command, *([TOGETHER] if bug == "RACE" else []))
    found = results[OF_CHECKERS]
    assert found.status is Status.FAILED
    assert told in found.summary
    assert line in found.summary
    assert line.partition(":")[0] in found.output
    assert found.diagnosis is not None
    assert results[OF_ERRORS].status is Status.PASSED


@needs["gcc"]
@pytest.mark.parametrize("checker", ["address,undefined", "thread"])
def test_a_correct_program_under_a_sanitizer_passes(tmp_path: Path, checker: str) -> None:
    """The sanitizer alone breaks nothing, nor does a log full of the word error."""
    results = judged(compiled(tmp_path, f"-fsanitize={checker}"), TOGETHER)
    assert {result.status for result in results.values()} == {Status.PASSED}


@needs["gcc"]
@pytest.mark.parametrize("flags", [(), ("-DOVER",)])
def test_a_sanitizer_of_a_server_of_datagrams_is_heard(
    tmp_path: Path, flags: tuple[str, ...]
) -> None:
    """As of any other: the check asks for datagrams there."""
    command = compiled(tmp_path, "-fsanitize=address", *flags, file="datagrams.c")
    found = judged(command, profile=None)[OF_CHECKERS]
    assert found.status is (Status.FAILED if flags else Status.PASSED)
    assert ("AddressSanitizer: heap-buffer-overflow" in found.summary) is bool(flags)
    assert ("datagrams.c:" in found.summary) is bool(flags)


@pytest.mark.parametrize("flags", [(), ("--fails",)])
def test_a_task_of_a_server_of_datagrams_that_ends_by_an_error_is_a_warning(
    flags: tuple[str, ...],
) -> None:
    """Though all its datagrams are answered."""
    command = [sys.executable, str(FOLDER / "datagrams.py"), *flags]
    results = judged(command, profile=None)
    assert results[OF_CHECKERS].status is Status.PASSED
    assert results[OF_ERRORS].status is (Status.FAILED if flags else Status.PASSED)
    assert ("ValueError: nobody sees this" in results[OF_ERRORS].summary) is bool(flags)


@needs["gcc"]
@needs["valgrind"]
@pytest.mark.slow
def test_valgrind_is_heard(tmp_path: Path) -> None:
    """It tells of a wrong write and lets the program go on."""
    results = judged(["valgrind", *compiled(tmp_path, "-DOVER")])
    assert "valgrind: Invalid write of size 1 (echo.c:19" in results[OF_CHECKERS].summary


@needs["go"]
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_race_detector_of_go_is_heard(tmp_path: Path) -> None:
    """It tells of a race and lets the program go on."""
    program = tmp_path / "echo"
    build = ["go", "build", "-race", "-o", str(program), str(FOLDER / "echo.go")]
    done = subprocess.run(build, capture_output=True, text=True, timeout=240, check=False)
    if done.returncode:
        pytest.skip(f"go cannot build with -race here: {done.stderr.strip()[:100]}")
    results = judged([str(program)], TOGETHER)
    assert "data race: " in results[OF_CHECKERS].summary
    assert "echo.go:" in results[OF_CHECKERS].summary


@pytest.mark.parametrize(
    ("server", "told"),
    [
        ("threads.py", "ValueError: nobody sees this in thread "),
        ("tasks.py", "ValueError: nobody sees this in a task"),
    ],
)
def test_an_error_that_nobody_handles_is_a_warning(server: str, told: str) -> None:
    """It breaks a should, tied to the check that was running; the server conforms all the same."""
    # One client after another: what threads print at the same moment mixes.
    report = harness.check(
        [sys.executable, str(FOLDER / server), "--fails"], only=REPORTS, profile="sequential"
    )
    results = {result.id: result for result in report.checks}
    found = results[OF_ERRORS]
    assert found.status is Status.FAILED
    assert told in found.summary
    assert server in found.summary
    assert found.summary.endswith((" ran", "before the first check"))
    assert "ValueError: nobody sees this" in found.output
    assert results[OF_CHECKERS].status is Status.PASSED
    assert report.verdict is harness.Verdict.CONFORMING


@pytest.mark.parametrize("server", ["threads.py", "tasks.py"])
def test_a_client_that_goes_is_no_error(server: str) -> None:
    """A thread that ends with its client's reset, and what is only logged, break nothing."""
    results = judged([sys.executable, str(FOLDER / server)], "resilience/vanish-while-sending")
    assert {result.status for result in results.values()} == {Status.PASSED}


def test_a_server_of_somebody_else_is_not_heard() -> None:
    """With an address its output is not ours to read: skipped, with that reason."""
    with harness.Target([sys.executable, str(FOLDER / "threads.py")]) as target:
        report = harness.check(connect=f"{target.host}:{target.port}", only=REPORTS)
    assert {result.status for result in report.checks} == {Status.SKIPPED}
    assert all("what it writes is not seen" in result.summary for result in report.checks)
