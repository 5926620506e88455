"""Nothing from outside is obeyed: by a terminal, or by the CI system that reads the log."""

from __future__ import annotations

import enum
import io
import json
import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from lxml import etree
from lxml import html as lxml_html

from harness.report import FORMATS, plain, render
from harness.report.console import COLUMNS, LINES, bounded, make_console
from harness.report.grid import show
from harness.report.terminal import TerminalReporter
from harness.text import clean
from harness.values.report import Report
from tests.report.samples import SAMPLES, events

CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
POISON = (
    "\u202e\x1b[31m::error::owned ##[error]owned \x07 x/y \r  ::stop-commands::t\n\t::add-mask::a"
)
UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\u034f\u200b-\u200f\u202a-\u202e\u3164\ufe0f\U000e0100]")
OURS = {"error", "warning", "notice", "group", "endgroup"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("::error::x", ": :error::x"),
        (" \t::set-output name=a::b", " \t: :set-output name=a::b"),
        ("\xa0::add-mask::x", "\xa0: :add-mask::x"),
        ("a\n::stop-commands::x", "a\n: :stop-commands::x"),
        ("a\r::stop-commands::x", "a\r: :stop-commands::x"),
        ("\x1b[2m  ::group::x", "\x1b[2m  : :group::x"),
        ("said ##[error]x", "said ## [error]x"),
        ("###[group]", "### [group]"),
        ("##vso[task.complete]", "## vso[task.complete]"),
        ("##teamcity[message text='x']", "## teamcity[message text='x']"),
        ("std::vector, [::1]:7, ## [a title], #[x]", "std::vector, [::1]:7, ## [a title], #[x]"),
    ],
)
def test_a_command_of_a_ci_system_is_parted(text: str, expected: str) -> None:
    """It can still be read; what is no command stays as it is."""
    assert clean.defused(text) == expected
    assert clean.defused(expected) == expected


@pytest.mark.parametrize("unseen", ["\ufe0f", "\u034f", "\u200b", "\u3164", "\U000e0100"])
def test_what_cannot_be_seen_hides_no_command(unseen: str) -> None:
    """A runner may skip it when it compares."""
    assert not obeyed(clean.shown(f"{unseen}::error::x\n#{unseen}#[error]x"))


def test_a_command_line_is_the_same_command_for_a_shell() -> None:
    """It is shown to be copied."""
    import shlex

    words = ["python", "a ##[error].py", "it's ##vso[x]"]
    shown = clean.command_line(shlex.join(words))
    assert not obeyed(shown)
    assert shlex.split(shown) == words


# --- every string of a report is hostile ----------------------------------------------------------


def poisoned(value: Any) -> Any:
    """``value`` with ``POISON`` in place of, or in front of, each of its strings."""
    if isinstance(value, str) and not isinstance(value, enum.Enum):
        return POISON + value
    if isinstance(value, msgspec.Struct):
        fields = {name: poisoned(getattr(value, name)) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **fields)
    if isinstance(value, tuple):
        return tuple(map(poisoned, value))
    if isinstance(value, dict):
        return {poisoned(key): poisoned(item) for key, item in value.items()}
    return value


def obeyed(text: str) -> set[str]:
    """What GitHub's runner would do for ``text``, and ``##`` for what others would.

    A line is trimmed, and a comparison may skip what cannot be seen.
    """
    visible = UNSEEN.sub("", re.sub(r"\x1b\[[\d;]*m", "", text))
    lines = [line.strip() for line in re.split(r"[\r\n]", visible)]
    names = {line[2:].partition("::")[0].partition(" ")[0] for line in lines if line[:2] == "::"}
    return names | ({"##"} if re.search(r"##\w*\[", visible) else set())


def terminal(report: Report, width: int = 100, color: bool = False) -> str:
    """All events of a run, on a stream that is no terminal."""
    stream = io.StringIO()
    reporter = TerminalReporter(stream, color=color, width=width, verbose=2)
    for event in events(report):
        reporter.handle(event)
    return stream.getvalue()


def side_by_side(report: Report) -> str:
    stream = io.StringIO()
    show({POISON: report, "b" + POISON: report}, stream, color=False)
    return stream.getvalue()


OUTPUTS: dict[str, Callable[[Report], str]] = {
    **{name: lambda report, name=name: render(name, report) for name in FORMATS},  # type: ignore[misc]
    "terminal": terminal,
    "grid": side_by_side,
    "plain": lambda report: "\n".join(plain.details(result) for result in report.checks),
}


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize("sample", ["many", "untestable"])
def test_a_hostile_report_is_harmless(name: str, sample: str) -> None:
    """Whatever field of a run the text is in, whatever the output."""
    text = OUTPUTS[name](poisoned(SAMPLES[sample]))
    assert "owned" in text or name in ("badge", "plain")
    assert obeyed(text) <= (OURS if name == "github" else set())
    if name == "json":
        assert POISON in json.loads(text)["tool"]["command"]
    else:
        assert not CONTROLS.search(text)


@pytest.mark.parametrize("width", [40, 77, 100])
def test_a_fold_makes_no_command(width: int) -> None:
    """Whatever the width brings to the start of a line."""
    text = "".join(f"{'x' * n} ::error::{n} ##[group]{n}\n" for n in range(30, 110, 2))
    sample = SAMPLES["many"]
    result = msgspec.structs.replace(sample.failures()[0], output=text, summary=text)
    report = msgspec.structs.replace(sample, checks=(result,))
    for color in (False, True):
        assert obeyed(terminal(report, width, color)) == set()


def test_values_are_kept_where_the_format_has_escapes() -> None:
    """JSON, XML and HTML say the same as before to who reads them as such."""
    text = "##[error] x\n::error::y"
    sample = SAMPLES["many"]
    result = msgspec.structs.replace(sample.failures()[0], output=text, summary="##[x]")
    report = msgspec.structs.replace(sample, checks=(result,))
    assert msgspec.json.decode(render("json", report), type=Report) == report
    (failure,) = etree.fromstring(render("junit", report).encode()).iter("failure")
    assert failure.get("message") == "##[x]"
    assert "##[x]" in lxml_html.fromstring(render("html", report)).text_content()


def test_ids_on_the_page_have_no_white_space() -> None:
    """An address on the page leads to each of them."""
    root = lxml_html.fromstring(render("html", poisoned(SAMPLES["many"])))
    ids = [str(element.get("id")) for element in root.iter("details") if element.get("id")]
    assert ids and not any(re.search(r"\s", text) for text in ids)


# --- what the environment claims ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claimed", "width"),
    [
        ("300000000", COLUMNS[1]),
        ("9" * 5000, COLUMNS[1]),
        ("1", COLUMNS[0]),
        ("0", 100),
        ("²", 100),
        ("-5", 100),
        ("wide", 100),
        ("", 100),
        ("120", 120),
        ("0120", 120),
    ],
)
def test_a_width_is_bounded(claimed: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """COLUMNS and LINES are believed where they make sense."""
    monkeypatch.setenv("COLUMNS", claimed)
    monkeypatch.setenv("LINES", claimed)
    console = make_console(io.StringIO(), color=False, width=None)
    assert console.width == width
    assert LINES[0] <= console.height <= LINES[1]


def test_the_rest_of_the_environment_is_left_alone() -> None:
    """The console sees it as it is."""
    assert bounded({"TERM": "weird", "COLUMNS": "80"}) == {"TERM": "weird", "COLUMNS": "80"}
