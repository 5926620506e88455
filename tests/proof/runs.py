"""Runs of the harness, kept in a folder, so that a long series can be resumed and told again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import msgspec

import harness
from harness.contract.catalogue import FUZZ_ID, find
from harness.values.report import Report
from harness.values.verdict import Profile, Result
from tests import good, zoo
from tests.grid import AT_ONCE, Job, Outcome, judge
from tests.proof import null

SEARCH = ("--fuzz", "2000")
"""For bugs that only the fuzzer is expected to find: more sessions than `check` has by default."""


class Run(msgspec.Struct, frozen=True):
    """One run of the harness as it is kept: what was judged, by which harness, the outcome."""

    name: str
    digest: str
    """Of the server and of the options, but for paths."""
    harness: str
    """Of the harness's source."""
    seconds: float
    exit_code: int
    report: Report

    def failed(self) -> list[Result]:
        """The checks that failed, in the order of the contract."""
        return [r for r in self.report.checks if r.status == "failed"]

    def ids(self, status: str) -> list[str]:
        return [r.id for r in self.report.checks if r.status == status]


class Work(msgspec.Struct, frozen=True):
    """A run to make: the job, and the file that the server is."""

    job: Job
    source: Path | None = None

    @property
    def digest(self) -> str:
        text = self.source.read_bytes() if self.source else repr(self.job.command).encode()
        options = [o for o in self.job.options if not o.startswith(os.sep)]
        return hashlib.sha256(text + repr(options).encode()).hexdigest()[:16]


def harness_digest() -> str:
    """Changes with every change of the harness."""
    folder = Path(harness.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def zoo_work(build: Path, corpus: Path, *extra: str) -> list[Work]:
    """A run for each inhabitant of the zoo that can be launched here."""
    return [
        Work(
            Job(
                f"zoo-{i.name}",
                zoo.command(i, build),
                (*_own(corpus, i.name), *promise(i), *(SEARCH if searched(i) else ()), *extra),
            ),
            i.path,
        )
        for i in zoo.inhabitants()
        if zoo.missing_tool(i) is None
    ]


def searched(inhabitant: zoo.Inhabitant) -> bool:
    """Whether only the fuzzer is expected to find it."""
    return inhabitant.clause == FUZZ_ID


def promise(inhabitant: zoo.Inhabitant) -> tuple[str, ...]:
    """The options that pin the profile, where the bug is that the server does not keep its promise.

    What serves one client at a time looks like a sequential server; that it was meant to be a
    concurrent one somebody has to say.
    """
    if find(inhabitant.clause).profiles == (Profile.CONCURRENT,):
        return ("--profile", inhabitant.profile)
    return ()


def good_work(build: Path, corpus: Path, *extra: str) -> list[Work]:
    """A run for each correct server that can be launched here."""
    return [
        Work(Job(f"good-{s.name}", good.command(s, build), (*_own(corpus, s.name), *extra)), s.path)
        for s in good.servers()
        if good.missing_tool(s) is None
    ]


def null_work(corpus: Path) -> list[Work]:
    """A run for each server that is none."""
    return [
        Work(Job(f"null-{s.name}", s.command, _own(corpus, s.name)), s.path) for s in null.servers()
    ]


def _own(corpus: Path, name: str) -> tuple[str, ...]:
    """A corpus for each server, whatever command line it has today."""
    return ("--corpus", str(corpus / name))


def perform(
    works: Iterable[Work], folder: Path, *, fresh: bool = False, at_once: int = AT_ONCE
) -> Iterator[Run]:
    """The runs, as they end: those that ``folder`` has first, the others made now and kept.

    ``fresh`` makes those again that another version of the harness made; ``at_once`` are made side
    by side.
    """
    folder.mkdir(parents=True, exist_ok=True)
    current = harness_digest()
    todo = []
    for work in works:
        run = kept(folder, work)
        if run is None or (fresh and run.harness != current):
            todo.append(work)
        else:
            yield run
    with ThreadPoolExecutor(at_once) as pool:
        futures = [pool.submit(_make, work, folder, current) for work in todo]
        for future in as_completed(futures):
            yield future.result()


def kept(folder: Path, work: Work) -> Run | None:
    """The run that ``folder`` has of the same server with the same options."""
    path = folder / f"{work.job.name}.json"
    try:
        run = msgspec.json.decode(path.read_bytes(), type=Run)
    except (OSError, msgspec.DecodeError):
        return None
    return run if run.digest == work.digest else None


def _make(work: Work, folder: Path, current: str) -> Run:
    outcome = judge(work.job)
    run = as_run(work, outcome, current)
    (folder / f"{run.name}.json").write_bytes(msgspec.json.encode(run))
    if not work.job.quiet:
        (folder / f"{run.name}.txt").write_text(outcome.screen, encoding="utf-8")
    return run


def as_run(work: Work, outcome: Outcome, current: str = "") -> Run:
    return Run(
        name=outcome.name,
        digest=work.digest,
        harness=current,
        seconds=round(outcome.seconds, 2),
        exit_code=outcome.exit_code,
        report=outcome.report,
    )


def median(values: Sequence[float]) -> float:
    """The middle one of ``values``, 0 when there is none."""
    return sorted(values)[len(values) // 2] if values else 0.0
