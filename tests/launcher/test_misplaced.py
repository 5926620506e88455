"""Options of ours that were put behind the --: when that is said, and when it is not."""

from __future__ import annotations

import pytest

from harness.launcher.misplaced import hint, refused, unheard_of

SEED, QUIET = ("--seed", "3"), ("-q",)


@pytest.mark.parametrize(
    "said",
    [
        "/usr/bin/cat: unrecognized option '--seed'",
        "server.py: error: unrecognized arguments: --seed 3",
        "Error: No such option: --seed",
        "flag provided but not defined: -seed",
        "error: unexpected argument '--seed' found",
        "cat: unrecognized option: seed",
        "/usr/bin/node: bad option: --seed",
    ],
)
def test_a_server_that_does_not_know_it(said: str) -> None:
    """In the words of getopt, argparse, click, Go, clap, musl and Node."""
    assert refused([SEED, QUIET], f"Traceback or a log\n{said}\nTry '--help'.") == [SEED]


@pytest.mark.parametrize(
    "said",
    [
        "server.py: error: argument --seed: expected one argument",
        "unknown host 127.0.0.1 (with --seed-file x)",
        "OSError: [Errno 98] Address already in use\nstarted with --seed 3",
        "",
    ],
)
def test_a_server_that_has_such_an_option(said: str) -> None:
    """It complains of something else, or of the value."""
    assert refused([SEED], said) == []


def test_an_option_of_one_letter() -> None:
    """getopt names it without its dash; a letter in a word is none."""
    assert refused([QUIET], "cat: invalid option -- 'q'") == [QUIET]
    assert refused([QUIET], "unknown queue") == []


def test_a_source_without_the_word() -> None:
    """A trace of the name, also in the spelling of Python, and nothing is said."""
    timeout = ("--start-timeout=3",)
    assert unheard_of([SEED, timeout], ["port = int(sys.argv[1])"]) == [SEED, timeout]
    assert unheard_of([SEED, timeout], ["args.seed", "start_timeout = 3"]) == []
    assert unheard_of([SEED], ["reseeded"]) == [SEED]
    assert unheard_of([SEED], []) == unheard_of([QUIET], ["print()"]) == []


def test_the_hint_is_the_command_as_it_was_meant() -> None:
    """What is ours comes first, with its value; the rest stays in its order."""
    command = ("python", "x.py", "--seed", "3", "{port}", "-q")
    assert hint(command, [SEED, QUIET]) == (
        "--seed and -q are options of echo-harness, and those go before the --. "
        "Write it as: --seed 3 -q -- python x.py {port}"
    )
    assert hint(("cat", "--seed=3"), [("--seed=3",)]).startswith("--seed is an option of")
