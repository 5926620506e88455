"""Bugs that show in what is missing: short writes, single reads, ends taken wrongly."""

from __future__ import annotations

from harness.diagnosis.evidence import LIKELY, POSSIBLE, Answers, Evidence, last_error
from harness.values.plan import AwaitStall, Send, StartReading, StopReading, size_of
from harness.values.verdict import Diagnosis, Kind

ONE_READ = 65536
"""Bytes that nobody reads more of at a time."""
OF_CLIENTS = ("ConnectionReset", "BrokenPipe", "ConnectionAborted", "ECONNRESET", "EPIPE")
"""Errors that say only that some client has gone, perhaps an earlier one."""
SILENCE = 0.04
"""Seconds: whoever has sent nothing for so long had time to, or sends nothing before the end."""


FORGOTTEN = (
    "data is lost when the client reads slowly: the rest of a short write is forgotten, or sending "
    "gives up"
)
KEEP = "Keep what send() did not take, and send it when the socket is writable again."
BUFFERED = 2 * 1024 * 1024
"""Bytes that the system's buffers on loopback take, so that no send need wait."""


def fails(e: Evidence) -> Diagnosis | None:
    """The connection ends too early, and the target has said why."""
    if e.first.kind not in (Kind.EARLY_CLOSE, Kind.TRUNCATED):
        return None
    error = last_error(e.output)
    if not error or any(name in error for name in OF_CLIENTS):
        return None
    return Diagnosis(
        f"the connection ends with {error!r}",
        "Find out what raises that: only an empty read may end a connection.",
        LIKELY,
    )


def partial(e: Evidence) -> Diagnosis | None:
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
        return Diagnosis(FORGOTTEN, KEEP, LIKELY)
    if e.first.kind is Kind.EARLY_CLOSE and not _before_any_stall(e):
        return Diagnosis(
            "a client that reads slowly is dropped: a time-out, or EAGAIN taken for an error",
            "When the socket takes no more, wait until it is writable; a slow client is no error.",
            LIKELY,
        )
    return None


def _before_any_stall(e: Evidence) -> bool:
    """Whether the connection had ended when the reader had kept nobody waiting yet."""
    to_stall = any(isinstance(step, AwaitStall) for step in e.steps)
    return to_stall and not any(m.what == "target stalls" for m in e.moments)


def reads_once(e: Evidence) -> Diagnosis | None:
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


def closes_early(e: Evidence) -> Diagnosis | None:
    if e.first.kind is not Kind.EARLY_CLOSE or e.first.received is None or e.first.sent is None:
        return None
    if any(m.what == "sent urgent byte" for m in e.moments):
        return None  # that is what ended it, and the check knows more
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
    if (first := _first_send(e)) is not None and got <= min(first, ONE_READ):
        return Diagnosis(
            "the server closes the connection after its first message",
            "Put recv() in a loop, until it returns b'' (0 bytes): a message is not the end.",
            LIKELY,
        )
    return Diagnosis(
        "the server closes the connection while the client goes on: after so many bytes, reads or "
        "seconds",
        "Only an empty read ends a connection: look for a limit, a counter or a time-out.",
        LIKELY,
    )


def _silence_before_end(e: Evidence) -> float:
    """Seconds between the last byte, either way, and the end of the connection."""
    if e.first.session is None:
        return 0.0
    seen = e.trace.scripts[e.first.session]
    moved = [m.until or m.at for m in seen.timeline if m.what in ("sent", "received")]
    return seen.ended - moved[-1] if seen.ended is not None and moved else 0.0


def _first_send(e: Evidence) -> int | None:
    """Bytes of the first write."""
    first = next((step for step in e.steps if isinstance(step, Send)), None)
    if first is None:
        return None
    return first.cuts[0] if first.cuts else size_of(first.payload)


def _under_pressure(e: Evidence) -> bool:
    """Whether the target may have had to wait until it could send."""
    held_back = any(isinstance(step, StopReading) for step in e.steps)
    return held_back or (e.first.sent or 0) > BUFFERED


def another_left(e: Evidence) -> Diagnosis | None:
    """All was well until another client reset its connection, and some or all of the rest never
    came."""
    missing = e.first.kind in (Kind.LOST, Kind.NO_ECHO, Kind.TRUNCATED, Kind.EARLY_CLOSE)
    if e.check_id != "resilience/reset-mid-echo" or not missing or e.first.session is None:
        return None
    goes_on = next((i for i, step in enumerate(e.steps) if isinstance(step, StartReading)), None)
    if goes_on is None or e.trace.scripts[e.first.session].done <= goes_on:
        return None
    return Diagnosis(
        "what was on its way to one client is gone after another has reset its connection (if "
        "partial-send/stalled-reader fails as well, a slow reader alone is enough)",
        "Keep the buffers of clients apart, and clear and close only what belongs to the one that "
        "left.",
        LIKELY,
    )


def lost_under_pressure(e: Evidence) -> Diagnosis | None:
    """Whole blocks are missing where much was on its way."""
    if e.first.kind is not Kind.LOST or (e.first.length or 0) < 1024 or not _under_pressure(e):
        return None
    held_back = any(isinstance(step, StopReading) for step in e.steps)
    return Diagnosis(FORGOTTEN, KEEP, LIKELY if held_back else POSSIBLE)


def in_sixteen_bits(e: Evidence) -> Diagnosis | None:
    """What is lost is 65,536 bytes, though there was time to send them."""
    if e.first.length != 1 << 16 or _under_pressure(e):
        return None
    asked = e.first.kind is Kind.NO_ECHO and e.was_asked
    late = e.first.kind is Kind.TRUNCATED and _silence_before_half_close(e) > SILENCE
    answers = e.experiments in (Answers.AT_ONCE, Answers.UNKNOWN)
    if not (e.first.kind is Kind.LOST or ((asked or late) and answers)):
        return None
    return Diagnosis(
        "exactly 65,536 bytes are lost: a length is kept in 16 bits, where that is 0, or a buffer "
        "of that size is dropped",
        "Keep lengths in an int or a size_t, and try a single read of 65,536 bytes.",
        LIKELY,
    )


def truncates(e: Evidence) -> Diagnosis | None:
    if e.first.kind is not Kind.TRUNCATED or e.first.received is None or e.first.sent is None:
        return None
    if e.first.length is not None and e.first.length <= 16 and e.check_id.startswith("identity/"):
        return None
    silence = _silence_before_half_close(e)
    if e.first.received == 0 and silence <= SILENCE:
        return Diagnosis(
            "nothing is sent back when the end comes together with the data",
            "Treat the half-close as the end of input only: send back what was read before, "
            "then close.",
            LIKELY,
        )
    many = f"{e.first.length} bytes" if e.first.length != 1 else "byte"
    if silence > SILENCE:
        return Diagnosis(
            f"the last {many} of the stream {'come' if e.first.length != 1 else 'comes'} back "
            f"neither before the client half-closes ({silence:.2g} s) nor after it",
            "Send back what each recv() returned before calling it again, and at the end what is "
            "still waiting.",
            LIKELY,
        )
    return Diagnosis(
        f"the last {many} {'are' if e.first.length != 1 else 'is'} dropped when the client "
        "half-closes",
        "An empty read ends the input, not the output: send everything that is still waiting, "
        "then close.",
        LIKELY,
    )


def _silence_before_half_close(e: Evidence) -> float:
    """Seconds in which nothing came, though bytes were there to be answered."""
    at: dict[str, float] = {m.what: m.at for m in e.moments}
    ended, sent = at.get("half-closed"), at.get("sent")
    if ended is None or sent is None or at.get("received", 0.0) > sent:
        return 0.0
    return ended - sent


def stays_open(e: Evidence) -> Diagnosis | None:
    if Kind.NO_END in e.kinds:
        return Diagnosis(
            "the server does not close the connection when the client has ended its side",
            "When recv() returns b'' (0 bytes) leave the loop and close the connection; no copy "
            "of the socket may stay open (fork, dup).",
            LIKELY,
        )
    return None
