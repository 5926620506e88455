"""``--handler``: a handler in Python is judged like any other server."""

from __future__ import annotations

from pathlib import Path

from harness.launcher.clues import sources
from harness.values.target import TargetSpec
from tests.conftest import Run

HANDLERS = Path(__file__).parents[1] / "hosting" / "handlers"
HELLO = ("--only", "identity/hello")


def test_a_handler_is_judged(run: Run) -> None:
    """The verdict is about the handler, which the host serves with."""
    done = run("check", "-q", "--handler", "served:of_socket", "--cwd", str(HANDLERS), *HELLO)
    assert done.code == 0, done
    assert "1 passed" in done.out
    assert "concurrent" in done.out


def test_a_handler_that_is_not_there(run: Run, tmp_path: Path) -> None:
    """It ends with 3, as for every target that does not start, and with the host's one line."""
    done = run("check", "--handler", "served:of_socket", "--cwd", str(tmp_path), *HELLO)
    assert done.code == 3
    assert f"echo-harness: there is no module 'served' in {tmp_path}" in " ".join(done.out.split())
    assert "Traceback" not in done.out


def test_no_handler_by_that_name_can_be(run: Run) -> None:
    """A name of another form is a usage error, and nothing is launched."""
    for command in ("check", "fuzz"):
        done = run(command, "--handler", "served.py:of_socket")
        assert done.code == 2
        assert "write the module as in an import: served:of_socket" in done.err


def test_the_source_of_a_handler_is_known(tmp_path: Path) -> None:
    """Where a cause is about a line, it is looked for in the file of the module."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "package.py").write_text("a file")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "__init__.py").write_text("a package")

    def found(word: str) -> list[tuple[str, str]]:
        return list(sources(TargetSpec(command=("python", "-m", "h", word), cwd=str(tmp_path))))

    assert found("in.package:handle") == [("package.py", "a file")]
    assert found("other:Class.handle@socket") == [("__init__.py", "a package")]
    assert found("127.0.0.1:7007") == found("http://x:y") == found("c:\\x") == []
