"""A course's folder: a line for each submission, whatever it does."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from harness.cli.spread import Spread
from harness.launcher import cell
from harness.spreading import pool
from tests.conftest import Run

ECHO = """
import socket
with socket.create_server(("127.0.0.1", 20707)) as listener:
    while True:
        connection, _ = listener.accept()
        with connection:
            while data := connection.recv(1024):
                connection.sendall(data)
"""
UPPER = ECHO.replace("sendall(data)", "sendall(data.upper())")
KILLER = "import os, signal\nos.kill(-1, signal.SIGKILL)\n"
SOME = ("--only", "identity/hello", "--only", "identity/one-byte")


def submitted(folder: Path, **servers: str) -> None:
    for name, text in servers.items():
        (folder / "all" / name).mkdir(parents=True)
        (folder / "all" / name / ("notes.txt" if name == "eve" else "server.py")).write_text(text)


def test_a_course_is_judged_in_one_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    """All want the same port, one kills all it can reach, one is no program: a line for each."""
    monkeypatch.chdir(tmp_path)
    submitted(tmp_path, ann=ECHO, bob=UPPER, cy=KILLER, eve="no server")
    (tmp_path / "echo-harness.toml").write_text("[grading]\nmust = 5\n")
    (tmp_path / "socket.py").write_text("raise SystemExit('a file of a student was imported')")
    before = sorted(path.name for path in tmp_path.rglob("all/*/*"))
    reports = ("csv=grades.csv", "gradescope={target}.json", "html=pages/", "json=all.json")
    options = [word for report in reports for word in ("--report", report)]
    done = run("compare", "all/*/*", *SOME, "--workers", "3", "-q", *options)
    assert done.code == 3, done.err
    with open("grades.csv") as file:
        lines = {line["target"]: line for line in csv.DictReader(file)}
    found = {name: (line["verdict"], line["score"]) for name, line in lines.items()}
    assert found["ann"] == ("conforming", "10")
    assert found["bob"][0] == "nonconforming"
    assert found["cy"] == found["eve"] == ("untestable", "0")
    assert {line["max_score"] for line in lines.values()} == {"10"}
    assert "it is not known what runs a .txt file" in lines["eve"]["problem"]
    assert [line for line in done.out.splitlines() if "ann" in line and "conforming" in line]
    assert json.loads(Path("ann.json").read_text())["score"] == 10
    assert {path.name for path in Path("pages").iterdir()} == {
        *(f"{name}.html" for name in lines),
        "index.html",
    }
    report = json.loads(Path("all.json").read_text())["targets"][1]
    failed = next(check for check in report["checks"] if check["status"] == "failed")
    assert failed["repeat"].endswith(f"--cwd {Path('all', 'bob')} -- python3 server.py")
    assert before == sorted(path.name for path in tmp_path.rglob("all/*/*"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("all/*.py",), "there is no file all/*.py. Name the files"),
        (("all",), "all is a directory. Name the files"),
        (("all/eve/*",), "all/eve/notes.txt cannot be run: it is not known what runs a .txt file"),
        (("all/ann/*", "--only", "nothing"), "nothing"),
        (("x.toml", "--workers", "2", "--scheduler", "tcp://127.0.0.1:1"), "both --workers and"),
    ],
)
def test_what_cannot_be_is_told_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run, words: tuple[str, ...], said: str
) -> None:
    """In one line, with exit code 2."""
    monkeypatch.chdir(tmp_path)
    submitted(tmp_path, ann=ECHO, eve="no server")
    done = run("compare", *words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize("words", [("--workers", "2"), ("--scheduler", "tcp://127.0.0.1:1")])
def test_a_server_that_runs_is_fuzzed_by_one(run: Run, words: tuple[str, str]) -> None:
    """Several workers would be in each other's way, and the server be accused of it."""
    done = run("fuzz", "--connect", "127.0.0.1:9", *words)
    assert done.code == 2
    assert "several workers would be in each other's way" in done.err


def test_where_there_are_no_networks_servers_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two may want the same port; who says how many workers has them."""
    monkeypatch.setattr(cell, "lacking", lambda: "no network and no processes of its own: no")
    monkeypatch.setattr(pool, "cores", lambda: 4)
    assert Spread().on_cores().workers == 1
    assert Spread(workers=3).on_cores().workers == 3
    monkeypatch.setattr(cell, "lacking", lambda: "no processes of its own: no")
    assert Spread().on_cores().workers == 4


def test_workers_are_for_several_targets(run: Run) -> None:
    """Of one target there is nothing to spread."""
    done = run("check", "--workers", "2", "--", "python", "server.py")
    assert done.code == 2
    assert done.err.startswith("echo-harness: --workers is for several targets.")


def test_an_interruption_reports_what_ran(tmp_path: Path) -> None:
    """Of the first that were done; the others are named as not judged."""
    submitted(tmp_path, **{f"s{number}": ECHO for number in range(6)})
    words = ("compare", "all/*/*", *SOME, "--workers", "1", "--report", "json=all.json")
    with subprocess.Popen(
        [sys.executable, "-m", "harness", *words],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("1/6  s0: conforming")
        os.kill(process.pid, signal.SIGINT)
        began = time.monotonic()
        process.communicate(timeout=40)
        assert time.monotonic() - began < 20
    assert process.returncode == 130
    report = json.loads((tmp_path / "all.json").read_text())
    assert report["exit_code"] == 130
    assert report["verdicts"]["s0"] == "conforming"
    assert set(report["verdicts"]) | set(report["not_run"]) == {f"s{n}" for n in range(6)}
    assert "s5" in report["not_run"]


def test_nothing_is_left_when_the_harness_is_killed(tmp_path: Path) -> None:
    """Its workers see that nobody is there any more, and end with all that they launched."""
    submitted(tmp_path, ann=ECHO, bob=ECHO)
    with subprocess.Popen(
        [sys.executable, "-m", "harness", "compare", "all/*/*", "--workers", "2"],
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as process:
        ends = time.monotonic() + 40
        while not _servers(tmp_path):
            assert time.monotonic() < ends
            time.sleep(0.05)
        members = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    _, alive = psutil.wait_procs(members, timeout=30)
    assert not alive
    assert not _servers(tmp_path)


def _servers(folder: Path) -> list[int]:
    """The submissions that run."""
    return [
        process.pid
        for process in psutil.process_iter(["cwd"])
        if str(process.info["cwd"]).startswith(str(folder / "all"))
    ]


def test_configured_targets_are_judged_by_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    """``check --all`` shows the report of each as it comes, then a line for each."""
    monkeypatch.chdir(tmp_path)
    submitted(tmp_path, ann=ECHO, bob=UPPER)
    (tmp_path / "echo-harness.toml").write_text(
        "\n".join(
            f"[targets.{name}]\ncommand = ['{sys.executable}', 'all/{name}/server.py']\n"
            for name in ("ann", "bob")
        )
    )
    done = run("check", "--all", *SOME, "--workers", "2")
    assert done.code == 1
    assert "== ann" in done.out and "== bob" in done.out
    assert re.search(r"echo-harness check --only identity/[a-z-]+ bob\n", done.out)
