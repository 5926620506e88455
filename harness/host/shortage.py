"""What the machine lacks, read from the error that says so.

A lack of the machine is neither a breach of the target nor a fault of the harness.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator

from harness.errors import MachineProblem

LACKS = {
    errno.EMFILE: ("open files", "It is a limit of this process: raise it with ulimit -n."),
    errno.ENFILE: ("open files", "It is the limit of the whole system."),
    errno.EAGAIN: (
        "processes or threads",
        "It is a limit of this user or container (ulimit -u), or the memory for them (ulimit -v).",
    ),
    errno.ENOBUFS: ("memory for sockets", ""),
    errno.ENOMEM: ("memory", "Raise the limit (ulimit -v, or the container's)."),
    errno.ENOSPC: ("space on a disk, or of what else has a limit", ""),
}
"""By errno: what is lacking, and what to do about it.  EAGAIN is fork(2)'s."""

NO_THREAD = "can't start new thread"
"""The text of Python's RuntimeError when no thread can be made."""
UNLOADED = {
    "Too many open files": errno.EMFILE,
    "Cannot allocate memory": errno.ENOMEM,
    "cannot allocate memory": errno.ENOMEM,
    "failed to map segment": errno.ENOMEM,
    "cannot create shared object descriptor": errno.ENOMEM,
}
"""What the dynamic linker says in an ImportError, which carries no errno."""


def lack(number: int, step: str = "") -> MachineProblem | None:
    """The problem that an errno stands for, if it is one of the machine's."""
    if number not in LACKS:
        return None
    what, advice = LACKS[number]
    return MachineProblem(f"the machine is short of {what}.", advice, step=step)


def shortage(error: BaseException, step: str = "") -> MachineProblem | None:
    """The problem of the machine that ``error``, or one of its causes, is about; None if none
    is."""
    for cause in _causes(error):
        if isinstance(cause, MachineProblem):
            return cause
        number = _errno_of(cause)
        if number is not None and (problem := lack(number, step)):
            return problem
    return None


def _errno_of(error: BaseException) -> int | None:
    if isinstance(error, MemoryError):
        return errno.ENOMEM
    if isinstance(error, OSError):
        return error.errno
    if isinstance(error, RuntimeError) and NO_THREAD in str(error):
        return errno.EAGAIN
    if isinstance(error, ImportError):
        return next((n for text, n in UNLOADED.items() if text in str(error)), None)
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__
