"""What CI systems read: valid by their schemas, and each shell step is run."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.commands import REFERENCE, UPPER

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(sys.executable).parent
FILES = {
    "action.yml": "vendor.github-actions",
    ".github/workflows/ci.yml": "vendor.github-workflows",
    "docs/ci/gitlab.yml": "vendor.gitlab-ci",
}

pytestmark = pytest.mark.skipif(
    not (SCRIPTS / "echo-harness").exists(), reason="echo-harness is not installed as a script"
)


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text())


def bash(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """``script`` as a CI system runs it: without a terminal, ending at the first error."""
    path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(("name", "schema"), FILES.items())
def test_files_are_valid(name: str, schema: str) -> None:
    """By the schemas that check-jsonschema brings along, so without the network."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def action_step(name: str) -> dict[str, Any]:
    steps: list[dict[str, Any]] = read("action.yml")["runs"]["steps"]
    return next(step for step in steps if step["name"] == name)


def run_action(folder: Path, command: list[str], **inputs: str) -> tuple[Any, dict[str, str], str]:
    """The action's main step: what it did, its outputs, its step summary."""
    prefix = folder / "runner" / "echo-harness"
    prefix.mkdir(parents=True, exist_ok=True)
    if not (prefix / "bin").exists():
        (prefix / "bin").symlink_to(SCRIPTS)
    output, summary = folder / "output", folder / "summary"
    output.write_text("")
    summary.write_text("")
    defaults = {"PROFILE": "auto", "STRICT": "false", "ARGS": "", "REPORTS": "reports"}
    done = bash(
        action_step("Check the server")["run"],
        folder,
        RUNNER_TEMP=str(folder / "runner"),
        GITHUB_OUTPUT=str(output),
        GITHUB_STEP_SUMMARY=str(summary),
        **{**defaults, "COMMAND": shlex.join(command), **inputs},
    )
    outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
    return done, outputs, summary.read_text()


def test_action_passes_a_good_server(tmp_path: Path) -> None:
    """All reports, the outputs and the step summary; the step succeeds."""
    done, outputs, summary = run_action(
        tmp_path, REFERENCE, ARGS="--only identity", PROFILE="sequential", STRICT="true"
    )
    assert done.returncode == 0, done.stderr
    assert outputs == {"exit-code": "0", "verdict": "conforming"}
    assert "conforming" in summary
    names = {path.name for path in (tmp_path / "reports").iterdir()}
    assert names == {"run.json", "junit.xml", "report.html", "summary.md", "badge.json"}
    assert json.loads((tmp_path / "reports" / "badge.json").read_text())["schemaVersion"] == 1


def test_action_fails_for_a_broken_server(tmp_path: Path) -> None:
    """The step fails, with annotations and a summary that says what is wrong."""
    done, outputs, summary = run_action(tmp_path, UPPER, ARGS="--only identity/hello")
    assert done.returncode == 1
    assert outputs == {"exit-code": "1", "verdict": "nonconforming"}
    assert "::error" in done.stdout
    assert "identity/hello" in summary


def test_action_inputs_are_never_pasted_into_a_script() -> None:
    """A command from a pull request must not become a part of the shell's program."""
    for step in read("action.yml")["runs"]["steps"]:
        assert "${{ inputs" not in step.get("run", "")


def test_action_installs_itself(tmp_path: Path) -> None:
    """From its own checkout, into an environment of its own."""
    script = action_step("Install echo-harness")["run"]
    stub = tmp_path / "python"
    stub.write_text('#!/bin/sh\nmkdir -p "$3/bin"; cp "$0.pip" "$3/bin/python"\n')
    (tmp_path / "python.pip").write_text('#!/bin/sh\necho "$@" >"$(dirname "$0")/said"\n')
    for name in ("python", "python.pip"):
        (tmp_path / name).chmod(0o755)
    place = {"RUNNER_TEMP": str(tmp_path), "GITHUB_ACTION_PATH": "/checkout", "PYTHON": str(stub)}
    done = bash(script, tmp_path, **place)
    assert done.returncode == 0, done.stderr
    said = (tmp_path / "echo-harness" / "bin" / "said").read_text()
    assert said == "-m pip install --quiet /checkout\n"


def test_gitlab_job(tmp_path: Path) -> None:
    """Its script writes the JUnit file that its artefacts name."""
    job = read("docs/ci/gitlab.yml")["echo-harness"]
    environment = {**job["variables"], "ECHO_COMMAND": shlex.join(UPPER)}
    (script,) = job["script"]
    done = bash(script.replace("check ", "check --only identity/hello "), tmp_path, **environment)
    assert done.returncode == 1, done.stderr
    junit = ElementTree.parse(tmp_path / job["artifacts"]["reports"]["junit"])
    assert junit.find(".//failure") is not None


def test_shell_job(tmp_path: Path) -> None:
    """The exit code is the verdict."""
    script = ROOT / "docs" / "ci" / "run.sh"
    only = tmp_path / "bin"
    only.mkdir()
    wrapper = only / "echo-harness"
    wrapper.write_text(
        f'#!/bin/sh\nshift\nexec {SCRIPTS}/echo-harness check --only identity/hello "$@"\n'
    )
    wrapper.chmod(0o755)
    for command, code in ((REFERENCE, 0), (UPPER, 1)):
        done = bash(f"{script} {shlex.join(command)}", tmp_path, VENV=str(tmp_path))
        assert done.returncode == code, done.stderr
        assert (tmp_path / "echo-harness" / "junit.xml").exists()


def test_shell_job_installs_its_own_clone(tmp_path: Path) -> None:
    """It works before anything is published; ECHO_HARNESS names something else."""
    stub = tmp_path / "python3"
    stub.write_text('#!/bin/sh\nmkdir -p "$3/bin"; cp "$0.pip" "$3/bin/python"\n')
    (tmp_path / "python3.pip").write_text('#!/bin/sh\necho "$5" >"$(dirname "$0")/../said"\n')
    for name in ("python3", "python3.pip"):
        (tmp_path / name).chmod(0o755)
    script = f"PATH={tmp_path}:$PATH {ROOT / 'docs' / 'ci' / 'run.sh'} true || true"
    for environment, expected in (({}, ROOT), ({"ECHO_HARNESS": "/a/wheel"}, Path("/a/wheel"))):
        venv = tmp_path / f"venv{len(environment)}"
        bash(script, tmp_path, VENV=str(venv), **environment)
        assert Path((venv / "said").read_text().strip()).resolve() == expected


def test_nothing_is_installed_that_is_not_published() -> None:
    """Until it is, each page and template says what works from a clone."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/ci/*")]
    for path in (*pages, ROOT / "action.yml"):
        text = path.read_text()
        assert not re.search(r"(install|uvx)( -\S+)* [\"']?echo-harness\b", text), path


def test_pre_commit_hook(tmp_path: Path) -> None:
    """Its entry runs with a command or a name as arguments."""
    (hook,) = read(".pre-commit-hooks.yaml")
    assert {"id", "name", "entry", "language"} <= set(hook)
    done = bash(f"{hook['entry']} --only identity/hello -- {shlex.join(UPPER)}", tmp_path)
    assert done.returncode == 1, done.stderr


@pytest.mark.parametrize("empty", ["", " "])
def test_no_server_is_never_green(tmp_path: Path, empty: str) -> None:
    """A command that somebody forgot, or an unset variable: exit 2, and nothing is tested."""
    (hook,) = read(".pre-commit-hooks.yaml")
    job = read("docs/ci/gitlab.yml")["echo-harness"]
    environment = {**job["variables"], "ECHO_COMMAND": empty}
    shell = f"{ROOT}/docs/ci/run.sh {empty}"
    for done in (
        bash(job["script"][0], tmp_path, **environment),
        bash(shell, tmp_path, VENV=str(SCRIPTS.parent)),
        bash(f"{hook['entry']} --strict", tmp_path),
        run_action(tmp_path, [], COMMAND=empty)[0],
    ):
        assert done.returncode == 2, done.stdout + done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert "conforming" not in done.stdout


def test_workflow_runs_what_exists() -> None:
    """Each tox environment that the workflow names is in tox.ini."""
    jobs = read(".github/workflows/ci.yml")["jobs"]
    names = [*jobs["checks"]["strategy"]["matrix"]["environment"], "grid"]
    text = (ROOT / "tox.ini").read_text()
    assert all(f"[testenv:{name}]" in text for name in names)
    commands = [step.get("run", "") for step in jobs["tests"]["steps"]]
    assert any(command.startswith(".ci/run") for command in commands)
