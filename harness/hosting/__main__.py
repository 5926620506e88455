"""``python -m harness.hosting MODULE:NAME``: the program that serves with a handler.

Exit status: 2 if there is no such handler, if it cannot be served, or if the address cannot be had;
1 if its module raises when it is imported; 130 after Ctrl-C.  SIGTERM ends it as any program.
"""

from __future__ import annotations

import sys
import traceback
from types import ModuleType
from typing import Any

from harness.hosting import kinds
from harness.hosting.loading import Unfit, frames_of_user, load
from harness.hosting.naming import Name, parse
from harness.hosting.serving import serve

USAGE = "python -m harness.hosting MODULE:NAME"


def main(arguments: list[str]) -> int:
    """Serve until the process is ended; the exit status if it cannot, or is interrupted."""
    if len(arguments) != 1:
        return _complain(f"usage: {USAGE}")
    try:
        name = parse(arguments[0])
        handler, module = load(name)
    except (ValueError, Unfit) as problem:
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
        serve(kind, handler)
    except Unfit as problem:
        return _complain(str(problem))
    except KeyboardInterrupt:
        return 130
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
