"""Ends of the process: by a client that left, by a signal, by an error of its own."""

from __future__ import annotations

import re

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, CUT, LIKELY, OF_ERRORS
from harness.diagnosis.facts_deaths import (
    FAMINE,
    LEFT_BADLY,
    OF_FAMINE,
    SAID,
    Fall,
    code_of,
    falls,
    plain_falls,
    proved,
    quoted,
    words_of,
)
from harness.diagnosis.rule import Rule, Sign

OF_CLIENTS = frozenset({"ECONNRESET", "EPIPE", "ECONNABORTED", "ENOTCONN"})
LEFT = (
    "resilience/reset-idle",
    "resilience/reset-mid-echo",
    "resilience/vanish-while-sending",
    "resilience/connect-and-leave",
    "sessions/no-leftovers",
    "sessions/churn",
    "partial-send/bounded-memory",
    "resources/*",
    "fuzz/plans",
)
"""Checks in which a client goes without an orderly end."""


def _by_reset(case: Case) -> list[Fall]:
    """The ends that came after a client had left badly; none if it also ends without that."""
    ends = [f for f in plain_falls(case) if not f.death.signal and not f.in_vain]
    # The end of all other plans is an order that harms nobody who can not be reset.
    if not ends or any(fall.check_id.startswith(("identity/", "chunking/")) for fall in ends):
        return []
    if any(fall.check_id in ("shutdown/after-echo", "shutdown/orderly") for fall in ends):
        return []
    return ends if any(fall.after in LEFT_BADLY for fall in ends) else []


def crash_on_reset(case: Case) -> Sign | None:
    """It ends when a client has reset its connection or gone, and tells of nothing else."""
    ends = _by_reset(case)
    own = [e for e in case.failures if (w := words_of(e)) and w.fatal and not w.code]
    if not ends or own:
        return None
    codes = {code for fall in ends if (e := case.of(fall.check_id)) and (code := code_of(e))}
    if codes - OF_CLIENTS or codes == {"EPIPE"}:
        return None
    first = next(fall for fall in ends if fall.after in LEFT_BADLY)
    return Sign(
        frozenset(fall.check_id for fall in ends),
        (f"It ended with {first.death} after {SAID[first.after]}.",),
        CERTAIN if codes else LIKELY,
    )


def of_a_client(case: Case) -> Sign | None:
    """An exception of another kind, and only where clients have left badly."""
    ends = _by_reset(case)
    found = [w for fall in ends if (e := case.of(fall.check_id)) and (w := words_of(e))]
    if not ends or not found or found[0].code in OF_CLIENTS or proved(found[0], case):
        return None
    first = next(fall for fall in ends if fall.after in LEFT_BADLY)
    return Sign(
        frozenset(fall.check_id for fall in ends),
        (f"It ended with {quoted(found[0])} after {SAID[first.after]}.",),
    )


def sigpipe(case: Case) -> Sign | None:
    """It ends as it writes to a client that has gone."""
    ends = [f for f in falls(case) if f.death.signal == "SIGPIPE"]
    if ends:
        said = "The signal SIGPIPE ended it: it wrote to a client that had gone."
        return Sign(frozenset(f.check_id for f in ends), (said,), CERTAIN)
    ends = _by_reset(case)
    codes = {code for f in ends if (e := case.of(f.check_id)) and (code := code_of(e))}
    if codes != {"EPIPE"}:
        return None
    first = next(fall for fall in ends if fall.after in LEFT_BADLY)
    said = f"It ended with {first.death} and 'Broken pipe', after {SAID[first.after]}."
    return Sign(frozenset(f.check_id for f in ends), (said,), CERTAIN)


def crash(case: Case) -> Sign | None:
    """It ends with an exception of its own that no other rule knows."""
    ends = [fall for fall in falls(case) if not fall.death.clean]
    found = {
        fall.check_id: w
        for fall in ends
        if (e := case.of(fall.check_id)) and (w := words_of(e)) and w.fatal and not proved(w, case)
        if not (fall.check_id == FAMINE and w.code in OF_FAMINE)  # it says that none was left
    }
    if not found:
        return None
    raised = next(iter(found.values()))
    first = next(fall for fall in ends if fall.check_id in found)
    silent = {f.check_id for f in ends if (e := case.of(f.check_id)) and words_of(e) is None}
    return Sign(
        frozenset(found) | silent,
        (f"Its last words, after {SAID[first.after]}: {quoted(raised)}.",),
        CERTAIN,
        f"the server dies of an error of its own: {quoted(raised)}",
    )


def crash_reported(case: Case) -> Sign | None:
    """The same of an end whose own words are not among the last that it wrote: while that check ran
    it told of an error."""
    ends = {f.check_id: f for f in plain_falls(case) if not f.death.clean}
    e = case.of(OF_ERRORS)
    told = [m for f in e.findings if (m := REPORTED.search(f.message))] if e is not None else []
    found = {m["check"]: m["error"] for m in told if m["check"] in ends}
    mute = {i for i in ends if (one := case.of(i)) and words_of(one) is None}
    if not mute.intersection(found):
        return None
    check_id, error = next(iter(found.items()))
    return Sign(
        frozenset({*mute, OF_ERRORS}),
        (f"It ended with {ends[check_id].death}, and had told of {error[:120]}.",),
        LIKELY,
        f"the server dies of an error of its own: {error[:120]}",
    )


REPORTED = re.compile(r"^(?P<error>.+), while (?P<check>\S+) ran$")


def crash_elsewhere(case: Case) -> Sign | None:
    """The same, where it is no message that ends it."""
    sign = crash(case)
    about_data = ("identity/", "chunking/")
    if sign is None or any(i.startswith(about_data) for i in sign.explains):
        return None
    return sign


def killed(case: Case) -> Sign | None:
    """A signal of its own making, such as a bad pointer."""
    ends = [f for f in falls(case) if f.death.signal in ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL")]
    if not ends:
        return None
    first = ends[0]
    what = {"SIGSEGV": "a bad pointer", "SIGABRT": "a failed assertion or a broken heap"}
    name = first.death.signal or ""
    said = f"The signal {name} ended it, after {SAID[first.after]}."
    detail, mend = f"the server crashes with {name}: {what.get(name, 'an error of its own')}", None
    if any(THREAD_LOST in f.death.output for f in ends):
        said = f"{said[:-1]}; its last words are {THREAD_LOST!r}."
        detail = "a std::thread object is destroyed, or assigned to, while its thread may still run"
        mend = (
            "Call join() or detach() on each std::thread before its object goes or gets another "
            "thread: else C++ ends the whole program by std::terminate()."
        )
    return Sign(frozenset(f.check_id for f in ends), (said,), LIKELY, detail, mend=mend)


THREAD_LOST = "terminate called without an active exception"
"""What the library of C++ says of a std::thread that was neither joined nor detached; hardly
anything else makes it say that."""


def fails_one_client(case: Case) -> Sign | None:
    """The server lives, and an exception of its own that no other rule knows ends connections."""
    ends = {fall.check_id for fall in falls(case)}
    found = {
        e.check_id: w
        for e in case.failures
        if e.check_id not in ends and e.first.kind in CUT
        if (w := words_of(e)) and w.where and not w.code and not proved(w, case)
    }
    raised = next(iter(found.values()), None)
    if raised is None or len(found) < SURELY:
        return None
    same = {i for i, w in found.items() if w.where == raised.where}
    if len(same) < len(found):
        return None  # errors here and there are rather what another bug leads to
    return Sign(
        frozenset({*found, OF_ERRORS}),
        (f"Connections ended, and each time it told of the same error: {quoted(raised)}.",),
        LIKELY,
        f"an error of the program's own ends the connection of a client: {quoted(raised)}",
    )


SURELY = 2
"""Checks in which the same error is told of."""
RULES: tuple[Rule, ...] = (
    Rule("crash-on-reset", crash_on_reset, may=LEFT, strength=1, asks=("connections",)),
    Rule("client-error-ends-server", of_a_client, may=LEFT, strength=1),
    Rule("killed-by-sigpipe", sigpipe, strength=2, asks=("connections",)),
    Rule("crash", crash, strength=1),
    Rule("crash", crash_elsewhere, strength=2),
    Rule("crash", crash_reported, strength=1),
    Rule("crash", killed, strength=0),
    Rule("crash", fails_one_client, strength=0),
)
