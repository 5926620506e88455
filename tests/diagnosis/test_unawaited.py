"""Python's own warning names the call that does nothing."""

from __future__ import annotations

from harness.diagnosis import explain
from harness.diagnosis.words.unawaited import never_awaited
from harness.values.verdict import Kind
from tests.diagnosis.made import case, failed, found, seen

WARNING = (
    "/home/ann/server.py:7: RuntimeWarning: coroutine 'BaseSelectorEventLoop.sock_sendall' was "
    "never awaited\n  loop.sock_sendall(c, data)\nRuntimeWarning: Enable tracemalloc\n"
)
SILENT = ("identity/one-byte", "identity/hello", "chunking/prompt", "shutdown/after-echo")


def test_the_warning_is_a_sentence() -> None:
    """With the call and its place; other warnings say nothing."""
    assert never_awaited(f"ready\n{WARNING}") == (
        "Python warns that the coroutine sock_sendall() was never awaited (server.py, line 7): "
        "without await before the call it does nothing."
    )
    assert never_awaited("RuntimeWarning: something else\nwas never awaited") is None


def test_it_is_evidence_of_whatever_cause() -> None:
    """It tells the line that a server has to mend that answers nobody."""
    silent = [
        failed(i, found(Kind.NO_ECHO, sent=10, received=0), seen("0.1 sent 10"), output=WARNING)
        for i in SILENT
    ]
    (cause,) = explain(case(*silent)).causes
    assert never_awaited(WARNING) in cause.evidence
