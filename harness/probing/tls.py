"""Does a target that does not echo speak TLS?  Then it is no broken echo server.

Some libraries answer bytes that are no TLS with an alert (RFC 8446, section 6).  OpenSSL, which
most servers use, hangs up without a word: a target that does so is greeted once as a TLS client
would greet it.
"""

from __future__ import annotations

import contextlib

from harness.driver import Manner, perform
from harness.errors import TargetProblem
from harness.launcher.fleet import Fleet
from harness.values.plan import Close, Connect, Literal, ReadSome, Send, one
from harness.values.trace import Ending, ScriptTrace

ALERT, HANDSHAKE, SERVER_HELLO = 0x15, 0x16, 2
"""Types of records (RFC 8446, 5.1) and of a handshake message (4)."""
HEADER = 5
"""Bytes before the content of a record: type, version, length."""
HUNG_UP = (Ending.FIN, Ending.RST, Ending.DIED)


def speaks_tls(fleet: Fleet, seen: ScriptTrace, sent: bytes, manner: Manner) -> bool:
    """Whether a target speaks TLS that has made ``seen`` of a client who sent ``sent``.

    It is asked only where it hung up on that client without an answer.
    """
    if seen.received or seen.ending not in HUNG_UP:
        return is_alert(answer(seen, sent))
    hello = client_hello()
    plan = one(Connect(), Send(Literal(hello)), ReadSome(HEADER + 1), Close())
    try:
        fleet.refresh()
        found = answer(perform(plan, fleet, manner).scripts[0], hello)
    except TargetProblem:  # it does not come up again: then the checks will tell
        return False
    return is_alert(found) or is_server_hello(found)


def answer(seen: ScriptTrace, sent: bytes) -> bytes:
    """The first bytes that came back."""
    return sent[: seen.echoed] + seen.surplus


def is_alert(data: bytes) -> bool:
    """Whether ``data`` begins with an alert: two bytes, of which the first is a level."""
    return _is_record(data, ALERT) and data[3:HEADER] == b"\0\2" and data[HEADER] in (1, 2)


def is_server_hello(data: bytes) -> bool:
    """Whether ``data`` begins with a server's answer to a client's hello."""
    return _is_record(data, HANDSHAKE) and data[HEADER] == SERVER_HELLO


def _is_record(data: bytes, kind: int) -> bool:
    return len(data) > HEADER and data[0] == kind and data[1] == 3 and data[2] <= 4


def client_hello() -> bytes:
    """What a TLS client sends first."""
    import ssl  # slow to import, and seldom needed

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):  # there is nobody yet who could answer
        context.wrap_bio(incoming, outgoing).do_handshake()
    return outgoing.read()
