"""What a run of a correct target does not wait for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_run_imports_rules_only_when_something_is_to_be_explained() -> None:
    """Rules and catalogue are not imported with the engine: a correct target never needs them."""
    code = (
        "import sys, harness.running.engine, harness.running.fuzz_check;"
        "print(sorted(m for m in sys.modules if m.startswith(('harness.diagnosis.rules',"
        "'harness.diagnosis.catalogue', 'harness.diagnosis.words'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_a_target_is_launched_before_what_it_does_not_wait_for() -> None:
    """The engine comes without the driver, the lanes, and whoever asks or fuzzes: they are imported
    while the target starts."""
    code = (
        "import sys, harness.running.engine;"
        "print(sorted(m for m in sys.modules if m.startswith(('harness.driver',"
        "'harness.running.lane.', 'harness.running.lanes', 'harness.running.preparing',"
        "'harness.probing', 'harness.fuzzer', 'harness.judging.oracle', 'rich'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_a_target_that_passes_waits_for_nothing_that_only_others_need(tmp_path: Path) -> None:
    """A whole run of a correct server of streams imports no experiment, nothing that shrinks or
    writes what failed, and nothing about datagrams or the other kinds of reports."""
    code = (
        "import sys, harness.cli\n"
        "sys.argv[1:] = ['check', '--effort', 'quick', '--only', 'identity/hello', '--only',"
        " 'fuzz/*', '--fuzz', '10', '--no-color']\n"
        "try: harness.cli.main()\n"
        "except SystemExit as end: print(end.code)\n"
        "print(sorted(m for m in sys.modules if m.startswith(("
        "'harness.diagnosis.experiments.table', 'harness.probing.datagram',"
        "'harness.fuzzer.shrink',"
        "'harness.fuzzer.simplify', 'harness.fuzzer.standalone', 'harness.fuzzer.datagrams',"
        "'harness.driver.datagrams', 'harness.running.datagram', 'harness.report.files',"
        "'harness.report.live', 'harness.constants.program', 'harness.constants.literals'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=tmp_path
    )
    assert done.stdout.splitlines()[-2:] == ["0", "[]"], done.stdout + done.stderr


def test_who_hears_nothing_reads_no_words() -> None:
    """Readers of exceptions are compiled only when a target has written what may be one."""
    code = (
        "import sys; from harness.running.casebook import Casebook; book = Casebook();"
        "book.hear('identity/hello', []); print(book.reports());"
        "print([m for m in sys.modules if m.startswith('harness.diagnosis.words')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.split()) == (0, ["[]", "[]"]), done.stderr


def test_who_checks_one_server_imports_nothing_for_many() -> None:
    """The first server is launched the sooner."""
    code = (
        "import sys, harness.cli\n"
        "sys.argv[1:] = ['check', '--only', 'no/such']\n"
        "try: harness.cli.main()\n"
        "except SystemExit as end: print(end.code)\n"
        "print([m for m in sys.modules if m.startswith('harness.spreading')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["2", "[]"], done.stderr
