"""What a target wrote cannot format, break or command any output."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator

import msgspec
import pytest
from lxml import etree
from lxml import html as lxml_html

from harness.report import FORMATS, render
from harness.report.comparison import Comparer, Comparison, compared
from harness.report.github import command
from harness.report.markdown import code, escape, fence
from harness.report.terminal import TerminalReporter
from harness.values.report import Report
from tests.report.samples import HOSTILE, NASTY, SAMPLES, events

CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


ALL_HOSTILE = msgspec.structs.replace(
    compared({NASTY: HOSTILE, "x": SAMPLES["many"]}, command=NASTY, not_run=(NASTY,)),
    tool=Comparer("echo-harness", NASTY, NASTY),
)


@pytest.mark.parametrize("hostile", [HOSTILE, ALL_HOSTILE], ids=["one", "many"])
@pytest.mark.parametrize("name", FORMATS)
def test_no_control_character_gets_through(name: str, hostile: Report | Comparison) -> None:
    """In any file; JSON writes them as escapes."""
    text = render(name, hostile)
    if name == "json":
        json.loads(text)
        text = text.replace("\u202e", "").replace("\x7f", "").replace("\x9b", "")
        text = text.replace("\ufffe", "")
    assert not CONTROLS.search(text)
    text.encode()


def test_the_terminal_gets_no_sequence_of_the_target() -> None:
    """Without colours there is no escape character at all."""
    stream = io.StringIO()
    reporter = TerminalReporter(stream, color=False, width=80, verbose=2)
    for event in events(HOSTILE):
        reporter.handle(event)
    assert not CONTROLS.search(stream.getvalue())
    assert "[bold]markup[/bold] :smile:" in stream.getvalue()


def test_the_page_holds_the_text_as_text() -> None:
    """No element or attribute comes from outside, and template code stays as it is."""
    page = render("html", HOSTILE)
    root = lxml_html.fromstring(page)
    assert len(list(root.iter("script"))) == 1 and not list(root.iter("img"))
    assert "{{ 7 * 7 }}" in page
    assert "</script><img" in root.text_content()


def test_junit_keeps_what_xml_allows() -> None:
    """Markup is text, and what XML forbids is replaced."""
    root = etree.fromstring(render("junit", HOSTILE).encode())
    (failure,) = root.iter("failure")
    assert "</script><img src=x onerror=alert(1)> &" in str(failure.get("message"))


# --- GitHub ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("hostile", [HOSTILE, ALL_HOSTILE], ids=["one", "many"])
def test_a_runner_obeys_only_our_own_commands(hostile: Report | Comparison) -> None:
    """No line of the target begins with ``::``, none holds ``##[``."""
    text = render("github", hostile)
    assert "##[" not in text
    obeyed = {
        line.lstrip()[2:].partition(" ")[0].partition("::")[0]
        for line in text.splitlines()
        if line.lstrip().startswith("::")
    }
    assert obeyed <= {"error", "warning", "notice", "group", "endgroup"}
    told = sum("owned" in line and line.startswith("::error") for line in text.splitlines())
    assert told == (2 if hostile is HOSTILE else 3)
    assert not any(line.lstrip().startswith("::error title=owned") for line in text.splitlines())


def test_commands_are_escaped_as_the_runner_undoes_it() -> None:
    """Percent first; colon and comma in properties only."""
    assert command("error", "a%0Ab\nc: d, e", title="x: y, z%") == (
        "::error title=x%3A y%2C z%25::a%250Ab%0Ac: d, e"
    )


def test_groups_are_closed() -> None:
    """Every ``group`` has its ``endgroup``, and none is inside another."""
    for report in [*SAMPLES.values(), HOSTILE]:
        depth = 0
        for line in render("github", report).splitlines():
            depth += line.startswith("::group::") - line.startswith("::endgroup::")
            assert depth in (0, 1)
        assert depth == 0


# --- Markdown -------------------------------------------------------------------------------------


def outside_code(text: str) -> Iterator[str]:
    """The lines of ``text`` that are in no fenced block."""
    ticks = ""
    for line in text.splitlines():
        if found := re.match(r"`{3,}", line):
            run = found.group()
            if not ticks:
                ticks = run
                continue
            if len(run) >= len(ticks) and line == run:
                ticks = ""
                continue
        if not ticks:
            yield line
    assert not ticks, "a block of code is not closed"


@pytest.mark.parametrize("hostile", [HOSTILE, ALL_HOSTILE], ids=["one", "many"])
def test_markdown_is_only_ours(hostile: Report | Comparison) -> None:
    """Outside of code: no HTML, no heading, no table row, no mention from the target."""
    for line in outside_code(render("markdown", hostile)):
        ours = re.sub(r"(`+).*?(?<!`)\1(?!`)", "", line)
        assert not re.search(r"<(?!details|/details|summary|/summary|!-- -->)", ours)
        assert not re.search(r"(?<!\\)\[", ours)
        assert "@somebody" not in ours


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    """Nothing inside can end it."""
    assert fence("a\n````\nb").startswith("`````text\n")


def test_inline_code_holds_backticks_and_pipes() -> None:
    """Also in a table, where a pipe parts the cells."""
    assert code("a|b") == "`a\\|b`"
    assert code("`x") == "`` `x ``"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a*b_c", "a\\*b\\_c"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("# title", "\\# title"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("plain, (text) - here.", "plain, (text) - here."),
        ("two\nlines", "two lines"),
    ],
)
def test_escape(text: str, escaped: str) -> None:
    """Only what would mean something is escaped, so that the source reads well too."""
    assert escape(text) == escaped


def test_the_sample_is_as_bad_as_it_should_be() -> None:
    """The other tests mean something."""
    assert CONTROLS.search(NASTY)
    assert "::error" in NASTY and "##[" in NASTY and "</script>" in NASTY
