"""Which bytes and words go wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.diagnosis.experiments.constants import own_words, standing
from harness.diagnosis.experiments.exchanges import (
    NOTHING,
    RIGHT,
    Exchange,
    exchanges,
    was_left,
)
from harness.diagnosis.experiments.series import (
    PAUSE,
    SINGLE,
    UNTOLD,
    WRONG,
    Tried,
    series,
)
from harness.diagnosis.experiments.values import (
    Asking,
    Fact,
    Observed,
    Setting,
    conversation,
    listed,
    number,
    observed,
)
from harness.values.plan import in_turn, one
from harness.values.trace import Trace
from harness.values.verdict import Profile

SAFE = frozenset(range(0x21, 0x7F)) - frozenset(b"%\\'\"{}$~.&<>+-!")
CLASS = 24
"""So many values that go wrong are a kind of byte, and not a list."""


def bytes_alone(setting: Setting) -> Asking[Observed]:
    """Which single byte values go wrong?

    Sent alone as a message: ``tried`` (how many values), ``lost`` (not answered), ``changed``, and
    ``into`` (the first byte that came instead, for each), ``ends`` (the connection), ``late`` (only
    with what came after).  ``plain`` as `baseline` says.  The same in the middle
    of a message, at its beginning and at its end: ``middle``, ``begin``, ``finish`` (values with
    which the answer is wrong), ``middle_ends`` and so on, and
    ``middle_untried``: how many values were left where connections had ended so often that the
    trial stopped.  ``rule``: what all of them have in
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
    "middle": "in the middle",
    "begin": "at the beginning",
    "finish": "at the end",
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
            answers = zip(left, found, strict=False)
            found_wrong += [value for value, seen in answers if seen.how != RIGHT]
            if not found or len(found) == len(left):
                break
            if trace.scripts[0].ended is not None:
                ends.append(left[len(found) - 1])
            left = left[len(found) :]
        facts[place] = list(found_wrong)
        facts[f"{place}_ends"] = list(ends)
        facts[f"{place}_untried"] = len(left) if ends else 0


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
    return said + "".join(_told_places(facts, alone)) + "."


def _told_places(facts: dict[str, Fact], alone: set[int | str]) -> Iterator[str]:
    """What is wrong within messages, and how far that was tried; places with the same together."""
    places: dict[tuple[str, bool, int], list[str]] = {}
    for place, where in WHERE.items():
        values = [v for v in listed(facts.get(place, [])) if v not in alone]
        if values:
            left = number(facts.get(f"{place}_untried"))
            places.setdefault((hexes(values), len(values) == 1, left), []).append(where)
    for (shown_ones, single, left), found in places.items():
        where = found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}"
        yield f"; {shown_ones} {'is' if single else 'are'} wrong {where} of a message"
        if left:
            yield f": the trial stopped there, with {left} others untried"


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

    Each alone as a message, without and with a newline, those in its own source first.  ``ends``:
    those that end the connection; ``lost``: not answered; ``changed``: answered otherwise, and
    ``into`` what came instead (both as in a Python literal, without its ``b``).  ``tried``: how
    many.
    """
    traces: list[Trace] = []
    messages = [word + end for word in (*own_words(setting), *WORDS) for end in (b"", b"\n")]
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
    own = standing(setting, {*tried.wrong, *tried.ends, *first})
    special = any(facts[name] for name in TOLD)
    return observed("words", traces, _told_words(facts) + own, special=special, **facts)


TOLD = {
    "ends": ("ends the connection", "end the connection"),
    "lost": ("is not answered", "are not answered"),
    "changed": ("comes back changed", "come back changed"),
    "first": (
        "is special as the first message of a connection",
        "are special as the first message of a connection",
    ),
}
"""What is said of one word, and of several."""


def _told_words(facts: dict[str, Fact]) -> str:
    words = {name: listed(facts[name]) for name in TOLD}
    parts = [f"{_some(of)} {TOLD[name][len(of) > 1]}" for name, of in words.items() if of]
    said = "; ".join(parts) or "None of them is treated specially"
    return f"Of {facts['tried']} words and signs, each alone and with a newline: {said}."


def _first(setting: Setting, tried: Tried, traces: list[Trace]) -> Asking[dict[bytes, bytes]]:
    """Words that are special only as the first message of a connection, and what came instead."""
    if setting.profile is Profile.ONE_SHOT or tried.plain != RIGHT:
        return {}
    # One that was not tried later on a connection may be special anywhere.
    words = [word for word in (*own_words(setting), *WORDS) if word in tried.right]
    if not words:
        return {}
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
