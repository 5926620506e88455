"""Rules about whole messages of a connection whose answers can be foretold."""

from __future__ import annotations

from functools import lru_cache, partial

from msgspec.structs import replace

from harness.diagnosis import beneath
from harness.diagnosis.case import Case
from harness.diagnosis.derived import derived
from harness.diagnosis.evidence import CERTAIN, LIKELY, MISSING
from harness.diagnosis.facts_stream import Same, bad_sessions, kind_of, literal, of_check
from harness.diagnosis.foretold import matches_of
from harness.diagnosis.rule import Rule, Sign, explained
from harness.diagnosis.transforms import Transform
from harness.diagnosis.transforms_codes import CODES
from harness.diagnosis.transforms_kept import KEPT
from harness.diagnosis.transforms_lines import LINES
from harness.values.verdict import Kind

INVALID = ("identity/invalid-utf8", "identity/every-byte-value")
ENOUGH = 3
"""Checks of which a transform foretells what came, so that it is certain."""


def foretold(case: Case, cause: str, needs: tuple[str, ...] = (), least: int = 1) -> Sign | None:
    """The transform of this cause that foretells most.

    ``needs``: checks that have to be among those that it foretells.  ``least``: how many these have
    to be, where no experiment confirms it: what is found out from the data fits one exchange soon.
    """
    transforms = [t for t in (*LINES, *CODES, *KEPT, *_derived(Same(case))) if t.cause == cause]
    found = [m for m in matches_of(case, transforms) if m.checks.issuperset(needs)]
    best = max(found, key=lambda m: len(m.checks), default=None)
    if best is None or (len(best.checks) < least and not _confirmed(case)):
        return None
    message, answer = best.shown
    return Sign(
        best.checks,
        (f"{shown(message)} comes back as {shown(answer)}.",) if message else (),
        CERTAIN if len(best.checks) >= ENOUGH else LIKELY,
        best.transform.bug,
        _undo(best.transform),
    )


def position_kept(case: Case) -> Sign | None:
    """Of a longer message the rest comes: where nothing ever comes after the first message, that
    has many other reasons.  Longer ones are read in parts, and lose as well."""
    sign = foretold(case, "position-not-reset", least=2)
    lost = [s for s in bad_sessions(case) if kind_of(s) is Kind.LOST and s.seen.surplus]
    if sign is None or len(of_check(lost) & sign.explains) < LEAST_SEEN:
        return None
    said = (
        f"In {len(of_check(lost))} checks of a later message only what it had more than the "
        "longest before it came back; of one that was no longer, nothing."
    )
    every = sign.explains | explained(case, (*MISSING, Kind.NO_END))
    return replace(sign, explains=every, evidence=(said,))


LEAST_SEEN = 2
"""Checks in which the rest of a longer message came."""


def _undo(transform: Transform) -> beneath.Undo | None:
    """What takes it away; None where it matters what the server has read at once."""
    return beneath.changed(lambda sent: transform.answers([sent])) if transform.by_byte else None


def _confirmed(case: Case) -> bool:
    """Whether single bytes or words were seen to go wrong when they were tried."""
    return any(o.special for o in case.observed if o.id in ("bytes", "words"))


@lru_cache(maxsize=2)
def _derived(key: Same) -> list[Transform]:
    return derived(key.case)


def shown(data: bytes) -> str:
    """``data`` for people, cut off where it is long."""
    return literal(data) if data else "nothing"


def _rule(cause: str, *must: str, needs: tuple[str, ...] = (), least: int = 1) -> Rule:
    look = partial(foretold, cause=cause, needs=needs, least=least)
    return Rule(cause, look, must, strength=3, asks=("bytes", "words"))


TEXT: tuple[Rule, ...] = (
    _rule("case-changed", "identity/every-byte-value"),
    _rule("seven-bit", *INVALID),
    _rule("strips-whitespace", "identity/edge-whitespace"),
    _rule("line-ends-dropped", "identity/newlines"),
    _rule("newline-translated", "identity/newlines"),
    _rule("cut-at-nul", "identity/nul-bytes"),
    _rule("padding-stripped", "identity/nul-bytes"),
    _rule("lossy-decoding", *INVALID),
    _rule("bom-dropped"),
    _rule("telnet", "identity/telnet-bytes"),
    _rule("magic-byte", least=2),
    _rule("signed-char-is-end", "identity/telnet-bytes"),
    _rule("escapes-interpreted", "identity/format-directives"),
    _rule("format-string", "identity/format-directives"),
    _rule("representation-sent", "identity/every-byte-value"),
    _rule("repetitions-dropped", least=2),
    _rule("never-emptied", "chunking/prompt", least=2),
    Rule(
        "position-not-reset",
        position_kept,
        ("chunking/prompt",),
        strength=3,
        asks=("bytes", "words"),
    ),
    _rule("stale-buffer", least=2),
)
READING: tuple[Rule, ...] = (
    _rule("rest-of-read-discarded", "chunking/many-writes-one-read", least=2),
    _rule("every-other-read-lost", "chunking/prompt", "identity/one-byte"),
    _rule("first-read-lost", "chunking/prompt", "identity/one-byte"),
)
