"""Which bytes, words and sizes go wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from harness.diagnosis.experiments.exchanges import (
    NOTHING,
    RIGHT,
    Exchange,
    agreeing,
    exchanges,
    was_left,
)
from harness.diagnosis.experiments.series import (
    PAUSE,
    SINGLE,
    UNTOLD,
    WRONG,
    Tried,
    baseline,
    series,
)
from harness.diagnosis.experiments.values import (
    Asking,
    Fact,
    Observed,
    Setting,
    conversation,
    exact,
    listed,
    number,
    observed,
)
from harness.judging.alignment import compare
from harness.values import plan as p
from harness.values.plan import in_turn, one
from harness.values.trace import Trace
from harness.values.verdict import Profile

# --- bytes --------------------------------------------------------------------------------------

SAFE = frozenset(range(0x21, 0x7F)) - frozenset(b"%\\'\"{}$~.&<>+-!")
CLASS = 24
"""So many values that go wrong are a kind of byte, and not a list."""


def bytes_alone(setting: Setting) -> Asking[Observed]:
    """Which single byte values go wrong?

    Sent alone as a message: ``tried`` (how many values), ``lost`` (not answered), ``changed``, and
    ``into`` (the first byte that came instead, for each), ``ends`` (the connection), ``late`` (only
    with what came after).  ``plain`` as `baseline` says.  The same in the middle
    of a message, at its beginning and at its end: ``middle``, ``begin``, ``finish`` (values with
    which the answer is wrong), ``middle_ends`` and so on.  ``rule``: what all of them have in
    common (``seven-bit``, ``upper``, ``lower``, ``not utf-8``, ``latin-1 to utf-8``, ``high``,
    ``control``, ``white space``), or empty.
    """
    traces: list[Trace] = []
    values = [bytes([value]) for value in range(256)]
    tried = yield from series(setting, values, traces)
    if tried.plain in UNTOLD:
        return observed("bytes", traces, UNTOLD[tried.plain], special=True, plain=tried.plain)
    wrong = {word[0]: seen for word, seen in tried.wrong.items()}
    lost = sorted(value for value, seen in wrong.items() if seen.how == NOTHING)
    changed = sorted(set(wrong) - set(lost))
    facts: dict[str, Fact] = {
        "tried": tried.count,
        "lost": list(lost),
        "changed": list(changed),
        "into": [wrong[value].got[0] for value in changed],
        "ends": [word[0] for word in tried.ends],
        "late": [word[0] for word in tried.late],
        "plain": tried.plain,
    }
    if tried.plain != SINGLE:
        yield from _in_messages(set(wrong), facts, traces)
    facts["rule"] = _rule(wrong)
    special = any(facts.get(name) for name in ("lost", "changed", "ends", "late", *PLACES))
    return observed("bytes", traces, _told_bytes(facts), special=special, **facts)


PLACES = {"middle": (b"ab", b"cd"), "begin": (b"", b"abcd"), "finish": (b"abcd", b"")}
WHERE = {
    "middle": "in the middle of a message",
    "begin": "at the beginning of a message",
    "finish": "at the end of a message",
}


def _in_messages(wrong: set[int], facts: dict[str, Fact], traces: list[Trace]) -> Asking[None]:
    bad = sorted(wrong)[:: max(1, len(wrong) // CLASS)]
    values = [v for v in range(256) if v not in SAFE and v not in wrong] + bad
    for place, (before, after) in PLACES.items():
        left, found_wrong, ends = sorted(values), [], []
        for _ in range(4):
            plan = one(*conversation(before + bytes([v]) + after for v in left))
            trace = yield plan
            if trace is None:
                return
            traces.append(trace)
            found = exchanges(plan, trace)
            for value, seen in zip(left, found, strict=False):
                if seen.how != RIGHT:
                    found_wrong.append(value)
            if not found or len(found) == len(left):
                break
            if trace.scripts[0].ended is not None:
                ends.append(left[len(found) - 1])
            left = left[len(found) :]
        facts[place] = list(found_wrong)
        facts[f"{place}_ends"] = list(ends)


def _rule(wrong: dict[int, Exchange]) -> str:
    if not wrong:
        return ""
    got = {value: seen.got for value, seen in wrong.items()}
    if all(answer == bytes([value & 0x7F]) for value, answer in got.items()):
        return "seven-bit"
    if all(answer == bytes([value]).upper() for value, answer in got.items()):
        return "upper"
    if all(answer == bytes([value]).lower() for value, answer in got.items()):
        return "lower"
    if all(answer == b"\xef\xbf\xbd" for answer in got.values()):
        return "not utf-8"
    if all(answer == bytes([value]).decode("latin-1").encode() for value, answer in got.items()):
        return "latin-1 to utf-8"
    if len(got) >= CLASS and min(got) >= 0x80:
        return "high"
    if len(got) > 4 and all(value < 0x20 or value == 0x7F for value in got):
        return "control"
    if all(bytes([value]).isspace() for value in got):
        return "white space"
    return ""


def hexes(values: Iterable[int | str]) -> str:
    """Byte values for people: ``0x04, 0x80 to 0xFF``."""
    runs: list[list[int]] = []
    for value in sorted(number(v) for v in values):
        if runs and value == runs[-1][1] + 1:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    shown = [_run(low, high) for low, high in runs]
    return ", ".join(shown[:5]) + (f" and {len(shown) - 5} more" if len(shown) > 5 else "")


def _run(low: int, high: int) -> str:
    if low == high:
        return f"0x{low:02X}"
    return f"0x{low:02X}{' to ' if high > low + 1 else ', '}0x{high:02X}"


def _told_bytes(facts: dict[str, Fact]) -> str:
    parts = []
    for name, words in (
        ("ends", ("{} alone ends the connection", "{}, each alone, end the connection")),
        ("lost", ("{} alone is not answered", "{}, each alone, are not answered")),
        ("changed", ("{} alone comes back changed", "{}, each alone, come back changed")),
        ("late", ("{} comes back only with what follows",) * 2),
    ):
        values = listed(facts[name])
        only = [v for v in values if name == "ends" or v not in listed(facts["ends"])]
        if only:
            parts.append(words[len(only) > 1].format(hexes(only)))
    alone = {v for name in ("ends", "lost", "changed", "late") for v in listed(facts[name])}
    tried = number(facts["tried"])
    if parts:
        said = "; ".join(parts)
        if others := tried - len(alone):
            said += f"; the other {others} values tried are not special"
        if tried < 256:
            said += f" ({256 - tried} were not tried)"
    else:
        said = f"{tried} byte values, each alone as a message, all come back"
    for place, where in WHERE.items():
        values = [v for v in listed(facts.get(place, [])) if v not in alone]
        if values:
            said += f"; {hexes(values)} {'is' if len(values) == 1 else 'are'} wrong {where}"
    return said + "."


# --- words --------------------------------------------------------------------------------------

WORDS = (
    *(b"quit", b"exit", b"bye", b"stop", b"end", b"close", b"logout", b"shutdown", b"QUIT", b"q"),
    *(b"ping", b"help", b"hello", b"status", b"info", b"version", b"time", b"name"),
    *(b"0", b"-1", b"00000", b"123", b"\\q", b"\\n", b"\\x41", b"EOF", b"None", b"null", b"true"),
    *(b".", b"+++", b"'", b'"', b"''", b"b''", b"{}", b"{0}", b"${x}", b"$HOME", b"%s", b"%n"),
    *(b"%d%%", b"<b>", b"&amp;", b"GET / HTTP/1.0", b"\xef\xbb\xbfbom", b"\x1b[A", b"\xff\xf4\x06"),
    *(b"\xff\xff", b"\0", b"a\0b", b"\x03", b"\x04", b"\x1a", b"a\x08b", b" ", b" a ", b"\t"),
    *(b"a\nb\n", b"a\r\nb", b"\r", b"\n", b"\r\n", b"\n\n", "\xe9".encode(), b"\xe9", b"A"),
)


def words(setting: Setting) -> Asking[Observed]:
    """Which words does the target treat specially?

    Each alone as a message, without and with a newline.  ``ends``: those that end the connection;
    ``lost``: not answered; ``changed``: answered otherwise, and ``into`` what came instead (both as
    in a Python literal, without its ``b``).  ``tried``: how many.
    """
    traces: list[Trace] = []
    messages = [word + end for word in WORDS for end in (b"", b"\n")]
    tried = yield from series(setting, list(dict.fromkeys(messages)), traces)
    if tried.plain == WRONG:
        said = "Ordinary words come back changed, too."
        return observed("words", traces, said, special=True, plain=tried.plain)
    if tried.plain in UNTOLD:
        return observed("words", traces, UNTOLD[tried.plain], special=True, plain=tried.plain)
    first = yield from _first(setting, tried, traces)
    lost = [shown(word) for word, seen in tried.wrong.items() if seen.how == NOTHING]
    changed = [word for word, seen in tried.wrong.items() if seen.how != NOTHING]
    ends = [shown(word) for word in tried.ends]
    facts: dict[str, Fact] = {
        "tried": tried.count,
        "ends": list(ends),
        "lost": [word for word in lost if word not in ends],
        "changed": [shown(word) for word in changed],
        "into": [shown(tried.wrong[word].got[:60]) for word in changed],
        "first": [shown(word) for word in first],
        "first_into": [shown(got[:60]) for got in first.values()],
        "plain": tried.plain,
    }
    parts = [
        f"{_some(listed(facts[name]))} {what[len(listed(facts[name])) > 1]}"
        for name, what in (
            ("ends", ("ends the connection", "end the connection")),
            ("lost", ("is not answered", "are not answered")),
            ("changed", ("comes back changed", "come back changed")),
            ("first", ("is special as the first message of a connection",) * 2),
        )
        if facts[name]
    ]
    said = "; ".join(parts) if parts else "None of them is treated specially"
    return observed(
        "words",
        traces,
        f"Of {tried.count} words and signs, each alone and with a newline: {said}.",
        special=bool(parts),
        **facts,
    )


def _first(setting: Setting, tried: Tried, traces: list[Trace]) -> Asking[dict[bytes, bytes]]:
    """Words that are special only as the first message of a connection, and what came instead."""
    if setting.profile is Profile.ONE_SHOT or tried.plain != RIGHT:
        return {}
    known = {*tried.wrong, *tried.ends}
    words = [word for word in WORDS if word not in known]
    plan = in_turn(*(conversation([word, PAUSE]) for word in words))
    trace = yield plan
    if trace is None:
        return {}
    traces.append(trace)
    special: dict[bytes, bytes] = {}
    for script, word in enumerate(words):
        found = exchanges(plan, trace, script)
        if found and not was_left(trace, script) and (found[0].how != RIGHT or found[0].ended):
            special[word] = found[0].got
    return special


def shown(word: bytes) -> str:
    """``word`` as it stands in a Python literal, without quotes."""
    return repr(word)[2:-1]


def _some(words: Sequence[int | str]) -> str:
    shown_ones = ", ".join(f"'{word}'" for word in words[:5])
    return shown_ones + (f" and {len(words) - 5} more" if len(words) > 5 else "")


# --- sizes --------------------------------------------------------------------------------------

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
    ``late``: the rest came only when another message had come.
    """
    traces: list[Trace] = []
    payloads = {size: setting.data(size, size) for size in sorted(LENGTHS)}
    plain = yield from baseline(traces)
    if plain in UNTOLD:
        return observed("sizes", traces, UNTOLD[plain], special=True, plain=plain)
    single = plain == SINGLE
    if single:
        few = sorted(LENGTHS)[:: 1 if setting.profile is not Profile.ONE_SHOT else 12]
        found = yield from _alone(setting, few, traces)
    else:
        found = yield from _sized(payloads, traces)
    wrong = [size for size, seen in found.items() if _is_wrong(seen, single)]
    facts: dict[str, Fact] = {"tried": len(found), "wrong": list(wrong), "ends": [], "right": []}
    facts["plain"] = plain
    alone: dict[int, Exchange] = {}
    if wrong:
        alone = found if single else (yield from _alone(setting, _near(setting, wrong), traces))
        bad = sorted(size for size, seen in alone.items() if _is_wrong(seen, single))
        facts["alone"] = list(bad)
        facts["right"] = sorted(set(alone) - set(bad))
        facts["late"] = [size for size in bad if alone[size].late]
        facts["ends"] = [size for size in bad if alone[size].ended and not single]
        facts |= _pattern(bad, sorted({*alone, *found} - set(bad)), complete=len(found))
        facts |= _what_is_wrong(alone.get(bad[0]) if bad else found[wrong[0]])
    return observed("sizes", traces, _told_sizes(facts), special=bool(facts.get("alone")), **facts)


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


def _and_after() -> tuple[p.Step, ...]:
    """A last message that shows whether the connection goes on."""
    return (p.Send(p.Literal(b"after")), p.AwaitEcho(briefly=True))


def _pattern(bad: Sequence[int], right: Sequence[int], *, complete: int) -> dict[str, Fact]:
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
