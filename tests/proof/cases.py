"""Cases of broken servers, recorded: so that what explains them can be tried without running them.

``python -m tests.proof.cases FOLDER [PATTERN] [SET]`` runs ``check`` on each broken server whose
name matches, and keeps what the run has shown as ``FOLDER/NAME.json``, experiments included.
``SET``: one of ``tests.proof.diagnosis``; all without it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from harness.diagnosis.case import Case
from harness.running.engine import Run
from harness.settings.choices import choose
from harness.settings.making import settings
from tests.proof.candidates import candidates
from tests.proof.diagnosis import SETS


def record(path: Path, command: list[str], options: dict[str, object]) -> None:
    """Judge the server and keep its case as ``path``."""
    wanted = settings(choose({"command": command, **options}))
    run = Run(wanted, _chosen())
    report = None
    for event in run.events():
        report = getattr(event, "report", report)
    assert report is not None
    profile = report.target.profile
    assert profile is not None, report.problem
    case = run.whole_case or run.casebook.case(profile, report.checks, wanted)
    path.write_bytes(msgspec.json.encode(case))


def _chosen() -> list[str]:
    from harness.contract.catalogue import IDS

    return list(IDS)


def load(path: Path) -> Case:
    """The case that ``record`` kept."""
    return msgspec.json.decode(path.read_bytes(), type=Case)


def main(folder: Path, pattern: str = "*", chosen: str = "all", at_once: int = 2) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    build = Path(tempfile.mkdtemp(prefix="echo-cases-"))
    works = []
    for one in candidates(SETS[chosen], pattern):
        if one.server.bugs and not one.missing:
            given = dict(zip(one.options[::2], one.options[1::2], strict=False))
            options: dict[str, object] = {}
            if "--profile" in given:
                options["profile"] = given["--profile"]
            if "--port" in given:
                options["port"] = int(given["--port"])
            works.append((one.server.name, list(one.command(build)), options))

    def make(work: tuple[str, list[str], dict[str, object]]) -> None:
        name, command, options = work
        with tempfile.TemporaryDirectory() as corpus:
            job = {"command": command, "options": {**options, "corpus": corpus}}
            target = folder / f"{name}.json"
            done = subprocess.run(
                [sys.executable, "-m", "tests.proof.cases", "--one", str(target)],
                input=msgspec.json.encode(job),
                capture_output=True,
                check=False,
                timeout=200,
            )
            print(name, "" if done.returncode == 0 else done.stderr.decode()[-300:], flush=True)

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(make, works))


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        job = msgspec.json.decode(sys.stdin.buffer.read())
        record(Path(sys.argv[2]), job["command"], job["options"])
    else:
        main(Path(sys.argv[1]), *sys.argv[2:4], at_once=int(os.environ.get("AT_ONCE", "2")))
