"""The shared words."""

from __future__ import annotations

import msgspec
import pytest

from harness.report import gaps, words
from harness.report.words import Standing
from harness.values.verdict import Breach, Diagnosis, Finding, Kind, Level, Status
from tests.report.samples import HOSTILE, LOST_NEWLINE, NASTY, SAMPLES, result, times


@pytest.mark.parametrize(
    ("status", "level", "strict", "expected"),
    [
        (Status.FAILED, Level.MUST, False, Standing.FAILED),
        (Status.FAILED, Level.SHOULD, False, Standing.WARNING),
        (Status.FAILED, Level.SHOULD, True, Standing.FAILED),
        (Status.FAILED, Level.MAY, True, Standing.NOTE),
        (Status.FLAKY, Level.MUST, True, Standing.FLAKY),
        (Status.PASSED, Level.MAY, False, Standing.PASSED),
    ],
)
def test_a_failure_weighs_what_its_level_says(
    status: Status, level: Level, strict: bool, expected: Standing
) -> None:
    """A ``should`` counts only in a strict run, a ``may`` never."""
    check = result("launch/restarts", status, "x", level=level)
    assert words.standing(check, strict=strict) is expected


def test_the_headline_has_everything_to_repeat_the_run() -> None:
    """Counts, profile with how to pin it, duration, seed."""
    assert words.headline(SAMPLES["conforming"]) == [
        "23 passed, 3 skipped",
        "200 fuzz sessions",
        "sequential (detected; pin with --profile sequential)",
        "2.4 s",
        "seed 0",
    ]


def test_a_pinned_profile_is_not_explained_again() -> None:
    """Whoever pinned it knows how."""
    target = msgspec.structs.replace(SAMPLES["conforming"].target, profile_source="pinned")
    assert words.profile(target) == "sequential (pinned)"


def test_skips_are_put_together_by_reason() -> None:
    """One line a reason, however many checks share it."""
    skipped = words.of_standing(SAMPLES["conforming"], Standing.SKIPPED)
    assert list(gaps.by_reason(skipped)) == ["the profile is sequential"]


def test_nothing_is_said_twice() -> None:
    """A finding that the summary repeats is left out."""
    assert len(LOST_NEWLINE.findings) == 1
    assert words.happened(LOST_NEWLINE) == [LOST_NEWLINE.summary]


def test_a_long_timeline_keeps_its_ends() -> None:
    """Begin and end tell the most."""
    check = result("a/b", timeline=times(*((i / 1000, 0, f"event {i}") for i in range(100))))
    lines = words.timeline(check, 12)
    assert len(lines) == 12
    assert lines[0].endswith("event 0") and lines[-1].endswith("event 99")
    assert lines[6] == "... 89 more ..."


def test_connections_are_named_where_there_are_several() -> None:
    """With one there is nothing to tell apart."""
    several = result("a/b", timeline=times((0, 0, "connected"), (0, 1, "connected")))
    assert words.timeline(several) == [
        "       0.0 ms  #1  connected",
        "       0.0 ms  #2  connected",
    ]


def test_failures_of_one_bug_are_put_together() -> None:
    """By the diagnosis, or where there is none by what was seen, numbers aside."""
    sizes = [
        len(same) for same in words.by_bug(words.of_standing(SAMPLES["many"], Standing.FAILED))
    ]
    assert sizes == [5, 4, 1, 1]


def test_the_surest_diagnosis_speaks_for_all_of_one_bug() -> None:
    """Among equals the one with bytes to show, then the first."""
    unsure = result(
        "a/a", Status.FAILED, "x", diagnosis=Diagnosis("stops after 7", "h", "possible")
    )
    sure = result("a/b", Status.FAILED, "y", diagnosis=Diagnosis("stops after 9", "h", "certain"))
    assert words.by_bug([unsure, sure]) == [[sure, unsure]]


def test_what_must_be_speaks_for_what_should_be() -> None:
    """Of the checks that a cause explains, which stand in the order of the contract otherwise."""
    bug = Diagnosis("it dies", "h", "likely", "crash")
    should, must, other = (
        result(id, Status.FAILED, "x", diagnosis=bug)
        for id in ("resources/memory", "datagram/one-byte", "datagram/hello")
    )
    should = msgspec.structs.replace(should, level=Level.SHOULD)
    assert words.by_bug([should, must, other]) == [[must, other, should]]


def test_where_a_reply_was_cut_off_the_bytes_say_nothing() -> None:
    """Then the first in the catalogue speaks; where bytes differ, the one that shows them."""
    bug = Diagnosis("a time-out", "h", "likely")
    plain = result("a/a", Status.FAILED, "x", diagnosis=bug)
    for kind, first in ((Kind.EARLY_CLOSE, "a/a"), (Kind.CHANGED, "a/b")):
        shown = Finding(
            kind=kind, breach=Breach.SAFETY, message="y", offset=0, expected="61", window_start=0
        )
        with_bytes = result("a/b", Status.FAILED, "y", diagnosis=bug, findings=(shown,))
        assert words.by_bug([plain, with_bytes])[0][0].id == first


def test_a_diagnosis_that_says_nothing_new_is_left_out() -> None:
    """What happened is said once."""
    check = result("a/a", Status.FAILED, "it ends", diagnosis=Diagnosis("it ends", "h", "possible"))
    assert words.likely_bug(check) == ""
    assert words.likely_bug(LOST_NEWLINE).endswith("(certain)")


def test_printable_leaves_nothing_that_acts_on_a_terminal() -> None:
    """No control character but newline and tab, no bidirectional override, no surrogate."""
    text = words.printable(NASTY)
    assert all(char.isprintable() or char in "\n\t" for char in text)
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
    text.encode()


def test_commands_keep_their_spaces() -> None:
    """They are there to be copied."""
    assert words.command_line("python -c 'a  b'") == "python -c 'a  b'"


def test_target_names_are_one_line() -> None:
    """Whatever the command holds."""
    assert "\n" not in words.target_name(HOSTILE.target)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0004, "0 ms"), (0.085, "85 ms"), (2.41, "2.4 s"), (192.0, "3 min 12 s")],
)
def test_seconds(value: float, text: str) -> None:
    """In the unit that reads best."""
    assert words.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1 byte"),
        (512, "512 bytes"),
        (1536, "1.5 KiB"),
        (3 << 20, "3.0 MiB"),
        (5 << 30, "5.0 GiB"),
    ],
)
def test_sizes(value: int, text: str) -> None:
    """In the unit that reads best."""
    assert words.size(value) == text


CC = "It could not be built with cc: exit status 1:"
IN_MAIN = (
    "x.c: In function 'main':\nx.c:2:18: error: no ';'\n    2 | retrun\nx.c:3:1: error: no '}'"
)
RUSTC = "It could not be built with rustc: exit status 1:"
TRACEBACK = '  File "server.py", line 3\n    raise ValueError(1)\nValueError: 1'


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("no port was found.", "no port was found."),
        (f"{CC}\n{IN_MAIN}\n", f"{CC} x.c:2:18: error: no ';'"),
        (f"{RUSTC}\nerror[E0425]: no `x`\n --> 1", f"{RUSTC} error[E0425]: no `x`"),
        (f"it ended.\nIts last output:\n{TRACEBACK}", "it ended: ValueError: 1"),
        ("it ended.\nIts last output:\n    hello\n    bye", "it ended: bye"),
        ("", ""),
    ],
)
def test_a_problem_in_a_line_says_why(message: str, line: str) -> None:
    """With what a compiler or an interpreter said, and not only that it said something."""
    assert words.problem_line(message) == line


def test_of_many_findings_the_first_are_shown() -> None:
    """A crowd that is mixed up has one for each client; all of them are in the JSON report."""
    wrong = [Finding(Kind.FOREIGN, Breach.SAFETY, f"{n} bytes of another") for n in range(20, 60)]
    crowd = msgspec.structs.replace(LOST_NEWLINE, findings=tuple(wrong))
    shown = words.happened_shown(crowd)
    assert shown[: words.MOST_SEEN] == words.happened(crowd)[: words.MOST_SEEN]
    assert shown[words.MOST_SEEN :] == ["and 35 more of this check"]
    one_more = msgspec.structs.replace(crowd, findings=tuple(wrong[: words.MOST_SEEN]))
    assert words.happened_shown(one_more) == words.happened(one_more)
