"""The words that all reports share, so that they say the same thing the same way."""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterable

from harness.report.model import Report, TargetInfo
from harness.verdict import Level, Result, Status, Verdict


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


_DIGITS = re.compile(r"\d+")
_COUNTABLE = {
    Standing.WARNING: "warning",
    Standing.NOTE: "note",
    Standing.EXPECTED: "expected failure",
}
_BASIS = {"862": "RFC 862", "793": "RFC 9293 (TCP)", "P": "POSIX", "L": "the lesson"}


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


def by_reason(results: Iterable[Result]) -> dict[str, list[str]]:
    """Reason to the ids that share it."""
    found: dict[str, list[str]] = {}
    for result in results:
        found.setdefault(
            one_line(result.expected or result.summary) or "no reason given", []
        ).append(result.id)
    return found


def verdict(report: Report) -> str:
    """In one word, or a few when the run was cut short."""
    return f"interrupted, {report.verdict} so far" if report.interrupted else report.verdict.value


def by_bug(results: Iterable[Result]) -> list[list[Result]]:
    """Results that are put down to the same bug, or that look the same but for the numbers."""
    found: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        if result.diagnosis is not None:
            key = ("bug", result.diagnosis.bug)
        elif result.summary:
            key = ("summary", _DIGITS.sub("#", result.summary))
        else:
            key = ("id", result.id)
        found.setdefault(key, []).append(result)
    return list(found.values())


def headline(report: Report) -> list[str]:
    """The facts after the verdict: counts, profile, duration, seed."""
    parts = [tally_text(report.checks, strict=report.strict) or "no check ran"]
    if report.fuzz is not None and report.fuzz.sessions:
        parts.append(plural(report.fuzz.sessions, "fuzz session"))
    if report.target.profile is not None:
        parts.append(profile(report.target))
    return [*parts, seconds(report.duration_s), f"seed {report.tool.seed}"]


def profile(target: TargetInfo, *, pin: bool = True) -> str:
    """The profile, where it comes from, and (with ``pin``) how to pin it."""
    if target.profile is None:
        return "profile unknown"
    if pin and target.profile_source == "detected":
        return f"{target.profile} (detected; pin with --profile {target.profile})"
    return f"{target.profile} ({target.profile_source or 'pinned'})"


def target_name(target: TargetInfo) -> str:
    """How the target is launched, or where it was found."""
    return one_line(target.command or target.address or "unknown target")


def problem_title(whose: str) -> str:
    return {
        "usage": "This makes no sense as it stands",
        "machine": "The machine got in the way",
        "harness": "A fault of the harness, not of the target",
    }.get(whose, "The target could not be tested")


def basis(code: str) -> str:
    """The source of a requirement, for people who do not know our letters."""
    parts = [part.strip() for part in code.split("/")]
    return ", ".join(_BASIS.get(part, part) for part in parts if part)


VERDICT_MEANING = {
    Verdict.CONFORMING: "the target keeps the echo contract",
    Verdict.NONCONFORMING: "the target breaks the echo contract",
    Verdict.UNTESTABLE: "the target could not be tested",
    Verdict.UNDECIDED: "nothing could be decided",
}


# --- numbers and text ---------------------------------------------------------------------------


def plural(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def seconds(s: float) -> str:
    """``85 ms``, ``2.4 s``, ``3 min 12 s``."""
    if s < 0.1:
        return f"{s * 1000:.0f} ms"
    if s < 60:
        return f"{s:.1f} s"
    return f"{int(s // 60)} min {int(s % 60)} s"


def size(n: float) -> str:
    """``512 bytes``, ``1.5 MiB``."""
    if n < 1024:
        return plural(int(n), "byte")
    for unit in ("KiB", "MiB"):
        n /= 1024
        if n < 1024:
            return f"{n:.1f} {unit}"
    return f"{n / 1024:.1f} GiB"


def printable(text: str) -> str:
    """``text`` with nothing in it that acts on a terminal; newlines and tabs stay.

    Output of the target is sanitised where it is read.  This is for all text, as a report may
    come from a file, and a command line may hold anything.
    """
    return "".join(c if c.isprintable() or c in "\n\t" else _substitute(c) for c in text)


def one_line(text: str) -> str:
    """``printable``, on one line."""
    return " ".join(printable(text).split())


def command_line(text: str) -> str:
    """A command to copy: every space in it may matter."""
    return printable(text).strip()


def _substitute(char: str) -> str:
    return " " if unicodedata.category(char) == "Zs" else "\N{REPLACEMENT CHARACTER}"


def middle_out(lines: list[str], limit: int) -> list[str]:
    """At most ``limit`` lines: the first, a line that says how many are left out, the last."""
    if len(lines) <= limit:
        return lines
    head = limit // 2
    tail = limit - head - 1
    return [*lines[:head], f"... {len(lines) - head - tail} more ...", *lines[-tail:]]


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


def happened(result: Result) -> list[str]:
    """What was seen, one sentence a line, without saying anything twice."""
    lines = [one_line(result.summary), *(one_line(f.message) for f in result.findings)]
    kept: list[str] = []
    for line in lines:
        if line and not any(line in other or other in line for other in kept):
            kept.append(line)
    return kept
