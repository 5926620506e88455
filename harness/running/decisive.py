"""What the constants of the target have to do with a failure: what is asked, and what is told."""

from __future__ import annotations

from msgspec.structs import replace

from harness.contract.catalogue import FUZZ_ID
from harness.diagnosis import Case, Explanation
from harness.diagnosis.experiments.constants import own_numbers, own_words
from harness.diagnosis.experiments.values import Setting
from harness.fuzzer.decisive import decisive
from harness.values.dictionary import Dictionary
from harness.values.payload import LARGEST_PAYLOAD
from harness.values.report import UNEXPLAINED, Cause

ASKED = ("words", "sizes", "messages")
"""Experiments that try the target's own constants."""
LATER = "later"
"""Whether it depends on how many clients came before."""
OF_CONSTANTS = frozenset(
    {
        "magic-word",
        "magic-byte",
        "exact-size",
        "message-size-limit",
        "bytes-quota",
        "reads-quota",
        "every-nth-read",
        "connection-limit",
        "connections-used-up",
        "counter-wraps",
    }
)
"""Causes in which a number or a word of the source decides; in others it stands in a plan by
chance."""
STANDS = " stands in "
"""Says that one of them did something."""


def asked(found: Explanation, case: Case, dictionary: Dictionary) -> tuple[str, ...]:
    """Experiments that are worth their time where something is unexplained: a constant of the
    target may be what decides, or how many clients came before."""
    if case.datagrams or not any(cause.id == UNEXPLAINED for cause in found.causes):
        return ()
    setting = Setting(case.profile, dictionary=dictionary)
    words, numbers = own_words(setting), own_numbers(setting, LARGEST_PAYLOAD)
    return (LATER, *ASKED[: bool(words)], *(ASKED[1:] if numbers else ()))


def with_constants(found: Explanation, case: Case, dictionary: Dictionary) -> Explanation:
    """``found``; a cause of what the search has found says where such a constant stands.

    Only the search makes its plans as small as they go: what stands in others may be chance.  What
    is unexplained says what was seen when the constants were tried, if one of them did something.
    """
    failed = case.of(FUZZ_ID)
    told = decisive(failed.plan, dictionary) if failed is not None else ()
    sentences = tuple(f"{sentence[:1].upper()}{sentence[1:]}." for sentence in told)
    tried = filter(None, map(case.saw, ASKED))
    seen = tuple(one.said for one in tried if one.special and STANDS in one.said)
    causes = []
    for cause in found.causes:
        if cause.id in OF_CONSTANTS or (cause.id == UNEXPLAINED and {FUZZ_ID} == {*cause.explains}):
            cause = _with_sentences(cause, sentences)
        if cause.id == UNEXPLAINED and seen:
            cause = replace(cause, experiments=tuple(dict.fromkeys((*seen, *cause.experiments))))
        causes.append(cause)
    return replace(found, causes=tuple(causes))


def _with_sentences(cause: Cause, sentences: tuple[str, ...]) -> Cause:
    """``cause`` with those that say something new, where the search is among what it explains."""
    said = " ".join((*cause.evidence, *cause.experiments))
    new = [one for one in sentences if FUZZ_ID in cause.explains and one not in said]
    return replace(cause, evidence=(*cause.evidence, *new))
