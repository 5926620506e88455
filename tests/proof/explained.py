"""What the rules say of recorded cases: ``python -m tests.proof.explained FOLDER [PATTERN]``.

``FOLDER/NAME.json`` are cases (``tests.proof.cases``), ``FOLDER/observed.jsonl`` the outcomes of
experiments (``tests.proof.experiments --json``).  Each case is explained as a run would, with those
outcomes that it would have asked for, and what is said is compared with what the server says of
itself.
"""

from __future__ import annotations

import fnmatch
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec

from harness.contract.catalogue import CHECKS
from harness.diagnosis import Case, explain, wanted
from harness.diagnosis.experiments import Observed
from harness.diagnosis.languages import in_file
from harness.values.report import UNEXPLAINED
from harness.values.verdict import Level
from tests.proof.candidates import candidates
from tests.proof.experiments import Seen
from tests.unseen import NAMELESS

WARNS = frozenset(check.id for check in CHECKS if check.level is not Level.MUST)
MOST = 4
"""Experiments of one run that there is time for."""


def outcomes(folder: Path) -> dict[str, dict[str, Observed]]:
    """By server and experiment."""
    found: dict[str, dict[str, Observed]] = defaultdict(dict)
    path = folder / "observed.jsonl"
    for line in path.read_bytes().splitlines() if path.exists() else ():
        seen = msgspec.json.decode(line, type=Seen)
        found[seen.server][seen.observed.id] = seen.observed
    return found


def cases(folder: Path, pattern: str) -> Iterator[tuple[str, Case]]:
    """The recorded cases, with what was observed for them."""
    known = outcomes(folder)
    files = {one.server.name: one.source for one in candidates()}
    for path in sorted(folder.glob("*.json")):
        if fnmatch.fnmatch(path.stem, pattern):
            case = msgspec.json.decode(path.read_bytes(), type=Case)
            if not case.sources and path.stem in files:
                source = files[path.stem]
                text = source.read_text(errors="replace")
                language = case.language or in_file(source.name, text, case.command)
                case = msgspec.structs.replace(
                    case, sources=((source.name, text),), language=language
                )
            asked = wanted(case)[:MOST]
            seen = case.observed or tuple(
                known[path.stem][i] for i in asked if i in known[path.stem]
            )
            warnings = case.failed & WARNS
            yield path.stem, msgspec.structs.replace(case, observed=seen, warnings=warnings)


def main(folder: Path, pattern: str = "*", *flags: str) -> None:
    names = {one.server.name: one.server for one in candidates()}
    heads: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    for name, case in cases(folder, pattern):
        if not case.failures:
            heads["nothing failed"] += 1
            continue
        one = names[name]
        right = {i for bug in (*one.bugs, *one.beside) for i in bug}
        told = explain(case)
        head = told.causes[0].id if told.causes else None
        head = None if head == UNEXPLAINED else head
        head = head or (NAMELESS if any(NAMELESS in bug for bug in one.bugs) else None)
        own = {i for bug in one.bugs for i in bug}
        word = "vague" if head is None else "right" if head in own else "wrong"
        heads[word] += 1
        by_check: dict[str, list[str]] = defaultdict(list)
        for check_id, found in told.diagnoses.items():
            cause = found.cause
            failures["vague" if cause is None else "right" if cause in right else "wrong"] += 1
            by_check[str(cause)].append(check_id)
        if word != "right" or "-v" in flags:
            print(f"{word:6} {name}: is {' + '.join('|'.join(b) for b in one.bugs)}, said {head}")
            if "-v" in flags:
                for cause_id, ids in by_check.items():
                    print(f"         {cause_id}: {' '.join(sorted(ids))}")
                for cause in told.causes:
                    print(f"         {cause.confidence} {cause.id}: {cause.bug} {cause.evidence}")
    print("headlines", dict(heads))
    print("failures ", dict(failures))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
