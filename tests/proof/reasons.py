"""Why we are sure of each deviation that the field report tells; written by hand.

Each was seen outside the harness too: in system calls (strace), in /proc, in the source or the
documentation of the tool, or in the log that it wrote.  Versions are those of Debian 12 and PyPI.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import NamedTuple


class Reason(NamedTuple):
    """What was found out about some checks on some servers; both are shell patterns."""

    servers: tuple[str, ...]
    checks: tuple[str, ...]
    text: str


SOCAT_FAMINE = (
    "accept() fails with EMFILE, and the listening process ends with status 1. Its log says: "
    "`E accept(5, ...): Too many open files`. Documented nowhere, harmless until descriptors run "
    "out."
)
SOCAT_AFTER_EOF = (
    "after the client's half-close socat waits 0.5 s (`-t`, documented with this default) for the "
    'other direction to make progress, then drops what is left. strace: `read(6, "") = 0`, '
    "`pselect6(...{0.5 s}) = 0 (Timeout)`, `shutdown(6, SHUT_RDWR)`, `kill(cat, SIGTERM)`, while "
    "cat waits in `write(1)`. The client sees FIN, so it cannot tell. A reader that pauses for "
    "0.7 s at a time lost the tail in 20 of 20 runs, and in 0 of 20 with `-t 60`."
)
SOCAT_PIPE_SHORT = (
    "the count that write() to the pipe returns is ignored when a signal (here SIGSTOP, SIGCONT) "
    "interrupts it. strace: `write(7, ..., 8192) = 4096`, SIGCONT, and then the next block: "
    "`read(6, ...) = 8192`, `write(7, ...)`. The other 4096 bytes are never written. Now and then "
    "the deadlock below comes first."
)
SOCAT_PIPE = (
    "one process writes to a pipe that only itself reads. When the client does not take its data "
    "for a moment, the pipe (64 KiB) fills, socat blocks in write() and never gets to the read "
    "that would empty it, also after the client reads again. /proc of the child that hangs: wchan "
    "`anon_pipe_write`, in write() to descriptor 7, whose pipe is that of descriptor 5. What had "
    "come back is right. It depends on who is faster, so it is a race in every plan that moves "
    "megabytes."
)
NCAT_END = (
    "the client's half-close ends the relay at once. strace: `recvfrom(4, ...) = 5000`, "
    "`write(6, ...) = 5000`, `recvfrom(4, ...) = 0`, `close(4)`, `exit_group(0)`; cat then gets "
    "EPIPE. A client that sends and half-closes at once lost everything in 20 of 20 runs, and sees "
    "FIN."
)
NCAT_DEADLOCK = (
    "ncat blocks in write() to cat's input while cat blocks in write() to its output, which only "
    "ncat empties: two pipes full, nobody moves again. wchan of both: `anon_pipe_write`. It was "
    "seen with a client that reads all the time, after 57,344 bytes; a client that stalls makes it "
    "sure. Where the reply is short instead, the half-close came first (see data-with-fin)."
)
NCAT_SHORT = (
    "what send() returns is ignored. strace: `sendto(4, ..., 8192, 0, NULL, 0) = 7899`, SIGCONT, "
    "and then the next block is read and sent; 293 bytes are gone. Where the deadlock of ncat and "
    "cat comes first, the stream stops instead."
)
INETD_SHORT = (
    "the built-in echo is `while ((i = read(s, buffer, sizeof buffer)) > 0 && write(s, buffer, i) "
    "> 0);`, which ignores how much was written. strace: {trace}, SIGCONT, and then the next "
    "`read`. It takes a signal that interrupts a blocking write(): stopping and continuing the "
    "process, as a debugger or job control does."
)
NO_FLOW_CONTROL = (
    "the example answers each read with `transport.write` and never pauses reading, so what the "
    "client does not take is kept in memory: 48 MiB sent, 40 MiB more resident, in each of three "
    "trials. Flow control is there, but opt-in ({how})."
)
ANYIO_MEMORY = (
    "when data is there before the first `receive()`, the transport is never paused: "
    "`SocketStream.receive` of the asyncio backend resumes and pauses reading only in the branch "
    "that has to wait. 24 of 24 MiB were taken from a client that wrote at once, in 10 of 10 runs, "
    "and 7 MiB when it wrote after 0.3 s: it depends on the client's timing."
)
ANYIO_RESET = (
    "a reset raises BrokenResourceError out of the handler and through the listener's task group, "
    "so the server ends with status 1; the traceback is in its output. The handler is as the "
    "documentation has it, without a `try`. By hand: reset when idle 10 of 10, half-close and "
    "reset 9 of 10."
)
EVENTLET_RESET = (
    "an exception of a handler is raised by `eventlet.serve`, as its documentation says, and ends "
    "the server with status 1: by hand, 3 of 3 when the reset comes during a send, 8 of 10 after a "
    "half-close. eventlet itself is deprecated."
)
NODE_RESET = (
    "`socket.pipe(socket)` without a handler for 'error': ECONNRESET is then an unhandled 'error' "
    "event and ends the whole process with status 1, in 23 of 23 trials; none with a handler "
    "(node-pipe-guarded). As the documentation of 'error' events says; many examples leave it out."
)
PERL_SIGPIPE = (
    "nothing ignores SIGPIPE, so writing to a client that has gone kills the only process "
    "(signal 13): by hand 3 of 3 when it vanishes during a send, 9 of 10 after a half-close. "
    "perl-fork loses only the child."
)
TWISTED_HALF_CLOSE = (
    "a half-close closes the connection unless the protocol is an IHalfCloseableProtocol: "
    "`Connection.readConnectionLost` (twisted/internet/tcp.py) calls `connectionLost` and what was "
    "not sent is dropped. Documented, opt-in; the Echo of the documentation does not opt in. By "
    "hand 5,000 bytes sent together with the end were lost in 28 of 30 trials."
)
LINES = (
    "the handler of the documentation's second example reads a line (`rfile.readline`) and answers "
    "it, so nothing comes back before a newline. Its data are right once one comes, or the end. "
    "All that fails here waits for an answer to bytes without a newline."
)
ONCE = (
    'the handler of the documentation\'s "TCP echo server" reads once ({how}), answers, and closes '
    'the connection. It shows an API, and is no echo server in the sense of RFC 862: "this '
    'continues until the calling user terminates the connection". All that fails here needs a '
    "second read."
)

ACCEPT_ENDS = (
    "accept() fails with EMFILE and nothing in this program, nor in the loop of its library, takes "
    "that for a passing state, so the process ends. Its last words: {words}."
)
GO_SPLICE = (
    "`io.Copy` from one TCP connection to another uses splice(2), and the system's splice does not "
    "get past the mark of an urgent byte: it says EAGAIN while 2,000 bytes wait to be read, and 0 "
    "once the client half-closes, which Go takes for the end of the stream. strace: "
    "`splice(4, NULL, 27, ...) = -1 EAGAIN`, again and again, then `splice(4, NULL, 27, ...) = 0`, "
    "`close(4)`; closing with data unread sends RST. A loop of Read and Write is not concerned."
)

CIRCUITS_END = (
    "`Server._read` in circuits/net/sockets.py (3.2.5) answers an empty `recv()` with "
    "`close(sock)`, which closes at once while `_buffers[sock]` is empty. What was read before is "
    "then still on its way there, as a `read` event in the queue or as the `write` event that its "
    "handler fired; `write` finds the socket gone. Who half-closes right after the last bytes "
    "loses them."
)

THROUGH_A_PIPE = (
    "what comes is written to cat through a pair of stream sockets or a pipe, where datagrams end "
    'nowhere. strace of socat: `read(5, "one", 8192) = 3`, `write(6, "one", 3)`, the same with '
    '`two` and with 8,192 bytes, and then cat: `read(0, "onetwoxxx"..., 131072) = 8203`. What cat '
    "writes is read 8,192 bytes at a time, and each read becomes one datagram. By hand: three of "
    "3, 3 and 5 bytes and one of 9,000 came back as one of 8,192 and one of 11."
)
SOCAT_EMPTY = (
    "`Normally socat will ignore empty (zero size payload) packets arriving on datagram sockets, "
    "so it survives port scans` (socat(1), null-eof)."
)
SOCAT_BUFFER = (
    "the buffer of socat has 8,192 bytes unless `-b` says otherwise (`socat -hh`), and udp(7) "
    "throws away the rest of a longer datagram. By hand 9,000 bytes came back as 8,192."
)
SOCKETSERVER_BUFFER = (
    "`UDPServer.max_packet_size` is 8192, and udp(7) throws away the rest of a longer datagram. A "
    "class may set it higher."
)
TWISTED_BUFFER = (
    "`listenUDP` has `maxPacketSize=8192`, and udp(7) throws away the rest of a longer datagram. "
    "Who calls it may set it higher."
)
ASYNCIO_EMPTY = (
    "`_SelectorDatagramTransport.sendto` of asyncio begins with `if not data: return` in this "
    "version; its documentation says that from Python 3.13 on an empty datagram is sent."
)
ASYNCIO_DECODES = (
    'the "UDP Echo Server" of the documentation of asyncio decodes each datagram to print it. What '
    "is no UTF-8 raises UnicodeDecodeError in `datagram_received`, which asyncio logs, and no "
    "answer is sent. asyncio-datagrams-bytes is the same without these two lines."
)
SOCAT_WAITS = (
    "after an empty datagram it answers no other client, for as long as it was tried (10 s). By "
    "hand `hi` came back, then an empty one was sent, and of six more, each from a socket of its "
    "own and two seconds after the one before, none came back."
)
NCAT_EMPTY = (
    "the child that serves a client takes an empty datagram for its end. strace: `recvfrom(3, "
    '"", 8192, 0, NULL, NULL) = 0`, `exit_group(0)`. The next datagram has a child of its own, and '
    "is answered."
)
XINETD_DRAINS = (
    "when it has answered one datagram, xinetd throws away all that wait behind it. strace: "
    '`recvfrom(5, "one", 2048, ...) = 3`, `sendto(5, "one", 3, ...) = 3`, and then '
    '`recvfrom(5, "two", 256, 0, NULL, NULL) = 3`, the same for `three` and those after it, and '
    "nothing is sent. UDP may lose; here the server does."
)
XINETD_BUFFER = (
    "`dgram_echo` (xinetd/builtins.c) reads into a buffer of 2,048 bytes (strace: `recvfrom(5, "
    "..., 2048, ...)`), and udp(7) throws away the rest of a longer datagram."
)
INETUTILS_BUFFER = (
    "its built-in echo reads into a buffer of 8,192 bytes, and udp(7) throws away the rest of a "
    "longer datagram. By hand 9,000 bytes came back as 8,192, and an empty one as an empty one."
)
LEFT_BEHIND = (
    "bind(2) fails with EADDRINUSE while the path exists, and the file of the socket stays when "
    "the program is ended by SIGTERM. By hand: {words}. asyncio and socat remove such a file."
)
BUFFER_CHECKS = ("datagram/read-boundary", "datagram/largest", "fuzz/plans")

DIES_OF_A_RESET = (
    *("resilience/*", "resources/*", "fuzz/plans"),
    *("sessions/no-leftovers", "sessions/churn"),
)
"""Where it shows that a server ends when a client resets."""

SOCAT_PIPES = ("socat-pipe", "socat-one-shot", "socat-unix-pipe", "inetd-socat-pipe")

REASONS: tuple[Reason, ...] = (
    Reason(("socat-udp-*",), ("datagram/empty",), SOCAT_EMPTY),
    Reason(("socat-udp-recvfrom*",), BUFFER_CHECKS, SOCAT_BUFFER),
    Reason(("socat-udp-recvfrom*",), ("datagram/stays-up",), SOCAT_WAITS),
    Reason(("xinetd-echo-udp",), BUFFER_CHECKS, XINETD_BUFFER),
    Reason(("xinetd-echo-udp",), ("datagram/*",), XINETD_DRAINS),
    Reason(("inetutils-inetd-echo-udp",), BUFFER_CHECKS, INETUTILS_BUFFER),
    Reason(("ncat-udp",), ("datagram/empty",), NCAT_EMPTY),
    *(
        Reason((server,), ("launch/restarts",), LEFT_BEHIND.format(words=words))
        for server, words in (
            ("ncat-unix-cat", "started again, ncat says `bind to u1: Address already in use`"),
            (
                "socketserver-unix",
                "started again, it ends with `OSError: [Errno 98] Address already in use`",
            ),
        )
    ),
    Reason(("socat-udp-listen", "ncat-udp"), ("datagram/*", "fuzz/plans"), THROUGH_A_PIPE),
    Reason(("socketserver-*udp",), BUFFER_CHECKS, SOCKETSERVER_BUFFER),
    Reason(("twisted-datagrams",), BUFFER_CHECKS, TWISTED_BUFFER),
    Reason(("asyncio-datagrams*", "anyio-datagrams"), ("datagram/empty",), ASYNCIO_EMPTY),
    Reason(
        ("asyncio-datagrams",),
        ("datagram/every-byte-value", "resources/unhandled-errors", "fuzz/plans"),
        ASYNCIO_DECODES,
    ),
    Reason(
        ("socat-*",),
        ("resilience/descriptor-famine",),
        SOCAT_FAMINE,
    ),
    Reason(
        ("socat-exec-cat", "socat-system-cat", "socat-unix-cat"),
        ("shutdown/lagging-reader", "shutdown/flushes-everything", "fuzz/plans"),
        SOCAT_AFTER_EOF,
    ),
    Reason(SOCAT_PIPES, ("partial-send/interrupted-send",), SOCAT_PIPE_SHORT),
    Reason(
        SOCAT_PIPES,
        (
            *("identity/long-stream", "shutdown/lagging-reader", "shutdown/flushes-everything"),
            *("identity/counter", "chunking/cumulative", "sessions/slow-client-aside"),
            *("partial-send/[bs]*", "resilience/reset-mid-echo", "resilience/vanish-while-sending"),
            *("sessions/stalled-client-aside", "sessions/no-crosstalk", "fuzz/plans"),
        ),
        SOCAT_PIPE,
    ),
    Reason(("ncat-*",), ("partial-send/interrupted-send",), NCAT_SHORT),
    Reason(
        ("ncat-*",),
        (
            *("chunking/exact-read-then-end", "shutdown/*", "sessions/churn", "fuzz/plans"),
            *("sessions/one-after-another", "sessions/queue"),
        ),
        NCAT_END,
    ),
    Reason(
        ("ncat-*",),
        (
            *("identity/long-stream", "identity/counter", "chunking/cumulative", "chunking/uneven"),
            *("partial-send/*", "sessions/no-crosstalk", "sessions/stalled-client-aside"),
            *("sessions/no-leftovers", "sessions/slow-client-aside"),
        ),
        NCAT_DEADLOCK,
    ),
    Reason(
        ("inetutils-inetd-echo",),
        ("partial-send/interrupted-send",),
        INETD_SHORT.format(trace="`read(3, ..., 8192) = 8192`, `write(3, ..., 8192) = 2752`"),
    ),
    Reason(
        ("openbsd-inetd-echo",),
        ("partial-send/interrupted-send",),
        INETD_SHORT.format(trace="`read(6, ..., 4096) = 4096`, `write(6, ..., 4096) = 1594`"),
    ),
    Reason(
        ("openbsd-inetd-echo",),
        ("resilience/terminates",),
        "inetd itself ends at once, but the child that serves the built-in echo does not: it "
        "inherited inetd's handler for SIGTERM (SigCgt in /proc/PID/status), which only tells an "
        "event loop that the child does not run. By hand: two seconds after SIGTERM to the process "
        "group the child still echoed; it ended when its client left. With an external cat exec() "
        "resets the handler, and all is well.",
    ),
    Reason(
        ("systemd-socket-activate-cat", "systemd-activate-unix-cat"),
        ("resilience/descriptor-famine",),
        "it ends with status 1 when accept() fails with EMFILE; it says `Failed to accept "
        "connection on fd:3: Too many open files`. Its manual calls it a tool for testing.",
    ),
    Reason(
        ("asyncio-protocol", "uvloop-protocol"),
        ("partial-send/bounded-memory",),
        NO_FLOW_CONTROL.format(how="`pause_writing` and `resume_writing` of the protocol"),
    ),
    Reason(
        ("twisted",),
        ("partial-send/bounded-memory",),
        NO_FLOW_CONTROL.format(how="`registerProducer`"),
    ),
    Reason(
        ("circuits",),
        ("partial-send/bounded-memory",),
        NO_FLOW_CONTROL.format(how="none that we found: writes are queued without a limit"),
    ),
    Reason(
        ("twisted",),
        (
            *("chunking/exact-read-then-end", "shutdown/*", "sessions/churn", "fuzz/plans"),
            *("identity/long-stream", "identity/counter", "identity/nothing-extra"),
            *("chunking/cumulative", "chunking/uneven", "partial-send/*", "sessions/*"),
        ),
        TWISTED_HALF_CLOSE,
    ),
    Reason(
        ("circuits",),
        (
            *("chunking/exact-read-then-end", "shutdown/data-with-fin", "sessions/churn"),
            "fuzz/plans",
        ),
        CIRCUITS_END,
    ),
    Reason(("anyio",), ("partial-send/bounded-memory",), ANYIO_MEMORY),
    Reason(
        ("anyio",),
        DIES_OF_A_RESET,
        ANYIO_RESET,
    ),
    Reason(
        ("eventlet",),
        DIES_OF_A_RESET,
        EVENTLET_RESET,
    ),
    Reason(
        ("node-pipe",),
        ("partial-send/bounded-memory", *DIES_OF_A_RESET),
        NODE_RESET,
    ),
    Reason(
        ("perl-sequential",),
        ("partial-send/bounded-memory", *DIES_OF_A_RESET),
        PERL_SIGPIPE,
    ),
    Reason(("go-goroutines",), ("resilience/urgent-data",), GO_SPLICE),
    *(
        Reason((server,), ("resilience/descriptor-famine",), ACCEPT_ENDS.format(words=words))
        for server, words in (
            ("curio", "a crash of the task `run_server`, out of `accept()`; the status is 0"),
            ("java-threads", "a stack trace through `ServerSocket.accept`"),
            ("rust-threads", '`Os { code: 24, ..., message: "Too many open files" }`'),
            ("go-goroutines", "`accept4: too many open files`, from `log.Fatal`"),
            ("ruby-threads", "a stack trace through `accept_loop` in `socket.rb`"),
            ("erlang-gen-tcp", "a badmatch of `{ok, Client}` with `{error, emfile}`"),
            ("perl-fork", "none; `while (my $client = $server->accept)` is over, with status 0"),
        )
    ),
    Reason(("socketserver-lines",), ("*",), LINES),
    Reason(("asyncio-streams-once",), ("*",), ONCE.format(how="`reader.read(100)`")),
    Reason(("asyncio-protocol-once",), ("*",), ONCE.format(how="one `data_received`")),
)


def reason_for(server: str, check_id: str) -> str | None:
    """The first reason that fits, or None: the deviation was not examined yet."""
    for reason in REASONS:
        if any(fnmatchcase(server, s) for s in reason.servers) and any(
            fnmatchcase(check_id, c) for c in reason.checks
        ):
            return reason.text
    return None
