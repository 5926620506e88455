"""A handler in Python as a target: what is launched for it, and what does not go with it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from harness import api
from harness.errors import UsageProblem
from harness.settings.config import Config, load

HOSTED = (sys.executable, "-P", "-m", "harness.hosting", "server:handle")


def loaded(folder: Path, text: str) -> Config:
    path = folder / "echo-harness.toml"
    path.write_text(text)
    config = load(path)
    assert config is not None
    return config


def test_a_handler_is_a_command() -> None:
    """The host that comes with us is launched, and the run is repeated by the option."""
    run = api.settings(handler="server:handle", patience=5)
    assert run.target.command == HOSTED
    assert run.repeat_with == ("--patience", "5", "--handler", "server:handle")


def test_a_handler_over_a_unix_socket() -> None:
    """The host is told; the option and the transport repeat the run."""
    run = api.settings(handler="server:handle", transport="unix")
    assert run.target.command == (*HOSTED[:-1], "--unix", "server:handle")
    assert run.repeat_with == ("--transport", "unix", "--handler", "server:handle")


def test_a_handler_with_a_name(tmp_path: Path) -> None:
    """In a file it stands where a command would, and is imported from the folder of the file."""
    run = loaded(tmp_path, "[targets.mine]\nhandler = 'server:handle'\n").run("mine", {})
    assert run.target.command == HOSTED
    assert run.target.cwd == str(tmp_path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"command": "cat"}, "both handler and a command were given"),
        ({"connect": "127.0.0.1:7"}, "both handler and connect were given"),
        ({"launch": "inetd"}, "launch has no meaning with handler"),
        ({"handler": "server"}, "handler: 'server' is not of the form MODULE:NAME"),
        ({"handler": "server.py:handle"}, "as in an import: server:handle"),
        ({"handler": "server:handle@curio"}, "there is no kind 'curio'"),
        ({"handler": "a\0b:c"}, "NUL"),
        ({"handler": 3}, "handler: expected MODULE:NAME"),
        ({"handler": test_a_handler_is_a_command}, "handler: expected MODULE:NAME"),
    ],
)
def test_what_makes_no_sense(options: dict[str, Any], said: str) -> None:
    """It is told before anything is launched."""
    with pytest.raises(UsageProblem) as caught:
        api.settings(**{"handler": "server:handle", **options})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("handler = 'server:handle'\n", "1: handler: handler belongs to a target"),
        ("[targets.a]\nhandler = 'server'\n", "2: targets.a.handler: 'server' is not of the form"),
        ("[targets.a]\nhandler = 's:h'\ncommand = 'x'\n", "one of command, handler and connect"),
    ],
)
def test_what_makes_no_sense_in_a_file(tmp_path: Path, text: str, said: str) -> None:
    """It is told with its line."""
    with pytest.raises(UsageProblem) as caught:
        loaded(tmp_path, text)
    assert said in str(caught.value)
