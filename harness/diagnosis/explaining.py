"""From a case to its causes: the fewest that explain the failures and contradict no pass.

A pure function.  Each rule that recognises its bug is a candidate.  Among all sets of a few
candidates the one is taken that explains most, says most, and has fewest causes.  What no rule
explains is called unexplained, in the words of what was seen: a wrong cause is worse than none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from harness.diagnosis.alike import doubtful, likes
from harness.diagnosis.beneath import without
from harness.diagnosis.candidates import Candidate, candidates, limited
from harness.diagnosis.case import Case
from harness.diagnosis.catalogue import find
from harness.diagnosis.common import in_common
from harness.diagnosis.evidence import (
    CERTAIN,
    OF_CAPACITY,
    OF_CHECKERS,
    OF_ERRORS,
    OF_FUZZ,
    POSSIBLE,
    AnyEvidence,
)
from harness.diagnosis.explanation import Explanation
from harness.diagnosis.facts_datagrams import is_mute
from harness.diagnosis.facts_deaths import FAMINE
from harness.diagnosis.rule import Rule
from harness.diagnosis.where import pointed
from harness.diagnosis.words.unawaited import never_awaited
from harness.values.report import UNEXPLAINED, Cause
from harness.values.verdict import Diagnosis, Kind

MOST_CAUSES = 4
"""Bugs that one run is put down to at most."""
MOST_CANDIDATES = 16
"""Of more, those are looked at that explain most."""
PER_CAUSE = 0.9
"""What a further cause must be worth: less than a failure that nothing else explains; of one that
explains warnings only, in proportion."""
A_WARNING = 0.4
"""What a failed ``should`` counts, beside a failed ``must``."""


Places = Callable[[Case, frozenset[str]], tuple[str, ...]]
"""Sentences about where to look, for the checks that nothing explains."""


def explain(
    case: Case, rules: Sequence[Rule], places: Places = lambda case, left: ()
) -> Explanation:
    """The causes of ``case`` among those that ``rules`` know."""
    chosen = _chosen(case, rules)
    owners = {e.check_id: _owner(e.check_id, chosen) for e in case.every}
    doubts = doubtful(case, owners)
    chosen = tuple(one for one in chosen if one not in doubts)
    owners = {i: None if owner in doubts else owner for i, owner in owners.items()}
    alike = likes(case, owners)
    owners.update(alike)
    language = case.language_by("\n".join(e.output for e in case.every))
    causes = [
        _cause(one, [i for i, owner in owners.items() if owner is one], case, language)
        for one in chosen
    ]
    causes.sort(key=lambda cause: _prominence(cause, case))
    by_id = {cause.id: cause for cause in causes}
    diagnoses = {
        e.check_id: _diagnosis(by_id[owner.rule.cause], sure=e.check_id not in alike)
        if (owner := owners[e.check_id]) is not None
        else unexplained(e, case)
        for e in case.every
    }
    return Explanation(tuple(_with_open(causes, case, owners, places)), diagnoses)


MOST_BENEATH = 2
"""Bugs that are taken away, one after another, to see what is beneath."""


def _chosen(
    case: Case, rules: Sequence[Rule], others: Sequence[Candidate] = (), layers: int = MOST_BENEATH
) -> tuple[Candidate, ...]:
    """The causes that explain most: where it is known exactly what one of them has done, what the
    others explain of the rest.  ``others``: candidates of the layer above."""
    found = {c.rule.cause: c for c in (*candidates(case, rules), *others)}
    best = _best(list(found.values()), case)
    known = [c for c in best if c.sign.undo is not None and c.sign.confidence == CERTAIN]
    if not known or not layers:
        return best
    top = max(known, key=lambda c: len(c.sign.explains))
    assert top.sign.undo is not None
    rest = without(case, top.sign.undo)
    if rest.failed == case.failed:
        return best
    above = [limited(c, c.sign.explains & rest.failed) for c in best if c is not top]
    beneath = _chosen(rest, rules, [c for c in above if c.sign.explains], layers - 1)
    beneath = tuple(c for c in beneath if c.rule.cause != top.rule.cause)
    told = frozenset(i for c in beneath for i in c.sign.explains)
    own = (top.sign.explains | (case.failed - rest.failed)) - told
    return (limited(top, own), *beneath)


def _with_open(
    causes: list[Cause], case: Case, owners: Mapping[str, Candidate | None], places: Places
) -> Iterator[Cause]:
    """``causes``, and what no cause explains: before those that only a warning speaks for."""
    musts = frozenset(owners) - case.warnings
    left = [e for e in case.every if owners[e.check_id] is None and e.check_id in musts]
    grave = [cause for cause in causes if musts.intersection(cause.explains)]
    yield from grave
    if left:
        found, ids = unexplained(left[0], case), tuple(e.check_id for e in left)
        seen = (*in_common(case, frozenset(ids)), *places(case, frozenset(ids)))
        tried = _telling(case, grave)
        yield Cause(UNEXPLAINED, found.bug, found.hint, POSSIBLE, ids, tried, seen)
    yield from causes[len(grave) :]


def _telling(case: Case, known: Sequence[Cause]) -> tuple[str, ...]:
    """What experiments have shown that no correct target shows, where no other bug that is known
    may be behind it."""
    if any(cause.confidence != POSSIBLE for cause in known):
        return ()
    return tuple(seen.said for seen in case.observed if seen.special)


def _best(found: list[Candidate], case: Case) -> tuple[Candidate, ...]:
    found = sorted(found, key=lambda c: -_score((c,), case))[:MOST_CANDIDATES]
    sets = (s for size in range(MOST_CAUSES + 1) for s in combinations(found, size))
    return max(sets, key=lambda chosen: (_score(chosen, case), sum(c.placed for c in chosen)))


def _score(chosen: Sequence[Candidate], case: Case) -> float:
    """What the causes are worth.  Rounded: the failures have no order, and how sums of them are
    rounded must not decide between causes that are worth the same."""
    total = -PER_CAUSE * sum(A_WARNING if c.sign.explains <= case.warnings else 1 for c in chosen)
    for check_id in case.failed:
        worth = max((c.worth for c in chosen if check_id in c.sign.explains), default=0.0)
        total += worth * (A_WARNING if check_id in case.warnings else 1)
    return round(total, 6)


def _owner(check_id: str, chosen: Iterable[Candidate]) -> Candidate | None:
    """The cause that a failure is put down to: the one that says most of it."""
    able = [c for c in chosen if check_id in c.sign.explains]
    return max(able, key=lambda c: (c.worth, -len(c.sign.explains)), default=None)


def _cause(one: Candidate, owned: list[str], case: Case, language: str | None) -> Cause:
    kind = find(one.rule.cause)
    tried = tuple(seen.said for seen in case.observed if seen.special and seen.id in one.rule.asks)
    evidence = (*one.sign.evidence, *_warned(owned, case), *_places(kind.id, case))
    return Cause(
        id=kind.id,
        bug=one.sign.detail or kind.bug,
        hint=one.sign.mend or kind.mend_in(language),
        confidence=one.sign.confidence,
        explains=tuple(owned),
        experiments=tried,
        evidence=tuple(said for said in evidence if said not in tried),  # nobody reads it twice
    )


def _warned(owned: Sequence[str], case: Case) -> list[str]:
    """What Python itself has warned of, where one of these failures was seen."""
    outputs = (e.output for e in case.every if e.check_id in owned)
    return list(filter(None, map(never_awaited, outputs)))[:1]


def _places(cause: str, case: Case) -> list[str]:
    """Where in its source to look; nothing where no line stands out."""
    found = pointed(cause, case.sources, case.command)
    return [f"Look at {name}, line {number}: {line}" for name, number, line in found]


def _prominence(cause: Cause, case: Case) -> tuple[bool | int, ...]:
    """What comes first: a bug that breaks a ``must``, one that is more than possible, one that is
    more than a limit of what it can do, the one that explains most (of those that break no
    ``must`` one that ends the server), one that is more than what the server does while something
    is short, and one that is certain."""
    musts = [i for i in cause.explains if i not in case.warnings]
    guess, limit = cause.confidence == POSSIBLE, set(cause.explains) <= {OF_CAPACITY}
    short, unsure = set(cause.explains) <= WHILE_SHORT, cause.confidence != CERTAIN
    seen = (f.kind for e in case.every if e.check_id in cause.explains for f in e.findings)
    lives = Kind.DIED not in seen
    most = -len(musts), lives, -len(cause.explains)
    return not musts, guess, limit, *most, short, unsure


WHILE_SHORT = {FAMINE, "partial-send/no-spin"}
"""Checks of what a server does while it has no descriptor, or a client does not read."""


def _diagnosis(cause: Cause, *, sure: bool) -> Diagnosis:
    return Diagnosis(cause.bug, cause.hint, cause.confidence if sure else POSSIBLE, cause.id)


READ_IT = "Read the timeline from the first difference on, and repeat the check with -v."
MUTE = (
    "Print each datagram that is read, and the address to which its answer is sent: is the read "
    "reached, is the answer sent, and is the address the one that came with the datagram? In C, "
    "recvfrom() fills it in only if its length was set before the call."
)
"""What to look at where a server of datagrams is silent."""
RUN_ALL = (
    "Run 'echo-harness check' on the same server: one plan tells little, and all checks together "
    "may tell which bug it is."
)
ALONE = frozenset({OF_FUZZ})
"""What fails where only plans were performed, in fuzz and replay."""


def unexplained(evidence: AnyEvidence, case: Case) -> Diagnosis:
    """What is said of a failure that no cause explains: what was seen, and no guess."""
    if evidence.check_id in (OF_CHECKERS, OF_ERRORS):  # a report says itself what the bug is
        hint = f"{evidence.hint[:1].upper()}{evidence.hint[1:]}."
        return Diagnosis(evidence.first.message, hint, CERTAIN)
    hint = MUTE if is_mute(evidence) else READ_IT
    if case.failed == ALONE and not case.passed:
        hint = RUN_ALL
    return Diagnosis(
        bug=f"unexplained: {evidence.first.message}",
        hint=hint,
        confidence=POSSIBLE,
    )
