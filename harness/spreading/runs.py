"""What every task needs: settings as they hold on this machine, and a report in any case."""

from __future__ import annotations

import os
import sys

import msgspec

from harness.contract.catalogue import choose
from harness.errors import EchoHarnessError, UsageProblem
from harness.running.record import Record
from harness.settings.run import Settings
from harness.spreading.tasks import Place
from harness.values.report import Report


def failed(settings: Settings, problem: EchoHarnessError) -> Report:
    """The report of a run that ``problem`` kept from beginning."""
    try:
        chosen = choose(settings.only, settings.skip, settings.level)
    except UsageProblem:
        chosen = []
    record = Record(settings, chosen)
    record.add_problem(problem)
    return record.report(0.0)


def here(settings: Settings, place: Place) -> Settings:
    """``settings`` as they mean the same on this machine.  Raises UsageProblem."""
    try:
        os.chdir(place.folder)
    except OSError as error:
        raise UsageProblem(
            f"the worker on {os.uname().nodename} cannot go to {place.folder}: {error.strerror}.",
            "Workers need the same files at the same places (a shared file system).",
        ) from error
    words = (sys.executable if w == place.python else w for w in settings.target.command)
    target = msgspec.structs.replace(settings.target, command=tuple(words))
    return msgspec.structs.replace(settings, target=target)
