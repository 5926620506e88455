"""ending: when and how connections, and the server, end."""

from __future__ import annotations

from functools import partial

from harness.diagnosis.catalogue.kind import cause

_cause = partial(cause, "ending")

CAUSES = (
    _cause(
        "missing-break",
        "an empty read is not taken for the end, so the loop goes round for ever",
        "After a client has gone the server uses a whole processor, and the connection stays open.",
        "When a read returns nothing, leave the loop and close the connection.",
        python="Add: if not data: break, directly after data = conn.recv(1024).",
        c="When read() returns 0 leave the loop and close the descriptor.",
        go="When conn.Read() returns an error (io.EOF) return, with defer conn.Close().",
        java="When read() returns -1 leave the loop and close the socket.",
        rust="On Ok(0) break out of the loop.",
        see={
            "never-closes": "the loop ends, but nobody closes the connection",
            "spins-at-end": "another loop turns, such as one over select()",
        },
    ),
    _cause(
        "never-closes",
        "the server does not close the connection when the client has ended its side",
        "The client ends and waits for the server's end, which never comes.",
        "Close the connection after the loop, whatever way the loop ends.",
        python="Call conn.close() after the loop, or use with conn:.",
        c="Call close(fd) after the loop.",
        node="Call socket.end() at 'end', or leave allowHalfOpen at false.",
        go="Write defer conn.Close() at the start of the handler.",
        java="Use try (Socket s = client) { ... }.",
        see={
            "copy-kept-open": "close() is called, but a copy of the descriptor stays open",
            "missing-break": "the loop never ends, and uses a processor",
        },
    ),
    _cause(
        "close-inside-loop",
        "close() stands inside the loop, so the connection ends after the first message",
        "The first message comes back; then the connection ends.",
        "Move close() behind the loop.",
        python="Indent conn.close() as far as the while, not as far as what is in it.",
        see={
            "single-read": "there is no loop for reading",
            "closes-before-client": "something else closes it, such as a counter or with",
        },
    ),
    _cause(
        "pending-dropped-at-end",
        "when the client ends its side, what still waits to be sent is thrown away",
        "The last part of a large answer is missing when the client ends early.",
        "The client's end is the end of the input only. Send what waits, and close then.",
        node="Call socket.end() at 'end', not socket.destroy().",
        python="Close when the buffer is empty; in asyncio writer.close(), not transport.abort().",
        see={
            "half-close-ends-at-once": "data that was not even read is lost, too",
            "end-with-data-lost": "even a small answer is lost",
        },
    ),
    _cause(
        "end-lost-when-full",
        "that the client has ended is forgotten if output still waits to be sent then: in a full "
        "queue, or in a note that nobody reads",
        "Now and then, when a client reads late, its connection stays open for ever.",
        "When the last of the output is sent look whether the client has ended, and close. Let the "
        "end wait for room in a queue like any piece of data.",
        go="Send the end with a plain queue <- end, without a default; or close(queue).",
        python="Where a write empties the buffer: if self.ended: sock.close(). With a queue use "
        "queue.put(None), not put_nowait(None) with queue.Full ignored.",
        see={
            "never-closes": "the connection stays open also when nobody reads late",
            "pending-dropped-at-end": "the end comes, and the data is lost",
        },
    ),
    _cause(
        "half-close-ends-at-once",
        "the client's end of its side closes the connection at once, both ways",
        "What the client sent directly before its end is not answered.",
        "Treat an end of the client's side as the end of input: read what is there, send all "
        "answers, then close.",
        c="Look at EPOLLIN before EPOLLRDHUP and EPOLLHUP, and read until read() returns 0.",
        node="Set allowHalfOpen: true, and call socket.end() in the 'end' handler.",
        see={"pending-dropped-at-end": "all was read; only what waits to be sent is lost"},
    ),
    _cause(
        "end-with-data-lost",
        "data that comes together with the client's end is lost",
        "The last message is not answered if the client ends directly after it.",
        "First use the data that was read, and only then look for the end.",
        see={"half-close-ends-at-once": "earlier answers that are on their way are lost, too"},
    ),
    _cause(
        "reset-instead-of-fin",
        "the server ends the connection with a reset and not with an orderly end",
        "The client gets 'Connection reset by peer', and the last data may be lost.",
        "Do not set SO_LINGER to 0, and read all that the client sent before you close.",
        node="Call socket.end(), not socket.destroy() or resetAndDestroy().",
        python="Remove SO_LINGER; in asyncio use writer.close(), not transport.abort().",
        go="Remove SetLinger(0).",
        java="Remove setSoLinger(true, 0).",
    ),
    _cause(
        "copy-kept-open",
        "a copy of the connection's descriptor stays open in another process, thread or object",
        "The server has closed the connection, and the client never sees its end.",
        "Close every copy: after fork() the parent closes the connection, and the child closes "
        "the listening socket.",
        python="After os.fork() call conn.close() in the parent. Close what makefile() and dup() "
        "return.",
        c="After fork() call close(fd) in the parent and close(listener) in the child.",
        rust="Drop every try_clone() of the stream, or call shutdown(Shutdown::Both).",
        see={"never-closes": "there is no copy; close() is never called"},
    ),
    _cause(
        "closes-before-client",
        "the server closes the connection by itself, though the client has not ended",
        "After an answer the connection ends, while the client has more to send.",
        "Only the client ends a connection. Read until a read returns nothing, and close then.",
        go="Keep the loop going: return from the handler only at io.EOF or an error.",
        see={
            "single-read": "it reads once and then closes",
            "close-inside-loop": "close() stands in the loop",
            "idle-timeout": "it closes only when the client is silent",
        },
    ),
    _cause(
        "exit-status",
        "the program has served its connection, and ends with a status other than 0",
        "All data comes back, and the exit status says that something failed.",
        "End with status 0 when the connection has ended well.",
        python="Do not give sys.exit() a number or text; mind errors that come after the loop.",
        c="Write return 0; at the end of main(), not a count of bytes.",
        node="Call process.exit(0), or nothing at all.",
        see={"crash": "an error that is not caught ends it"},
    ),
    _cause(
        "waits-for-first-data",
        "the end of a client that has sent nothing is not noticed",
        "A client that connects and ends without a byte never sees the server's end.",
        "Handle an empty read the same way at the start as later: leave the loop and close.",
        see={"never-closes": "the end is not answered after data, either"},
    ),
    _cause(
        "idle-timeout",
        "a client that is silent for a while is disconnected: reading has a time limit",
        "The connection ends after some seconds of silence.",
        "Remove the time limit for reading. Only the client ends a connection.",
        python="Remove conn.settimeout() and asyncio.wait_for() around reading.",
        c="Remove SO_RCVTIMEO, alarm() and the timeout of poll() that leads to close().",
        node="Remove socket.setTimeout().",
        go="Remove SetReadDeadline() and SetDeadline().",
        java="Remove setSoTimeout().",
        rust="Remove set_read_timeout().",
        see={"time-limit": "it ends busy connections, too"},
    ),
    _cause(
        "time-limit",
        "every connection is ended after some time, also a busy one",
        "A long stream ends in the middle, always after about the same time.",
        "Remove the time limit for a connection.",
        python="Remove asyncio.timeout(), Timer and alarm() around the handler.",
        go="Remove SetDeadline(), or set it again after each read.",
        see={
            "idle-timeout": "it ends only silent clients",
            "bytes-quota": "a number of bytes decides, not time",
        },
    ),
    _cause(
        "sigterm-ignored",
        "SIGTERM does not end the server, or only much later, such as when its clients have gone",
        "When it is asked to stop it goes on, and must be killed.",
        "Do not ignore SIGTERM. If you handle it, close the listening socket and the connections, "
        "and end.",
        python="Remove signal.signal(SIGTERM, SIG_IGN); make threads daemon=True, or end them "
        "first.",
        c="Remove signal(SIGTERM, SIG_IGN), or look at your flag after each call that returns "
        "EINTR.",
        node="In process.on('SIGTERM', ...) call process.exit(0) after you closed the sockets.",
        go="After signal.Notify() close the listener and the connections, and return from main.",
    ),
)
