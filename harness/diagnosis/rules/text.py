"""How the bugs of the group "text" of the catalogue show.

Most of them are foretold: what a server with the bug sends back is computed, and compared with what
came.  The others end a connection at a byte or a word, or send what nobody has sent.
"""

from __future__ import annotations

from functools import lru_cache, partial

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY
from harness.diagnosis.facts_stream import listed
from harness.diagnosis.foretold import Match, derived, matches_of
from harness.diagnosis.rule import Rule, Sign
from harness.diagnosis.transforms import TABLE

INVALID = ("identity/invalid-utf8", "identity/every-byte-value")


def foretold(case: Case, cause: str, least: int = 1) -> Sign | None:
    """The transform of this cause that foretells most."""
    found = [m for m in _matches(_Key(case)) if m.transform.cause == cause]
    best = max(found, key=lambda m: len(m.checks), default=None)
    if best is None or len(best.checks) < least:
        return None
    message, answer = best.shown
    return Sign(
        best.checks,
        (
            f"{_shown(message)} comes back as {_shown(answer)}, and so does all else that went "
            "wrong.",
        ),
        CERTAIN if len(best.checks) > 1 else LIKELY,
        best.transform.bug,
    )


class _Key:
    """A case as a key: itself, not what is in it."""

    def __init__(self, case: Case) -> None:
        self.case = case

    def __hash__(self) -> int:
        return id(self.case)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.case is self.case


@lru_cache(maxsize=2)
def _matches(key: _Key) -> list[Match]:
    return [*matches_of(key.case, TABLE), *matches_of(key.case, derived(key.case))]


def _shown(data: bytes) -> str:
    if not data:
        return "nothing"
    return repr(data[:24])[1:] + ("..." if len(data) > 24 else "")


def _rule(cause: str, *must: str, strength: int = 3, least: int = 1) -> Rule:
    return Rule(cause, partial(foretold, cause=cause, least=least), must, strength=strength,
                asks=("bytes", "words"))


RULES: tuple[Rule, ...] = (
    _rule("case-changed", "identity/one-byte", "identity/hello") if False else _rule("case-changed", "identity/hello"),
    _rule("seven-bit", *INVALID),
    _rule("strips-whitespace", "identity/edge-whitespace"),
    _rule("line-ends-dropped", "identity/newlines"),
    _rule("newline-translated", "identity/newlines"),
    _rule("cut-at-nul", "identity/nul-bytes"),
    _rule("padding-stripped", "identity/nul-bytes"),
    _rule("lossy-decoding", *INVALID),
    _rule("bom-dropped"),
    _rule("telnet", "identity/telnet-bytes"),
    _rule("magic-byte"),
    _rule("escapes-interpreted", "identity/format-directives"),
    _rule("format-string", "identity/format-directives"),
    _rule("representation-sent", "identity/hello", "identity/one-byte"),
    _rule("repetitions-dropped", "chunking/byte-by-byte"),
    _rule("prefix-or-suffix", "identity/hello", "identity/nothing-extra"),
    _rule("signed-char-is-end", "identity/telnet-bytes"),
)
