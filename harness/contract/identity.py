"""identity: what comes back is what was sent, whatever bytes those are."""

from __future__ import annotations

from harness.contract.check import ENDS, LONGEST, MUST, RFC862, Check, Context
from harness.contract.pieces import exchange, finished, literals
from harness.values import plan as p
from harness.values.effort import Effort
from harness.values.plan import Literal, Payload, Plan
from harness.values.verdict import Kind

UNCHANGED = (
    "Every byte comes back unchanged, in order, once, in whatever pieces. "
    "Not allowed: a byte changed, lost, added or moved, or a close before the client ends."
)
ODD_SIZES = (1021, 7, 3331, 613, 1, 9973, 257)
"""Primes, so that messages and reads never fall into step with a buffer."""


def _check(name: str, requirement: str, *payloads: Payload, hint: str = "") -> Check:
    return Check(
        id=f"identity/{name}",
        level=MUST,
        basis=RFC862,
        requirement=requirement,
        plan=lambda context: p.one(*exchange(*payloads)),
        allowed=UNCHANGED,
        hint=hint,
    )


REQUESTS = (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /", b"HELO x\r\n")
COMMANDS = (
    *(b"quit", b"quit\r\n", b"exit\n", b"bye\n", b"QUIT\r\n", b"exit", b"close\n", b"stop\n"),
    *(b"HELP\n", b"shutdown\n", b"shutdown", b"q\n", b"END\n", b".\r\n", b"STOP", b"ping\r\n"),
)
TEXT = "the bytes are treated as text; send back the bytes object that recv returned, untouched"


MUCH = 4 * LONGEST
"""Bytes of one message at thorough effort: so many are held in memory."""
MANY_TIMES = 16
"""A GiB in all.  It is the same message again, so that no more of it has to be held."""


def _long_stream(context: Context) -> Plan:
    """First to a round number, then past what 24 bits count; at thorough effort 28 bits."""
    if context.effort is not Effort.THOROUGH or context.speed is not None:
        return p.one(*exchange(context.data(1, context.volume(LONGEST)), context.data(2, 70_001)))
    much = [context.data(1, MUCH)] * MANY_TIMES
    return p.one(*exchange(*much, context.data(2, 70_001)))


CHECKS = (
    _check("one-byte", "A single byte comes back.", Literal(b"x")),
    _check("hello", "A short text comes back.", Literal(b"Hello, world")),
    _check(
        "every-byte-value",
        "Each of the 256 byte values comes back as itself.",
        Literal(bytes(range(256))),
        Literal(bytes(range(255, -1, -1))),
        Literal(bytes(range(0, 256, 3)) * 3),
        hint=TEXT,
    ),
    _check(
        "nul-bytes",
        "NUL bytes come back, at the start, in the middle and at the end of a message.",
        *literals(b"a\0b", b"\0", b"\0\0begin", b"end\0\0", b"\0" * 40, b"x" * 50 + b"\0y"),
        hint="the length of the data is measured with strlen or cut at NUL; use what recv returned",
    ),
    _check(
        "newlines",
        "CR, LF and CRLF come back untouched, and so does their absence.",
        *literals(
            b"line\n", b"line\r\n", b"line\r", b"\n", b"\r\n", b"a\nb\rc\r\nd", b"\n\n\r\r", b"none"
        ),
        hint="line ends are stripped, translated or waited for; an echo server knows no lines",
    ),
    _check(
        "edge-whitespace",
        "Spaces, tabs and other white space at the edges of a message come back.",
        *literals(
            b"  both  ", b"\ttab\t", b" ", b"\x0b\x0cform\x0c", b"end \n ", b"\x1c\x1d\x1e\x1f"
        ),
        hint="the data goes through strip() or split(); send it back as it is",
    ),
    _check(
        "invalid-utf8",
        "Bytes that are no valid UTF-8 come back.",
        *literals(
            b"\xff\xfe\xfd",
            b"\xc3(",
            b"\xe2\x82",
            b"ok\x80\xbfok",
            b"\xf5\x90\x80\x80",
            b"\xed\xa0\x80",
        ),
        hint=TEXT,
    ),
    Check(
        id="identity/split-utf8",
        level=MUST,
        basis=RFC862,
        requirement="A character of several bytes comes back also when it arrives in two pieces.",
        plan=lambda context: p.one(
            *exchange(
                *literals(b"caf\xc3", b"\xa9 \xe2\x82", b"\xac \xf0\x9f", b"\x98\x80 end \xe2\x82")
            ),
        ),
        allowed=UNCHANGED,
        hint=TEXT,
    ),
    _check(
        "telnet-bytes",
        "0xFF and the Telnet commands that begin with it come back.",
        *literals(
            b"\xff", b"\xff\xf4\xff\xfd\x06", b"a\xff\xffb", b"\xff\xfb\x01", b"a\xff", b"\xf4b"
        ),
        hint="0xFF is taken for a Telnet command, or for EOF (-1) in a signed char",
    ),
    _check(
        "control-bytes",
        "Control bytes such as ^C, ^D, ^Z, escape and delete come back.",
        *literals(
            b"\x03",
            b"\x04",
            b"\x1a",
            b"abc\x04",
            b"\x1b[2J\x07",
            b"\x08\x7f",
            b"a\x03b\x04c\x1ad",
            b"\x11\x13",
        ),
        hint="a control byte is taken for a command; in a stream it is data like any other",
    ),
    Check(
        id="identity/looks-like-a-command",
        level=MUST,
        basis=RFC862,
        requirement="Words that look like commands come back and end nothing.",
        plan=lambda context: p.in_turn(
            *(exchange(*literals(*words)) for words in (REQUESTS, COMMANDS, COMMANDS[::-1]))
        ),
        allowed=UNCHANGED,
        hint="the server looks for a command word in the data; only the end of stream ends a "
        "connection",
    ),
    _check(
        "format-directives",
        "Format directives, escapes and templates come back as they are.",
        *literals(
            b"%s %d %n %x %%",
            b"{} {0} {name}",
            b"\\n\\0\\x41",
            b"%",
            b"100%",
            b"${HOME} $(id) `id`",
            b"{",
        ),
        hint="the data is used as a format string; pass it as data",
    ),
    Check(
        id="identity/nothing-extra",
        level=MUST,
        basis=RFC862,
        requirement="Nothing comes but the echo: no banner, no prompt, no farewell.",
        plan=lambda context: p.in_turn(
            finished(Literal(b"only this")), (p.Connect(), p.HalfClose(), p.AwaitEnd())
        ),
        allowed="Exactly the bytes sent, then the end of the stream. "
        "Not allowed: a byte before, between or after them.",
        ignores=ENDS | {Kind.TRUNCATED, Kind.NO_ECHO},
        hint="the server greets or says goodbye; an echo server sends only what it received",
    ),
    Check(
        id="identity/long-stream",
        level=MUST,
        basis=RFC862,
        requirement="16 MiB on one connection come back, read while they are written, and then "
        "some more.",
        plan=_long_stream,
        allowed=UNCHANGED,
        hint="something is counted or limited per connection, or a short write loses data",
    ),
    Check(
        id="identity/counter",
        level=MUST,
        basis=RFC862,
        requirement="The stream stays intact when the bytes of a connection pass 2^16 and 2^20, "
        "in messages of odd sizes.",
        plan=lambda context: _counter(context),
        allowed=UNCHANGED,
        hint="a byte counter is too small (16 bits?), or a buffer of fixed size fills up",
    ),
)


COUNTED = (2**16 + 20_001, 2**20 + 70_001, 2**20 + 70_001)
"""Bytes, at each effort: past what 16 bits count, or past 2^20 as well."""


def _counter(context: Context) -> Plan:
    return p.one(
        p.Connect(),
        p.Send(context.data(1, context.effort.of(*COUNTED)), cuts=ODD_SIZES, lockstep=0.15),
        p.AwaitEcho(briefly=True),
        p.HalfClose(),
        p.AwaitEcho(),
        p.Close(),
    )
