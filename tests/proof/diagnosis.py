"""``python -m tests.proof.diagnosis``: is the likely bug that a report names the right one?

It runs ``echo-harness check`` on broken and on correct servers, each with a corpus and a folder of
its own, marks what the reports say, and writes docs/diagnosis.md.  The reports and what a user
sees are kept in a folder; a run that this version of the harness has made already is not made
again, so a series that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from harness.diagnosis import Case, explain
from tests.proof import runs
from tests.proof.candidates import Candidate, candidates
from tests.proof.exam import Group, Mark, Paper, checks, headlines, marked
from tests.proof.exam_page import NOT_RUN, page
from tests.proof.runs import Run

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "diagnosis.md"
RAW = ROOT / ".proof" / "diagnosis"

SETS: Mapping[str, tuple[Group, ...]] = {
    "zoo": (Group.SEEN, Group.HIDDEN),
    "unseen": (Group.UNSEEN,),
    "second": (Group.SECOND,),
    "third": (Group.THIRD,),
    "fourth": (Group.FOURTH,),
    "fifth": (Group.FIFTH,),
    "sixth": (Group.SIXTH,),
    "seventh": (Group.SEVENTH,),
    "eighth": (Group.EIGHTH,),
    "ninth": (Group.NINTH,),
    "tenth": (Group.TENTH,),
    "eleventh": (Group.ELEVENTH,),
    "twelfth": (Group.TWELFTH,),
    "thirteenth": (Group.THIRTEENTH,),
    "fourteenth": (Group.FOURTEENTH,),
    "datagrams": (Group.DATAGRAMS,),
    "several": (Group.SEVERAL,),
    "correct": (Group.CORRECT,),
    "all": tuple(Group),
}


GOALS = (("headlines", headlines, 95, 1), ("failed checks", checks, 90, 3))
"""Of the broken servers: what is marked, at least so many per cent right, at most so many wrong."""


def examine(chosen: Sequence[Candidate], raw: Path, at_once: int) -> Iterator[Run]:
    """Their runs, as they end; what this version of the harness has made is not made again."""
    build = raw / "build"
    works = [one.work(raw, one.command(build)) for one in chosen if not one.missing]
    return runs.perform(works, raw, fresh=True, at_once=at_once)


def kept(chosen: Sequence[Candidate], raw: Path) -> Iterator[Run]:
    """Their runs that ``raw`` has, whatever version of the harness made them."""
    for one in chosen:
        run = runs.kept(raw, one.work(raw, command=()))
        if run is not None:
            yield run


def explained_again(made: Iterable[Run], cases: Path) -> Iterator[Run]:
    """``made``; what the folder ``cases`` has of them is explained by the rules of today."""
    for run in made:
        path = cases / f"{run.name}.json"
        yield _again(run, path.read_bytes()) if path.exists() else run


def _again(run: Run, case: bytes) -> Run:
    found = explain(msgspec.json.decode(case, type=Case))
    checks = [
        replace(one, diagnosis=found.diagnoses.get(one.id, one.diagnosis))
        for one in run.report.checks
    ]
    return replace(run, report=replace(run.report, causes=found.causes, checks=tuple(checks)))


def judged(chosen: Sequence[Candidate], made: Iterable[Run]) -> list[Paper]:
    """The papers of those that were run, sorted by name; each is told as it comes."""
    servers = {one.server.name: one.server for one in chosen}
    papers = []
    for number, run in enumerate(made, 1):
        papers.append(marked(servers[run.name], run.report))
        print(f"[{number}/{len(chosen)}] {told(papers[-1])} {run.seconds} s", flush=True)
    return sorted(papers, key=lambda paper: paper.server.name)


def told(paper: Paper) -> str:
    """A line: the name, the mark, and what was said instead of what."""
    if paper.headline is None:
        return f"{paper.server.name}: nothing failed"
    line = f"{paper.server.name}: {paper.headline.mark}"
    if paper.headline.mark is Mark.RIGHT:
        return line
    return f"{line}, {paper.headline.said} for {paper.server.heading}"


def short_of(papers: Sequence[Paper]) -> list[str]:
    """What keeps these from being good enough."""
    broken = [paper for paper in papers if paper.server.bugs]
    found = [
        f"{paper.server.name} is correct, and accused"
        for paper in papers
        if not paper.server.bugs and list(paper.wrong())
    ]
    for title, count, least, most in GOALS:
        marks = count(broken)
        total = marks.total() or 1
        right, wrong = (100 * marks[mark] / total for mark in (Mark.RIGHT, Mark.WRONG))
        if marks and (right < least or wrong > most):
            found.append(
                f"{title}: {right:.1f} % right, {wrong:.1f} % wrong; "
                f"at least {least} % and at most {most} % are wanted"
            )
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page; 1 when it is not as good as it should be, 2 when there is nobody to examine.

    What is published is never a part: where only some are chosen the page is beside their reports.
    """
    options = _options(arguments)
    raw = options.old or options.raw
    chosen = candidates(SETS[options.set], options.only)
    if not chosen:
        print(f"no server of the set {options.set} has a name that fits {options.only}")
        return 2
    if options.old is not None:
        made = kept(chosen, raw.resolve())
    else:
        made = examine(chosen, raw.resolve(), options.at_once)
    if options.cases is not None:
        made = explained_again(made, options.cases)
    papers = judged(chosen, made)
    done = {paper.server.name for paper in papers}
    left_out = {
        one.server.name: one.missing or NOT_RUN for one in chosen if one.server.name not in done
    }
    whole = options.set == "all" and options.only == "*"
    path = options.page or (PAGE if whole else raw / "page.md")
    again = options.cases is not None
    path.write_text(page(papers, left_out, again=again), encoding="utf-8")
    print(path)
    for line in short_of(papers):
        print(line)
    return 1 if short_of(papers) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.proof.diagnosis", description=__doc__)
    parser.add_argument("--set", choices=SETS, default="all", help="which servers")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="those whose name fits")
    parser.add_argument("--at-once", type=int, default=1, metavar="N", help="runs side by side")
    parser.add_argument(
        "--raw", type=Path, default=RAW, metavar="DIR", help="where reports and output are kept"
    )
    parser.add_argument(
        "--from", dest="old", type=Path, metavar="DIR", help="only judge again what DIR has"
    )
    parser.add_argument(
        "--cases",
        type=Path,
        metavar="DIR",
        help="explain again what DIR has of the runs (NAME.json, of tests.proof.cases)",
    )
    parser.add_argument("--page", type=Path, help="the page to write; docs/diagnosis.md if all ran")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
