"""``python -m tests.proof.screens`` records what a user sees for thirty broken servers.

Each is put as ``server.py``, ``server.js`` or a program ``server`` into an empty folder and checked
there, in a terminal of 80 columns.  What differs from run to run and from machine to machine is
made the same, and the text is kept in tests/report/screens, to be read as a learner would:
is the first screen enough to mend the server?  Look at the difference before it is committed.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from harness.values.report import Report
from tests import zoo
from tests.grid import AT_ONCE, Job, Outcome, judge_all
from tests.proof import runs
from tests.servers import compile_c

FOLDER = Path(__file__).parents[1] / "report" / "screens"
OUTLINES = "outlines.json"
OTHERS = (
    *("eagain_is_error", "sigpipe_kills", "strlen_payload"),
    *("destroy_on_end", "error_unhandled", "to_string_per_chunk"),
)
"""Beside the mistakes of beginners in the textbook's server: three in C, three for Node."""

HOME = "/home/you/echo"
"""In place of the folder that a server was in."""
CHANGING: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?m)^ +[\d.,]+(?= (?:ms|s|min)  )"), lambda found: f"{'N':>{len(found[0])}}"),
    (re.compile(r"(?<![\w.])\d[\d.,]*(?= (?:ms|s|min|seconds)\b)"), "N"),
    (re.compile(r"(?<=127\.0\.0\.1:)\d+"), "PORT"),
    (re.compile(r"(?<='127\.0\.0\.1', )\d+"), "PORT"),
    (re.compile(r"(?<=\bport )\d+"), "PORT"),
    (re.compile(r"(?<=\bpid )\d+|(?<=\bprocess )\d+"), "PID"),
    (re.compile(r"(?<=^echo-harness )\d+\.\d+\S*"), "VERSION"),
    (re.compile(r"(?<=Node\.js )v[\d.]+"), "VERSION"),
    (re.compile(r'(?<=")/[^"\n]*/(?=[^"/\n]+")'), ""),
    (re.compile(r"(?<=-)[0-9a-f]{8,}\b"), "HASH"),
    (re.compile(r"\d+(?= fuzz sessions?\b)"), "N"),
)
"""What is different each time, and what stands for it: times, ports, process ids, versions, the
folders of a library, hashes."""


SCREEN = 24
"""Lines of a terminal: what is further down has to be looked for."""


class Outline(msgspec.Struct, frozen=True):
    """What must stay the same from one recording to the next."""

    verdict: str
    causes: tuple[tuple[str, str], ...]
    """The id of each likely bug, and the line that begins with it, without its numbers."""


def chosen() -> list[zoo.Inhabitant]:
    """Those whose screens are kept."""
    return [i for i in zoo.inhabitants() if i.name.startswith("textbook_") or i.name in OTHERS]


def prepared(inhabitant: zoo.Inhabitant, folder: Path) -> Job:
    """Its run in ``folder``, with a command that is as short as a learner's."""
    folder.mkdir(parents=True)
    server = folder / f"server{inhabitant.path.suffix}"
    if inhabitant.language == "c":
        compile_c(inhabitant.path, folder / "server")
        command = ["./server"]
    else:
        shutil.copyfile(inhabitant.path, server)
        command = [{"python": "python3", "node": "node"}[inhabitant.language], server.name]
    options = ("--corpus", "cases", *runs.promise(inhabitant))
    return Job(inhabitant.name, command, options, cwd=folder, quiet=False)


def normalised(screen: str, folder: Path) -> str:
    """``screen`` without what belongs to one run only; ``folder`` is where the server was."""
    text = screen.replace(str(folder), HOME)
    for pattern, instead in CHANGING:
        text = pattern.sub(instead, text)
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def outline(report: Report) -> Outline:
    """The stable part of what ``report`` says."""
    causes = ((cause.id, first_line(cause.bug)) for cause in report.causes)
    return Outline(str(report.verdict), tuple(causes))


def first_line(bug: str) -> str:
    """The first words of a bug, with N for each number; sizes and counts may differ."""
    return re.sub(r"\d[\d,.]*", "N", bug.strip().splitlines()[0] if bug.strip() else "")


def screens(inhabitants: Sequence[zoo.Inhabitant], at_once: int = AT_ONCE) -> Iterator[Outcome]:
    """Their runs, in their order, with screens that are normalised already."""
    with tempfile.TemporaryDirectory() as name:
        # Short: a traceback names the file in full, and a long line would be broken.
        folders = {i.name: Path(name, str(n)).resolve() for n, i in enumerate(inhabitants)}
        jobs = [prepared(i, folders[i.name]) for i in inhabitants]
        for outcome in judge_all(jobs, at_once):
            screen = normalised(outcome.screen, folders[outcome.name])
            yield dataclasses.replace(outcome, screen=screen)


def recorded(folder: Path) -> dict[str, Outline]:
    """The outlines that are kept; empty where nothing was recorded."""
    path = folder / OUTLINES
    if not path.exists():
        return {}
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Outline])


def record(outcomes: Iterable[Outcome], folder: Path) -> None:
    """Keep screens and outlines; those of other servers stay as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    outlines = recorded(folder)
    for outcome in outcomes:
        (folder / f"{outcome.name}.txt").write_text(outcome.screen, encoding="utf-8")
        outlines[outcome.name] = outline(outcome.report)
        print(outcome.name, *(cause for cause, _ in outlines[outcome.name].causes), flush=True)
    text = msgspec.json.format(msgspec.json.encode(dict(sorted(outlines.items()))), indent=2)
    (folder / OUTLINES).write_bytes(text + b"\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Record all of them, or those whose name fits."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.screens", description=__doc__)
    parser.add_argument("--only", default="*", metavar="PATTERN", help="those whose name fits")
    parser.add_argument("--at-once", type=int, default=1, metavar="N", help="runs side by side")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where they are kept")
    options = parser.parse_args(arguments)
    wanted = [i for i in chosen() if fnmatchcase(i.name, options.only)]
    missing = [i for i in wanted if zoo.missing_tool(i)]
    for inhabitant in missing:
        print(f"{inhabitant.name}: not recorded, {zoo.missing_tool(inhabitant)}")
    runnable = [i for i in wanted if i not in missing]
    record(screens(runnable, options.at_once), options.folder)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
