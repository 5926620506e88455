"""What a user may choose for a run: the same names in a file, in a call and on the command line.

``Choices`` is the table of them: what each may be, and what is said when it is not.  ``making``
makes a run of it.
"""

from __future__ import annotations

import enum
import shlex
import sys
from collections.abc import Mapping
from os import PathLike, fspath
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from harness.errors import UsageProblem
from harness.settings import handlers
from harness.settings.run import Settings
from harness.text import outside
from harness.text.nearest import did_you_mean, nearest
from harness.values.effort import Effort
from harness.values.report import Grading
from harness.values.target import TargetSpec, is_host, parse_address

REFERENCE = (sys.executable, "-m", "echo_ref")
"""What is tested when no command is given: the reference is one more command line."""
AUTO = "auto"

Seconds = Annotated[float, Meta(gt=0, le=3600)]
LEAST_RATE = 0.001
"""Connections a second: one in a quarter of an hour.  With less, a run never ends."""


class GradingTable(Grading, frozen=True, forbid_unknown_fields=True):
    """The same, as a user writes it."""


class Choices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """None means: not chosen, so the default holds."""

    command: str | tuple[str, ...] | None = None
    """A string is split as a shell would; none of it is run by a shell."""
    handler: str | None = None
    """``MODULE:NAME`` of what serves a client in Python, for the host that comes with us."""
    connect: str | None = None
    """The address of a server that runs already: ``HOST:PORT``, or a URL."""
    transport: Literal["auto", "tcp", "unix", "udp"] | None = None
    launch: Literal["listen", "inetd", "inetd-wait", "socket-activation"] | None = None
    """How it comes by its listener."""
    keep_stderr: bool | None = None
    """With inetd: its standard error is not the connection."""
    profile: Literal["auto", "one-shot", "sequential", "concurrent"] | None = None
    port: Annotated[int, Meta(ge=1, le=65535)] | None = None
    host: str | None = None
    cwd: str | None = None
    env: dict[str, str] | None = None
    start_timeout: Seconds | None = None
    allow_remote: bool | None = None
    only: tuple[str, ...] | None = None
    skip: tuple[str, ...] | None = None
    level: Literal["must", "should", "may"] | None = None
    effort: Literal["quick", "normal", "thorough"] | None = None
    patience: Seconds | None = None
    rate: Annotated[float, Meta(ge=LEAST_RATE)] | None = None
    seed: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    jobs: Annotated[int, Meta(ge=1, le=16)] | None = None
    isolate: Literal["auto", "always", "never"] | None = None
    """Networks of their own for instances of the target."""
    fail_fast: bool | None = None
    strict: bool | None = None
    fuzz: Annotated[int, Meta(ge=0)] | None = None
    """Sessions of the short fuzz at the end."""
    corpus: str | None = None
    dictionary: str | None = None
    """Constants that steer the fuzzer: ``auto``, ``none``, or a file of AFL or libFuzzer."""
    pcap: str | None = None
    """A folder for captures of failed checks, for Wireshark."""
    expected_failures: dict[str, str] | None = None
    """Check id to reason."""
    grading: GradingTable | None = None
    """What checks are worth in reports for graders."""


NAMES = tuple(Choices.__struct_encode_fields__)
TYPES = {field.encode_name: field.type for field in msgspec.structs.fields(Choices)}
EXPECTS = {
    "command": "a command line, or a list of arguments",
    "handler": "MODULE:NAME of a handler in Python, such as server:handle",
    "connect": "HOST:PORT, or a URL: tcp://HOST:PORT, udp://HOST:PORT, unix:PATH",
    "transport": "one of auto, tcp, unix, udp",
    "launch": "one of listen, inetd, inetd-wait, socket-activation",
    "keep-stderr": "true or false",
    "profile": "one of auto, one-shot, sequential, concurrent",
    "port": "a port from 1 to 65535",
    "host": "an address such as 127.0.0.1",
    "cwd": "a folder",
    "env": "a table of texts",
    "start-timeout": "seconds, more than 0 and at most 3600",
    "allow-remote": "true or false",
    "only": "a list of patterns",
    "skip": "a list of patterns",
    "level": "one of must, should, may",
    "effort": "one of quick, normal, thorough",
    "patience": "seconds, more than 0 and at most 3600",
    "rate": "connections a second, 0.001 or more",
    "seed": "a whole number from 0 to 2147483647",
    "jobs": "a whole number from 1 to 16",
    "isolate": "one of auto, always, never",
    "fail-fast": "true or false",
    "strict": "true or false",
    "fuzz": "a number of sessions, 0 or more",
    "corpus": "a folder",
    "dictionary": "auto, none, or a file of AFL or libFuzzer",
    "pcap": "a folder",
    "expected-failures": "a table of check ids, each with a reason",
    "grading": "a table of must, should, may (points), total and visibility",
}
"""What each must be, in words, for messages and the manual."""
_POINTS = "points, from 0 to 1000"
GRADING = {
    "must": _POINTS,
    "should": _POINTS,
    "may": _POINTS,
    "total": "points, more than 0 and at most 1000000",
    "visibility": "one of visible, hidden, after_due_date, after_published",
}
"""The same for the keys of ``grading``."""
DEFAULTS: dict[str, Any] = {
    field.encode_name: field.default
    for struct in (TargetSpec, Settings)
    for field in msgspec.structs.fields(struct)
} | {
    "profile": AUTO,
    "transport": AUTO,
    "isolate": AUTO,
    "effort": Effort.NORMAL.value,
    "start-timeout": 10.0,
    "allow-remote": False,
    "keep-stderr": False,
    "fail-fast": False,
    "grading": None,
    "handler": None,
}


def choose(options: Mapping[str, Any]) -> Choices:
    """``options`` (names with ``_``, as in Python) as a checked value.  Raises UsageProblem."""
    plain = {name.replace("_", "-"): _plain(value) for name, value in options.items()}
    for name, value in plain.items():
        _must_be_good(name, value)
    return msgspec.convert(plain, Choices)


def _must_be_good(name: str, value: Any) -> None:
    """Raise UsageProblem that says what is expected unless there is such an option and value."""
    if name not in TYPES:
        near = nearest(name, NAMES, cutoff=0.6)
        meant = f"Did you mean {near.replace('-', '_')!r}?" if near else ""
        known = f"The options are {', '.join(NAMES).replace('-', '_')}."
        raise UsageProblem(
            f"there is no option {outside.shown(name.replace('-', '_'))}.", meant or known
        )
    try:
        msgspec.convert(value, TYPES[name])
    except msgspec.ValidationError as error:
        words = EXPECTS[name].removeprefix("one of ").split(", ")
        meant = did_you_mean(value, words) if isinstance(value, str) and len(words) > 2 else ""
        found = outside.shown(value)
        raise UsageProblem(
            f"{name.replace('-', '_')}: expected {EXPECTS[name]}, found {found}.", meant
        ) from error
    if wrong := flaw(name, value):
        raise UsageProblem(f"{name.replace('-', '_')}: {wrong}.", _advice(name, value))


def _advice(name: str, value: Any) -> str:
    """What to do about a value that has a flaw: of an address it depends on which one."""
    if name == "connect":
        try:
            parse_address(value)
        except UsageProblem as problem:
            return problem.advice
    return f"It must be {EXPECTS[name]}."


def flaw(name: str, value: Any) -> str | None:
    """What is wrong with ``value``, which has the type that ``name`` must have; None if nothing."""
    texts = [value] if isinstance(value, str) else []
    if isinstance(value, Mapping):
        texts = [text for text in (*value, *value.values()) if isinstance(text, str)]
    elif isinstance(value, list | tuple):
        texts = list(value)
    if any("\0" in text for text in texts):  # the system would end the text there
        return f"{outside.shown(value)} holds a NUL character"
    if name == "command" and value is not None and not any(text.strip() for text in texts):
        return "the command is empty; it must be what starts the server"
    if name == "env" and value is not None:
        for variable in value:
            if not variable or "=" in variable:
                return f"{outside.shown(variable)} is no name of a variable"
    if name in ("cwd", "corpus", "pcap") and value == "":
        return "the name of the folder is empty"
    if name == "dictionary" and value == "":
        return "the name of the file is empty"
    if name == "handler" and value is not None:
        return handlers.wrong_with(value)
    try:
        if name == "connect" and value is not None:
            parse_address(value)
        if name == "command" and isinstance(value, str):
            split(value)
    except UsageProblem as problem:
        return problem.message.rstrip(".")
    if name == "host" and value is not None and not is_host(value):
        return f"{outside.shown(value)} is no address"
    return None


def split(command: str) -> tuple[str, ...]:
    """A command line as arguments.  Raises UsageProblem."""
    try:
        return tuple(shlex.split(command))
    except ValueError as error:
        raise UsageProblem(
            f"the command {outside.shown(command)} cannot be split: {error}.",
            "Give a list of arguments.",
        ) from error


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, PathLike):
        return fspath(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
