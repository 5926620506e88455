"""A corpus belongs to its target: which targets are the same, and what a run leaves behind."""

from __future__ import annotations

import itertools
import re
import sys
from pathlib import Path

import pytest

from harness.errors import UsageProblem
from harness.fuzzer import Case, Rate
from harness.fuzzer.corpus import Corpus, corpus_of, key_of
from harness.values import plan as p
from harness.values.address import TcpAddress
from harness.values.target import TargetSpec
from harness.values.verdict import Profile

CASE = Case(
    profile=Profile.SEQUENTIAL,
    seed=1,
    findings=(),
    rate=Rate(failed=1, of=1),
    plan=p.one(p.Connect(), p.Close()),
)
MINE = TargetSpec(command=("python", "server.py"))


def of(*command: str, **options: object) -> TargetSpec:
    return TargetSpec(command=command, **options)  # type: ignore[arg-type]


def test_other_targets_have_other_folders() -> None:
    """Another command, folder, environment, address or name."""
    keys = [
        key_of(MINE, None, ".."),
        key_of(MINE, None, "../a"),
        key_of(MINE, "mine", ".."),
        key_of(MINE, "yours", ".."),
        key_of(of("python", "other.py"), None, ".."),
        key_of(of("python", "server.py", "--loud"), None, ".."),
        key_of(of("python", "server.py", env=(("LOUD", "1"),)), None, ".."),
        key_of(TargetSpec(connect=TcpAddress("127.0.0.1", 7)), None, ".."),
        key_of(TargetSpec(connect=TcpAddress("127.0.0.1", 70)), None, ".."),
    ]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "other",
    [
        of("python", "server.py", port=7),
        of("python", "server.py", host="::1", start_timeout=60.0, allow_remote=True),
        of(sys.executable, "server.py"),
    ],
)
def test_the_same_target_in_other_circumstances(other: TargetSpec) -> None:
    """Another port, host or patience makes no other program of it."""
    assert key_of(other, None, "..") == key_of(MINE, None, "..")


def test_a_name_outlives_the_command() -> None:
    """Whoever has given a name means the same target, whatever starts it today."""
    assert key_of(MINE, "mine", "..") == key_of(of("./server", "-v"), "mine", "..")


@pytest.mark.parametrize(
    ("target", "label", "readable"),
    [
        (MINE, None, "python-server.py"),
        (of("/usr/bin/node", "/home/me/server.js", "--port", "7"), None, "node-server.js"),
        (of("env", "TOKEN=secret", "./server", "--key=secret"), None, "env-server"),
        (TargetSpec(connect=TcpAddress("::1", 7)), None, "1-7"),
        (MINE, "mine", "mine"),
        (MINE, "../../é\n\ud800", "target"),
        (MINE, "x" * 300, "x" * 40),
    ],
)
def test_a_folder_can_be_told_by_its_name(
    target: TargetSpec, label: str | None, readable: str
) -> None:
    """It is short, safe in any file system, and holds no secret."""
    key = key_of(target, label, "..")
    assert re.fullmatch(rf"{re.escape(readable)}-[0-9a-f]{{8}}", key), key


def test_a_project_that_moves_finds_its_cases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when CI checks it out somewhere else; and two projects that share a corpus differ."""
    folders = [tmp_path / "a", tmp_path / "b"]
    keys = []
    for folder, root in itertools.product(folders, (".echo-harness", str(tmp_path / "shared"))):
        folder.mkdir(exist_ok=True)
        monkeypatch.chdir(folder)
        keys.append(corpus_of(MINE, None, Path(root)).key)
    assert keys[0] == keys[2]
    assert len(set(keys)) == 3


def test_folders_of_one_project_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`python server.py` in two of them is two programs."""
    monkeypatch.chdir(tmp_path)
    one, other = (of("python", "server.py", cwd=cwd) for cwd in ("a", "b"))
    root = Path(".echo-harness")
    assert corpus_of(one, None, root) != corpus_of(other, None, root)


def test_without_a_working_directory_there_is_no_corpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said in one sentence."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UsageProblem, match="does not exist any more"):
        corpus_of(MINE, None, Path(".echo-harness"))


def test_git_ignores_a_new_corpus(tmp_path: Path) -> None:
    """Its .gitignore is written once: whoever removes or changes it keeps it so."""
    corpus = Corpus(tmp_path / "new" / "corpus", "mine")
    assert corpus.cases() == corpus.strays() == []
    path = corpus.save(CASE)
    assert corpus.cases() == [path]
    ignore = corpus.root / ".gitignore"
    assert ignore.read_text() == "*\n"
    ignore.write_text("")
    Corpus(corpus.root, "yours").save(CASE)
    assert ignore.read_text() == ""
    ignore.unlink()
    corpus.save(CASE)
    assert not ignore.exists()


def test_a_folder_with_other_things_in_it_is_not_hidden(tmp_path: Path) -> None:
    """`--corpus .` must not make git forget the project."""
    (tmp_path / "server.py").touch()
    corpus = Corpus(tmp_path, "mine")
    assert corpus.save(CASE).parent == tmp_path / "mine"
    assert not (tmp_path / ".gitignore").exists()


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    """And nothing half written is left."""
    (tmp_path / "file").touch()
    with pytest.raises(UsageProblem, match="cannot be written"):
        Corpus(tmp_path / "file", "mine").save(CASE)
    corpus = Corpus(tmp_path / "corpus", "mine")
    (corpus.folder / CASE.name).mkdir(parents=True)
    with pytest.raises(UsageProblem, match="cannot be written"):
        corpus.save(CASE)
    assert [path.name for path in corpus.folder.iterdir()] == [CASE.name]
