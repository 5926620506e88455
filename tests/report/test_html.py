"""The page: what is folded, where links lead, and what may run in it."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from pathlib import Path
from urllib.parse import unquote

import msgspec
import pytest
from lxml import html as lxml_html

from harness.report import parse_spec, render
from harness.report.comparison import Comparison, compared
from harness.report.files import prepare, write
from harness.report.folding import folds
from harness.report.html import anchor, pages
from harness.report.words import Standing
from harness.values.report import Cause, Grading
from harness.values.verdict import Level, Status
from tests.report.samples import (
    COMPARISON,
    DIED,
    HOSTILE,
    LOST_NEWLINE,
    NASTY,
    SAMPLES,
    passes,
    report,
    result,
)

PAGES = {**SAMPLES, "hostile": HOSTILE, "comparison": COMPARISON}


def page(name: str) -> lxml_html.HtmlElement:
    return lxml_html.fromstring(render("html", PAGES[name]))


def classes(element: lxml_html.HtmlElement) -> list[str]:
    return (element.get("class") or "").split()


@pytest.mark.parametrize("name", PAGES)
def test_each_link_leads_to_a_place_in_the_page(name: str) -> None:
    """Nothing else is linked to, and no place has two of the same name."""
    root = page(name)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    if name != "hostile":  # its checks may bear any name
        assert len(ids) == len(set(ids))
    assert {str(a.get("href")) for a in root.iter("a")} <= {f"#{id}" for id in ids}


@pytest.mark.parametrize("name", PAGES)
def test_only_our_script_and_style_may_act(name: str) -> None:
    """The policy names them by their hash; nothing is loaded, no attribute holds a program."""
    root = page(name)
    (policy,) = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        (element,) = root.iter(tag)
        digest = base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
        assert not element.get("src")
    assert not list(root.iter("link", "img", "iframe", "object", "embed", "form"))
    for element in root.iter():
        assert not [a for a in element.attrib if a == "style" or a.startswith("on")]
    assert "url(" not in render("html", PAGES[name])


def test_the_script_is_the_same_whatever_the_report() -> None:
    """No word of a target comes into it."""
    (usual,), (hostile,) = page("many").iter("script"), page("hostile").iter("script")
    assert usual.text == hostile.text
    assert "{{" not in usual.text


def test_equal_failures_are_one_card() -> None:
    """It names its checks, gives the advice once, and holds the evidence of each."""
    root = page("many")
    cards = [e for e in root.iter("article") if "failed" in classes(e)]
    assert len(cards) == 4
    first = cards[0]
    names = [a.text for a in first.iter("a")]
    assert names[0] == "identity/newlines" and len(names) == 5
    assert [d.get("id") for d in first.iter("details") if d.get("id")] == names
    assert str(first.text_content()).count("look for strip(), rstrip()") == 1


def test_the_first_evidence_of_each_bug_is_open() -> None:
    """Also where no script runs."""
    opened = [d.get("id") for d in page("many").iter("details") if d.get("open") is not None]
    assert opened == [
        "identity/newlines",
        "shutdown/at-once",
        "fuzz/plans",
        "resilience/reset-mid-echo",
    ]


def test_a_bug_that_fails_a_must_and_a_should_is_told_once() -> None:
    """Among the failures, as the graver of the two."""
    should = msgspec.structs.replace(DIED, id="resilience/terminates", level=Level.SHOULD)
    (fold,) = folds(report(passes(but=(should, DIED))))
    assert fold.standing is Standing.FAILED
    assert fold.confidence == "certain"
    assert {r.id for r in fold.results} == {"resilience/terminates", DIED.id}


def test_what_has_no_diagnosis_is_folded_by_what_was_seen() -> None:
    """Numbers may differ; a flaky and an inconclusive result stay apart."""
    same = [
        result(f"chunking/{name}", status, f"no answer within {n}.0 s")
        for n, (name, status) in enumerate(
            [
                ("prompt", Status.INCONCLUSIVE),
                ("uneven", Status.INCONCLUSIVE),
                ("byte-by-byte", Status.FLAKY),
            ]
        )
    ]
    found = folds(report(passes(but=tuple(same))))
    assert [(f.standing, len(f.results), f.hint) for f in found] == [
        (Standing.FLAKY, 1, ""),
        (Standing.INCONCLUSIVE, 2, ""),
    ]
    assert found[0].title == "no answer within 2.0 s"


def test_every_command_can_be_copied() -> None:
    """A button beside each; it is there only when the script is."""
    root = page("many")
    commands = [e for e in root.iter("div") if classes(e) == ["command"]]
    assert len(commands) == 12
    for command in commands:
        (button,) = command.iter("button")
        assert button.get("hidden") is not None
        (code,) = command.iter("code")
        assert str(code.text).startswith("echo-harness ")


def test_what_needs_the_script_is_hidden_until_it_runs() -> None:
    """Filter and search do nothing without it."""
    (tools,) = page("many").iter("search")
    assert tools.get("hidden") is not None
    shows = [b.get("data-show") for b in tools.iter("button")]
    assert shows == ["", "failed", "passed", "skipped"]


@pytest.mark.parametrize("name", PAGES)
def test_headings_leave_no_level_out(name: str) -> None:
    """So that they can be used to move about."""
    levels = [int(e.tag[1]) for e in page(name).iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_it_says_when_and_where_it_ran() -> None:
    """At its end, and the start at its top."""
    text = str(page("conforming").text_content())
    for part in ("2026-01-31 09:30:00 UTC on workbench", "6.8.0-31-generic", "CPython 3.13.1"):
        assert part in text
    old = msgspec.structs.replace(SAMPLES["conforming"], environment=None)
    assert "Where it ran" not in render("html", old)


# --- many targets -------------------------------------------------------------------------------


def test_each_cell_leads_to_its_evidence() -> None:
    """A failed one to what was seen, a passed one to its row among all checks of that target."""
    root = page("comparison")
    (matrix,) = [e for e in root.iter("table") if "matrix" in classes(e)]
    cells = {a.get("href")[1:]: classes(a)[0] for a in matrix.iter("a")}
    assert cells["t2/identity/newlines"] == "failed"
    assert root.get_element_by_id("t2/identity/newlines").tag == "details"
    assert root.get_element_by_id("t1/identity/newlines").tag == "tr"
    shown = sum(len(r.checks) for r in COMPARISON.targets)
    assert len(cells) == shown


def test_rows_say_where_targets_differ() -> None:
    """For the filter."""
    root = page("comparison")
    rows = {
        str(tr.xpath("string(th)")): str(tr.get("data-status"))
        for tr in root.xpath("//table[contains(@class, 'matrix')]//tr[@data-status]")
    }
    assert rows["identity/newlines"].split() == ["passed", "failed", "differs"]
    assert rows["identity/hello"].split() == ["passed"]


def test_a_target_with_a_nasty_name_is_only_text() -> None:
    """In the summary, in the heads of the grid, in attributes."""
    nasty: Comparison = compared({NASTY: HOSTILE, "x": SAMPLES["died"]}, command=NASTY)
    text = render("html", nasty)
    root = lxml_html.fromstring(text)
    assert len(list(root.iter("script"))) == 1 and not list(root.iter("img"))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)


@pytest.mark.parametrize(
    ("check_id", "place"),
    [("identity/hello", "identity/hello"), ('a" onload=x <b>', "a--onload-x--b-"), ("a\nb", "a-b")],
)
def test_a_place_has_a_plain_name(check_id: str, place: str) -> None:
    """Whatever a damaged file calls a check."""
    assert anchor(check_id) == place
    assert anchor(check_id, "t1/") == f"t1/{place}"


def test_the_evidence_is_in_the_page() -> None:
    """Bytes, timeline, output."""
    text = str(page("lost-newline").text_content())
    assert LOST_NEWLINE.output.splitlines()[0] in text
    assert "first difference, at offset 4" in text
    assert "half-closed: no more data will be sent" in text


def test_a_folder_has_a_page_for_each_target(tmp_path: Path) -> None:
    """Its index leads to every page, and each cell to the place of its evidence there."""
    spec = parse_spec(f"html={tmp_path}/pages/")
    prepare(spec)
    write(spec, COMPARISON)
    there = {path.name: lxml_html.parse(str(path)).getroot() for path in Path(spec.path).iterdir()}
    index = there.pop("index.html")
    assert len(there) == len(COMPARISON.targets)
    links = [str(link) for link in index.xpath("//main//a/@href") if not link.startswith("#")]
    assert {link.partition("#")[0] for link in links} == set(there)
    for link in links:
        name, _, place = link.partition("#")
        assert not place or there[name].xpath("//*[@id=$id]", id=unquote(place)), link
        assert there[name].xpath("//a[@href='index.html']")


def test_the_index_has_the_likely_bugs_and_the_points_of_each() -> None:
    """Points where somebody has said what a check is worth: nobody else has a use for them."""
    cause = Cause("single-read", "it reads once", "Loop.", "likely", ("identity/hello",))
    one = msgspec.structs.replace(SAMPLES["mixed"], causes=(cause,))

    def row(grading: Grading) -> list[str]:
        whole = compared({"ann": msgspec.structs.replace(one, grading=grading)}, command="x")
        index = lxml_html.fromstring(pages(whole)["index.html"])
        return [cell.text_content().strip() for cell in index.xpath("//tbody/tr[1]/td")][:4]

    assert row(Grading())[2] == "single-read"
    points, bugs = row(Grading(must=2.0))[2:]
    assert re.fullmatch(r"\d+(\.5)? / \d+(\.5)?", points)
    assert bugs == "single-read"


def test_pages_have_names_of_their_own() -> None:
    """Whatever targets are called; no name leads out of the folder."""
    names = ["../../etc", "a b", "A-b", "index", "ä", "x" * 300]
    found = pages(compared(dict.fromkeys(names, SAMPLES["conforming"]), command="x"))
    assert list(found) == [
        *("index.html", "etc.html", "a-b.html", "A-b-3.html", "index-4.html", "target.html"),
        f"{'x' * 80}.html",
    ]


def test_one_target_in_a_folder(tmp_path: Path) -> None:
    """Is the index itself."""
    write(parse_spec(f"html={tmp_path}/one/"), SAMPLES["conforming"])
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["index.html"]
