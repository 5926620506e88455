"""Servers of datagrams are fuzzed and judged by workers as those of streams are."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest

from harness.api import fuzz_settings
from harness.api import settings as settings_for
from harness.fuzzer.bugs import Bug
from harness.fuzzer.case import Rate, dumps
from harness.fuzzer.datagrams.bugs import bug_of
from harness.fuzzer.datagrams.case import DatagramCase, loads_any
from harness.fuzzer.datagrams.collect import DatagramSuspect
from harness.fuzzer.events import FuzzSummary
from harness.settings.run import Settings
from harness.spreading import searching
from harness.spreading.judging import place
from harness.spreading.tasks import (
    Again,
    Examine,
    Examined,
    Judged,
    Search,
    Searched,
    Task,
    Told,
    Tried,
    packed,
    told_of,
)
from harness.spreading.wire import sent
from harness.values.address import Transport
from harness.values.datagrams import Ask, AwaitAnswers, DatagramTrace, side_by_side
from harness.values.plan import Literal, size_of
from harness.values.report import FuzzStats
from harness.values.verdict import Breach, Finding, Kind, Profile, Status
from tests.report.samples import TARGET, report, result
from tests.spreading.test_fuzzing import Crew, outcome, settings
from tests.spreading.test_judging import judged

CUT = Finding(Kind.TRUNCATED, Breach.SAFETY, "the last byte is missing", 0)
LATE = Finding(Kind.NO_ECHO, Breach.LIVENESS, "there was no answer", 0)
SMALL = side_by_side((Ask(Literal(b"x" * 101)), AwaitAnswers()))
CASE = DatagramCase(
    profile=Profile.SEQUENTIAL, seed=5, findings=(CUT,), rate=Rate(10, 10), plan=SMALL
)
SERVER = """
import os, socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", int(os.environ["PORT"])))
    while True:
        data, peer = server.recvfrom(100)
        server.sendto(data, peer)
"""
UDP = msgspec.structs.replace(
    report([result("fuzz/plans", Status.INCONCLUSIVE, "part")]),
    target=msgspec.structs.replace(TARGET, transport=Transport.UDP),
)


def suspect(seed: int, finding: Finding) -> DatagramSuspect:
    return DatagramSuspect(seed, 7, SMALL, DatagramTrace(()), (finding,))


def told(task: Task) -> Told:
    """What workers tell of a server that cuts, and that was silent once."""
    if isinstance(task, Search):
        assert task.settings.budget is not None
        seed, sessions = task.settings.seed, task.settings.budget.sessions or 0
        found = (suspect(seed, LATE), suspect(seed, CUT)) if sessions and seed > 6 else ()
        return Searched(UDP, found, FuzzSummary(FuzzStats(seed, sessions, 10, 100), "sessions"))
    if isinstance(task, Examine):
        if task.suspect.findings == (LATE,):
            return Examined(UDP)
        failed = result("fuzz/plans", Status.FAILED, "it cuts", findings=(CUT,))
        return Examined(report([failed]), dumps(CASE), bug_of(SMALL, CUT), "10 of 10")
    assert isinstance(task, Again)
    return Tried(report([result("fuzz/plans", Status.FAILED, "still", findings=(CUT,))]))


def test_what_fails_is_kept_once_and_tried_first(tmp_path: Path) -> None:
    """A case about datagrams in the corpus; the next run knows the bug, and keeps no other."""
    first = outcome(settings(tmp_path), Crew(2, told))
    (check,) = first.checks
    assert (check.status, check.summary) == (Status.FAILED, "it cuts")
    (path,) = tmp_path.glob("cases/*/CASE-udp-*.json")
    assert loads_any(path.read_bytes(), "") == CASE
    crew = Crew(2, told)
    second = outcome(settings(tmp_path), crew)
    assert [task.path for task in crew.asked if isinstance(task, Again)] == [str(path)]
    assert second.checks[0].summary == "still"


def test_a_case_of_streams_is_left_out(tmp_path: Path) -> None:
    """With the reason: it shows nothing on such a server."""
    outcome(settings(tmp_path), Crew(2, told))
    (path,) = tmp_path.glob("cases/*/CASE-udp-*.json")
    over_tcp = msgspec.structs.replace(UDP, target=TARGET)

    def streams(task: Task) -> Told:
        assert isinstance(task, Search)
        stats = FuzzStats(task.settings.seed, 1, 1, 1)
        return Searched(over_tcp, (), FuzzSummary(stats, "sessions"))

    found = outcome(settings(tmp_path), Crew(2, streams))
    assert f"{path} was left out: it is about datagrams" in found.notices


def test_nobody_looked_into_it(tmp_path: Path) -> None:
    """An answer that was cut counts even so; silence that was seen once does not."""
    crew = Crew(2, lambda task: None if isinstance(task, Examine) else told(task))
    found = outcome(settings(tmp_path), crew)
    (check,) = found.checks
    assert check.summary.startswith("the last byte is missing (seen once")
    (path,) = tmp_path.glob("cases/*/CASE-udp-*.json")
    assert loads_any(path.read_bytes(), "").findings == (CUT,)


def test_cases_of_a_target_that_a_worker_judged_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of either kind, and without a word about it."""
    monkeypatch.chdir(tmp_path)
    many, _ = judged(Judged(UDP, {CASE.name: dumps(CASE)}))
    assert many.found["s0"].notices == UDP.notices
    assert [path.name for path in tmp_path.glob(".echo-harness/*/CASE-*")] == [CASE.name]


def search_settings(folder: Path, sessions: int) -> Settings:
    (folder / "server.py").write_text(SERVER)
    command = [sys.executable, str(folder / "server.py")]
    run = settings_for(command, profile="sequential", transport="udp", corpus=folder / "cases")
    return fuzz_settings(run, sessions, None)


def test_a_worker_searches_and_looks_into_what_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it tells arrives as it was sent; the case fails again, and is about datagrams."""
    monkeypatch.setattr(searching, "SHRINK_SECONDS", 0.5)
    wanted = sent(search_settings(tmp_path, 50)), place()
    news: list[Told] = []
    found = searching.search(Search(*wanted), lambda: False, news.append)
    assert told_of(packed(found)) == found
    assert found.summary is not None and found.summary.reason == "sessions"
    (cut,) = found.suspects
    assert isinstance(cut, DatagramSuspect)
    assert cut.raw == Bug("truncated", (), "")
    examined = searching.examine(Examine(*wanted, cut), lambda: False)
    assert examined.case is not None and examined.bug is not None
    case = loads_any(examined.case, "")
    assert isinstance(case, DatagramCase)
    assert case.seed == cut.seed
    asks = [step for script in case.plan.scripts for step in script.steps if isinstance(step, Ask)]
    assert max(size_of(ask.payload) for ask in asks) > 100
    tried = searching.again(Again(*wanted, examined.case, "CASE"), lambda: False)
    assert tried.report.checks[0].status is Status.FAILED
