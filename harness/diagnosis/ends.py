"""Bugs that show in what is missing: short writes, single reads, ends taken wrongly."""

from __future__ import annotations

from harness.diagnosis.evidence import LIKELY, Evidence
from harness.plan import Send, size_of
from harness.verdict import Diagnosis, Kind


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


def truncates(e: Evidence) -> Diagnosis | None:
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


def stays_open(e: Evidence) -> Diagnosis | None:
    if Kind.NO_END in e.kinds:
        return Diagnosis(
            "the server does not close the connection when the client has ended its side",
            "When recv() returns b'' (0 bytes) leave the loop and close the connection; no copy "
            "of the socket may stay open (fork, dup).",
            LIKELY,
        )
    return None
