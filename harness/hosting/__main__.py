"""``python -m harness.hosting [--unix] MODULE:NAME``: the program that serves with a handler.

With ``--unix`` it listens on the Unix socket of SOCKET_PATH.
Exit status: 2 if there is no such handler, if it cannot be served, or if the address cannot be had;
1 if its module raises when it is imported.  SIGTERM and Ctrl-C end it as the system has it.
"""

from __future__ import annotations

import signal
import sys
import traceback
from types import ModuleType
from typing import Any

from harness.hosting import kinds
from harness.hosting.loading import Unfit, frames_of_user, load
from harness.hosting.naming import Name, parse
from harness.hosting.places import Ip, Unix
from harness.hosting.serving import serve

USAGE = "python -m harness.hosting [--unix] MODULE:NAME"
UNIX = "--unix"


def main(arguments: list[str]) -> int:
    """Serve until the process is ended; the exit status if that cannot be."""
    unix = arguments[:1] == [UNIX]
    arguments = arguments[unix:]
    if len(arguments) != 1:
        return _complain(f"usage: {USAGE}")
    try:
        name = parse(arguments[0])
    except ValueError as problem:
        return _complain(str(problem))
    try:
        handler, module = load(name)
    except Unfit as problem:
        return _complain(str(problem))
    except Exception as error:
        frames_of_user(error)
        traceback.print_exception(error)
        return 1
    try:
        kind, handler = _recognised(name, handler, module)
    except Unfit as problem:
        return _complain(f"{arguments[0]}: {problem}")
    try:
        serve(kind, handler, Unix.from_environment() if unix else Ip.from_environment())
    except Unfit as problem:
        return _complain(str(problem))
    return 0


def _recognised(name: Name, handler: Any, module: ModuleType) -> tuple[str, Any]:
    """The kind of ``handler``, and what is to be served with.  Raises Unfit."""
    kinds.must_be_callable(handler)
    kind = name.kind or kinds.kind_of(handler, vars(module))
    if kind != kinds.FACTORY:
        return kind, handler
    first = handler()
    return kinds.kind_of_made(first), kinds.beginning_with(first, handler)


def _complain(text: str) -> int:
    print(f"echo-harness: {text}", file=sys.stderr)
    return 2


def _end_at_once() -> None:
    """Let Ctrl-C end the process at any moment, unless it is ignored.  As an exception it could
    come between two lines of a library, which would tell of it at length."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    _end_at_once()
    sys.exit(main(sys.argv[1:]))
