"""How the bugs of the group "connections" of the catalogue show."""

from __future__ import annotations

import re

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, CLOSED, CUT, LIKELY
from harness.diagnosis.experiments.leavers import ROUNDS
from harness.diagnosis.experiments.values import listed, number
from harness.diagnosis.facts_crowds import DEAF
from harness.diagnosis.facts_deaths import LEFT_BADLY, Fall, code_of, fell, plain_falls, words_of
from harness.diagnosis.facts_process import fact, first_kind
from harness.diagnosis.facts_stream import bad_sessions, sessions
from harness.diagnosis.rule import MOST, PLAIN, Rule, Sign, explained
from harness.diagnosis.rules import rows
from harness.diagnosis.rules.handed import left_lying, to_mend
from harness.diagnosis.where.patterns_more import ACCEPTS_WHILE
from harness.values.verdict import Kind, Profile


def _ends_after_each(case: Case) -> list[Fall]:
    """The ends of a program that serves one client and is done; none if it serves more."""
    ends = plain_falls(case)
    if not ends or {"launch/stays-up", "sessions/one-after-another"} & case.passed:
        return []
    if any(f.served > 1 for f in ends) or fact(case, "connections", "plain_bad") == 0:
        return []  # one instance has served several
    told = [f for f in ends if f.check_id in ("launch/stays-up", "sessions/one-after-another")]
    return list(ends) if told and all(f.served <= 1 for f in told) else []


def no_accept_loop(case: Case) -> Sign | None:
    """It ends, in good order or not, when its first client has gone; or nobody is accepted."""
    ends = _ends_after_each(case)
    clean = [f for f in ends if f.death.clean]
    words = [e for f in ends if (e := case.of(f.check_id)) and words_of(e)]
    pinned = case.pinned and case.profile is not Profile.ONE_SHOT
    if case.failed.issuperset(PLAIN):
        return None
    if any(re.search(ACCEPTS_WHILE, text) for _, text in case.sources):
        return None  # whatever ends that loop
    if ends and (len(clean) * 2 > len(ends) or (pinned and not words)):
        said = f"It served one client and ended with {ends[0].death} when that one had gone."
        return Sign(fell(case) | _refused(case), (said,), CERTAIN)
    if ends or fact(case, "connections", "plain_bad") != 2:
        return None
    if fact(case, "connections", "plain_what") != "nothing":
        return None
    if number(fact(case, "clients", "served")) > 1 or _holds_the_first(case):
        return None
    said = "The first client was served; the second was connected, and nobody answered it."
    return Sign(explained(case, DEAF), (said,), LIKELY)


def _holds_the_first(case: Case) -> bool:
    """Whether a client that has ended is not let go: who still serves it need not accept others."""
    after_end = first_kind(case, "shutdown/after-echo") is Kind.NO_END
    return after_end and first_kind(case, "shutdown/releases") is Kind.NOT_RELEASED


def _refused(case: Case) -> frozenset[str]:
    return explained(case, (Kind.REFUSED,))


def listener_closed(case: Case) -> Sign | None:
    """Nobody can connect any more after the first client, and the program still runs."""
    if plain_falls(case):
        return _closed_beside_others(case)
    refused = [e for e in case.failures if any(f.kind is Kind.REFUSED for f in e.findings)]
    if fact(case, "connections", "plain_bad") != 2 and len(refused) < 2:
        return None
    if not refused or fact(case, "connections", "plain_what") not in (None, "refused"):
        return None
    if fact(case, "connections", "plain_bad") == 2:
        said = "When the first client had ended the next was refused, though the program still ran."
        return Sign(_refused(case) | _turned_away(case), (said,), LIKELY)
    served = [sum(s.first_byte is not None for s in e.trace.scripts) for e in refused]
    if max(served) > 1 or not any(served):
        return None
    said = "The first client was served; later ones were refused, though the program still ran."
    return Sign(_refused(case), (said,), LIKELY)


def _closed_beside_others(case: Case) -> Sign | None:
    """The same of a program that ends when the last of its clients has gone: those who were there
    together were served, and when one of them had left whoever came was refused."""
    ends = plain_falls(case)
    if any(not f.death.clean for f in ends) or fact(case, "connections", "plain_bad") != 2:
        return None
    if fact(case, "connections", "plain_what") != "refused":
        return None
    stayed = fact(case, "leavers", "newest_how") == "refused" and not any(
        listed(fact(case, "leavers", f"{name}_bad")) for name in ROUNDS
    )
    if number(fact(case, "clients", "served")) < 2 or not stayed:
        return None
    said = (
        "Clients that were there together were all served. When the first of them had left nobody "
        "could connect any more, while those who stayed were still answered."
    )
    return Sign(fell(case) | _refused(case) | _turned_away(case), (said,), LIKELY)


def _turned_away(case: Case) -> frozenset[str]:
    """Where the system reset a client that waited to be accepted."""
    return frozenset(
        e.check_id for e in case.failures if e.first.kind in CLOSED and not e.first.received
    )


def accept_error(case: Case) -> Sign | None:
    """It ends while nobody is there, or when one left before it was accepted."""
    ends = [f for f in plain_falls(case) if not f.death.signal]
    waited = [f for f in ends if not f.waiting and f.silence > ALONE and f.after not in LEFT_BADLY]
    in_a_row = "sessions/one-after-another" in case.passed  # it does not end with each client
    if in_a_row and waited and len(waited) == len(ends) and any(f.served for f in ends):
        least = min(f.silence for f in waited)
        said = f"It ended while nobody was connected, {least:.1f} s after the last client at least."
        return Sign(fell(case), (said,), LIKELY)
    found = [f for f in ends if f.check_id == "resilience/connect-and-leave" and not f.served]
    if not found or len(ends) > 3 or any(f.after not in LEFT_BADLY for f in found):
        return None
    e = case.of("resilience/connect-and-leave")
    if e is None or code_of(e) != "ECONNABORTED":
        return None
    said = "It ended when a client had left before it was accepted."
    return Sign(fell(case), (said,), LIKELY)


ALONE = 0.3
"""Seconds without any client: an end that comes so late is none of a client's."""


def daemon_exit(case: Case) -> Sign | None:
    """The program ends in good order in the middle of whatever its clients do."""
    ends = plain_falls(case)
    if len(ends) < 3 or not all(f.death.clean for f in ends):
        return None
    busy = [f for f in ends if f.waiting and f.after in ("nothing", "continued")]
    if len(busy) * 4 < len(ends):
        return None
    if len({f.check_id.split("/")[0] for f in busy}) < 2:
        return None
    said = "It ended with exit status 0 while clients were connected and had not ended."
    return Sign(fell(case) | _refused(case), (said,), LIKELY)


def main_does_not_wait(case: Case) -> Sign | None:
    """A program for one connection ends in good order before its client does: a race again."""
    sign = _raced(case)
    if sign is None or case.profile is not Profile.ONE_SHOT:
        return None
    early = [e for e in case.failures if e.first.kind is Kind.EARLY_CLOSE]
    ends = [d for e in early for d in e.trace.deaths[:1] if not d.asked]
    if len(ends) < len(early) or not all(d.clean for d in ends):
        return None
    said = (
        "It ended with exit status 0 while its client was connected and had not ended, most times "
        "before the first answer, and sometimes after it: it is a race."
    )
    return Sign(sign.explains, (said,), LIKELY)


def closed_under_thread(case: Case) -> Sign | None:
    """A connection is closed under the thread that serves it, which sometimes wins the race."""
    return None if main_does_not_wait(case) else _raced(case)


def _raced(case: Case) -> Sign | None:
    """Closed before anything was sent back, most times, though now and then an answer wins."""
    early = [e for e in case.failures if e.first.kind is Kind.EARLY_CLOSE]
    plain = [i for i in case.failed | case.passed if i.startswith("identity/")]
    if sum(i in case.failed for i in plain) < MOST * len(plain) or len(early) < 10:
        return None
    nothing = [e for e in early if not e.first.received]
    some = [e for e in early if e.first.received]
    if plain_falls(case) or len(nothing) * 10 < len(early) * 7 or not some or _sizes_decide(case):
        return None
    said = (
        f"Most clients ({len(nothing)} of {len(early)} looked at) were disconnected before their "
        "first answer, and some after it: it is a race."
    )
    kinds = (*CUT, Kind.REFUSED, Kind.NO_ECHO)
    return Sign(explained(case, kinds), (said,), LIKELY)


def _sizes_decide(case: Case) -> bool:
    """Whether each message at which a connection ends is smaller than each that is answered."""
    fatal = [s.at.size for s in bad_sessions(case) if s.at and s.at.start == s.good]
    fine = [m.size for s in sessions(case) for m in s.answered]
    return bool(fatal and fine) and max(fatal) < min(fine)


def never_accepts(case: Case) -> Sign | None:
    """Everything is taken by the system alone: not even a client's end is seen."""
    if "identity/one-byte" not in case.failed or plain_falls(case):
        return None
    if first_kind(case, "shutdown/at-once") is not Kind.NO_END:
        return None
    if "shutdown/releases" not in case.passed:
        return None
    if any(s.first_byte is not None for e in case.failures for s in e.trace.scripts):
        return None
    if any(
        s.released or any(m.what.startswith(("target closed", "target reset")) for m in s.timeline)
        for e in case.failures
        for s in e.trace.scripts
    ):
        return None
    kinds = {f.kind for e in case.failures for f in e.findings}
    if not kinds <= {Kind.NO_ECHO, Kind.NO_END, Kind.NOT_RELEASED, Kind.NOT_TAKEN, Kind.RESOURCE}:
        return None
    said = "Clients were connected by the system; nothing was read, answered or ended."
    return Sign(explained(case), (said,), LIKELY, left_lying(case), mend=to_mend(case))


OF_ONE = ("identity/*", "chunking/*", "shutdown/*", "partial-send/*", "resilience/*", "fuzz/plans")
"""Checks of programs that serve one connection."""
RULES: tuple[Rule, ...] = (
    Rule("no-accept-loop", no_accept_loop, strength=1, asks=("connections",)),
    Rule("listener-closed", listener_closed, strength=1, asks=("connections", "leavers")),
    Rule("accept-error-ends", accept_error, strength=1),
    *rows.RULES,
    Rule("daemon-thread-exit", daemon_exit, strength=1, asks=("idle",)),
    Rule("daemon-thread-exit", main_does_not_wait, may=OF_ONE, strength=2),
    Rule("closed-under-thread", closed_under_thread, strength=1),
    Rule(
        "never-accepts", never_accepts, must=("identity/one-byte", "shutdown/at-once"), strength=2
    ),
)
