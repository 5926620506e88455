"""Named targets in a file: what is in force, where it comes from, and what is wrong with it."""

from __future__ import annotations

import json
import shlex
import tomllib
from pathlib import Path

import pytest

from harness.errors import UsageProblem
from harness.settings.choices import DEFAULTS, EXPECTS, NAMES, TYPES
from harness.settings.config import Config, find, load
from harness.settings.toml_lines import line_of, places
from harness.values.verdict import Profile
from tests.conftest import Run
from tests.support.commands import REFERENCE, UPPER

GOOD = f"""\
patience = 5
strict = true

[targets.mine]
command = {json.dumps(REFERENCE)}
profile = "sequential"
env = {{ MODE = "test" }}
start-timeout = 4.5
skip = [
    "resources",  # slow here
]

[targets.mine.expected-failures]
"identity/hello" = "issue 12"

[targets.upper]
command = {json.dumps(UPPER)}
only = ["identity/hello"]

[targets.there]
connect = "127.0.0.1:7007"
"""


def written(folder: Path, text: str, name: str = "echo-harness.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def loaded(folder: Path, text: str = GOOD) -> Config:
    config = load(written(folder, text))
    assert config is not None
    return config


def test_a_target_is_a_run(tmp_path: Path) -> None:
    """What the file says becomes the settings of the run."""
    run = loaded(tmp_path).run("mine", {})
    assert run.target.command == tuple(REFERENCE)
    assert run.target.env == (("MODE", "test"),)
    assert run.target.start_timeout == 4.5
    assert run.target.cwd == str(tmp_path)
    assert run.profile is Profile.SEQUENTIAL
    assert (run.patience, run.strict, run.skip) == (5, True, ("resources",))
    assert run.expected == (("identity/hello", "issue 12"),)
    assert run.repeat_with == ("mine",)


def test_command_line_beats_target_beats_common_beats_default(tmp_path: Path) -> None:
    """Each value says where it comes from."""
    config = loaded(tmp_path, "patience = 5\nseed = 3\n[targets.a]\ncommand = 'x'\nseed = 4\n")
    merged = config.merged("a", {"patience": 7.0})
    file = tmp_path / "echo-harness.toml"
    assert merged["patience"] == (7.0, "command line")
    assert merged["seed"] == (4, f"{file}:5")
    assert merged["rate"] == (None, "default")
    assert config.merged(None, {})["patience"] == (5, f"{file}:1")


def test_what_checks_are_worth_is_a_table(tmp_path: Path) -> None:
    """For graders: points by level, and what is not said has its default."""
    text = "[grading]\nmust = 2\ntotal = 100\n[targets.a]\ncommand = 'x'\n"
    grading = loaded(tmp_path, text).run("a", {}).grading
    assert (grading.must, grading.should, grading.may) == (2, 0.5, 0)
    assert (grading.total, grading.visibility) == (100, "visible")


def test_it_is_found_upwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a folder below, with the path as one would type it."""
    written(tmp_path, GOOD)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    config = find()
    assert config is not None
    assert config.path == Path("../../echo-harness.toml")


def test_pyproject_counts_if_it_has_our_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And echo-harness.toml beside it wins."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "[project]\nname = 'x'\n", "pyproject.toml")
    assert find() is None
    written(tmp_path, "[tool.echo-harness]\nseed = 9\n", "pyproject.toml")
    config = find()
    assert config is not None
    assert config.common["seed"] == (9, "pyproject.toml:2")
    written(tmp_path, "seed = 1\n")
    config = find()
    assert config is not None
    assert config.common["seed"].value == 1


def test_a_foreign_broken_pyproject_is_not_our_business(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run does not stop over a file that says nothing of us."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "[project\n", "pyproject.toml")
    assert find() is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pacience = 1\n", "1: pacience: unknown key. Did you mean 'patience'?"),
        ("start_timeout = 1\n", "1: start_timeout: unknown key. Did you mean 'start-timeout'?"),
        ("patience = 'a'\n", "1: patience: expected seconds, more than 0 and at most 3600, found"),
        ("\npatience = 0\n", "2: patience: expected seconds"),
        ("command = 'x'\n", "1: command: command belongs to a target: [targets.NAME]."),
        ("targets = 3\n", "1: targets: expected a table for each target"),
        ("[targets]\na = 'x'\n", "2: targets.a: expected a table"),
        ("[targets.a]\nport = 1\n", "1: targets.a: expected one of command, handler and connect."),
        ("[targets.a]\ncommand='x'\nport = 0\n", "3: targets.a.port: expected a port from 1"),
        ("[targets.a]\ncommand = 3\n", "2: targets.a.command: expected a command line, or a list"),
        ("[targets.a]\ncommand='x'\nonly = 'y'\n", "3: targets.a.only: expected a list of"),
        ("[targets.a]\ncommand='x'\nprofile='many'\n", "profile: expected one of auto, one-shot"),
        (
            "[targets.a]\ncommand='x'\n[targets.a.expected-failures]\n'identity/hallo'='?'\n",
            "identity/hallo: there is no check 'identity/hallo'. Did you mean 'identity/hello'?",
        ),
        (
            "[targets.a]\ncommand='x'\n[targets.a.expected-failures]\n'identity/hello'=' '\n",
            "expected a reason",
        ),
        ("seed = \n", "not valid TOML"),
        ("seed = " + "9" * 5000, "not valid TOML: Exceeds the limit (4300 digits)"),
        (
            "seed = 0x" + "f" * 5000,
            "1: seed: expected a whole number from 0 to 2147483647, found a",
        ),
        ("seed = " + "[" * 5000, "not valid TOML: nested too deeply"),
        ("patience = nan\n", "1: patience: expected seconds"),
        ("rate = 1e-300\n", "1: rate: expected connections a second, 0.001 or more"),
        ("host = 'a..b'\n", "1: host: 'a..b' is no address"),
        ("cwd = ''\n", "1: cwd: the name of the folder is empty"),
        ('corpus = "\\u0000"\n', "1: corpus: '\\x00' holds a NUL character"),
        ("env = {'A=B' = 'c'}\n", "1: env: 'A=B' is no name of a variable"),
        ("grading = 3\n", "1: grading: expected a table of must, should, may (points), total"),
        ("[grading]\nmusst = 3\n", "2: grading.musst: unknown key. Did you mean 'must'?"),
        ("grading = {must = nan}\n", "1: grading.must: expected points, from 0 to 1000, found nan"),
        ("grading = {must = -1}\n", "1: grading.must: expected points, from 0 to 1000, found -1"),
        ("grading = {total = 0}\n", "1: grading.total: expected points, more than 0 and at most"),
        (
            "grading = {visibility = 'all'}\n",
            "1: grading.visibility: expected one of visible, hidd",
        ),
        (
            "patience = true\n",
            "1: patience: expected seconds, more than 0 and at most 3600, found true",
        ),
        ("patience = 2020-01-02\n", "at most 3600, found 2020-01-02."),
        ("patience = 1979-05-27T07:32:00Z\n", "at most 3600, found 1979-05-27T07:32:00+00:00."),
        (
            "env = {A = 1, B = [false]}\n",
            "1: env: expected a table of texts, found { A = 1, B = [false] }.",
        ),
        ("only = ['idntity']\n", "1: only: 'idntity' matches no check. Did you mean 'identity'?"),
        ("[targets.a]\ncommand='x'\nskip=['zzz']\n", "3: targets.a.skip: 'zzz' matches no check."),
        ("[targets.a]\ncommand=''\n", "2: targets.a.command: the command is empty"),
        ("[targets.a]\ncommand=[]\n", "2: targets.a.command: the command is empty"),
        ("[tool.echo-harness.targets.a]\ncommand='x'\n", "only pyproject.toml has tables [tool.ec"),
        ("[targets.a]\nconnect='h:0'\n", "2: targets.a.connect: 'h:0' is not an address"),
        ("[targets.a]\ncommand='\"'\n", "2: targets.a.command: the command '\"' cannot be split"),
        ("[targets.'']\ncommand='x'\n", "expected a name of printable characters"),
        ('[targets."\\n"]\ncommand="x"\n', "targets.\\n: expected a name of printable characters"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    """File, line, key, what was expected, the nearest."""
    path = written(tmp_path, text)
    with pytest.raises(UsageProblem) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_values_that_do_not_go_together_are_those_of_a_target(tmp_path: Path) -> None:
    """Each is good alone, so only the target's name and its file can lead to them."""
    config = loaded(tmp_path, "[targets.a]\nconnect = '127.0.0.1:7'\nport = 7\n")
    with pytest.raises(UsageProblem) as caught:
        config.run("a", {})
    said = f"target 'a' of {config.path}: port has no meaning with connect. Leave it out"
    assert str(caught.value).startswith(said)
    with pytest.raises(UsageProblem, match=r"^patience: expected seconds"):  # that is no file's
        config.run("a", {"patience": 0})


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Or is no text."""
    with pytest.raises(UsageProblem, match="No such file"):
        load(tmp_path / "x.toml")
    (tmp_path / "z.toml").write_bytes(b"\xef\xbb\xbfseed = 1\r\n")  # as some editors save it
    marked = load(tmp_path / "z.toml")
    assert marked is not None
    assert marked.common["seed"].value == 1
    (tmp_path / "y.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageProblem, match="UTF-8"):
        load(tmp_path / "y.toml")


def test_every_choice_is_described() -> None:
    """Names, types, words and defaults are one table."""
    assert set(EXPECTS) == set(TYPES) == set(NAMES)
    assert {n for n in NAMES if n not in DEFAULTS} == {"expected-failures"}


def test_lines_of_keys() -> None:
    """Values of several lines, quoted and dotted keys, comments, arrays of tables."""
    text = "\n".join(
        [
            "# a = 1",
            "a = '''",
            "b = 2",
            "'''",
            "c = [  # ]",
            "  'd = 3',",
            "]",
            '"e f".g = 4',
            "[t . u]",
            "h = '[x]'",
            "[[v]]",
            "i = { j = 1 }",
        ]
    )
    found = places(text)
    assert found == {
        ("a",): 2,
        ("c",): 5,
        ("e f", "g"): 8,
        ("t", "u"): 9,
        ("t", "u", "h"): 10,
        ("v",): 11,
        ("v", "i"): 12,
    }
    assert line_of(("v", "i", "j"), found) == 12
    assert line_of(("x",), found) == 1


def test_lines_after_odd_strings() -> None:
    """Only a newline ends a line, quotes in strings of several lines end nothing, and a long value
    is looked at once."""
    text = "\n".join(
        [
            "a = 'x\u2028y\x85z'",
            'b = """ it says "no" and \\""" [ ',
            'c = 3 """',
            "d = '''isn't ''it''''",
            "e = [",
            *["  'x'," for _ in range(50_000)],
            "]",
            "f = 1",
        ]
    )
    tomllib.loads(text)
    assert places(text) == {("a",): 1, ("b",): 2, ("d",): 4, ("e",): 5, ("f",): 50_007}


# --- on the command line ------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    written(tmp_path, GOOD)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_check_takes_a_name(folder: Path, run: Run) -> None:
    """The command that repeats a failure uses it too."""
    done = run("check", "upper", "-q")
    assert done.code == 1
    assert "echo-harness check --only identity/hello upper" in done.out


def test_a_misspelt_name_is_told(folder: Path, run: Run) -> None:
    """With the nearest, instead of a command that is not found."""
    done = run("check", "uper")
    assert done.code == 2
    assert "Did you mean 'upper'?" in done.err


def test_without_a_file_a_word_is_no_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    """It says where names come from."""
    monkeypatch.chdir(tmp_path)
    done = run("check", "mine")
    assert done.code == 2
    assert "neither a command nor a target's name" in done.err


def test_after_dashes_a_word_is_a_command(folder: Path, run: Run) -> None:
    """Even if a target is called the same."""
    done = run("check", "--", "upper")
    assert done.code == 3
    assert "'upper' was not found" in done.out


def test_all_judges_each_and_ends_with_the_worst(tmp_path: Path, run: Run, folder: Path) -> None:
    """A line for each target; 1 is worse than 0."""
    config = "[targets.{}]\ncommand = {}\nonly = ['identity/hello']\n"
    text = config.format("good", json.dumps(REFERENCE)) + config.format("bad", json.dumps(UPPER))
    written(folder, text)
    done = run("check", "--all", "-q", "--report", f"json={tmp_path}/{{target}}.json")
    assert done.code == 1
    last = done.out.splitlines()[-2:]
    assert "good" in last[0]
    assert " conforming" in last[0]
    assert "nonconforming" in last[1]
    assert (tmp_path / "good.json").exists()


def test_all_writes_one_report_of_all_targets(tmp_path: Path, run: Run, folder: Path) -> None:
    """Beside those of each; it is shown and rewritten later, with the same exit code inside."""
    config = "[targets.{}]\ncommand = {}\nonly = ['identity/hello']\n"
    text = config.format("good", json.dumps(REFERENCE)) + config.format("bad", json.dumps(UPPER))
    written(folder, text)
    each, page = f"json={tmp_path}/{{target}}.json", f"html={tmp_path}/all.html"
    done = run("check", "--all", "--seed", "3", "--report", "json=-", "--report", each)
    assert done.code == 1
    data = json.loads(done.out)
    assert data["verdicts"] == {"good": "conforming", "bad": "nonconforming"}
    assert data["exit_code"] == 1
    assert data["tool"]["command"] == "echo-harness check --all --seed 3"
    assert "== bad" in done.err and "nonconforming" in done.err
    assert json.loads((tmp_path / "bad.json").read_text())["target"]["name"] == "bad"
    saved = tmp_path / "all.json"
    saved.write_text(done.out)
    assert run("report", str(saved), page).code == 0
    assert "1 of 2 targets conform" in (tmp_path / "all.html").read_text()
    shown = run("report", str(saved))
    assert [line.split()[:3] for line in shown.out.splitlines()[-2:]] == [
        ["1", "good", "conforming"],
        ["2", "bad", "nonconforming"],
    ]
    assert "== bad" in run("report", "-v", str(saved)).out


def test_a_report_of_all_is_checked_before_anything_runs(run: Run, folder: Path) -> None:
    """A format that does not exist, or two for one place."""
    assert run("check", "--all", "--report", "htm=all.html").code == 2
    assert run("check", "--all", "--report", "json=-", "--report", "junit=-").code == 2


def test_all_needs_targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """And takes no command."""
    monkeypatch.chdir(tmp_path)
    assert run("check", "--all").code == 2
    assert run("check", "--all", "--", "x").code == 2


def test_compare_shows_a_grid(folder: Path, run: Run) -> None:
    """Checks by targets, and the worst exit code."""
    file = written(folder, GOOD[: GOOD.index("[targets.there]")], "targets.toml")
    done = run("compare", str(file), "--only", "identity/hello", "--only", "identity/nul-bytes")
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[1].split() == ["mine", "upper"]
    assert lines[2].split() == ["identity/hello", "✗", "✗"]
    options = ("--only", "identity/hello", "--report", "markdown=-")
    assert "| identity/hello | ❌ | ❌ |" in run("compare", str(file), *options).out
    assert run("compare", "nothing.toml").code == 2


def test_a_check_of_another_file_is_repeated_by_its_command(folder: Path, run: Run) -> None:
    """``check`` would not find the name there."""
    target = f"[targets.there]\ncommand = {json.dumps(UPPER)}\nonly = ['identity/hello']"
    for name, end in (("others.toml", UPPER[-1]), ("echo-harness.toml", "there")):
        file = written(folder, target, name)
        data = json.loads(run("compare", str(file), "--report", "json=-").out)
        (report,) = data["targets"]
        assert report["target"]["name"] == "there"
        repeat = shlex.split(report["checks"][0]["repeat"])
        assert repeat[:4] == ["echo-harness", "check", "--only", "identity/hello"]
        assert repeat[-1] == end
        assert ("--" in repeat) is (end != "there")


def test_config_shows_where_each_value_comes_from(folder: Path, run: Run) -> None:
    """Default, file and line, command line."""
    done = run("config", "mine", "--patience", "9")
    rows = {line.split()[0]: line for line in done.out.splitlines()[3:]}
    assert done.code == 0
    assert rows["patience"].split()[1:] == ["9.0", "command", "line"]
    assert rows["strict"].split()[1:] == ["true", "echo-harness.toml:2"]
    assert rows["seed"].split()[1:] == ["0", "default"]
    assert rows["skip"].endswith("echo-harness.toml:9")
    assert "targets: mine, upper, there" in run("config").out
    assert run("config", "mein").code == 2


def test_config_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """All defaults, and it says that there is none."""
    monkeypatch.chdir(tmp_path)
    done = run("config")
    assert done.code == 0
    assert done.out.startswith("no echo-harness.toml")


def test_the_reference_is_not_mistaken_for_a_target(folder: Path, run: Run) -> None:
    """Who has targets and names none is told so."""
    done = run("check", "--only", "identity/hello", "-q")
    assert done.code == 0
    assert "mine, upper, there" in done.err
