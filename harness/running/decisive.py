"""Causes, with the constants of the target that a failing plan of the search cannot do without."""

from __future__ import annotations

from msgspec.structs import replace

from harness.contract.catalogue import FUZZ_ID
from harness.diagnosis import Case, Explanation
from harness.fuzzer.decisive import decisive
from harness.values.dictionary import Dictionary


def with_constants(found: Explanation, case: Case, dictionary: Dictionary) -> Explanation:
    """``found``; a cause of what the search has found says where such a constant stands.

    Only the search makes its plans as small as they go: what stands in others may be chance.
    """
    failed = case.of(FUZZ_ID)
    told = decisive(failed.plan, dictionary) if failed is not None else ()
    sentences = tuple(f"{sentence[:1].upper()}{sentence[1:]}." for sentence in told)
    causes = (
        replace(cause, evidence=(*cause.evidence, *sentences))
        if FUZZ_ID in cause.explains
        else cause
        for cause in found.causes
    )
    return replace(found, causes=tuple(causes))
