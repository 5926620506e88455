"""From findings to the likely bug, in words that a beginner can act on.  A pure function.

The rules are a table, the most telling first.  Each looks at the evidence and either says what the
bug is or passes; the last word has the check's own hint.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from harness.plan import Plan, Send, size_of
from harness.probe import Answers
from harness.trace import Trace
from harness.verdict import Diagnosis, Finding, Kind, Profile

CERTAIN, LIKELY, POSSIBLE = "certain", "likely", "possible"


class Evidence(Struct, frozen=True):
    """All that is known about one failure."""

    check_id: str
    hint: str
    profile: Profile
    plan: Plan
    trace: Trace
    findings: tuple[Finding, ...]
    experiments: Answers = Answers.UNKNOWN

    @property
    def first(self) -> Finding:
        return self.findings[0]

    @property
    def kinds(self) -> set[Kind]:
        return {f.kind for f in self.findings}

    @property
    def expected(self) -> bytes:
        """The bytes that were expected from the first difference on."""
        return _from_difference(self.first, self.first.expected)

    @property
    def got(self) -> bytes:
        return _from_difference(self.first, self.first.got)


def _from_difference(finding: Finding, window: str | None) -> bytes:
    if window is None or finding.offset is None or finding.window_start is None:
        return b""
    return bytes.fromhex(window)[finding.offset - finding.window_start :]


def diagnose(evidence: Evidence) -> Diagnosis:
    """The likely bug behind ``evidence``; there is always something to say."""
    for rule in RULES:
        if found := rule(evidence):
            return found
    return Diagnosis(
        bug=evidence.first.message,
        hint=_upper(evidence.hint)
        or "Read the timeline from the first difference on, and repeat it with -v.",
        confidence=POSSIBLE,
    )


# --- the process --------------------------------------------------------------------------------

_EXCEPTIONS = {
    "UnicodeDecodeError": "it decodes the data as text; keep it as bytes",
    "UnicodeEncodeError": "it encodes text that is not what was received; keep the data as bytes",
    "ConnectionResetError": "a client that resets raises an exception that nobody catches: catch "
    "ConnectionError (OSError) around each connection and go on",
    "BrokenPipeError": "a client that vanished raises an exception that nobody catches: catch "
    "ConnectionError (OSError) around each connection and go on",
    "ECONNRESET": "an error of one connection ends the process: handle its 'error' event",
    "EPIPE": "an error of one connection ends the process: handle its 'error' event",
    "RecursionError": "it calls itself for every read: use a loop",
    "MemoryError": "it keeps everything it ever read",
}


def _died(e: Evidence) -> Diagnosis | None:
    if not e.kinds & {Kind.DIED, Kind.EXIT_STATUS}:
        return None
    death = next((d for d in e.trace.deaths if not d.asked), None)
    if death is None:
        return None
    if death.signal == "SIGPIPE":
        return Diagnosis(
            "the server is killed by SIGPIPE when it writes to a client that has gone",
            "Ignore SIGPIPE (signal(SIGPIPE, SIG_IGN), or MSG_NOSIGNAL) and handle EPIPE.",
            CERTAIN,
        )
    last = _last_error(death.output)
    for name, words in _EXCEPTIONS.items():
        if last and name in last:
            return Diagnosis(
                f"the server crashes with {last!r}: {words}", _upper(words) + ".", LIKELY
            )
    how = f"with {last!r}" if last else f"({death})"
    if e.first.kind is Kind.EXIT_STATUS:
        return Diagnosis(
            f"the server does not end well {how}",
            "Let the program run to its end after the connection: exit status 0, no exception.",
            LIKELY,
        )
    if death.clean:
        return Diagnosis(
            "the server ends by itself although clients still come",
            "Call accept() in a loop; only a signal should end the server.",
            LIKELY,
        )
    return Diagnosis(f"the server crashes {how}", e.hint and _upper(e.hint) + ".", LIKELY)


def _last_error(output: str) -> str:
    """The line of ``output`` that names the error, if one does."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for line in reversed(lines):
        if re.match(r"[\w.]*(Error|Exception|Interrupt)\b", line) or "Error" in line[:60]:
            return line[:120]
    return ""


def _address_in_use(e: Evidence) -> Diagnosis | None:
    if e.first.kind is not Kind.NOT_LISTENING:
        return None
    return Diagnosis(
        "bind() fails while the address is still in use by connections of the earlier process",
        "Set SO_REUSEADDR on the listening socket before bind().",
        LIKELY,
    )


# --- silence ------------------------------------------------------------------------------------


def _silent(e: Evidence) -> Diagnosis | None:
    nothing = e.first.kind is Kind.TRUNCATED and not e.first.received
    if Kind.NO_ECHO not in e.kinds and not (nothing and e.experiments is Answers.NEVER):
        return None
    match e.experiments:
        case Answers.AFTER_NEWLINE:
            return Diagnosis(
                "the server waits for a newline before it answers",
                "Read with recv(), not with readline() or fgets(); send each piece back as it "
                "comes.",
                CERTAIN,
            )
        case Answers.AFTER_END:
            return Diagnosis(
                "the server collects everything and answers only after the client has ended",
                "Send back what each recv() returns before calling it again.",
                CERTAIN,
            )
        case Answers.AFTER_MORE:
            return Diagnosis(
                "the server waits until a buffer is full before it answers",
                "Do not wait for a fixed amount (MSG_WAITALL, read(n) on a file object), and "
                "flush after each write.",
                CERTAIN,
            )
        case Answers.AT_ONCE if (e.first.length or 0) % 1024 == 0 and e.first.length:
            return Diagnosis(
                "after a read that fills its buffer the server waits for more before it answers",
                "Send back what each recv() returned at once: a short read is not the end of a "
                "message, and a full one is not its middle.",
                LIKELY,
            )
        case Answers.NEVER:
            return Diagnosis(
                "the server accepts connections (or the system does for it) but never sends "
                "anything back",
                "Check that it calls accept(), then recv() and sendall() on the socket that "
                "accept() returned.",
                CERTAIN,
            )
    return None


# --- bytes --------------------------------------------------------------------------------------


def _bytes_as_text(e: Evidence) -> Diagnosis | None:
    if e.first.kind not in (Kind.CHANGED, Kind.EXTRA, Kind.LOST, Kind.TRUNCATED):
        return None
    if not e.first.received:
        return None
    expected, got = e.expected[:8], e.got[:8]
    if got.startswith((b"\xef\xbf\xbd", b"?")) and expected and expected[0] >= 0x80:
        bug = "bytes that are no valid UTF-8 are replaced: the data is decoded as text"
    elif expected and expected[0] >= 0x80 and got[:1] in (b"\xc2", b"\xc3") and len(got) > 1:
        bug = "bytes are read as Latin-1 and written as UTF-8: each byte above 127 becomes two"
    elif expected and expected[0] >= 0x80 and got and got[0] == expected[0] & 0x7F:
        bug = "the eighth bit of each byte is cut off"
    elif expected and expected[0] >= 0x80 and e.first.kind in (Kind.LOST, Kind.TRUNCATED):
        if e.first.length is not None and e.first.length > 64:
            return None
        if expected[0] == 0xFF and "telnet" in e.check_id:
            return Diagnosis(
                "0xFF is swallowed: taken for a Telnet command, or for EOF in a signed char",
                "Treat it like any other byte; keep the result of getc() in an int.",
                LIKELY,
            )
        bug = "bytes above 127 disappear: the data is decoded as text and errors are ignored"
    else:
        return None
    return Diagnosis(bug, "Keep bytes as bytes: send back exactly what recv() returned.", LIKELY)


def _letters(e: Evidence) -> Diagnosis | None:
    expected, got = e.expected[:1], e.got[:1]
    if e.first.kind is Kind.CHANGED and expected.isalpha() and expected.swapcase() == got:
        return Diagnosis(
            "the case of letters is changed",
            "Send the data back as it is, without upper() or lower().",
            CERTAIN,
        )
    return None


def _ends_of_lines(e: Evidence) -> Diagnosis | None:
    if e.check_id.startswith("partial-send/") or not e.first.received:
        return None
    expected, got = e.expected[:2], e.got[:2]
    if e.first.kind in (Kind.LOST, Kind.TRUNCATED) and (e.first.length or 0) <= 16:
        if expected[:1] in (b"\n", b"\r"):
            return Diagnosis(
                "line ends are stripped",
                "Remove strip(), rstrip(), splitlines() or the handling of lines: an echo server "
                "knows no lines.",
                LIKELY,
            )
        if expected[:1] in (b" ", b"\t", b"\x0b", b"\x0c") and expected:
            return Diagnosis(
                "white space at the edge of a message is stripped",
                "Remove strip() or split(): send the data back as it is.",
                LIKELY,
            )
        if expected[:1] == b"\0":
            return Diagnosis(
                "data is cut at NUL bytes",
                "Use the length that recv() returned, not strlen() or a C string.",
                LIKELY,
            )
    if (expected[:1], got[:1]) in ((b"\r", b"\n"), (b"\n", b"\r")):
        return Diagnosis(
            "line ends are translated",
            "Open no text stream over the socket; send back the bytes that recv() returned.",
            LIKELY,
        )
    return None


def _unasked(e: Evidence) -> Diagnosis | None:
    if e.first.kind is not Kind.EXTRA:
        return None
    text = e.got[:32]
    shown = text.decode("ascii", "replace").strip() or text.hex()
    if e.first.offset == 0:
        return Diagnosis(
            f"the server greets each client, or puts something before the data: {shown!r}",
            "Send nothing but what was received: no banner, no prompt, no 'Echo: '.",
            LIKELY,
        )
    if e.first.sent is not None and e.first.offset == e.first.sent:
        return Diagnosis(
            f"the server adds something after the data: {shown!r}",
            "Send nothing but what was received: no farewell, no newline of your own.",
            LIKELY,
        )
    return None


def _foreign(e: Evidence) -> Diagnosis | None:
    if e.first.kind is not Kind.FOREIGN:
        return None
    return Diagnosis(
        "data of one connection is sent to another",
        "Keep the buffer of a connection with the connection: no global, class-level or static "
        "buffer, none kept under a descriptor number, no loop variable shared by threads.",
        CERTAIN,
    )


# --- sends --------------------------------------------------------------------------------------


def _partial(e: Evidence) -> Diagnosis | None:
    if not e.check_id.startswith("partial-send/") or e.first.session is None:
        return None
    if e.first.kind is Kind.DUPLICATED:
        return Diagnosis(
            "after a short write the data is sent again from its start",
            "Drop the part that was sent: data = data[sent:].",
            LIKELY,
        )
    if e.first.kind is Kind.LOST or (e.first.kind is Kind.TRUNCATED and e.first.length):
        if e.check_id == "partial-send/interrupted-send":
            return Diagnosis(
                "the result of send() is ignored: it took only a part of the data",
                "Use sendall(), or call send() in a loop with the rest until nothing is left.",
                LIKELY,
            )
        return Diagnosis(
            "data is lost when the client reads slowly: the rest of a short write is forgotten, "
            "or sending gives up",
            "Keep what send() did not take, and send it when the socket is writable again.",
            LIKELY,
        )
    if e.first.kind is Kind.EARLY_CLOSE:
        return Diagnosis(
            "a client that reads slowly is dropped: a time-out, or EAGAIN taken for an error",
            "When the socket takes no more, wait until it is writable; a slow client is no error.",
            LIKELY,
        )
    return None


# --- ends ---------------------------------------------------------------------------------------


def _reads_once(e: Evidence) -> Diagnosis | None:
    """The reply ends where the first read of a usual buffer size does."""
    if e.first.kind not in (Kind.EARLY_CLOSE, Kind.TRUNCATED) or e.first.received is None:
        return None
    got = e.first.received
    if got < (e.first.sent or 0) and got & (got - 1) == 0 and 64 <= got <= 65536:
        return Diagnosis(
            f"the reply stops after {got} bytes: the server reads once per connection",
            "Put recv() in a loop, until it returns b'' (0 bytes).",
            LIKELY,
        )
    return None


def _closes_early(e: Evidence) -> Diagnosis | None:
    if e.first.kind is not Kind.EARLY_CLOSE or e.first.received is None or e.first.sent is None:
        return None
    got = e.first.received
    if got == 0:
        return Diagnosis(
            "the server closes the connection without sending anything back",
            "Read with recv() and send back what it returned, until it returns nothing.",
            LIKELY,
        )
    if _silence_before_end(e) > 0.4:
        return Diagnosis(
            "an idle client is disconnected: the server has a time-out",
            "Remove the time-out (settimeout, SO_RCVTIMEO, alarm): only the client ends the "
            "connection.",
            LIKELY,
        )
    if (first := _first_send(e)) is not None and got <= first:
        return Diagnosis(
            "the server closes the connection after its first message",
            "Put recv() in a loop, until it returns b'' (0 bytes): a message is not the end.",
            LIKELY,
        )
    return None


def _silence_before_end(e: Evidence) -> float:
    """Seconds between the last byte, either way, and the end of the connection."""
    if e.first.session is None:
        return 0.0
    seen = e.trace.scripts[e.first.session]
    moved = [m.at for m in seen.timeline if m.what in ("sent", "received")]
    return seen.ended - moved[-1] if seen.ended is not None and moved else 0.0


def _first_send(e: Evidence) -> int | None:
    if e.first.session is None:
        return None
    steps = e.plan.scripts[e.first.session].steps
    return next((size_of(s.payload) for s in steps if isinstance(s, Send)), None)


def _truncates(e: Evidence) -> Diagnosis | None:
    if e.first.kind is not Kind.TRUNCATED or e.first.received is None or e.first.sent is None:
        return None
    got = e.first.received
    if e.first.length is not None and e.first.length <= 16 and e.check_id.startswith("identity/"):
        return None
    if got == 0:
        return Diagnosis(
            "nothing is sent back when the end comes together with the data",
            "Treat the half-close as the end of input only: send back what was read before, "
            "then close.",
            LIKELY,
        )
    return Diagnosis(
        f"the last {e.first.length} bytes are dropped when the client half-closes",
        "An empty read ends the input, not the output: send everything that is still waiting, "
        "then close.",
        LIKELY,
    )


def _stays_open(e: Evidence) -> Diagnosis | None:
    if Kind.NO_END in e.kinds:
        return Diagnosis(
            "the server does not close the connection when the client has ended its side",
            "When recv() returns b'' (0 bytes) leave the loop and close the connection; no copy "
            "of the socket may stay open (fork, dup).",
            LIKELY,
        )
    return None


def _repeated(e: Evidence) -> Diagnosis | None:
    if e.first.kind is Kind.DUPLICATED:
        return Diagnosis(
            "data is sent twice",
            "Send only the bytes of the last read (data[:n]), and empty the buffer afterwards.",
            LIKELY,
        )
    return None


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


RULES: tuple[Callable[[Evidence], Diagnosis | None], ...] = (
    _died,
    _address_in_use,
    _silent,
    _foreign,
    _reads_once,
    _partial,
    _ends_of_lines,
    _bytes_as_text,
    _letters,
    _unasked,
    _closes_early,
    _truncates,
    _stays_open,
    _repeated,
)
