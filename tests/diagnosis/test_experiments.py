"""Experiments, on servers that are functions: what they ask, what they see, what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import pytest

from harness.diagnosis.evidence import Answers
from harness.diagnosis.experiments import TABLE, Observed, Setting, without_process_steps
from harness.diagnosis.experiments.answers import summary
from harness.diagnosis.experiments.exchanges import Exchange, agreeing, exchanges
from harness.values import plan as p
from harness.values.plan import Literal, Plan, one, sent_by, side_by_side
from harness.values.trace import Death, Ending, Measurement, Moment, ScriptTrace, Trace
from harness.values.verdict import Profile

Talk = Callable[[bytes], bytes | None]
"""A connection of a server that is a function: a read (empty: the end) to what is sent for it; None
ends the connection."""
Server = Callable[[], Talk]


def echo(data: bytes) -> bytes:
    return data


def performed(plan: Plan, server: Server) -> Trace:
    """What a client sees of ``server``, one script after another; nobody is slow."""
    return Trace(scripts=tuple(_seen(script, server()) for script in plan.scripts))


def _seen(script: p.Script, talk: Talk) -> ScriptTrace:
    sent, got, moments, ending, half = b"", b"", [], Ending.OPEN, False
    for step in script.steps:
        if ending is not Ending.OPEN:
            break
        data = p.materialise(step.payload) if isinstance(step, p.Send) else b""
        if isinstance(step, p.Connect):
            moments.append(Moment(0.0, "connected"))
        elif isinstance(step, p.Send | p.HalfClose):
            half = half or isinstance(step, p.HalfClose)
            moments.append(Moment(0.0, "half-closed") if half else Moment(0.0, "sent", len(data)))
            sent += data
            answer = talk(data)
            got += answer or b""
            if answer:
                moments.append(Moment(0.0, "received", len(answer)))
            elif answer is None:
                ending = Ending.FIN
            elif not half:
                moments.append(Moment(0.0, "went on"))
        elif isinstance(step, p.Close):
            ending = Ending.CLIENT
    same = agreeing(got, sent)
    return ScriptTrace(
        sent=len(sent),
        received=len(got),
        echoed=same,
        surplus=got[same:],
        ending=ending,
        half_closed=half,
        ended=1.0 if ending is Ending.FIN else None,
        stalled=True,
        first_byte=0.0 if got else None,
        finished=1.0,
        timeline=tuple(moments),
    )


def ask(id: str, server: Server, profile: Profile = Profile.SEQUENTIAL) -> Observed:
    """The outcome of an experiment on ``server``."""
    asking = TABLE[id].begin(Setting(profile, flood=100_000, far=400_000))
    plan = next(asking)
    while True:
        assert not p.problems_of(plan)
        try:
            plan = asking.send(performed(plan, server))
        except StopIteration as done:
            seen: Observed = done.value
            return seen


def each(function: Callable[[bytes], bytes | None]) -> Server:
    """A server whose connections remember nothing."""
    return lambda: function


# --- all of them --------------------------------------------------------------------------------

ALONE = [
    "answers", "messages", "repeat", "cumulative", "bytes", "words", "sizes", "lines",
    "slow-reader", "long-stall", "end", "signals",
]  # fmt: skip


@pytest.mark.parametrize("id", ALONE)
def test_a_correct_server_is_nothing_special(id: str) -> None:
    """An experiment on an echo finds nothing that a correct server does not do."""

    def until_the_end(data: bytes) -> bytes | None:
        return data or None

    seen = ask(id, each(until_the_end))
    assert not seen.special, seen
    assert seen.id == id
    assert seen.facts
    assert seen.said.endswith(".")


@pytest.mark.parametrize("id", TABLE)
def test_an_experiment_without_time_says_nothing(id: str) -> None:
    """Whatever was not performed leaves no facts."""
    for profile in TABLE[id].profiles:
        asking = TABLE[id].begin(Setting(profile))
        next(asking)
        with pytest.raises(StopIteration) as done:
            for _ in range(20):
                asking.send(None)
        assert done.value.value.facts == {}
        assert not done.value.value.special


@pytest.mark.parametrize("id", TABLE)
def test_plans_of_experiments_are_sound(id: str) -> None:
    """Each first plan can be performed, also where the target's process is not ours."""
    for profile in TABLE[id].profiles:
        plan = next(TABLE[id].begin(Setting(profile)))
        assert not p.problems_of(plan)
        assert not without_process_steps(plan).needs_process


def test_an_outcome_can_be_kept() -> None:
    """What was observed is the same when it was written as JSON and read again."""
    for id in ("bytes", "words", "messages", "answers"):
        seen = ask(id, each(bytes.upper))
        assert msgspec.json.decode(msgspec.json.encode(seen), type=Observed) == seen


def test_a_death_is_told() -> None:
    """How the target ended meanwhile, and what it wrote, are part of what was seen."""
    asking = TABLE["repeat"].begin(Setting(Profile.SEQUENTIAL))
    trace = performed(next(asking), each(echo))
    death = Death(status=1, signal=None, at=0.1, asked=False, script=0, output="ValueError: x")
    with pytest.raises(StopIteration) as done:
        asking.send(msgspec.structs.replace(trace, deaths=(death,)))
    seen = done.value.value
    assert seen.special
    assert seen.facts["died"] == "exit status 1"
    assert seen.output == "ValueError: x"
    assert seen.said.endswith("; the server ended with exit status 1.")


# --- exchanges ----------------------------------------------------------------------------------


def traced(*moments: Moment, got: bytes, sent: bytes, **changes: object) -> Trace:
    same = agreeing(got, sent)
    seen = ScriptTrace(
        sent=len(sent), received=len(got), echoed=same, surplus=got[same:], timeline=moments
    )
    return Trace(scripts=(msgspec.structs.replace(seen, **changes),))


def sends(*messages: bytes) -> Plan:
    return one(p.Connect(), *(p.Send(Literal(message)) for message in messages))


SENT, GOT, ON = "sent", "received", "went on"


def test_each_message_has_its_own_answer() -> None:
    """From sizes and their order follows what came for which message."""
    moments = (Moment(0, SENT, 2), Moment(0, GOT, 2), Moment(0, SENT, 2), Moment(0, ON))
    more = (Moment(0, SENT, 2), Moment(0, GOT, 3))
    trace = traced(*moments, *more, got=b"ABxEF", sent=b"ABCDEF")
    assert exchanges(sends(b"AB", b"CD", b"EF"), trace) == (
        Exchange(b"AB", b"AB", 0),
        Exchange(b"CD", b"", 2),
        Exchange(b"EF", b"xEF", 4),
    )
    assert [seen.how for seen in exchanges(sends(b"AB", b"CD", b"EF"), trace)] == [
        "right",
        "nothing",
        "more",
    ]


def test_a_late_answer_belongs_to_its_message() -> None:
    """What came after a later message is given back to the one that it answers."""
    moments = (Moment(0, SENT, 2), Moment(0, ON), Moment(0, SENT, 3), Moment(0, GOT, 5))
    trace = traced(*moments, got=b"ABCDE", sent=b"ABCDE")
    assert exchanges(sends(b"AB", b"CDE"), trace) == (
        Exchange(b"AB", b"AB", 0, late=True),
        Exchange(b"CDE", b"CDE", 2),
    )


def test_a_greeting_belongs_to_no_message() -> None:
    """What came before anything was sent is left out."""
    moments = (Moment(0, GOT, 2), Moment(0, SENT, 2), Moment(0, GOT, 2))
    trace = traced(*moments, got=b"hiAB", sent=b"AB")
    assert exchanges(sends(b"AB"), trace) == (Exchange(b"AB", b"AB", 0),)


def test_the_end_belongs_to_the_last_message() -> None:
    """With which message the connection ended."""
    moments = (Moment(0, SENT, 2), Moment(0, GOT, 2), Moment(0, SENT, 2))
    trace = traced(*moments, got=b"AB", sent=b"ABCD", ending=Ending.RST, ended=0.5)
    assert [seen.ended for seen in exchanges(sends(b"AB", b"CD", b"EF"), trace)] == [False, True]


def test_a_plan_that_was_left_accuses_nobody() -> None:
    """The message whose answer was waited for when the time was over is left out."""
    moments = (Moment(0, SENT, 2), Moment(0, GOT, 2), Moment(0, SENT, 2))
    trace = traced(*moments, got=b"AB", sent=b"ABCD", finished=0.5)
    cut = msgspec.structs.replace(trace, slow=0.5)
    assert exchanges(sends(b"AB", b"CD", b"EF"), cut) == (Exchange(b"AB", b"AB", 0),)


@pytest.mark.parametrize(
    ("sent", "got", "how"),
    [
        (b"abc", b"abc", "right"),
        (b"abc", b"", "nothing"),
        (b"abc", b"ac", "part"),
        (b"abc", b"abc\n", "more"),
        (b"abc", b"ABC", "changed"),
        (b"abc", b"ca", "changed"),
    ],
)
def test_what_is_wrong_with_an_answer(sent: bytes, got: bytes, how: str) -> None:
    """One word for it."""
    assert Exchange(sent, got, 0).how == how


# --- answers ------------------------------------------------------------------------------------


def held_until(full: Callable[[bytes], bool], size: int = 10**9) -> Server:
    """Answers what has come once ``full`` says so of it, ``size`` bytes at a time."""

    def connection() -> Talk:
        kept = b""

        def talk(data: bytes) -> bytes:
            nonlocal kept
            kept += data
            if not full(kept) and data:
                return b""
            whole = kept if len(kept) < size or not data else kept[: len(kept) // size * size]
            kept = kept[len(whole) :]
            return whole

        return talk

    return connection


def blocks(size: int) -> Server:
    """Answers whole blocks."""
    return held_until(lambda kept: len(kept) >= size, size)


@pytest.mark.parametrize(
    ("server", "when", "unit", "old"),
    [
        (each(echo), "at once", 0, Answers.AT_ONCE),
        (held_until(lambda kept: b"\n" in kept), "after a newline", 0, Answers.AFTER_NEWLINE),
        (held_until(lambda kept: len(kept) > 5), "after a second message", 0, Answers.AFTER_MORE),
        (
            held_until(lambda kept: len(kept) >= 700, 700),
            "after more data",
            700,
            Answers.AFTER_MORE,
        ),
        (
            held_until(lambda kept: len(kept) >= 512, 512),
            "after more data",
            512,
            Answers.AFTER_MORE,
        ),
        (held_until(lambda kept: False), "after the end", 0, Answers.AFTER_END),
        (each(lambda data: b""), "never", 0, Answers.NEVER),
    ],
)
def test_when_it_answers(server: Server, when: str, unit: int, old: Answers) -> None:
    """What it waits for, and how many bytes exactly."""
    seen = ask("answers", server)
    assert (seen.facts["when"], seen.facts["unit"]) == (when, unit)
    assert summary(seen) is old
    assert seen.special is (when != "at once")


@pytest.mark.parametrize("size", [700, 2500])
def test_whether_a_full_buffer_waits_for_more(size: int) -> None:
    """Who reads until a buffer is full answers then; who writes through one does with the next."""
    reads, writes = blocks(size), held_until(lambda kept: len(kept) > size, size)
    assert ask("answers", reads).facts["kept"] is False
    assert ask("answers", writes).facts["kept"] is True


# --- lines --------------------------------------------------------------------------------------


def reader_of_lines(most: int, then: Callable[[bytes], bytes | None], end: bytes = b"\n") -> Server:
    """Answers whole lines, each with ``end`` for its newline; of one that is longer than ``most``
    it sends what ``then`` makes of what has come, and nothing more up to the newline."""

    def connection() -> Talk:
        kept, skips = b"", False

        def talk(data: bytes) -> bytes | None:
            nonlocal kept, skips
            line, newline, rest = (kept + data).partition(b"\n")
            answer: bytes | None = line + end if newline and not skips else b""
            if len(line) > most and not skips:
                answer, skips = then(line), True
            kept = b"" if skips else line
            if newline:
                kept, skips = rest, False
            return answer if data else None

        return talk

    return connection


def total_of_lines(most: int) -> Server:
    """Answers whole lines, and ends a connection on which more than ``most`` bytes have come."""

    def connection() -> Talk:
        talk, total = reader_of_lines(10**9, lambda line: None)(), 0

        def limited(data: bytes) -> bytes | None:
            nonlocal total
            total += len(data)
            return None if total > most else talk(data)

        return limited

    return connection


@pytest.mark.parametrize("most", [1023, 8192, 65_535, 100_000])
@pytest.mark.parametrize("end", [b"\n", b"", b"\r\n"])
@pytest.mark.parametrize(("then", "how"), [(None, "ends"), (b"", "nothing")])
def test_how_long_a_line_may_be(most: int, end: bytes, then: bytes | None, how: str) -> None:
    """To the byte, whatever becomes of the line end."""
    seen = ask("lines", reader_of_lines(most, lambda line: then, end))
    assert seen.special
    assert (seen.facts["right"], seen.facts["wrong"], seen.facts["how"]) == (most, most + 1, how)
    what = "ends the connection" if how == "ends" else "gets no answer"
    assert seen.said == f"A line of {most:,} bytes is answered; one of {most + 1:,} {what}."


@pytest.mark.parametrize(
    "server",
    [
        reader_of_lines(10**9, lambda line: None),
        reader_of_lines(4095, lambda line: line[:4095]),
        total_of_lines(8000),
        each(lambda data: None),
        each(lambda data: b""),
        each(lambda data: None if len(data) == 5000 else data or None),
    ],
    ids=["any", "cut", "total", "ends-at-once", "silent", "one-size"],
)
def test_what_is_no_limit_of_lines(server: Server) -> None:
    """Another bug, or none: nothing is said of a length."""
    seen = ask("lines", server)
    assert (seen.facts["wrong"], seen.special) == (0, False)


def test_no_connection_tells_nothing_of_answers() -> None:
    """Refused is not silent."""
    asking = TABLE["answers"].begin(Setting(Profile.SEQUENTIAL))
    next(asking)
    with pytest.raises(StopIteration) as done:
        asking.send(Trace(scripts=(ScriptTrace(error="ECONNREFUSED"),)))
    assert summary(done.value.value) is Answers.UNKNOWN


# --- messages -----------------------------------------------------------------------------------


def counting(right: Callable[[int, int], bool]) -> Server:
    """Ends when ``right`` says no to the number of reads and of bytes so far."""

    def connection() -> Talk:
        reads = total = 0

        def talk(data: bytes) -> bytes | None:
            nonlocal reads, total
            reads, total = reads + 1, total + len(data)
            return data if data and right(reads, total) else None

        return talk

    return connection


def short_is_the_end() -> Talk:
    """A read of fewer than 1,024 bytes is the last that is answered."""
    over = False

    def talk(data: bytes) -> bytes | None:
        nonlocal over
        if over or not data:
            return None
        over = len(data) % 1024 != 0
        return data

    return talk


def test_a_limit_on_messages() -> None:
    """The same number of messages, whatever their size."""
    seen = ask("messages", counting(lambda reads, total: reads <= 7))
    assert (seen.facts["first_bad"], seen.facts["second_bad"]) == (8, 8)
    assert (seen.facts["bad"], seen.facts["limit"]) == ("ended without an answer", "messages")
    assert "number 8" in seen.said


def test_a_limit_on_bytes() -> None:
    """Another number of messages of another size."""
    seen = ask("messages", counting(lambda reads, total: total <= 100))
    assert (seen.facts["first_bad"], seen.facts["second_bad"]) == (21, 1)
    assert seen.facts["limit"] == "bytes"


def test_a_limit_far_off() -> None:
    """More messages than are tried at first."""
    seen = ask("messages", counting(lambda reads, total: reads <= 1000))
    assert (seen.facts["first_bad"], seen.facts["many_bad"]) == (0, 1001)


def test_a_short_read_taken_for_the_end() -> None:
    """After a full read it goes on, after a short one it does not."""
    seen = ask("messages", short_is_the_end)
    assert seen.facts["first_bad"] == 2
    assert seen.facts["lives"] == [1024, 2048, 4096, 8192, 16384, 65536]
    assert seen.facts["ends"] == [512]


def test_a_full_read_taken_for_the_end() -> None:
    """Small messages are answered, an exact one of the buffer's size is the last."""
    seen = ask("messages", each(lambda data: data if len(data) % 1024 else None))
    assert seen.facts["first_bad"] == 0
    assert seen.facts["ends"] == [1024, 2048, 4096, 8192, 16384, 65536]


def test_repetitions() -> None:
    """Only what equals the message before is not answered."""

    def connection() -> Talk:
        last = b""

        def talk(data: bytes) -> bytes:
            nonlocal last
            answer, last = b"" if data == last else data, data
            return answer

        return talk

    seen = ask("repeat", connection)
    assert seen.facts == {"wrong": [2, 3, 7], "repetitions": True}


def test_repetitions_of_any_earlier_message() -> None:
    """Who keeps all of them is told from who keeps the last one."""

    def connection() -> Talk:
        known: set[bytes] = set()

        def talk(data: bytes) -> bytes:
            answer = b"" if data in known else data
            known.add(data)
            return answer

        return talk

    seen = ask("repeat", connection)
    assert seen.facts == {"wrong": [2, 3, 5, 7], "repetitions": True}
    assert "an earlier one" in seen.said


# --- totals -------------------------------------------------------------------------------------


def lossy(at: Callable[[int, int], bool]) -> Server:
    """Loses the last byte of each read of which ``at`` says so: by the totals before and after."""

    def connection() -> Talk:
        total = 0

        def talk(data: bytes) -> bytes:
            nonlocal total
            before, total = total, total + len(data)
            return data[:-1] if data and at(before, total) else data

        return talk

    return connection


def test_a_total_and_its_multiples() -> None:
    """Where in the stream, and how far apart."""
    seen = ask("cumulative", lossy(lambda before, after: before // 50_000 < after // 50_000))
    assert seen.facts["wrong_at"] == [49_999, 99_999, 149_999, 199_999, 249_999, 299_999]
    assert (seen.facts["period"], seen.facts["by"]) == (50_000, "bytes")


def test_a_total_in_messages() -> None:
    """The same number of messages is not the same number of bytes."""
    seen = ask("cumulative", counting(lambda reads, total: reads <= 100))
    assert (seen.facts["wrong_at"], seen.facts["second_at"]) == ([100_000], [70_000])
    assert seen.facts["by"] == "messages"


# --- bytes, words, sizes ------------------------------------------------------------------------


def test_one_byte_that_ends_the_connection() -> None:
    """0x04 alone, and no other."""
    seen = ask("bytes", each(lambda data: None if data in (b"\x04", b"") else data))
    assert seen.facts["ends"] == [4]
    assert seen.facts["tried"] == 256
    assert seen.said.startswith("0x04 alone ends the connection; the other 255 values tried")


@pytest.mark.parametrize(
    ("change", "rule", "some"),
    [
        (lambda data: bytes(b & 0x7F for b in data), "seven-bit", 0x80),
        (lambda data: data.decode("latin-1").encode(), "latin-1 to utf-8", 0xFF),
        (lambda data: data.decode("utf-8", "replace").encode(), "not utf-8", 0xC3),
        (lambda data: bytes(b for b in data if b < 0x80), "high", 0x80),
        (lambda data: data.strip(), "white space", 0x20),
    ],
)
def test_kinds_of_bytes(change: Callable[[bytes], bytes], rule: str, some: int) -> None:
    """What the values that go wrong have in common."""
    seen = ask("bytes", each(change))
    assert seen.facts["rule"] == rule
    assert some in [*_list(seen, "lost"), *_list(seen, "changed")]


def test_letters_that_change() -> None:
    """Into which, value by value."""
    seen = ask("bytes", each(bytes.upper))
    assert seen.facts["rule"] == "upper"
    assert _list(seen, "changed") == list(b"abcdefghijklmnopqrstuvw") + list(b"yz")
    assert _list(seen, "into")[0] == ord("A")


def test_a_byte_within_a_message() -> None:
    """Alone it is right, in the middle of a message it is not."""
    seen = ask("bytes", each(lambda data: data.split(b"\n", 1)[0] if len(data) > 1 else data))
    assert (seen.facts["lost"], seen.facts["middle"]) == ([], [10])
    assert seen.said.endswith(
        "0x0A is wrong in the middle, at the beginning and at the end of a message."
    )
    assert seen.facts["middle_untried"] == 0


def test_a_byte_that_is_held_back() -> None:
    """It comes only with what follows."""

    def connection() -> Talk:
        held = b""

        def talk(data: bytes) -> bytes:
            nonlocal held
            whole, held = held + data, b""
            if whole.endswith(b"\r"):
                whole, held = whole[:-1], b"\r"
            return whole

        return talk

    assert ask("bytes", connection).facts["late"] == [13]


def test_a_kind_of_bytes_that_ends_the_connection() -> None:
    """Not each of many is tried, and how many were is told."""
    seen = ask("bytes", each(lambda data: data if data and max(data) < 0x80 else None))
    assert 0x80 in _list(seen, "ends")
    assert all(value >= 0x80 for value in map(int, _list(seen, "ends")))
    assert "were not tried" in seen.said


@pytest.mark.parametrize("id", ["bytes", "words", "sizes", "cumulative"])
def test_who_answers_nothing_is_not_asked_more(id: str) -> None:
    """Where an ordinary message is not answered, no byte or word is blamed."""
    seen = ask(id, each(lambda data: b""))
    assert seen.facts["plain"] == "nothing"
    assert "An ordinary message is not answered" in seen.said


def test_one_message_a_connection() -> None:
    """Where a connection takes one message, no byte is blamed for its end."""
    seen = ask("bytes", counting(lambda reads, total: reads < 2))
    assert seen.facts["plain"] == "single"
    assert (seen.facts["ends"], seen.facts["lost"], seen.facts["changed"]) == ([], [], [])
    assert not seen.special


def test_a_word_that_ends_the_connection() -> None:
    """With or without a newline."""
    seen = ask("words", each(lambda data: None if data.strip() in (b"quit", b"") else data))
    assert _list(seen, "ends")[:2] == ["quit", "quit\\n"]


def test_a_word_at_the_beginning() -> None:
    """Special only as the first message of a connection."""

    def connection() -> Talk:
        first = True

        def talk(data: bytes) -> bytes | None:
            nonlocal first
            known, first = first, False
            return b"HTTP/1.0 200 OK" if known and data.startswith(b"GET") else data or None

        return talk

    seen = ask("words", connection)
    assert seen.facts["first"] == ["GET / HTTP/1.0"]
    assert seen.facts["first_into"] == ["HTTP/1.0 200 OK"]


def test_a_word_that_was_not_tried_later_is_not_called_special_as_the_first() -> None:
    """Blanks end the connection wherever they come; those for which there was no time are not told
    as something else."""
    seen = ask("words", each(lambda data: data if data.strip() else None))
    assert " " in _list(seen, "ends")
    assert _list(seen, "first") == []
    assert "first message" not in seen.said


def test_where_a_trial_of_places_stops_is_told() -> None:
    """All high bytes in messages end the connection: the few that were tried are no special ones,
    and that the others were not tried is said once for all places."""

    def short(data: bytes) -> bytes | None:
        return data if data and (len(data) == 1 or max(data) < 0x80) else None

    seen = ask("bytes", each(short))
    assert seen.facts["middle"] == seen.facts["middle_ends"] == [0x80, 0x81, 0x82, 0x83]
    assert seen.facts["middle_untried"] == seen.facts["finish_untried"] == 124
    assert seen.said == (
        "256 byte values, each alone as a message, all come back; 0x80 to 0x83 are wrong in the "
        "middle, at the beginning and at the end of a message: the trial stopped there, with 124 "
        "others untried."
    )


@pytest.mark.parametrize(
    ("bad", "multiple", "beyond", "exactly"),
    [
        (lambda n: n == 4096, 0, 0, 4096),
        (lambda n: n % 1024 == 0, 1024, 0, 0),
        (lambda n: n > 2017, 0, 2018, 0),
    ],
)
def test_sizes(bad: Callable[[int], bool], multiple: int, beyond: int, exactly: int) -> None:
    """One size, all multiples of one, or all from one on."""

    def talk(data: bytes) -> bytes:
        return data[:-1] if data and bad(len(data)) else data

    seen = ask("sizes", each(talk))
    facts = seen.facts
    assert (facts["multiple"], facts["from"], facts["exactly"]) == (multiple, beyond, exactly)
    smallest = int(_list(seen, "alone")[0])
    assert (facts["at"], facts["length"], facts["how"]) == (smallest - 1, 1, "part")


def test_a_size_that_is_not_to_blame() -> None:
    """What goes wrong after so many bytes, and not alone, is no question of its size."""
    seen = ask("sizes", lossy(lambda before, after: before < 2000 <= after))
    assert seen.facts["wrong"]
    assert seen.facts["alone"] == [s for s in _list(seen, "alone") if int(s) >= 2000]
    assert _list(seen, "alone") == [] or min(map(int, _list(seen, "alone"))) >= 2000


def _list(seen: Observed, name: str) -> list[int | str]:
    fact = seen.facts[name]
    assert isinstance(fact, list)
    return fact


# --- company ------------------------------------------------------------------------------------


def answer(id: str, traces: Iterator[Trace] | list[Trace], profile: Profile) -> Observed:
    """What an experiment makes of literal traces."""
    asking = TABLE[id].begin(Setting(profile))
    next(asking)
    with pytest.raises(StopIteration) as done:
        for trace in [*traces, None, None, None]:
            asking.send(trace)
    seen: Observed = done.value.value
    return seen


def client(
    at: float | None = 0.1, ending: Ending = Ending.CLIENT, **changes: object
) -> ScriptTrace:
    served = at is not None
    seen = ScriptTrace(sent=20, received=20 * served, echoed=20 * served, first_byte=at)
    return msgspec.structs.replace(seen, ending=ending, **changes)


def left(at: float, what: str = "closed") -> ScriptTrace:
    return client(timeline=(Moment(at, what),))


def test_the_first_client_that_is_not_served() -> None:
    """Which one it is, and that it is served when another leaves."""
    crowd = [left(0.5), client(0.2), client(0.9), client(None, Ending.FIN)]
    waits = [client(), client(0.3), client(0.5), client(0.4)]
    together = [client(), client(), client(None), client()]
    traces = [Trace(scripts=tuple(scripts)) for scripts in (crowd, together, waits)]
    seen = answer("clients", traces[:2], Profile.CONCURRENT)
    assert (seen.facts["served"], seen.facts["first_unserved"]) == (2, 3)
    assert (seen.facts["after"], seen.facts["ended"]) == ([3], [4])
    assert seen.facts["together"] == 2
    assert seen.special


def test_the_order_of_those_who_wait() -> None:
    """Who came last is served first."""
    crowd = Trace(scripts=(left(0.5), client(0.6), client(0.7), client(0.8)))
    together = Trace(scripts=(client(), client(), client(), client()))
    waits = Trace(scripts=(client(), client(0.3), client(0.2), client(0.1)))
    seen = answer("clients", [crowd, together, waits], Profile.SEQUENTIAL)
    assert seen.facts["order"] == [3, 2, 1]
    assert "in the order 3, 2, 1" in seen.said


def test_connections_that_are_used_up() -> None:
    """The first that is not served, for each way to end."""
    fine = Trace(scripts=tuple(client() for _ in range(60)))
    bad = Trace(scripts=(*(client() for _ in range(9)), client(None), client(None)))
    seen = answer("connections", [fine, bad, fine], Profile.SEQUENTIAL)
    facts = seen.facts
    assert (facts["plain_bad"], facts["reset_bad"], facts["abandoned_bad"]) == (0, 10, 0)
    assert facts["reset_what"] == "nothing"


def test_neighbours() -> None:
    """Served at once, only when the other leaves, or never."""
    silent = Trace(scripts=(left(0.5), client(0.7)))
    idle = Trace(scripts=(left(0.5), client(0.2)))
    stalled = Trace(scripts=(left(0.5, "reset"), client(0.1), client(None)))
    seen = answer("neighbours", [silent, idle, stalled], Profile.CONCURRENT)
    assert (seen.facts["silent"], seen.facts["idle"]) == ("after", "served")
    assert seen.facts["stalled"] == "never"
    assert "sent nothing, a client is served only when that one leaves" in seen.said


def test_bytes_of_another_client() -> None:
    """They are known by what the other has sent, side by side and afterwards."""
    asking = TABLE["crosstalk"].begin(Setting(Profile.CONCURRENT))
    turns = next(asking)
    other = sent_by(turns.scripts[1])[25:60]
    moments = (Moment(0, SENT, 25), Moment(0, GOT, 25), Moment(0, SENT, 30), Moment(0, GOT, 30))
    sent = sent_by(turns.scripts[0])
    wrong = traced(*moments, got=sent[:25] + other[:30], sent=sent).scripts[0]
    row = asking.send(Trace(scripts=(wrong, client())))
    earlier = sent_by(row.scripts[2])
    follower = client(surplus=earlier[:400] + sent_by(row.scripts[3]))
    scripts = (client(), client(), client(), follower, client(), client())
    with pytest.raises(StopIteration) as done:
        asking.send(Trace(scripts=scripts))
    facts = done.value.value.facts
    assert (facts["foreign"], facts["leftover"]) == (True, True)
    assert (facts["leftover_size"], facts["after"]) == (400, "reset")


def test_the_data_of_a_bystander() -> None:
    """What is missing after the reset of another."""
    stays = ScriptTrace(sent=1000, received=600, echoed=600, ending=Ending.CLIENT)
    seen = answer("bystander", [Trace(scripts=(stays, client()))], Profile.CONCURRENT)
    assert seen.facts == {"missing": 400, "ending": "open"}
    fine = msgspec.structs.replace(stays, received=1000, echoed=1000)
    assert not answer("bystander", [Trace(scripts=(fine, client()))], Profile.CONCURRENT).special


def test_what_was_not_performed_is_not_told() -> None:
    """Where the first of two plans could not be performed, nothing is said of it."""
    asking = TABLE["crosstalk"].begin(Setting(Profile.CONCURRENT))
    next(asking)
    row = asking.send(None)
    with pytest.raises(StopIteration) as done:
        asking.send(performed(row, each(echo)))
    assert done.value.value.facts == {"wrong": False, "leftover": False}
    assert done.value.value.said == "Clients get their own bytes, one after another."


# --- pace ---------------------------------------------------------------------------------------


def test_data_that_a_slow_reader_loses() -> None:
    """Where, how much, and whether the connection goes on."""
    asking = TABLE["slow-reader"].begin(Setting(Profile.SEQUENTIAL, flood=20_000))
    first = next(asking)
    sent = sent_by(first.scripts[0])
    lost = ScriptTrace(
        sent=len(sent),
        received=len(sent) - 512,
        echoed=2048,
        surplus=sent[2560:],
        stalled=True,
        timeline=(Moment(0.0, SENT, len(sent)), Moment(0.1, GOT, len(sent) - 512)),
    )
    asking.send(Trace(scripts=(lost,)))
    with pytest.raises(StopIteration) as done:
        asking.send(None)
    facts = done.value.value.facts
    assert (facts["kind"], facts["at"], facts["length"]) == ("lost", 2048, 512)
    assert (facts["at_read"], facts["goes_on"], facts["ending"]) == (True, True, "open")


def test_silence_that_ends_a_connection() -> None:
    """After how many seconds, and that a busy one lives on."""
    moments = (Moment(0.0, "connected"), Moment(0.0, SENT, 3), Moment(0.1, GOT, 3))
    ended = ScriptTrace(sent=3, received=3, echoed=3, ending=Ending.FIN, ended=0.6)
    idle = msgspec.structs.replace(ended, timeline=moments)
    seen = answer("idle", [Trace(scripts=(idle, client(), client()))], Profile.CONCURRENT)
    assert (seen.facts["idle"], seen.facts["idle_after"]) == ("fin", 0.5)
    assert seen.facts["busy"] == "open"
    assert "ended after 0.5 s" in seen.said


def test_a_connection_that_ends_unanswered_was_not_ended_by_silence() -> None:
    """Nothing is said of an exchange, nor of messages all the time: there was none."""
    ended = ScriptTrace(sent=3, ending=Ending.RST, ended=0.0, timeline=(Moment(0.0, "connected"),))
    asking = TABLE["idle"].begin(Setting(Profile.SEQUENTIAL))
    next(asking)
    asking.send(Trace(scripts=(ended,)))
    with pytest.raises(StopIteration) as done:
        asking.send(Trace(scripts=(ended,)))
    seen = done.value.value
    assert seen.said == "A connection is ended before its first message is answered (rst)."
    assert (seen.facts["idle_unanswered"], seen.facts["busy_unanswered"]) == (True, True)


def test_ends() -> None:
    """How the target ends, what it loses and what it adds."""
    asking = TABLE["end"].begin(Setting(Profile.SEQUENTIAL))
    plan = next(asking)
    sizes = [len(sent_by(script)) for script in plan.scripts]

    def seen(size: int, echoed: int, ending: Ending, surplus: bytes = b"") -> ScriptTrace:
        received = echoed + len(surplus)
        return ScriptTrace(
            sent=size, received=received, echoed=echoed, ending=ending, surplus=surplus
        )

    asking.send(
        Trace(
            scripts=(
                seen(sizes[0], sizes[0], Ending.FIN, b"bye\n"),
                seen(0, 0, Ending.RST),
                seen(sizes[2], 0, Ending.FIN),
                seen(sizes[3], sizes[3], Ending.RST),
            ),
            measurements=(measured("alone", 1), measured("served", 2)),
        )
    )
    with pytest.raises(StopIteration) as done:
        asking.send(None)
    facts = done.value.value.facts
    assert facts == {
        "children": 1,
        "later": "fin",
        "later_more": 4,
        "nothing": "rst",
        "together": "fin",
        "together_missing": 14,
        "much": "rst",
    }


def measured(label: str, processes: int) -> Measurement:
    return Measurement(label, 0.0, 0.0, 0, 0, 0, processes, 0)


def test_an_end_that_does_not_come() -> None:
    """Nothing more is tried then, and what was left out is not told as refused."""
    asking = TABLE["end"].begin(Setting(Profile.SEQUENTIAL))
    plan = next(asking)
    open_ = ScriptTrace(sent=30, received=30, echoed=30, ending=Ending.OPEN)
    with pytest.raises(StopIteration) as done:
        asking.send(Trace(scripts=(open_, *[ScriptTrace()] * (len(plan.scripts) - 1))))
    assert done.value.value.facts == {"later": "open"}


def test_signals() -> None:
    """A stop and continue that ends the connection, an urgent byte that does nothing."""
    asking = TABLE["signals"].begin(Setting(Profile.SEQUENTIAL))
    plan = next(asking)
    scripts = list(performed(plan, each(echo)).scripts)
    scripts[0] = client(ending=Ending.FIN)
    with pytest.raises(StopIteration) as done:
        asking.send(Trace(scripts=tuple(scripts)))
    assert done.value.value.facts == {
        "stopped": "ended",
        "answering": "right",
        "alone": "right",
        "urgent": "right",
    }


def test_gentle_plans_touch_no_process() -> None:
    """What is left of a plan for a target that somebody else runs."""
    plan = side_by_side((p.Connect(), p.PauseTarget(), p.ResumeTarget(), p.Close()))
    assert without_process_steps(plan) == side_by_side((p.Connect(), p.Close()))
