"""The catalogue: every check, in the order of the contract, and how to choose from it."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence

from harness.contract import (
    chunking,
    datagram,
    datagram_clients,
    identity,
    launch,
    partial_send,
    resilience,
    resilience_signals,
    resources,
    resources_reports,
    sessions,
    sessions_at_once,
    shutdown,
)
from harness.contract.check import EVERYWHERE, RFC862, Check
from harness.errors import UsageProblem
from harness.text.nearest import did_you_mean
from harness.text.outside import shown
from harness.values.address import Transport
from harness.values.plan import Plan
from harness.values.verdict import Level

GROUPS = {
    "launch": launch.CHECKS,
    "identity": identity.CHECKS,
    "chunking": chunking.CHECKS,
    "shutdown": shutdown.CHECKS,
    "partial-send": partial_send.CHECKS,
    "resilience": (*resilience.CHECKS, *resilience_signals.CHECKS),
    "sessions": (*sessions.CHECKS, *sessions_at_once.CHECKS),
    "resources": (*resources.CHECKS, *resources_reports.CHECKS),
    "datagram": (*datagram.CHECKS, *datagram_clients.CHECKS),
}
CHECKS: tuple[Check, ...] = tuple(check for group in GROUPS.values() for check in group)
FUZZ_ID = "fuzz/plans"
FUZZ = Check(
    id=FUZZ_ID,
    level=Level.MUST,
    basis=RFC862,
    requirement="Whatever clients do, drawn at random over all of the above, every byte comes "
    "back, unchanged, in order, once.",
    plan=lambda context: Plan(scripts=()),
    allowed="What the plan allows: everything comes back, or a prefix where the client left "
    "early. Not allowed: what no check above allows either.",
    transports=EVERYWHERE,
)
"""Not among ``CHECKS``: its plans are drawn, not written."""
IDS: tuple[str, ...] = (*(check.id for check in CHECKS), FUZZ_ID)


def find(check_id: str) -> Check:
    """The check with this id.  Raises UsageProblem that names the nearest."""
    for check in (*CHECKS, FUZZ):
        if check.id == check_id:
            return check
    if checks := group(check_id):
        names = ", ".join(check.id for check in checks)
        raise UsageProblem(f"{check_id!r} is a group, not a check.", f"Its checks are {names}.")
    raise UsageProblem(f"there is no check {shown(check_id)}.", _nearest(check_id))


def group(name: str) -> tuple[Check, ...]:
    """The checks of the group ``name``, which may end in a slash; empty when there is none."""
    return tuple(check for check in (*CHECKS, FUZZ) if check.group == name.rstrip("/"))


def choose(
    only: tuple[str, ...] = (), skip: tuple[str, ...] = (), level: Level | None = None
) -> list[str]:
    """The ids that are chosen, in order, ``fuzz/plans`` included.

    ``only`` and ``skip`` are shell patterns on ids (a bare group name means all of it); ``level``
    leaves out what is less.  Raises UsageProblem when a pattern matches nothing or nothing is
    left.
    """
    for option, patterns in (("--only", only), ("--skip", skip)):
        for pattern in patterns:
            if (advice := unmatched(pattern)) is not None:
                raise UsageProblem(f"{option} {shown(pattern)} matches no check.", advice)
    order = [Level.MUST, Level.SHOULD, Level.MAY]
    levels = {check.id: check.level for check in (*CHECKS, FUZZ)}
    chosen = [
        i
        for i in IDS
        if (not only or any(_matches(i, pattern) for pattern in only))
        and not any(_matches(i, pattern) for pattern in skip)
        and (level is None or order.index(levels[i]) <= order.index(level))
    ]
    if not chosen:
        raise UsageProblem(
            "no check is left after --only, --skip and --level.",
            "'echo-harness list' shows all checks.",
        )
    return chosen


def unmatched(pattern: str) -> str | None:
    """For a pattern that matches no check: what it may be meant to be.  None if it matches one."""
    return None if any(_matches(i, pattern) for i in IDS) else _nearest(pattern)


def concerning(ids: Sequence[str], transport: Transport) -> list[str]:
    """Those of ``ids`` that are about servers of that sort: of streams, or of datagrams."""
    by_id = {check.id: check for check in (*CHECKS, FUZZ)}
    return [i for i in ids if by_id[i].concerns(transport)]


def _matches(check_id: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(check_id, pattern) or check_id.partition("/")[0] == pattern.rstrip(
        "/"
    )


def _nearest(text: str) -> str:
    near = did_you_mean(text, [*IDS, *GROUPS], cutoff=0.4)
    if not near:
        near = next((f"Did you mean {i!r}?" for i in IDS if i.endswith("/" + text)), "")
    return f"{near} 'echo-harness list' shows all checks.".lstrip()
