"""What ended a program before anybody could connect, by its own last words."""

from __future__ import annotations

import pytest

from harness.diagnosis.starting import cause_of_end
from harness.errors import TargetProblem
from harness.running.record import Record
from harness.settings.run import Settings
from harness.values.target import TargetSpec
from harness.values.verdict import Verdict

TRACEBACK = 'Traceback (most recent call last):\n  File "s.py", line 3, in <module>\n    {}\n{}'
ASKS = TRACEBACK.format('port = int(input("Port: "))', "EOFError: EOF when reading a line")
COMMAND = ("python3", "s.py")


@pytest.mark.parametrize(
    ("line", "raised", "cause"),
    [
        ("port = int(input())", "EOFError: EOF when reading a line", "needs-stdin"),
        ("data = input()", "EOFError: EOF when reading a line", "needs-stdin"),
        ("conn, peer = s.accept()", "OSError: [Errno 22] Invalid argument", "not-listening"),
        ("s.listen()", "OSError: [Errno 95] Operation not supported", "datagram-socket"),
        ("import nothing", "ModuleNotFoundError: No module named 'nothing'", None),
        ("text = f.read()", "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff", None),
    ],
)
def test_last_words(line: str, raised: str, cause: str | None) -> None:
    """They prove some bugs; of others nothing is said, as they have many reasons at a start."""
    told = cause_of_end(COMMAND, TRACEBACK.format(line, raised), "launch/listens")
    assert (told and told.id) == cause


def test_the_report_says_why_nothing_listened() -> None:
    """The bug is the first cause, that of the failed check, and the problem's advice."""
    record = Record(Settings(target=TargetSpec(command=COMMAND)), ["launch/listens"])
    record.add_problem(TargetProblem("it ended", "Run it by hand.", step="listen", output=ASKS))
    report = record.report(1.0)
    assert report.verdict is Verdict.UNTESTABLE
    (cause,), (check,) = report.causes, report.checks
    assert check.diagnosis is not None
    assert (cause.id, check.diagnosis.cause, cause.explains) == (
        "needs-stdin",
        "needs-stdin",
        ("launch/listens",),
    )
    assert report.problem is not None
    assert "standard input" in report.problem.advice


def test_an_end_without_such_words_keeps_its_advice() -> None:
    """Nothing is guessed."""
    record = Record(Settings(target=TargetSpec(command=COMMAND)), ["launch/listens"])
    record.add_problem(TargetProblem("it ended", "Run it by hand.", step="listen", output="bye"))
    report = record.report(1.0)
    assert report.problem is not None
    assert (report.causes, report.problem.advice) == ((), "Run it by hand.")
