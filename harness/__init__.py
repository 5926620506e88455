"""A conformance and fuzz testing harness for echo servers.

>>> import harness
>>> harness.check("python server.py").ok
True

The names in ``__all__`` are public.  Each is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from harness._version import __version__

if TYPE_CHECKING:
    from harness.api import assert_conforms, check, fuzz, replay, watch
    from harness.errors import EchoHarnessError, MachineProblem, TargetProblem, UsageProblem
    from harness.running.session import Session
    from harness.testing import Target, assert_echoes
    from harness.values.report import Report
    from harness.values.verdict import Level, Profile, Result, Status, Verdict

_HOMES = {
    "harness.api": ("assert_conforms", "check", "fuzz", "replay", "watch"),
    "harness.errors": ("EchoHarnessError", "MachineProblem", "TargetProblem", "UsageProblem"),
    "harness.testing": ("Target", "assert_echoes"),
    "harness.values.report": ("Report",),
    "harness.running.session": ("Session",),
    "harness.values.verdict": ("Level", "Profile", "Result", "Status", "Verdict"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "EchoHarnessError",
    "Level",
    "MachineProblem",
    "Profile",
    "Report",
    "Result",
    "Session",
    "Status",
    "Target",
    "TargetProblem",
    "UsageProblem",
    "Verdict",
    "__version__",
    "assert_conforms",
    "assert_echoes",
    "check",
    "fuzz",
    "replay",
    "watch",
]


if not TYPE_CHECKING:  # a type checker would accept any name then

    def __getattr__(name: str) -> Any:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
