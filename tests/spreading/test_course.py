"""A course's folder: which files there are, what they are called, how each is run."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from harness.errors import UsageProblem
from harness.spreading.course import Way, found, is_course, named, way


@pytest.mark.parametrize(
    ("words", "files"),
    [
        (("servers.toml",), False),
        (("SERVERS.TOML",), False),
        (("a/*/server.py",), True),
        (("a.toml", "b.toml"), True),
        (("server.py",), True),
        (("targets",), False),
        (("targets.conf",), False),
        (("/dev/null",), False),
        (("/bin/sh",), True),
        (("x\0y",), False),
    ],
)
def test_one_toml_file_is_a_list_of_targets(words: tuple[str, ...], files: bool) -> None:
    """Everything else is files to run."""
    assert is_course(words) is files


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["s/ann/server.py", "s/bob/server.py"], ["ann", "bob"]),
        (["s/ann/server.py", "s/bob/server.js"], ["ann", "bob"]),
        (["s/ann.py", "s/bob.py"], ["ann", "bob"]),
        (["s/x.py", "s/x.js"], ["x.py", "x.js"]),
        (["s/ann/x.py", "s/ann/y.py", "s/bob/x.py"], ["ann-x.py", "ann-y.py", "bob-x.py"]),
        (["s/ann/1/x.py", "s/bob/1/x.py"], ["ann-1", "bob-1"]),
        (["x.py"], ["x"]),
        (["s/an{n}\n/x.py", "s/bob/x.py"], ["an_n__", "bob"]),
        (["s/a/b/x.py", "s/a-b/x.py"], ["a-b-x.py", "2-x.py"]),
    ],
)
def test_names_tell_the_files_apart(paths: list[str], names: list[str]) -> None:
    """By what is different in their paths, and no more than that."""
    if names[-1] == "2-x.py":
        names = ["1-x.py", "2-x.py"]
    given = named([Path(path) for path in paths])
    assert list(given) == names
    assert [str(path) for path in given.values()] == paths


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Some files of every kind, and the folder that they are in is where we are."""
    for name in ("ann/server.py", "bob/server.js", "cy/server.go", "dan/notes.txt", "eve/[x].py"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("hello\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_pattern_in_quotes_is_expanded(course: Path) -> None:
    """In order, each file once, also where the shell has named some; folders are left out."""
    assert [str(path) for path in found(["*/server.*", "ann/server.py"])] == [
        "ann/server.py",
        "bob/server.js",
        "cy/server.go",
    ]
    assert found(["eve/[x].py"]) == [Path("eve/[x].py")]
    assert len(found(["**"])) == 5


def test_a_folder_with_the_name_of_a_program_is_not_left_out(course: Path) -> None:
    """Somebody has handed it in: there is a line that says what it is."""
    (course / "fay" / "server.py").mkdir(parents=True)
    assert found(["*/server.py"]) == [Path("ann/server.py"), Path("fay/server.py")]
    assert way(Path("fay/server.py")) == Way(unknown="it is a folder")


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("*/server.rb", "there is no file */server.rb. Name the files: "),
        ("ann", "ann is a directory. Name the files: "),
        ("a*", "a* stands for directories only. "),
        ("x\0y", r"'x\x00y' is no file name."),
    ],
)
def test_a_pattern_for_nothing_is_told(course: Path, pattern: str, said: str) -> None:
    """With what to write instead."""
    with pytest.raises(UsageProblem) as caught:
        found([pattern])
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("name", "content", "how"),
    [
        ("server.py", "#!/bin/sh\n", Way((sys.executable, "server.py"))),
        ("server.PY", "x", Way((sys.executable, "server.PY"))),
        ("-x.py", "x", Way((sys.executable, "./-x.py"))),
        ("server.js", "x", Way(("node", "server.js"))),
        ("server.java", "x", Way(("java", "server.java"))),
        (
            "Server.java",
            "class Server { public static void main(String[] words) {} }",
            Way(("java", "-cp", "{out}", "Server"), ("javac", "-d", "{out}", "Server.java")),
        ),
        ("server.rb", "x", Way(("ruby", "server.rb"))),
        ("server.pl", "x", Way(("perl", "server.pl"))),
        ("server.go", "x", Way(("{out}",), ("go", "build", "-o", "{out}", "server.go"))),
        ("run", "#!/bin/sh\n", Way(unknown="it is not executable (chmod +x)")),
        (
            "server.txt",
            "x",
            Way(
                unknown="it is not known what runs a .txt file; a first line with #! and chmod +x "
                "say so"
            ),
        ),
        (
            "server",
            "x",
            Way(unknown="it is not known what runs it; a first line with #! and chmod +x say so"),
        ),
    ],
)
def test_a_file_is_run_as_its_kind_is_run(
    tmp_path: Path, name: str, content: str, how: Way
) -> None:
    """Or it is said why it cannot be."""
    (tmp_path / name).write_text(content)
    assert way(tmp_path / name) == how


@pytest.mark.parametrize("content", [b"#!/usr/bin/env python3\n", b"\x7fELF\x02"])
def test_what_says_how_it_is_run_is_run_as_it_stands(tmp_path: Path, content: bytes) -> None:
    """If it may be executed, whatever its name ends with."""
    path = tmp_path / "server.py"
    path.write_bytes(content)
    path.chmod(0o755)
    assert way(path) == Way(("./server.py",))


def test_what_is_no_file_is_told_and_not_opened(tmp_path: Path) -> None:
    """A pipe would wait for a writer."""
    os.mkfifo(tmp_path / "server.py")
    assert way(tmp_path / "server.py").unknown == "it is no regular file"
    assert way(tmp_path / "gone.py").unknown == "it cannot be read: No such file or directory"
    assert way(tmp_path / "\udc80.py").unknown == "its name is no UTF-8"
