"""Commands that were meant for a shell: which rule they break, and how to write them."""

from __future__ import annotations

import pytest

from harness.launcher.shell import meant, operator_advice, runnable


@pytest.mark.parametrize(
    ("command", "why", "advice"),
    [
        (["python server.py"], "taken as one word", "-- python server.py"),
        (["python 'my server.py' {port}"], "one word", "-- python 'my server.py' {port}"),
        (["python 'never closed"], "one word", "-- python ''\"'\"'never' closed"),
        (["PORT=1 python x"], "PORT=... sets no variable", "--env PORT=1 -- python x"),
        (["PORT=1", "python", "x"], "sets no variable", "--env PORT=1 -- python x"),
        (["A=1 B='2 3' x"], "A=...", "--env A=1 --env 'B=2 3' -- x"),
        (["PORT=1"], "sets no variable", "--env PORT=1 -- COMMAND"),
        (["a | b"], "'|' means nothing", "-- sh -c 'a | b'"),
        (["a|b"], "'|' means nothing", "-- sh -c 'a|b'"),
        (["server --log>x"], "'>' means nothing", "-- sh -c 'server --log>x'"),
        (["a", "&&", "b c"], "'&&' means nothing", "-- sh -c 'a && '\"'\"'b c'\"'\"''"),
        (["cd", "x"], "cd is a command of the shell", "--cwd x -- COMMAND"),
        (["cd"], "cd is a command of the shell", "--cwd DIR -- COMMAND"),
        (["cd x && y"], "cd is a command of the shell", "--cwd x -- y"),
        (["cd 'a b'; y z"], "cd is a command of the shell", "--cwd 'a b' -- y z"),
        (["A=1 cd x && y"], "cd is a command of the shell", "--env A=1 --cwd x -- y"),
        (["source", "env.sh"], "source is a command of the shell", "-- sh -c 'source env.sh'"),
        (["~/server"], "not replaced", "-- sh -c '~/server'"),
        (["$SERVER"], "not replaced", "-- sh -c '$SERVER'"),
    ],
)
def test_what_a_shell_would_have_done(command: list[str], why: str, advice: str) -> None:
    """The form that works is shown, to be pasted."""
    found = meant(command)
    assert found is not None
    assert why in found.why
    assert found.advice.endswith(advice)


@pytest.mark.parametrize(
    "command", [["pyhton", "server.py"], ["server"], [""], ["python", "a b"], ["./my server"]]
)
def test_what_no_shell_would_have_understood_either(command: list[str]) -> None:
    """A word that is misspelt is only that; a folder with a space may be meant."""
    found = meant(command)
    assert found is None or command == ["./my server"]


@pytest.mark.parametrize(
    ("program", "form"),
    [
        ("server.py", "python server.py"),
        ("./my server.JS", "node './my server.JS'"),
        ("a/server.jar", "java -jar a/server.jar"),
        ("server", "./server"),
        ("bin/server", "bin/server"),
    ],
)
def test_a_file_as_a_command(program: str, form: str) -> None:
    """After what runs it, where the name tells what that is."""
    assert runnable(program) == form


def test_an_operator_among_the_arguments() -> None:
    """The program got it, and may have ended for that."""
    assert "'|'" in operator_advice(["server", "|", "tee", "log"])
    assert "sh -c 'server | tee log'" in operator_advice(["server", "|", "tee", "log"])
    assert operator_advice(["sh", "-c", "a | b"]) == ""
