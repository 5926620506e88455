"""Programs that were started without their port: what is said, and of which nothing is."""

from __future__ import annotations

import pytest

from harness.launcher.ends import Exit
from harness.launcher.wanting import wants_port
from harness.values.target import TargetSpec

FAILED, WELL, CRASHED = Exit(1 << 8), Exit(0), Exit(11)
PYTHON = "    int(sys.argv[1])\n        ~~~~~~~~^^^\nIndexError: list index out of range"


def advice(said: str, *command: str, ended: Exit = FAILED) -> str:
    return wants_port(TargetSpec(command=command or ("python", "x.py")), ended, said)


@pytest.mark.parametrize(
    "said",
    [
        PYTHON,
        "usage: x.py [-h] port\nx.py: error: the following arguments are required: port",
        "Usage: ./server PORT",
        "java.lang.ArrayIndexOutOfBoundsException: Index 0 out of bounds for length 0",
        "panic: runtime error: index out of range [1] with length 1",
        "index out of bounds: the len is 1 but the index is 1",
        "  code: 'ERR_SOCKET_BAD_PORT'",
    ],
)
def test_who_lacks_an_argument_is_told_how_to_give_it(said: str) -> None:
    """In the words of the language that it is written in."""
    assert advice(said).endswith("write {port} there: -- python x.py {port}")


def test_a_crash_without_a_word() -> None:
    """As C has it: ``atoi(argv[1])``."""
    assert "-- ./server {port}" in advice("", "./server", ended=CRASHED)
    assert advice("", "./server", "x", ended=CRASHED) == ""
    assert advice("assertion failed", "./server", ended=CRASHED) == ""


def test_who_lacks_something_else() -> None:
    """It has a port already, it ended well, or it complains of another thing."""
    assert advice(PYTHON, "python", "x.py", "{port}") == ""
    assert advice(PYTHON, "python", "x.py", "5000") == ""
    assert advice(PYTHON, ended=WELL) == ""
    assert advice("usage: x.py [-h] --file FILE") == ""
    assert advice("ImportError: no module named y") == ""
    assert advice("") == ""
