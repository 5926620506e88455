"""The generated pages: what they say of given runs, and that those in docs have nothing open."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
import pytest

from harness.contract.catalogue import IDS, find
from harness.values.report import SCHEMA_VERSION, Counts, Report, TargetInfo, ToolInfo
from harness.values.verdict import Breach, Finding, Kind, Profile, Result, Status, Verdict
from tests import field as places
from tests import good, zoo
from tests.field import transports
from tests.grid import Job
from tests.proof import detection, field, reasons, runs
from tests.proof.detection import Series
from tests.proof.reasons import Reason
from tests.proof.runs import Run, Work

BUG = next(i for i in zoo.inhabitants() if i.clause == "identity/hello")
INNOCENT = next(s for s in good.servers() if s.name == "threaded")
PLACE = places.servers()[0]


def run_of(name: str, seconds: float = 1.0, **statuses: str) -> Run:
    """A run; ``statuses``: check id, with ``__`` for the slash and ``_`` for hyphens, to status."""
    ids = {key.replace("__", "/").replace("_", "-"): s for key, s in statuses.items()}
    failed = "failed" in ids.values()
    checks = tuple(
        Result(
            id=i,
            level=find(i).level,
            status=Status(status),
            duration_s=0.1,
            requirement="",
            basis="862",
            summary=f"what was seen of *{i}*",
        )
        for i, status in ids.items()
    )
    report = Report(
        schema_version=SCHEMA_VERSION,
        tool=ToolInfo(name="echo-harness", version="0", seed=0, command=""),
        target=TargetInfo(
            command="x",
            address=None,
            profile=Profile.CONCURRENT,
            profile_source="detected",
            ready_s=0.1,
        ),
        verdict=Verdict.NONCONFORMING if failed else Verdict.CONFORMING,
        exit_code=int(failed),
        counts=Counts(failed=int(failed)),
        duration_s=seconds,
        checks=checks,
    )
    return Run(name, "", "", seconds, report.exit_code, report)


def series(bug: Run, innocent: Run) -> Series:
    return Series({BUG.name: bug}, {INNOCENT.name: innocent}, {})


def test_detection_page_counts_and_names() -> None:
    """A bug that is found where it should be, a correct server that is left in peace."""
    good_run = run_of("good", 3.0, identity__hello="passed")
    text = detection.page(series(run_of("bug", 2.5, identity__hello="failed"), good_run))
    assert "| found by the check that the server names | 1 |" in text
    assert "| of them, accused of nothing | 1 |" in text
    assert "| median time to a verdict on a broken server | 2.5 s |" in text
    assert f"- meant for it: {BUG.name}" in text
    assert "`identity/hello` (1) | same | 2.5 |" in text


def test_detection_page_admits_a_miss_and_an_accusation() -> None:
    """What is not as it should be stands at the top of the page."""
    bug = run_of("bug", identity__newlines="failed")
    text = detection.page(series(bug, run_of("good", identity__hello="flaky")))
    top, _, rest = text.partition("## Each bug")
    assert f"{BUG.name.replace('_', chr(92) + '_')}: identity/hello did not fail" in top
    assert "threaded: identity/hello flaky: what was seen of" in top
    assert "fuzz/plans: finds no bug of the zoo" in top
    assert "**missed**" in rest


def test_detection_over_other_transports_asks_for_their_checks_only() -> None:
    """A server of datagrams cannot break a clause about streams, nor one of streams the others."""
    of_streams = {check.id for check in detection.STREAMS}
    of_datagrams = {check.id for check in detection.DATAGRAMS}
    assert of_streams & of_datagrams == {"fuzz/plans"}
    assert of_streams | of_datagrams == set(IDS)
    assert "datagram/hello" in of_datagrams and "identity/hello" in of_streams


@pytest.mark.parametrize(
    ("name", "status", "summary", "expected"),
    [
        ("threaded", "failed", "", True),
        ("threaded", "flaky", "", True),
        ("threaded", "inconclusive", "the target is slow", True),
        ("c_one_byte_reads", "inconclusive", "the target is slow", False),
        ("c_one_byte_reads", "inconclusive", "no ports", True),
        ("threaded", "passed", "", False),
        ("threaded", "skipped", "", False),
    ],
)
def test_what_counts_as_an_accusation(name: str, status: str, summary: str, expected: bool) -> None:
    """Only a slow server may be judged inconclusively, for being slow."""
    server = next(s for s in good.servers() if s.name == name)
    (result,) = run_of("x", identity__hello=status).report.checks
    result = msgspec.structs.replace(result, summary=summary)
    assert detection.against(server, result) is expected


def seen(*statuses: str, breach: Breach = Breach.SAFETY) -> field.Seen:
    """Whole runs of one server; what failed was proved, or only waited for in vain."""
    finding = Finding(kind=Kind.NO_ECHO, breach=breach, message="")
    made = []
    for status in statuses:
        run = run_of("x", identity__hello=status)
        checks = tuple(msgspec.structs.replace(r, findings=(finding,)) for r in run.report.checks)
        report = msgspec.structs.replace(run.report, checks=checks)
        made.append(msgspec.structs.replace(run, report=report))
    return field.Seen(PLACE, "1.0", made)


def test_field_page_tells_how_often_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """A race is told as such, with the reason that was written by hand."""
    reason = Reason((PLACE.name,), ("identity/*",), "it was seen with strace")
    monkeypatch.setattr(reasons, "REASONS", (reason,))
    one = seen("failed", "passed", "flaky")
    text = field.page([one], [("absent", "no program 'x'")])
    assert "| `identity/hello` | must | 1 of 3 | what was seen of \\*identity/hello\\* |" in text
    assert "Why we are sure: it was seen with strace" in text
    assert "nonconforming in 1 of 3, conforming in 2 of 3" in text
    assert "- absent was not run: no program 'x'" in text
    assert one.unexplained == []


def test_field_page_marks_what_nobody_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """An accusation without a reason cannot pass for one that was examined."""
    monkeypatch.setattr(reasons, "REASONS", ())
    one = seen("failed")
    assert "**Not yet examined.**" in field.page([one], [])
    assert one.unexplained == ["identity/hello"]


def test_field_page_does_not_accuse_for_a_flaky_result() -> None:
    one = seen("flaky", "passed")
    assert one.deviations == []
    assert "`identity/hello` was flaky in 1 of 2 runs" in field.page([one], [])


def test_what_was_waited_for_in_vain_counts_only_when_the_check_runs_alone() -> None:
    """In a whole run patience has shrunk, and a busy machine looks like a broken server."""
    one = seen("failed", "passed", breach=Breach.LIVENESS)
    one.alone = [run_of("x", identity__hello="passed") for _ in range(5)]
    assert (one.suspects, one.deviations) == (["identity/hello"], [])
    one.alone[0] = run_of("x", identity__hello="failed")
    assert (one.deviations, one.shows("identity/hello", "failed")) == (["identity/hello"], (1, 5))


def test_shown_command_names_no_folder_of_this_machine() -> None:
    for server in places.servers():
        shown = field.shown(server.command)
        assert str(field.ROOT) not in shown
        assert str(Path.home()) not in shown


def test_reasons_speak_of_servers_and_checks_that_exist() -> None:
    """A pattern that matches nothing is a mistake."""
    names = [s.name for s in (*places.servers(), *transports.servers())]
    assert len(names) == len(set(names))
    for reason in reasons.REASONS:
        for pattern in reason.servers:
            assert any(fnmatchcase(name, pattern) for name in names), pattern
        for pattern in reason.checks:
            assert any(fnmatchcase(i, pattern) for i in IDS), pattern


def test_kept_runs_are_of_the_same_server_and_options(tmp_path: Path) -> None:
    """A changed server, or other options, make a run worthless."""
    source = tmp_path / "server.py"
    source.write_text("1")
    work = Work(Job("x", ("python", "server.py"), ("--fuzz", "0")), source)
    run = msgspec.structs.replace(run_of("x", identity__hello="passed"), digest=work.digest)
    (tmp_path / "x.json").write_bytes(msgspec.json.encode(run))
    assert runs.kept(tmp_path, work) == run
    other = Work(Job("x", ("python", "server.py")), source)
    assert runs.kept(tmp_path, other) is None
    source.write_text("2")
    assert runs.kept(tmp_path, work) is None


@pytest.mark.parametrize(
    "name",
    ["detection.md", "detection-transports.md", "field-report.md", "field-transports.md"],
)
def test_published_page_has_nothing_open(name: str) -> None:
    """Each deviation was examined by somebody before it was written down."""
    text = (detection.ROOT / "docs" / name).read_text(encoding="utf-8")
    assert "## Open" not in text
    assert "Not yet examined" not in text
    assert str(detection.ROOT) not in text
