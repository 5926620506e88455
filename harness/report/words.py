"""The words that all reports share, so that they say the same thing the same way.

Long because it is one vocabulary.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from datetime import UTC

from harness.report import hexdump
from harness.text.clean import cleaned as cleaned
from harness.text.clean import command_line as command_line
from harness.text.clean import defused as defused
from harness.text.clean import middle_out
from harness.text.clean import one_line as one_line
from harness.text.clean import plural as plural
from harness.text.clean import printable as printable
from harness.text.clean import seconds as seconds
from harness.text.clean import shown as shown
from harness.text.clean import size as size
from harness.values.address import LaunchStyle
from harness.values.report import UNEXPLAINED, Environment, Report, TargetInfo
from harness.values.verdict import Finding, Kind, Level, Result, Status, Verdict


class Standing(enum.StrEnum):
    """What a result means in this run: its status, weighed by its level."""

    PASSED = "passed"
    FAILED = "failed"
    WARNING = "warning"
    """A failed ``should`` that does not count."""
    NOTE = "note"
    """A failed ``may``: for information."""
    EXPECTED = "expected"
    """A failure that the user expects, with a reason."""
    FLAKY = "flaky"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "skipped"


_CONFIDENCE = ("certain", "likely", "possible")
_SAYS_WHY = re.compile(r"\w*error(\[\w+\])?:", re.IGNORECASE)
"""In what compilers and interpreters write."""
_DIGITS = re.compile(r"\d+(,\d{3})*")
_COUNTABLE = {
    Standing.WARNING: "warning",
    Standing.NOTE: "note",
    Standing.EXPECTED: "expected failure",
}
_BASIS = {"862": "RFC 862", "793": "RFC 9293 (TCP)", "P": "POSIX", "L": "the reference server"}


def standing(result: Result, *, strict: bool) -> Standing:
    """How much ``result`` weighs."""
    if result.status is not Status.FAILED:
        return Standing(result.status.value)
    if result.expected is not None:
        return Standing.EXPECTED
    if result.surprising:
        return Standing.FAILED
    if result.level is Level.MAY:
        return Standing.NOTE
    return Standing.FAILED if strict or result.level is Level.MUST else Standing.WARNING


def of_standing(report: Report, *wanted: Standing) -> list[Result]:
    return [r for r in report.checks if standing(r, strict=report.strict) in wanted]


def tally(results: Iterable[Result], *, strict: bool) -> dict[Standing, int]:
    """How many of each standing; those that do not occur are left out."""
    counts = dict.fromkeys(Standing, 0)
    for result in results:
        counts[standing(result, strict=strict)] += 1
    return {key: n for key, n in counts.items() if n}


def counted(key: Standing, n: int) -> str:
    """``3 passed``, ``1 warning``, ``2 warnings``."""
    return plural(n, _COUNTABLE[key]) if key in _COUNTABLE else f"{n} {key}"


def tally_text(results: Iterable[Result], *, strict: bool) -> str:
    return ", ".join(counted(k, n) for k, n in tally(results, strict=strict).items())


def groups(results: Iterable[Result]) -> dict[str, list[Result]]:
    """The results by the group in their id, in the order in which groups first appear."""
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result.id.partition("/")[0], []).append(result)
    return found


def without_numbers(text: str) -> str:
    """``text`` with a mark for each number: the same for texts in which only numbers differ."""
    return _DIGITS.sub("#", text)


def not_run(report: Report) -> tuple[str, ...]:
    """The checks that are named as not run; none where the target could not be tested at all."""
    return () if report.verdict is Verdict.UNTESTABLE else report.not_run


def verdict(report: Report) -> str:
    """In one word, or a few when the run was cut short."""
    return f"interrupted, {report.verdict} so far" if report.interrupted else report.verdict.value


def by_bug(results: Iterable[Result]) -> list[list[Result]]:
    """``results`` in lists: those with the same likely bug, or that differ in numbers only.

    The first result of each list is the one that tells most.
    """
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(_bug(result), []).append(result)
    return [sorted(same, key=_order) for same in found.values()]


def _order(result: Result) -> tuple[int, bool]:
    """What tells most comes first: with a cause that is a ``must`` that the bug breaks."""
    if result.diagnosis is not None and result.diagnosis.cause:
        return result.level is not Level.MUST, False
    return _tells_little(result)


def _bug(result: Result) -> str:
    """What the results of one list have in common."""
    if result.diagnosis is None:
        return without_numbers(result.summary or result.id)
    return result.diagnosis.cause or without_numbers(result.diagnosis.bug)


def explained(report: Report) -> str:
    """How many likely bugs explain how many of the failures; empty where no cause is known."""
    causes = [cause for cause in report.causes if cause.id != UNEXPLAINED]
    broken = [r for r in report.failures() if r.diagnosis is not None]
    if not causes:
        return ""
    known = {id for cause in causes for id in cause.explains}
    open_ones = [r for r in broken if r.id not in known]
    bugs = "1 likely bug explains" if len(causes) == 1 else f"{len(causes)} likely bugs explain"
    if not open_ones:
        return f"{bugs} {'it' if len(broken) == 1 else 'them' if len(broken) == 2 else 'all'}"
    rest = "1 is" if len(open_ones) == 1 else f"{len(open_ones)} are"
    return f"{bugs} {len(broken) - len(open_ones)}, {rest} unexplained"


def in_short(report: Report) -> list[str]:
    """Each likely bug in a line, for the end of a report: what is worth mending first."""
    return [
        one_line(cause.bug) if cause.id == UNEXPLAINED else f"likely bug: {one_line(cause.bug)}"
        for cause in report.causes
    ]


def _tells_little(result: Result) -> tuple[int, bool]:
    sure = result.diagnosis.confidence if result.diagnosis else ""
    rank = _CONFIDENCE.index(sure) if sure in _CONFIDENCE else len(_CONFIDENCE)
    return rank, not any(map(_shows_bytes, result.findings))


def _shows_bytes(finding: Finding) -> bool:
    """Whether the bytes say more than where a reply was cut off."""
    return finding.kind is not Kind.EARLY_CLOSE and hexdump.window(finding) is not None


def no_bug(result: Result) -> str:
    """That causes were looked for in vain; empty if not."""
    return "none was recognised in what this run saw" if is_unexplained(result) else ""


def is_unexplained(result: Result) -> bool:
    """Whether causes were looked for and none was found: its diagnosis is then no bug."""
    diagnosis = result.diagnosis
    return diagnosis is not None and diagnosis.bug.startswith(f"{UNEXPLAINED}: ")


def likely_bug(result: Result) -> str:
    """The diagnosis in words, with how sure it is; empty if it only repeats what happened."""
    if result.diagnosis is None or is_unexplained(result):
        return ""
    if one_line(result.diagnosis.bug) in happened(result):
        return ""
    return f"{one_line(result.diagnosis.bug)} ({one_line(result.diagnosis.confidence)})"


def outcome(report: Report) -> str:
    """The counts in words, or why there is nothing to count."""
    if report.problem is not None and report.verdict is Verdict.UNTESTABLE:
        return problem_line(report.problem.message)
    facts = tally_text(report.checks, strict=report.strict) or "no check ran"
    left = not_run(report)
    return f"{facts}, {len(left)} did not run" if left else facts


def problem_line(message: str) -> str:
    """A problem in a line: what went wrong, and of what somebody said then the line that says why.

    >>> problem_line("It could not be built:\\nx.c: In function 'main':\\nx.c:2: error: no ';'")
    "It could not be built: x.c:2: error: no ';'"
    """
    what, *said = message.strip().splitlines() or [""]
    why = next(filter(_SAYS_WHY.search, said), said[-1] if said else "")
    return one_line(f"{what.rstrip('.:')}: {why.strip()}" if why else what)


def headline(report: Report) -> list[str]:
    """The facts after the verdict: counts, profile, duration, seed."""
    parts = [tally_text(report.checks, strict=report.strict) or "no check ran"]
    if report.fuzz is not None and report.fuzz.sessions:
        parts.append(plural(report.fuzz.sessions, "fuzz session"))
    if report.target.profile is not None:
        parts.append(profile(report.target))
        parts += launch(report.target)
        parts += isolation(report.target)
    return [*parts, seconds(report.duration_s), f"seed {report.tool.seed}"]


def profile(target: TargetInfo, *, pin: bool = True) -> str:
    """The profile, where it comes from, and (with ``pin``) how to pin it."""
    if target.profile is None:
        return "profile unknown"
    if pin and target.profile_source == "detected":
        return f"{target.profile} (detected; pin with --profile {target.profile})"
    return f"{target.profile} ({target.profile_source or 'pinned'})"


def not_isolated(reason: str) -> str:
    """Why instances of a server with a port of its own ran one after another."""
    return one_line(f"its instances share one network, one after another: {reason}")


def isolation(target: TargetInfo) -> list[str]:
    """The fact that instances had networks of their own, if it is one."""
    return ["isolated"] if target.isolated else []


def launch(target: TargetInfo) -> list[str]:
    """How it came by its listener, unless it made one itself."""
    is_given = target.launch not in (None, LaunchStyle.LISTEN)
    return [f"launched as {target.launch}"] if is_given else []


def environment(found: Environment) -> dict[str, str]:
    """When and where the run took place, by short names."""
    facts = {
        "started": f"{found.started.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        "host": found.host,
        "system": " ".join(filter(None, (found.system, found.kernel, found.machine))),
        "python": found.python,
        "cpus": str(found.cpus),
        "libraries": ", ".join(f"{name} {number}" for name, number in found.libraries.items()),
    }
    return {name: one_line(value) for name, value in facts.items() if value}


def target_name(target: TargetInfo) -> str:
    """How the target is launched, or where it was found."""
    return one_line(target.command or target.address or "unknown target")


def tested(report: Report) -> str:
    """The target's name, with a remark if the reference is tested since no target was given."""
    return named(target_name(report.target), report.reference)


def named(command: str, reference: bool) -> str:
    """``command``; if none was given, with the words that it is the reference server."""
    return f"the reference server: {command}" if reference else command


def problem_title(whose: str) -> str:
    return {
        "usage": "This makes no sense as it stands",
        "machine": "The machine got in the way",
        "harness": "A fault of the harness, not of the target",
        "cluster": "The workers went away",
    }.get(whose, "The target could not be tested")


def basis(code: str) -> str:
    """The source of a requirement, written out from its short code."""
    parts = [part.strip() for part in code.split("/")]
    return ", ".join(_BASIS.get(part, part) for part in parts if part)


VERDICT_MEANING = {
    Verdict.CONFORMING: "the target keeps the echo contract",
    Verdict.NONCONFORMING: "the target breaks the echo contract",
    Verdict.UNTESTABLE: "the target could not be tested",
    Verdict.UNDECIDED: "it is open whether the target keeps the echo contract",
}


def timeline(result: Result, limit: int = 12) -> list[str]:
    """The exchange, one line an event: time, connection (if there are several), what happened."""
    several = len({entry.session for entry in result.timeline}) > 1
    return middle_out(
        [
            f"{entry.at * 1000:10,.1f} ms  {f'#{entry.session + 1}  ' if several else ''}"
            f"{one_line(entry.what)}"
            for entry in result.timeline
        ],
        limit,
    )


MOST_SEEN = 6
"""Sentences: who has read so many knows what happens, and wants to see the bytes and the times."""


def happened_shown(result: Result) -> list[str]:
    """What was seen, for people: the first of many sentences, and how many more there are."""
    lines = happened(result)
    if len(lines) <= MOST_SEEN + 1:
        return lines
    return [*lines[:MOST_SEEN], f"and {len(lines) - MOST_SEEN} more of this check"]


def happened(result: Result) -> list[str]:
    """What was seen, one sentence a line, without saying anything twice."""
    lines = [one_line(result.summary), *(one_line(f.message) for f in result.findings)]
    kept: list[str] = []
    for line in lines:
        if line and not any(line in other or other in line for other in kept):
            kept.append(line)
    return kept
