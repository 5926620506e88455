"""The commands around check: report, fuzz, replay, help, completion, version; odd environments."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import click
import pytest

from harness.cli import COMMANDS, cli
from harness.cli.complete import checks, formats, targets
from harness.cli.topics import TOPICS
from harness.fuzzer import Case, Rate, save
from harness.report.comparison import WORST_LAST
from harness.values.plan import AwaitEnd, Connect, HalfClose, Literal, Send, one
from harness.values.verdict import Breach, Finding, Kind, Profile
from tests.conftest import Run
from tests.support.commands import REFERENCE, UPPER

HARNESS = [sys.executable, "-m", "harness"]
HELLO = ["--only", "identity/hello"]


@pytest.fixture
def saved(tmp_path: Path, run: Run) -> Path:
    """A failed run as JSON."""
    path = tmp_path / "run.json"
    assert run("check", *HELLO, "-q", "--report", f"json={path}", "--", *UPPER).code == 1
    return path


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A plan that UPPER fails and the reference does not."""
    finding = Finding(kind=Kind.CHANGED, breach=Breach.SAFETY, message="1 byte came back changed")
    plan = one(Connect(), Send(Literal(b"a")), HalfClose(), AwaitEnd())
    kept = Case(
        profile=Profile.SEQUENTIAL,
        seed=1,
        findings=(finding,),
        rate=Rate(failed=10, of=10),
        plan=plan,
    )
    return save(kept, tmp_path)


def test_report_makes_other_reports_later(saved: Path, tmp_path: Path, run: Run) -> None:
    """Several at once; the exit code is about the reports, not the verdict."""
    done = run("report", str(saved), f"junit={tmp_path}/j.xml", f"html={tmp_path}/r.html")
    assert (done.code, done.out) == (0, "")
    assert ElementTree.parse(tmp_path / "j.xml").find(".//failure") is not None
    assert "<html" in (tmp_path / "r.html").read_text()
    assert "identity/hello" in run("report", str(saved)).out


def test_report_to_standard_output_prints_nothing_else(saved: Path, run: Run) -> None:
    """So that it can be piped."""
    done = run("report", str(saved), "json=-")
    assert json.loads(done.out)["exit_code"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing.json", "junit=x"), "cannot be read"),
        (("{saved}", "jnit=x"), "Did you mean 'junit'?"),
        (("{saved}", "junit"), "file name is needed"),
    ],
)
def test_report_refuses_what_makes_no_sense(
    saved: Path, run: Run, arguments: tuple[str, ...], said: str
) -> None:
    """Exit code 2, and what would."""
    done = run("report", *(a.replace("{saved}", str(saved)) for a in arguments))
    assert done.code == 2
    assert said in done.err


def test_report_that_cannot_be_written(saved: Path, tmp_path: Path, run: Run) -> None:
    """The others are, and the exit code tells."""
    done = run("report", str(saved), f"junit={tmp_path}", f"badge={tmp_path}/b.json")
    assert done.code == 1
    assert "given up" in done.err
    assert (tmp_path / "b.json").exists()


def test_fuzz_ends_after_the_sessions(run: Run, tmp_path: Path) -> None:
    """It does nothing but fuzz, and says how much."""
    done = run(
        "fuzz", "--sessions", "30", "--profile", "sequential", "--corpus", str(tmp_path), "--",
        *REFERENCE,
    )  # fmt: skip
    assert done.code == 0
    assert "1 passed" in done.out
    assert "fuzz sessions" in done.out


def test_replay_shows_a_saved_case_again(case: Path, run: Run) -> None:
    """It fails where it failed, passes where the bug is not, and can be repeated."""
    done = run("replay", str(case), "--", *UPPER)
    assert done.code == 1
    assert f"echo-harness replay {case}" in done.out
    assert run("replay", str(case), "--repeat", "2", "--", *REFERENCE).code == 0


def test_replay_writes_a_program(case: Path, tmp_path: Path, run: Run) -> None:
    """One that needs nothing of this project."""
    path = tmp_path / "bug.py"
    assert run("replay", "--script", str(path), str(case)).code == 0
    text = path.read_text()
    compile(text, str(path), "exec")
    assert "import harness" not in text
    assert "from harness" not in text
    assert run("replay", "--script", str(tmp_path), str(case)).code == 2


def test_replay_refuses_what_is_no_case(tmp_path: Path, run: Run) -> None:
    """With the file's name."""
    path = tmp_path / "x.json"
    path.write_text("{}")
    done = run("replay", str(path), "--", *REFERENCE)
    assert done.code == 2
    assert str(path) in done.err


def test_a_whole_command_line_in_quotes(run: Run) -> None:
    """As CI systems hand it over."""
    assert run("check", *HELLO, "-q", " ".join(REFERENCE)).code == 0


@pytest.mark.parametrize("name", ["chunking", "chunking/"])
def test_explaining_a_group(name: str, run: Run) -> None:
    """Its checks, each with what it requires."""
    done = run("explain", name)
    assert done.code == 0
    lines = done.out.splitlines()
    assert "chunking/prompt  must" in lines
    assert "  must" in lines[0]
    assert "--only chunking" in lines[-1]
    assert "identity" not in done.out


def test_every_command_has_help(run: Run) -> None:
    """One sentence in the list, and a page of its own."""
    listed = run("--help").out
    for command in COMMANDS:
        assert f"\n  {command.name} " in listed
        assert run(str(command.name), "--help").code == 0
    assert "130  interrupted" in listed


@pytest.mark.parametrize("name", ["check", "fuzz", "replay", "compare", "config"])
def test_many_options_are_shown_in_sections(name: str, run: Run) -> None:
    """Each option once, under a heading that says what it is about."""
    shown = run(name, "--help").out
    assert shown.index("The run:") < shown.index("Output:")
    assert "Other options" not in shown
    assert "\nOptions:" not in shown
    for option in cli.commands[name].params:
        if isinstance(option, click.Option):
            long = max(option.opts, key=len)
            assert len(re.findall(rf"^  (?:-\w, )?{long}\b(?!-)", shown, re.M)) == 1, long


def test_topics(run: Run) -> None:
    """Each can be read on 80 columns; the list names all."""
    listed = run("help").out
    for name, text in TOPICS.items():
        assert name in listed
        assert run("help", name).out == text
        assert max(map(len, text.splitlines())) <= 80
    assert run("help", "prot").code == 2


def test_version_says_what_a_bug_report_needs(run: Run) -> None:
    """The first line is for machines."""
    lines = run("--version").out.splitlines()
    assert lines[0].startswith("echo-harness 0.")
    assert sys.version.split()[0] in lines[1]
    assert "psutil" in lines[2]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str, run: Run) -> None:
    """They ask echo-harness for the words."""
    done = run("completion", shell)
    assert done.code == 0
    assert "_ECHO_HARNESS_COMPLETE" in done.out


def test_what_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids of checks, names of targets, formats of reports."""
    monkeypatch.chdir(tmp_path)
    context, option = click.Context(cli), click.Option(["--x"])

    def words(complete: object, text: str) -> list[str]:
        assert callable(complete)
        return [item.value for item in complete(context, option, text)]

    assert "identity/hello" in words(checks, "identity/h")
    assert words(checks, "fuz") == ["fuzz/", "fuzz/plans"] or words(checks, "fuz") == ["fuzz/plans"]
    assert words(formats, "ju") == ["junit="]
    assert words(targets, "mi") == ["mi"]
    (tmp_path / "echo-harness.toml").write_text("[targets.mine]\ncommand = 'x'\n")
    assert words(targets, "mi") == ["mine"]
    (tmp_path / "echo-harness.toml").write_text("[targets")
    assert words(targets, "mi") == ["mi"]


def test_exit_codes_are_ordered() -> None:
    """All that are documented, from good to bad."""
    lines = TOPICS["exit-codes"].splitlines()
    documented = {line.split()[0] for line in lines if line[0].isdigit()}
    assert {str(code) for code in WORST_LAST} == documented


# --- odd environments ---------------------------------------------------------------------------


def in_a_shell(
    folder: Path, *arguments: str, unset: tuple[str, ...] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    """As another process, without a terminal and with standard input closed."""
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        [*HARNESS, *arguments],
        cwd=folder,
        env={**kept, "PYTHONPATH": root, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=60,
        check=False,
    )


def test_no_home_and_c_locale(tmp_path: Path) -> None:
    """What cannot be encoded is replaced."""
    done = in_a_shell(
        tmp_path, "check", *HELLO, "--", *REFERENCE, unset=("HOME", "LANG"), LC_ALL="C",
        PYTHONCOERCECLOCALE="0", PYTHONUTF8="0",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "conforming" in done.stdout
    assert "✓" not in done.stdout


def test_spaces_and_other_letters_in_paths(tmp_path: Path) -> None:
    """In the folder, the configuration, the command and the report."""
    folder = tmp_path / "Échö 服务器 x"
    folder.mkdir()
    text = f"[targets.é]\ncommand = [{json.dumps(sys.executable)}, 'mon serveur.py']\n"
    (folder / "echo-harness.toml").write_text(text.replace("targets.é", 'targets."é"'))
    (folder / "mon serveur.py").write_text(
        "import sys; sys.argv = ['x']; import runpy; "
        "runpy.run_module('echo_ref', run_name='__main__')"
    )
    done = in_a_shell(folder, "check", "é", *HELLO, "--report", "html=é è.html")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "é è.html").exists()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """The report is named, and nothing is launched."""
    done = in_a_shell(tmp_path, "check", *HELLO, "--report", "json=/proc/x.json", "--", *REFERENCE)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--report json=/proc/x.json cannot be written: " in done.stderr


def test_closed_streams(tmp_path: Path) -> None:
    """No standard input, and standard output that nobody reads."""
    script = " ".join([*HARNESS, "check", *HELLO, "--", *REFERENCE])
    done = subprocess.run(
        ["bash", "-c", f"{script} <&- | true; exit ${{PIPESTATUS[0]}}"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("environment", "colored"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_colours(
    environment: dict[str, str],
    colored: bool,
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """NO_COLOR wins over FORCE_COLOR, which wins over what the stream is."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = run("check", *HELLO, "--", *REFERENCE)
    assert done.code == 0
    assert ("\x1b[" in done.out) is colored
