"""What a run of a correct target does not wait for."""

from __future__ import annotations

import subprocess
import sys


def test_a_run_imports_rules_only_when_something_is_to_be_explained() -> None:
    """Rules and catalogue are not imported with the engine: a correct target never needs them."""
    code = (
        "import sys, harness.running.engine, harness.running.fuzz_check;"
        "print(sorted(m for m in sys.modules if m.startswith(('harness.diagnosis.rules',"
        "'harness.diagnosis.catalogue', 'harness.diagnosis.words'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


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
