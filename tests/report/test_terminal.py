"""The terminal output.

Whole outputs are recorded in golden/; recorded.py says how to record them again.
"""

from __future__ import annotations

import io
import re

import msgspec
import pytest

from harness.report.console import is_terminal, wants_color
from harness.report.terminal import TerminalReporter
from harness.values.events import CheckStarted, Event, FuzzProgress, Notice, RunStarted, TargetReady
from harness.values.report import FuzzStats
from harness.values.verdict import Level
from tests.report import recorded
from tests.report.samples import SAMPLES, TARGET, events, passes, report, result

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
STARTED = RunStarted("python server.py", 0, 3, "0.1.0")


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Latin(io.StringIO):
    """A stream that can write ASCII only."""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "ascii"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same everywhere."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def shown(
    name: str,
    stream: io.StringIO | None = None,
    *,
    quiet: bool = False,
    verbose: int = 0,
    color: bool | None = None,
    width: int | None = 100,
) -> str:
    """What is on ``stream`` when the sample run is over."""
    stream = io.StringIO() if stream is None else stream
    reporter = TerminalReporter(stream, quiet=quiet, verbose=verbose, color=color, width=width)
    for event in events(SAMPLES[name]):
        reporter.handle(event)
    reporter.close()
    return stream.getvalue()


@pytest.mark.parametrize("name", SAMPLES)
def test_the_whole_output(name: str) -> None:
    """Every way in which a run can end, as a user sees it without a terminal."""
    recorded.check(recorded.GOLDEN / f"{name}.txt", shown(name))


@pytest.mark.parametrize("name", ["lost-newline", "mixed"])
def test_the_whole_output_at_60_columns(name: str) -> None:
    """A narrow window still reads well."""
    recorded.check(recorded.GOLDEN / f"{name}-60.txt", shown(name, width=60))


def test_the_whole_verbose_output() -> None:
    """Each check on a line of its own."""
    recorded.check(recorded.GOLDEN / "mixed-verbose.txt", shown("mixed", verbose=1))


def test_quiet_leaves_failures_and_the_headline() -> None:
    """Nothing else."""
    recorded.check(recorded.GOLDEN / "lost-newline-quiet.txt", shown("lost-newline", quiet=True))
    assert shown("conforming", quiet=True).startswith("conforming  23 passed")


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("width", [60, 80, 100])
def test_only_commands_are_wider_than_the_terminal(name: str, width: int) -> None:
    """They are to be copied, so they are not broken; all else is."""
    for line in shown(name, width=width).splitlines():
        assert len(line) <= width or "echo-harness" in line, line


def test_no_escape_where_there_is_no_terminal() -> None:
    """A log is plain text, without spaces at the ends of lines."""
    text = shown("many")
    assert "\x1b" not in text
    assert not re.search(r" \n", text)


def test_many_failures_show_the_first_of_each_bug_in_full() -> None:
    """The others by name; with -v all of them."""
    text = shown("many")
    assert text.count("likely bug  line ends are stripped") == 1
    assert "The same likely bug shows in 4 other checks: " in text
    assert shown("many", verbose=1).count("likely bug  line ends are stripped") == 5


def test_what_was_skipped_is_counted_by_reason() -> None:
    """Its names are of no use to most; with -v they are there."""
    assert "- 3 skipped: the profile is sequential\n" in shown("mixed")
    assert "sessions/churn" not in shown("mixed")
    assert "sessions/churn" in shown("mixed", verbose=1)


def test_what_a_check_that_asks_nothing_has_found_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many clients are served at once, for instance: a table of 30 is no failure, and its
    author wants to know of it all the same."""
    told = "30 of 32 clients were served at once"
    crowd = msgspec.structs.replace(result("sessions/capacity", summary=told), level=Level.MAY)
    monkeypatch.setitem(SAMPLES, "crowd", report([*passes(), crowd]))
    assert f"· {told}\n" in shown("crowd")
    assert shown("crowd", verbose=1).count(told) == 1


def test_ascii_is_enough() -> None:
    """No symbol is lost on a stream that cannot write it, and nothing is raised."""
    text = shown("many", Latin())
    text.encode("ascii")
    assert "+ launch" in text
    assert "x identity" in text


def test_a_saved_run_is_shown_as_it_was() -> None:
    """Heading and notices come from the report then."""
    stream = io.StringIO()
    TerminalReporter(stream, width=100).show(SAMPLES["mixed"])
    assert stream.getvalue() == shown("mixed")


# --- colours ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "environ", "terminal", "expected"),
    [
        (None, {}, True, True),
        (None, {}, False, False),
        (None, {"NO_COLOR": "1"}, True, False),
        (None, {"NO_COLOR": ""}, True, True),
        (None, {"FORCE_COLOR": "1"}, False, True),
        (None, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        (False, {"FORCE_COLOR": "1"}, True, False),
        (True, {"NO_COLOR": "1"}, False, True),
        (None, {"TERM": "dumb"}, True, False),
    ],
)
def test_who_decides_on_colours(
    option: bool | None, environ: dict[str, str], terminal: bool, expected: bool
) -> None:
    """The option, then NO_COLOR, then FORCE_COLOR, then what the stream is."""
    stream = Screen() if terminal else io.StringIO()
    assert wants_color(stream, option, environ) is expected


def test_a_terminal_without_colours_gets_none() -> None:
    """The moving line may move, but nothing is coloured or bold."""
    text = shown("lost-newline", Screen(), color=False)
    assert not re.search(r"\x1b\[[0-9;]*m", text)


def test_colours_change_no_word() -> None:
    """Without its escapes the coloured text is the plain one."""
    stripped = ESCAPES.sub("", shown("lost-newline", color=True))
    assert re.sub(r" +\n", "\n", stripped) == shown("lost-newline")


def test_colours_without_a_terminal_do_not_move() -> None:
    """FORCE_COLOR in CI is for colours; a moving line would fill the log."""
    text = shown("lost-newline", color=True)
    assert "\x1b[" in text
    assert not re.search(r"\x1b\[[0-9;?]*[A-KHh-l]", text)


def test_a_closed_stream_is_no_terminal() -> None:
    """Asking it does not raise."""
    stream = Screen()
    stream.close()
    stream.isatty = lambda: (_ for _ in ()).throw(ValueError("closed"))  # type: ignore[method-assign]
    assert not is_terminal(stream, {})


# --- while it runs ------------------------------------------------------------------------------


def feed(stream: io.StringIO, *happened: Event, quiet: bool = False) -> str:
    reporter = TerminalReporter(stream, quiet=quiet, width=100)
    for event in happened:
        reporter.handle(event)
    reporter.close()
    return stream.getvalue()


def test_a_terminal_sees_which_check_runs() -> None:
    """Its name and how far the run is; and the line is gone at the end."""
    started = CheckStarted("identity/hello", Level.MUST, 2, 3)
    text = feed(Screen(), STARTED, TargetReady(TARGET), started)
    plain = ESCAPES.sub("", text)
    assert "0/3" in plain
    assert "identity/hello" in plain
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1


def test_fuzzing_shows_how_fast_it_is() -> None:
    """Phase, sessions, rate, bytes, failures, seed."""
    stats = FuzzStats(seed=7, sessions=12_000, plans=9, bytes=3 << 20, duration_s=3.0)
    line = "fuzz: search · 12,000 sessions · 4,000/s · 3.0 MiB · 0 failures · seed 7"
    assert line in ESCAPES.sub("", feed(Screen(), STARTED, FuzzProgress(stats, "search")))


def test_a_log_hears_of_long_fuzzing_now_and_then() -> None:
    """Not of every step: once in half a minute."""
    steps = [FuzzProgress(FuzzStats(0, n, n, n, float(n)), "search") for n in range(1, 100)]
    assert feed(io.StringIO(), *steps).count("fuzz: search") == 3


def test_notices_are_shown_as_they_come() -> None:
    """Before the run is over; not when quiet."""
    assert feed(io.StringIO(), Notice("something")) == "note something\n"
    assert feed(io.StringIO(), Notice("something"), quiet=True) == ""


def test_close_before_the_end_gives_the_cursor_back() -> None:
    """However the run ended."""
    assert feed(Screen(), STARTED).rstrip().endswith(("\x1b[?25h", "\x1b[2K"))


def test_a_long_wait_is_told_with_how_long_it_takes_yet() -> None:
    """What is under way says how long the run takes at least; a moment is not worth telling."""
    long = CheckStarted("shutdown/idle-kept", Level.MUST, 2, 3, waits=70.5)
    line = ESCAPES.sub("", feed(Screen(), STARTED, long))
    assert re.search(r"at least (1 min|70|69)", line), line
    short = CheckStarted("shutdown/idle-kept", Level.MUST, 2, 3, waits=1.3)
    assert "more" not in ESCAPES.sub("", feed(Screen(), STARTED, short))


def test_the_rest_of_a_long_fuzz_is_told_at_its_rate() -> None:
    """Sessions a second so far, and what is left of them."""
    stats = FuzzStats(seed=0, sessions=1000, plans=10, bytes=1, duration_s=1.0)
    line = ESCAPES.sub("", feed(Screen(), STARTED, FuzzProgress(stats, "search", rest=42.0)))
    assert re.search(r"at least 4[12]\.?\d* s more", line), line
