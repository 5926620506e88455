"""Marks: what a report says of a server's bugs, against what the server says of itself."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from harness.values.report import UNEXPLAINED, Cause, Report
from harness.values.verdict import Diagnosis, Status
from tests.conftest import JudgeEach
from tests.diagnosis.simulated import case_of
from tests.proof import diagnosis, exam, exam_page
from tests.proof.candidates import Candidate, candidates
from tests.proof.exam import Group, Mark, Paper, Server, marked
from tests.proof.runs import Run
from tests.report.samples import report, result

RIGHT, VAGUE, WRONG = Mark
ONCE = Server("once", Group.HIDDEN, (("single-read", "reads-quota"),), (("restart-fails",),))
TWO = Server("two", Group.SEVERAL, (("banner",), ("magic-word", "magic-byte")))
FINE = Server("fine", Group.CORRECT)
ODD = Server("odd", Group.FOURTH, (("none-of-these", "lossy-decoding"),), (("restart-fails",),))


def said(causes: str = "", **checks: str | None) -> Report:
    """A report with these causes, whose failed checks (group__name) have these."""
    results = [
        result(
            check.replace("__", "/").replace("_", "-"),
            Status.FAILED,
            diagnosis=Diagnosis("", "", "likely", cause) if cause != "" else None,
        )
        for check, cause in checks.items()
    ]
    found = tuple(Cause(cause, "", "", "likely", ()) for cause in causes.split())
    return report([*results, result("launch/listens")], causes=found)


@pytest.mark.parametrize(
    ("causes", "mark"),
    [
        ("single-read", RIGHT),
        ("reads-quota", RIGHT),
        ("single-read banner", RIGHT),
        ("", VAGUE),
        ("restart-fails", VAGUE),
        ("restart-fails single-read", VAGUE),
        ("banner", WRONG),
        ("banner single-read", WRONG),
    ],
)
def test_headline(causes: str, mark: Mark) -> None:
    """It is the first cause that counts; a bug beside the point is no answer, but no lie."""
    paper = marked(ONCE, said(causes, identity__hello=None))
    assert paper.headline is not None
    assert paper.headline.mark is mark
    assert exam.headlines([paper]) == {mark: 1}


@pytest.mark.parametrize(
    ("causes", "mark"),
    [
        ("", RIGHT),
        (UNEXPLAINED, RIGHT),
        ("lossy-decoding", RIGHT),
        ("restart-fails", VAGUE),
        ("banner", WRONG),
    ],
)
def test_bug_that_has_no_name(causes: str, mark: Mark) -> None:
    """Where the catalogue has no name for a bug, to name none is right, and nothing is left out."""
    paper = marked(ODD, said(causes, identity__hello=None))
    assert paper.headline is not None
    assert (paper.headline.mark, paper.checks[0].mark) == (mark, RIGHT)
    assert paper.unnamed == ()


def test_each_failed_check_is_marked() -> None:
    """With a cause that is right, one beside the point that is right too, none, and a wrong one."""
    paper = marked(
        ONCE,
        said(
            "single-read",
            identity__hello="reads-quota",
            launch__restarts="restart-fails",
            chunking__prompt=None,
            chunking__uneven="",
            shutdown__orderly="banner",
        ),
    )
    assert [answer.mark for answer in paper.checks] == [RIGHT, RIGHT, VAGUE, VAGUE, WRONG]
    assert [answer.where for answer in paper.wrong()] == ["shutdown/orderly"]
    assert exam.checks([paper, paper]) == {RIGHT: 4, VAGUE: 4, WRONG: 2}


def test_what_is_expected_or_passed_is_not_marked() -> None:
    """Only failures are explained."""
    known = result("identity/hello", Status.FAILED, expected="issue 7")
    paper = marked(ONCE, report([known, result("chunking/prompt")]))
    assert (paper.headline, paper.checks) == (None, ())


def test_each_of_several_bugs_is_looked_for() -> None:
    """Somewhere among the causes; the headline may be any of them."""
    assert marked(TWO, said("magic-byte banner", identity__hello="banner")).complete
    half = marked(TWO, said("magic-byte"))
    assert half.unnamed == (("banner",),)
    assert half.headline is not None
    assert half.headline.mark is RIGHT
    more = marked(TWO, said("banner single-read magic-word"))
    assert more.unnamed == ()
    assert not more.complete
    assert [answer.said for answer in more.wrong()] == ["single-read"]


def test_whatever_is_said_of_a_correct_server_is_wrong() -> None:
    """Also by a single check."""
    assert not list(marked(FINE, said()).wrong())
    assert not list(marked(FINE, said(identity__hello=None)).wrong())
    assert list(marked(FINE, said("banner")).wrong())
    assert list(marked(FINE, said(identity__hello="banner")).wrong())


def test_the_halves_of_the_zoo() -> None:
    """A name is always in the same half, and both halves are large."""
    groups = [one.server.group for one in candidates((Group.SEEN, Group.HIDDEN))]
    assert exam.group_of("identity_banner") is Group.HIDDEN
    assert min(groups.count(Group.SEEN), groups.count(Group.HIDDEN)) > 0.4 * len(groups)


def page_of(*papers: Paper) -> list[str]:
    return exam_page.page(papers, {"absent": "go not found"}).splitlines()


def test_page_tells_shares_and_what_was_wrong() -> None:
    """By group, by cause, and each wrong word with its server."""
    lines = page_of(
        marked(ONCE, said("single-read", identity__hello="single-read", chunking__prompt=None)),
        marked(ONCE, said("banner", identity__hello="banner", chunking__prompt="banner")),
        marked(TWO, said("restart-fails banner")),
        marked(FINE, said("not-flushed")),
    )
    shares = "50 % (1) | 0 % (0) | 50 % (1) | 4 | 25 % (1) | 25 % (1) | 50 % (2)"
    assert f"| zoo, not looked at | 2 | {shares} |" in lines
    assert "| two | `banner` | `magic-word`/`magic-byte` | `restart-fails` |" in lines
    assert "- fine: `not-flushed`" in lines
    assert any(
        line.startswith("| `single-read` |") and "| 2 | 1 |  | 1 |" in line for line in lines
    )
    wrong = "**`banner`** | `banner`: headline, identity/hello, chunking/prompt |"
    assert any(line.startswith("| once | zoo, not") and line.endswith(wrong) for line in lines)
    assert "- absent: go not found" in lines


def test_those_that_were_not_run_are_counted() -> None:
    """A page about a part of the servers says so, without hundreds of lines."""
    left_out = {"a": exam_page.NOT_RUN, "b": exam_page.NOT_RUN, "c": "go not found"}
    lines = exam_page.page([], left_out).splitlines()
    assert [line for line in lines if line.startswith("- ")] == [
        "- c: go not found",
        "- not run: 2 others",
    ]


def test_page_without_a_fault() -> None:
    lines = page_of(marked(ONCE, said("single-read", identity__hello="single-read")))
    assert lines[lines.index("## Named wrongly") + 2] == "Nothing."
    assert not diagnosis.short_of([marked(ONCE, said("single-read")), marked(FINE, said())])


def test_what_falls_short_of_the_goal_is_told() -> None:
    """Too little that is right, too much that is wrong, a correct server that is accused."""
    papers = [marked(ONCE, said("", identity__hello="banner")), marked(FINE, said("banner"))]
    told = diagnosis.short_of(papers)
    assert [line.split(":")[0] for line in told] == [
        "fine is correct, and accused",
        "headlines",
        "failed checks",
    ]


def the_candidate(name: str) -> Candidate:
    (found,) = candidates(pattern=name)
    return found


def test_kept_reports_are_judged_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is run, and what was not kept is said to be missing."""
    work = the_candidate("identity_banner").work(tmp_path, ())
    run = Run(work.job.name, work.digest, "", 1.5, 1, said("banner", identity__hello="banner"))
    (tmp_path / "identity_banner.json").write_bytes(msgspec.json.encode(run))
    page = tmp_path / "page.md"
    arguments = ["--from", str(tmp_path), "--page", str(page), "--only", "identity_b*"]
    assert diagnosis.main(arguments) == 0
    assert "identity_banner: right 1.5 s" in capsys.readouterr().out
    text = page.read_text()
    assert "- not run: " in text
    assert "| all | 1 | 100 % (1) | 0 % (0) | 0 % (0) | 1 | 100 % (1) |" in text


def test_kept_cases_are_explained_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a run has shown is put down to what the rules say today, and the page says so."""
    work = the_candidate("identity_banner").work(tmp_path, ())
    run = Run(work.job.name, work.digest, "", 1.5, 1, said("single-read", identity__hello="banner"))
    (tmp_path / "identity_banner.json").write_bytes(msgspec.json.encode(run))
    (tmp_path / "cases").mkdir()
    kept = case_of(lambda reads: (b"Welcome!\n" + b"".join(reads), False))
    (tmp_path / "cases" / "identity_banner.json").write_bytes(msgspec.json.encode(kept))
    page = tmp_path / "page.md"
    arguments = ["--from", str(tmp_path), "--page", str(page), "--only", "identity_b*"]
    diagnosis.main(arguments)
    assert "identity_banner: wrong, single-read for banner" in capsys.readouterr().out
    assert "Explained again" not in page.read_text()
    diagnosis.main([*arguments, "--cases", str(tmp_path / "cases")])
    assert "identity_banner: right 1.5 s" in capsys.readouterr().out
    assert "Explained again" in page.read_text()


def test_a_part_is_not_published(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its page lies beside the reports; a pattern that fits nobody is told."""
    assert diagnosis.main(["--from", str(tmp_path), "--only", "identity_b*"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "page.md")
    assert (tmp_path / "page.md").exists()
    assert diagnosis.main(["--from", str(tmp_path), "--set", "zoo", "--only", "nobody"]) == 2
    assert "fits nobody" in capsys.readouterr().out


def test_everybody_is_examined_once() -> None:
    """Names are the names of files: no two servers share one."""
    names = Counter(one.server.name for one in candidates())
    assert names.most_common(1)[0][1] == 1
    groups = Counter(one.server.group for one in candidates())
    assert set(groups) == set(Group)


BYTES = (
    *("identity/hello", "identity/every-byte-value", "identity/nul-bytes", "identity/newlines"),
    *("identity/invalid-utf8", "identity/split-utf8", "identity/control-bytes"),
    *("identity/telnet-bytes", "identity/nothing-extra"),
)
READS = (
    *("identity/hello", "chunking/read-boundary", "chunking/one-write-many-reads"),
    *("chunking/prompt", "chunking/byte-by-byte", "shutdown/not-early"),
)
QUICK = {
    "identity_ctrl_d": BYTES,
    "to_string_per_chunk": BYTES,
    "strlen_payload": BYTES,
    "chunking_terminator_slot": READS,
    "resilience_no_except": ("identity/hello", "resilience/reset-idle"),
    "launch_no_reuseaddr": ("identity/hello", "launch/restarts"),
    "threaded": (*BYTES, *READS),
}
"""From several groups and languages, a correct one too; with the checks that tell what it has."""


@pytest.mark.timeout(120)
def test_sample_names_the_right_bug(judge_each: JudgeEach, tmp_path: Path) -> None:
    """First of all, and at each check that failed."""
    chosen = [one for one in candidates() if one.server.name in QUICK and not one.missing]
    jobs = []
    for one in chosen:
        job = one.work(tmp_path, one.command(tmp_path / "build")).job
        only = [word for check in QUICK[job.name] for word in ("--only", check)]
        jobs.append(dataclasses.replace(job, options=(*job.options, *only), quiet=True))
    papers = [
        marked(one.server, outcome.report)
        for one, outcome in zip(chosen, judge_each(jobs), strict=True)
    ]
    assert [diagnosis.told(paper) for paper in papers if not is_right(paper)] == []


def is_right(paper: Paper) -> bool:
    """Whether the right bug stands first and nothing wrong is said; of a correct server nothing."""
    first = paper.headline.mark if paper.headline else None
    return not list(paper.wrong()) and first is (RIGHT if paper.server.bugs else None)
