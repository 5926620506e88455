"""Words from the command line, a configuration or a file's name, in what the commands print."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness import cli
from tests.report.test_obeyed import CONTROLS, obeyed

BAD = "\n::error::owned \x1b[31m\u202e##[error]"


@pytest.mark.parametrize(
    "arguments",
    [
        ["x" + BAD],
        ["--" + BAD],
        ["check", "--" + BAD],
        ["check", BAD.replace(" ", "")],
        ["check", "--only", BAD],
        ["check", "--report", BAD],
        ["check", "--report", "json" + BAD],
        ["check", "--report", f"json={BAD}", "--report", f"html={BAD}"],
        ["check", "--connect", BAD, "--fuzz", "0"],
        ["check", "--env", BAD, "--", "true"],
        ["check", "--port", BAD, "--", "true"],
        ["check", "--profile", BAD],
        ["list", "--skip", BAD],
        ["explain", BAD],
        ["help", BAD],
        ["completion", BAD],
        ["config", "--file", BAD],
        ["config", BAD],
        ["compare", BAD],
        ["report", BAD],
        ["report", "run.json", BAD],
        ["replay", BAD],
    ],
    ids=lambda arguments: " ".join(arguments[:2]).encode("unicode_escape").decode(),
)
def test_an_argument_is_not_obeyed(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A usage error names what was given, and neither a terminal nor a runner obeys it."""
    (tmp_path / "echo-harness.toml").write_text("[targets.a]\ncommand = 'true'\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["echo-harness", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert err
    assert not CONTROLS.search(err)
    assert not obeyed(err)


SAYS = """
import os, sys
LONG = "x" * 85 + " ::stop-commands::t"
for text in ("::error::owned", "  ::add-mask::a", LONG, "##[error]owned"):
    print(text, flush=True)
if len(sys.argv) == 1:
    sys.exit("::set-output name=a::b")
import socket
s = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
while True:
    with s.accept()[0] as c:
        while data := c.recv(1024):
            c.sendall(data.upper())
"""


@pytest.mark.parametrize("judged", [False, True])
def test_what_a_target_writes_is_not_obeyed(
    judged: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whether it can be tested or not; its name and its arguments neither."""
    monkeypatch.chdir(tmp_path)
    name = "::error::owned ##[group]"
    Path(name).write_text(SAYS)
    words = ["check", "-v", "--only", "identity/hello", "--fuzz", "0", "--report", "html=r.html"]
    words += ["--", sys.executable, name, *([name] if judged else [])]
    monkeypatch.setattr(sys, "argv", ["echo-harness", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    assert (ended.value.code, err) == (1 if judged else 3, "")
    assert "owned" in out
    assert not obeyed(out)
    assert not obeyed(Path("r.html").read_text())


CONFIG = """
corpus = "::error::owned\\u001b[31m\\u202e\\n::add-mask::a"

[targets."::error::owned"]
command = "##[error]owned\\u0007\\u202e"
"""


@pytest.mark.parametrize(
    "arguments",
    [["config"], ["config", "::error::owned"], ["config", "--only", "*\x1b[31m"]],
    ids=["the file", "a target", "an option"],
)
def test_a_setting_is_shown_and_not_obeyed(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values, the names of targets, and where each comes from."""
    folder = tmp_path / "::error::\x1b[31m\n::error::folder"
    (folder / "below").mkdir(parents=True)
    (folder / "echo-harness.toml").write_text(CONFIG)
    monkeypatch.chdir(folder / "below")
    done = CliRunner().invoke(cli.cli, arguments)
    assert done.exit_code == 0, done.output
    assert "owned" in done.output
    assert not CONTROLS.search(done.output)
    assert not obeyed(done.output)


def test_names_that_a_shell_cannot_take_are_not_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would be typed into the user's prompt."""
    (tmp_path / "echo-harness.toml").write_text(CONFIG + "[targets.all-right]\ncommand = 'true'\n")
    monkeypatch.chdir(tmp_path)
    environ = {"_X_COMPLETE": "bash_complete", "COMP_WORDS": "x check a", "COMP_CWORD": "2"}
    done = CliRunner().invoke(cli.cli, [], prog_name="x", complete_var="_X_COMPLETE", env=environ)
    assert done.output == "plain,all-right\n"
