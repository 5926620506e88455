"""FORMAT=FILE, and what is imported for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from harness.errors import UsageProblem
from harness.report import FORMATS, ReportSpec, parse_spec, parse_specs, render
from harness.report.comparison import Comparison
from tests.report.samples import COMPARISON, CUT_SHORT, SAMPLES


def test_a_spec_is_a_format_and_a_file() -> None:
    """The first equals sign parts them; the file name may hold more."""
    assert parse_spec("junit=out/a=b.xml") == ReportSpec("junit", "out/a=b.xml")


def test_a_dash_is_standard_output() -> None:
    """``json=-`` goes to standard output."""
    assert parse_spec("json=-").to_stdout
    assert not parse_spec("json=run.json").to_stdout


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("jnuit=x", "junit"), ("xml=x", "junit"), ("md=x", "markdown"), ("HTML=x", "html")],
)
def test_an_unknown_format_names_the_nearest(text: str, nearest: str) -> None:
    """A misspelt format is answered with the one that was probably meant."""
    with pytest.raises(UsageProblem) as caught:
        parse_spec(text)
    assert f"Did you mean {nearest!r}?" in caught.value.advice
    assert caught.value.exit_code == 2


def test_an_unknown_format_far_from_all_lists_them() -> None:
    """Where nothing is near, all formats are listed."""
    with pytest.raises(UsageProblem, match="The formats are json, junit"):
        parse_spec("qqqq=x")


@pytest.mark.parametrize("text", ["json", "json="])
def test_a_missing_file_name_says_what_to_write(text: str) -> None:
    """The advice shows the whole option."""
    with pytest.raises(UsageProblem, match="Write json=FILE, or json=- for standard output"):
        parse_spec(text)


def test_two_reports_never_share_a_place() -> None:
    """The second would overwrite the first."""
    with pytest.raises(UsageProblem, match="both go to standard output"):
        parse_specs(["json=-", "github=-"])
    assert len(parse_specs(["json=a", "github=-"])) == 2


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_format_renders_every_sample(name: str, sample: str) -> None:
    """However a run ended, each format has something to say, in whole lines."""
    text = render(name, SAMPLES[sample])
    assert text.strip()
    assert text.endswith("\n")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("comparison", [COMPARISON, CUT_SHORT], ids=["whole", "cut short"])
def test_every_format_renders_a_comparison(name: str, comparison: Comparison) -> None:
    """It says how many conform or names each target, and what was not judged."""
    text = render(name, comparison)
    assert text.endswith("\n")
    for target in comparison.verdicts if name != "badge" else ():
        assert target in text
    if comparison.not_run:
        assert "interrupted" in text if name == "badge" else "never" in text


def test_nothing_heavy_is_imported_before_it_is_used() -> None:
    """The command line can know the formats without rich, Jinja2 and junitparser."""
    program = (
        "import sys, harness.report, harness.report.sink, harness.report.files;"
        "print([m for m in ('rich', 'jinja2', 'junitparser') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
