"""Reports of checkers, and of errors that nobody handled, are told from whatever else is logged."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.diagnosis.words.reports import MOST_QUOTED, reported

OUTPUTS = Path(__file__).parent / "outputs"
CHECKERS = {
    "c-asan-after": "AddressSanitizer: heap-use-after-free (after.c:7",
    "c-asan-heap": "AddressSanitizer: heap-buffer-overflow, write of size 1",
    "c-badfree": "free(): invalid pointer",
    "c-double": "free(): double free detected",
    "c-smash": "*** stack smashing detected ***",
    "c-tsan": "ThreadSanitizer: data race (tsan.c:3, in handle)",
    "c-ubsan": "runtime error: signed integer overflow",
    "go-race": "data race: read while another goroutine uses the same (race.go:7",
}
ERRORS = {
    "go-deadlock": "fatal error: all goroutines are asleep",
    "go-fatal": None,
    "go-index": "panic: runtime error: slice bounds out of range",
    "go-maps": "fatal error: concurrent map writes",
    "go-nilmap": "panic: assignment to entry in nil map",
    "java-Threads": "ArrayIndexOutOfBoundsException: Index 4",
    "node-afterend": "Error: write after end as an 'error' event that nobody handles",
    "node-rejection": "RangeError: too long: x (rejection.js:3",
    "node-rejection2": "UnhandledPromiseRejection: ",
    "node-type": "TypeError: Cannot read properties of undefined",
    "python-3.13-ignored": "AttributeError: 'Client' object has no attribute 'conn'",
    "python-3.13-protocol": "TypeError: data argument must be",
    "python-3.13-streams": "in the handler of a client (streams.py:5",
    "python-3.13-task": "in a task (task.py:5",
    "python-3.13-thread_args": "TypeError: handle() missing 1 required positional argument",
    "python-3.8-task": "in a task (task.py:5",
    "rust-backtrace": "panic: index out of bounds",
    "rust-thread": "panic: index out of bounds",
}
NONE = (
    "c-assertion",
    "c-perror",
    "c-segv",
    "java-Bind",
    "node-inuse",
    "node-logged",
    "node-reset",
    "perl-die",
    "python-3.13-decode",
    "python-3.13-in_use",
    "python-3.13-logged",
    "python-3.13-sockserver",
    "rust-unwrap",
)
"""Ends that other checks judge, starts that fail, and what was handled and logged."""


def recorded(name: str) -> str:
    return (OUTPUTS / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CHECKERS)
def test_a_checker_is_recognised(name: str) -> None:
    """What it says of memory, of undefined behaviour and of races, with the place."""
    (found,) = reported(f"a line\n{recorded(name)}\nanother\n")
    assert found.checker
    assert found.told.startswith(CHECKERS[name])
    assert 0 < len(found.quote.split("\n")) <= MOST_QUOTED


@pytest.mark.parametrize("name", [name for name, told in ERRORS.items() if told])
def test_an_unhandled_error_is_recognised(name: str) -> None:
    """In each language by the words that the language itself prints."""
    told = ERRORS[name]
    assert told is not None
    (found,) = reported(f"a line\n{recorded(name)}\nanother\n")
    assert not found.checker
    assert told in found.told


@pytest.mark.parametrize("name", NONE)
def test_the_rest_is_none(name: str) -> None:
    """What was caught, a start that failed, and a plain end say nothing here."""
    assert reported(recorded(name)) == ()


THREAD = """Exception in thread Thread-7 (serve):
Traceback (most recent call last):
  File "/usr/lib/python3.11/threading.py", line 1045, in _bootstrap_inner
    self.run()
  File "/home/you/server.py", line 12, in serve
    while data := conn.recv(1024):
                  ^^^^^^^^^^^^^^^
{}
"""


@pytest.mark.parametrize(
    "last",
    [
        "ConnectionResetError: [Errno 104] Connection reset by peer",
        "BrokenPipeError: [Errno 32] Broken pipe",
        "OSError: [Errno 107] Transport endpoint is not connected",
        "TimeoutError: timed out",
        "asyncio.exceptions.IncompleteReadError: 0 bytes read on a total of 4 expected bytes",
        "KeyboardInterrupt",
        "SystemExit: 0",
    ],
)
def test_who_has_gone_is_no_error(last: str) -> None:
    """A thread that ends with its client, or with the program, is no unhandled error."""
    assert reported(THREAD.format(last)) == ()
    assert len(reported(THREAD.format("OSError: [Errno 9] Bad file descriptor"))) == 1


@pytest.mark.parametrize(
    "text",
    [
        (
            'Exception in thread "Thread-3" java.net.SocketException: Connection reset\n'
            "\tat java.base/sun.nio.ch.NioSocketImpl.implRead(NioSocketImpl.java:318)\n"
        ),
        (
            "thread '<unnamed>' panicked at src/main.rs:12:40:\n"
            "called `Result::unwrap()` on an `Err` value: Os { code: 104, kind: ConnectionReset, "
            'message: "Connection reset by peer" }\n'
        ),
        (
            "error: no error\nERROR panic: nothing\nfatal error: none\nUnhandled in thread 5\n"
            "Exception in thread: none\nRuntime error: of no file\nSanitizer: on\n"
        ),
        "WARNING: ThreadSanitizer: thread leak (pid=7)\n  Thread T1 (tid=8, running)\n",
        "==7==ERROR: LeakSanitizer: detected memory leaks\n\nDirect leak of 8 byte(s)\n",
        (
            "2026-01-01 ERROR Traceback follows\nTraceback (most recent call last):\n"
            '  File "server.py", line 3, in serve\n    x()\nValueError: caught\n'
        ),
    ],
)
def test_no_harm_is_no_report(text: str) -> None:
    """In other languages too; nor are words in a log, leaks, or a traceback that was logged."""
    assert reported(text) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("==7==WARNING: MemorySanitizer: use-of-uninitialized-value\n    #0 0x4 in serve s.c:9:3\n",
         "MemorySanitizer: use-of-uninitialized-value (s.c:9, in serve)"),
        ("==9== Invalid write of size 1\n==9==    at 0x10923A: serve (echo.c:12)\n",
         "valgrind: Invalid write of size 1 (echo.c:12, in serve)"),
        (("==9== Conditional jump or move depends on uninitialised value(s)\n"
         "==9==    at 0x10923A: serve (echo.c:12)\n"),
         "valgrind: Conditional jump or move depends on uninitialised value(s) (echo.c:12"),
        ("server.py:8: ResourceWarning: unclosed <socket.socket fd=7, family=2>\n  serve(conn)\n",
         "ResourceWarning: unclosed <socket.socket fd=7, family=2> (server.py:8"),
        (("(node:7) MaxListenersExceededWarning: Possible EventEmitter memory leak detected. "
          "11 drain listeners added to [Socket]. MaxListeners is 10. Use emitter.setMax"),
         "11 drain listeners added to [Socket]"),
        (("Exception ignored in thread started by: <function serve at 0x7f>\n"
         'Traceback (most recent call last):\n  File "/x/s.py", line 4, in serve\n'
         "KeyError: 7\n"),
         "KeyError: 7 in a thread of serve (s.py:4"),
    ],
)  # fmt: skip
def test_other_reports_are_recognised(text: str, told: str) -> None:
    """Those of which there is no recording."""
    (found,) = reported(text)
    assert told in found.told


def test_listeners_of_what_clients_share_are_no_report() -> None:
    """There may be as many as there are clients."""
    text = (
        "(node:7) MaxListenersExceededWarning: Possible EventEmitter memory leak detected. "
        "11 abort listeners added to [AbortSignal]. Use events.setMaxListeners() to increase limit"
    )
    assert reported(text) == ()


def test_a_bug_is_told_once() -> None:
    """However often it is reported, and wherever in memory."""
    first, again = recorded("c-tsan"), recorded("c-tsan").replace("0x55634cf55054", "0x7777")
    assert len(reported(first + again * 3 + recorded("c-ubsan"))) == 2
