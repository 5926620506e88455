"""Which sizes of a message go wrong."""

from __future__ import annotations

import math
from collections.abc import Sequence, Set

from harness.diagnosis.experiments.constants import around, own_numbers, standing
from harness.diagnosis.experiments.exchanges import (
    RIGHT,
    Exchange,
    agreeing,
    exchanges,
)
from harness.diagnosis.experiments.series import (
    SINGLE,
    UNTOLD,
    baseline,
)
from harness.diagnosis.experiments.values import (
    Asking,
    Fact,
    Observed,
    Setting,
    exact,
    listed,
    number,
    numbers,
    observed,
)
from harness.judging.alignment import compare
from harness.values import plan as p
from harness.values.plan import in_turn, one
from harness.values.trace import Trace
from harness.values.verdict import Profile

LENGTHS = (
    *range(1, 18),
    *(2**k + d for k in (5, 6, 7, 8, 9) for d in (-1, 0, 1)),
    *(100, 500, 1000, 1023, 1024, 1025, 1460, 1500, 2000, 2047, 2048, 2049, 3072, 4000, 4095),
    *(4096, 4097, 4242, 5120, 8191, 8192, 8193, 10_000, 16_383, 16_384, 16_385, 32_768),
    *(65_535, 65_536, 65_537),
)


def sizes(setting: Setting) -> Asking[Observed]:
    """Which sizes of a message, each read as one, go wrong?

    ``wrong``: sizes that went wrong one after another on a connection; ``alone``: those of them
    that do on a connection of their own; ``right``: sizes near the smallest, and multiples, that
    do not.  For the smallest: ``how`` (`Exchange.how`), ``at`` (offset in the message of the first
    wrong byte), ``kind`` and ``length`` (as the oracle says: lost, changed, ... so many bytes).
    ``plain`` as `baseline` says.
    ``multiple``: all that are wrong alone are multiples of this, and nothing else is; ``from``:
    all from this size on; ``exactly``: only this one.  ``ends``: the connection ended with it.
    ``late``: the rest came only when another message had come.  ``untried``: there was no time for
    any on a connection of its own.
    """
    traces: list[Trace] = []
    own = around(own_numbers(setting, max(LENGTHS)))
    lengths = sorted({*LENGTHS, *own})
    payloads = {size: setting.data(size, size) for size in lengths}
    plain = yield from baseline(traces)
    if plain in UNTOLD:
        return observed("sizes", traces, UNTOLD[plain], special=True, plain=plain)
    single = plain == SINGLE
    if single:
        few = lengths if setting.profile is not Profile.ONE_SHOT else _some(lengths, own)
        found = yield from _alone(setting, few, traces)
    else:
        found = yield from _sized(payloads, traces)
    wrong = [size for size, seen in found.items() if _is_wrong(seen, single)]
    facts: dict[str, Fact] = {"tried": len(found), "wrong": list(wrong), "ends": [], "right": []}
    facts["plain"] = plain
    if wrong:
        alone = found if single else (yield from _alone(setting, _near(setting, wrong), traces))
        facts |= _looked_into(wrong, found, alone, single=single)
        facts["untried"] = not alone
        if below := number(facts["from"]):
            fine = {*alone, *found} - {*wrong, *numbers(facts["alone"])}
            facts["from"] = yield from _edge(setting, max(fine, default=0), below, traces)
    said = _told_sizes(facts)
    if facts.get("alone"):
        said += standing(setting, _decisive(facts))
    return observed("sizes", traces, said, special=bool(facts.get("alone")), **facts)


def _looked_into(
    wrong: Sequence[int], found: dict[int, Exchange], alone: dict[int, Exchange], *, single: bool
) -> dict[str, Fact]:
    """What the sizes that went wrong, each on a connection of its own, say.

    ``found``: what was seen of all sizes; ``alone``: of some, each on a connection of its own.
    """
    bad = sorted(size for size, seen in alone.items() if _is_wrong(seen, single))
    # Those that were not tried again count as they went, if all that were went as before.
    repeats = not (set(wrong) & set(alone)) - set(bad)
    whole = sorted({*bad, *(set(wrong) - set(alone) if repeats else ())}) if bad else []
    right = {*alone, *found} - {*wrong, *bad} | set(alone) - set(bad)
    return {
        "alone": list(bad),
        "right": sorted(set(alone) - set(bad)),
        "late": [size for size in bad if alone[size].late],
        "ends": [size for size in bad if alone[size].ended and not single],
        **_pattern(whole, right),
        **_what_is_wrong(alone.get(bad[0]) if bad else found[wrong[0]]),
    }


def _some(lengths: Sequence[int], own: Set[int]) -> list[int]:
    """A few where each costs a launch."""
    return sorted({*sorted(own)[:6], *lengths[::12]})


def _decisive(facts: dict[str, Fact]) -> list[int]:
    """The sizes that say where it begins to go wrong, or the offset, or those that do."""
    sizes = [number(facts[name]) for name in ("multiple", "from", "exactly") if facts.get(name)]
    return sizes or [number(size) for size in listed(facts["alone"])[:6]]


def _is_wrong(seen: Exchange, single: bool) -> bool:
    return seen.how != RIGHT or seen.late or (seen.ended and not single)


def _sized(payloads: dict[int, p.Plain], traces: list[Trace]) -> Asking[dict[int, Exchange]]:
    """Each size once, going on with another connection after an end."""
    found: dict[int, Exchange] = {}
    left = list(payloads)
    for _ in range(4):
        plan = one(p.Connect(), *(s for size in left for s in exact(payloads[size])), p.Close())
        trace = yield plan
        if trace is None:
            break
        traces.append(trace)
        seen = exchanges(plan, trace)
        found |= dict(zip(left, seen, strict=False))
        left = left[len(seen) :]
        if not left or not seen:
            break
    return found


def _near(setting: Setting, wrong: Sequence[int]) -> list[int]:
    """The smallest that are wrong, and what is near them."""
    first = wrong[0]
    near = {first - 1, first, first + 1, 2 * first, 2 * first + 1, 3 * first, *wrong[:5], wrong[-1]}
    if setting.profile is Profile.ONE_SHOT:
        near = {max(1, first - 1), first, first + 1, 2 * first}
    return sorted(size for size in near if 0 < size <= 200_000)


def _alone(
    setting: Setting, tried: Sequence[int], traces: list[Trace]
) -> Asking[dict[int, Exchange]]:
    """Sizes, each on a connection of its own."""
    plan = in_turn(
        *(
            (p.Connect(), *exact(setting.data(size, size)), *_and_after(), p.Close())
            for size in tried
        )
    )
    trace = yield plan
    if trace is None:
        return {}
    traces.append(trace)
    alone = {}
    for script, size in enumerate(tried):
        seen = exchanges(plan, trace, script)
        if seen:
            alone[size] = seen[0]
    return alone


ROUNDS, AT_A_TIME = 4, 7
"""Of the search for the size from which on it goes wrong."""


def _edge(setting: Setting, right: int, wrong: int, traces: list[Trace]) -> Asking[int]:
    """The smallest size that goes wrong, between one that does not and one that does."""
    for _ in range(ROUNDS):
        step = max(1, (wrong - right) // (AT_A_TIME + 1))
        between = list(range(right + step, wrong, step))[:AT_A_TIME]
        if not between:
            break
        for size, seen in (yield from _alone(setting, between, traces)).items():
            if _is_wrong(seen, False):
                wrong = min(wrong, size)
            elif size < wrong:
                right = max(right, size)
    return wrong


def _and_after() -> tuple[p.Step, ...]:
    """A last message that shows whether the connection goes on."""
    return (p.Send(p.Literal(b"after")), p.AwaitEcho(briefly=True))


def _pattern(bad: Sequence[int], right: Set[int]) -> dict[str, Fact]:
    """What the sizes that go wrong have in common, as far as those that do not allow it."""
    if not bad:
        return {"multiple": 0, "from": 0, "exactly": 0}
    unit = math.gcd(*bad)
    multiple = unit if len(bad) > 1 and unit > 1 and not any(s % unit == 0 for s in right) else 0
    beyond = bad[0] if len(bad) > 1 and not any(s > bad[0] for s in right) else 0
    return {"multiple": multiple, "from": beyond, "exactly": bad[0] if len(bad) == 1 else 0}


def _what_is_wrong(seen: Exchange | None) -> dict[str, Fact]:
    if seen is None:
        return {}
    at = agreeing(seen.sent, seen.got)
    difference = compare(seen.sent, at, seen.got[at:])
    return {
        "how": seen.how,
        "at": at,
        "kind": str(difference.kind) if difference else "truncated" if at < len(seen.sent) else "",
        "length": difference.length if difference else len(seen.sent) - at,
    }


def _told_sizes(facts: dict[str, Fact]) -> str:
    wrong = listed(facts["wrong"])
    if not wrong:
        return f"Messages of {facts['tried']} sizes from 1 to 65,537 bytes all come back."
    alone = listed(facts.get("alone", []))
    if facts.get("untried"):
        return f"After others a message of {number(wrong[0]):,} bytes went wrong."
    if not alone:
        return (
            f"A message of {number(wrong[0]):,} bytes after others went wrong, but on a "
            "connection of its own it does not: the size alone is not what matters."
        )
    if facts["multiple"]:
        which = f"of {facts['multiple']:,} bytes and its multiples"
    elif facts["from"]:
        which = f"of {facts['from']:,} bytes and more"
    elif facts["exactly"]:
        which = f"of exactly {facts['exactly']:,} bytes"
    else:
        which = f"of {', '.join(f'{number(size):,}' for size in alone[:6])} bytes"
    if facts["ends"]:
        what = "end the connection"
    elif facts["late"]:
        what = "come back whole only when another message has come"
    else:
        what = f"go wrong at offset {facts['at']:,} ({facts['kind']} {facts['length']:,} bytes)"
    right = listed(facts["right"])
    beside = f"; {', '.join(f'{number(s):,}' for s in right[:4])} are right" if right else ""
    return f"Messages {which}, read as one, {what}{beside}."
