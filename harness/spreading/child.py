"""The process that does tasks: ``python -m harness.spreading.child FOLDER [--cell]``.

It reads a task from its standard input and writes what came of it to its standard output, then
reads the next one.  When its input ends during a task, whoever asked wants no more, or is gone: the
run ends, and its report of what ran is still written.  Nothing else is ever written there.

Workers that are many are forked from one process instead (template.py), which calls ``work``.

FOLDER is for files of a task, and is removed by who asks.  With ``--cell`` it is in a cell before
anything is launched (``launcher/cell.py``).
"""

from __future__ import annotations

import importlib
import os
import select
import signal
import sys

CELL = "--cell"


def main() -> None:
    """Do tasks until the input ends."""
    work(sys.argv[1], cell=CELL in sys.argv[1:])


def work(folder: str, *, cell: bool) -> None:
    """The same, from a process that has nothing else to do and no second thread."""
    lacking = _enter() if cell else None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # they are for who asks, who ends us
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    answers = _private_output()
    from harness.launcher import nurseries

    with nurseries.prepared():  # while the rest is imported
        from harness.spreading import frames
        from harness.spreading.performing import Ties, perform
        from harness.spreading.tasks import Told, packed, task_of

        def tell(told: Told) -> None:
            frames.write(answers, packed(told))

        while (data := frames.read(0)) is not None:
            tell(perform(task_of(data), Ties(folder, _asked, tell), lacking))


def preload() -> None:
    """Import what `work` needs, for those that are forked from this process."""
    for name in ("frames", "performing", "searching", "tasks"):
        importlib.import_module(f"harness.spreading.{name}")


def _enter() -> str | None:
    from harness.launcher import cell

    return cell.enter()


def _private_output() -> int:
    """The descriptor for answers; what anybody prints goes to standard error."""
    answers = os.dup(1)
    os.set_inheritable(answers, False)
    os.dup2(2, 1)
    return answers


def _asked() -> bool:
    """Whether no more is wanted: whatever happens on our input during a task means that."""
    return bool(select.select([0], [], [], 0)[0])


if __name__ == "__main__":
    main()
