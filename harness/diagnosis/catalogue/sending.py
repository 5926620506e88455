"""sending: how the answers are written."""

from __future__ import annotations

from functools import partial

from harness.diagnosis.catalogue.kind import cause

_cause = partial(cause, "sending")

CAUSES = (
    _cause(
        "short-send-ignored",
        "the count that send() returns is ignored: it may take only a part of the data, and the "
        "rest is never sent",
        "Bytes are missing when much is sent, or when the client reads slowly.",
        "Send again what the call did not take, in a loop, until nothing is left.",
        python="Use conn.sendall(data) instead of conn.send(data).",
        c="Call write() in a loop: add what it returned to the pointer, and go on until all is "
        "sent.",
        java="For a SocketChannel: while (buffer.hasRemaining()) channel.write(buffer).",
        rust="Use write_all(&data) instead of write(&data).",
        go="conn.Write() sends all or returns an error; look at its error.",
        see={
            "would-block-dropped": "an error of send() is ignored, not its count",
            "stalled-output-dropped": "the server keeps what waits, and drops it at a limit",
        },
    ),
    _cause(
        "would-block-dropped",
        "when send() reports that there is no room now (EAGAIN), the data is thrown away",
        "Bytes are missing when the client reads slowly.",
        "Keep what was not sent, and send it when select() or poll() says that there is room.",
        python="On BlockingIOError keep the data, and register the socket for EVENT_WRITE.",
        c="When write() returns -1 with EAGAIN keep the data, and wait for POLLOUT.",
        rust="On ErrorKind::WouldBlock keep the data, and wait until the stream is writable.",
        see={"would-block-closes": "the connection is closed, too"},
    ),
    _cause(
        "would-block-closes",
        "when send() reports that there is no room now (EAGAIN or a timeout), the connection is "
        "closed",
        "A client that reads slowly loses its connection.",
        "No room is no error. Keep what was not sent, and send it when select() or poll() says "
        "that there is room.",
        python="On BlockingIOError keep the data, and wait for EVENT_WRITE; close on other errors "
        "only.",
        c="When write() returns -1 with EAGAIN wait for POLLOUT; close on other errors only.",
        see={
            "gives-up-on-slow-reader": "a time limit ends it, after a while",
            "would-block-dropped": "the connection goes on, with bytes missing",
        },
    ),
    _cause(
        "send-retried-from-start",
        "after send() took only a part, all of the data is sent again from its start",
        "When the client reads slowly, it gets some bytes twice.",
        "After each send() drop what it took, and send only the rest.",
        python="Use conn.sendall(data), or data = data[sent:] after each sent = conn.send(data).",
        c="After each write() that returned n: p += n; left -= n.",
        see={"sent-twice": "bytes come twice also when the client reads at once"},
    ),
    _cause(
        "position-not-reset",
        "how many bytes were sent is not set back to 0 before the next message is sent",
        "The first message is answered. A shorter one is not, and of a longer one only what it "
        "has more comes back.",
        "Set the count of what was sent to 0 before each loop that sends.",
        python="Put sent = 0 inside the loop that reads, directly before the one that sends.",
        c="Put off = 0 after each read(), before the loop around write().",
        see={"short-send-ignored": "the end of an answer is missing, and only of large ones"},
    ),
    _cause(
        "not-flushed",
        "answers stay in a buffer of the program, and are sent when it is full or at the end",
        "Small messages get no answer until more data or the end comes.",
        "Flush the output after each answer, or write to the socket without a buffer.",
        python="Call stream.flush() after each write(), or use conn.sendall().",
        c="Call fflush(out) after each fwrite(), or use write().",
        go="Call w.Flush() after each write to a bufio.Writer.",
        java="Call out.flush() after each write(), also on a PrintWriter.",
        rust="Call flush() on the BufWriter after each write_all().",
        see={"waits-for-full-buffer": "it is the reading that waits, not the writing"},
    ),
    _cause(
        "send-outside-loop",
        "the answer is sent once, after the loop that reads",
        "Nothing comes back until the client ends; then at most the last piece does.",
        "Move the call that sends into the loop, directly after the read.",
        python="Indent conn.sendall(data) so that it stands in the loop, after recv().",
        see={"waits-for-end": "at the end all of the data comes back"},
    ),
    _cause(
        "never-resumes",
        "after a client has read too slowly for a while the server never goes on with it",
        "The stream stops when the client pauses, and does not go on when it reads again.",
        "When there is room again send what waits, and begin to read again.",
        python="Register for EVENT_WRITE while data waits; in asyncio call resume_reading().",
        node="After socket.pause() call socket.resume() at 'drain'; or use socket.pipe(socket).",
        see={"deadlock-both-ways": "the server waits inside send(), and so does not read"},
    ),
    _cause(
        "deadlock-both-ways",
        "reading and sending wait for one another when much data goes both ways",
        "The stream stops for ever when client and server both have much to send.",
        "Hold no lock while you wait in send(), and let reading never wait for something that "
        "only reading can bring about.",
        see={"never-resumes": "nothing waits in a call; the event is not asked for"},
    ),
    _cause(
        "stalled-output-dropped",
        "what a slow reader does not take is thrown away, at a limit or after a time",
        "Bytes are missing after the client has paused reading.",
        "Throw nothing away: stop reading from that client until it takes what waits.",
        see={
            "short-send-ignored": "the rest of one send() is lost, with no limit involved",
            "gives-up-on-slow-reader": "the connection ends",
        },
    ),
    _cause(
        "gives-up-on-slow-reader",
        "a client that reads slowly is disconnected: sending has a time limit or a limit of size",
        "The connection ends when the client does not read for a while.",
        "Remove the limit for sending. A client that reads slowly does nothing wrong.",
        python="Remove settimeout() and wait_for() around sending.",
        c="Remove SO_SNDTIMEO, or go on after EAGAIN.",
        node="Remove socket.setTimeout().",
        go="Remove SetWriteDeadline() and SetDeadline().",
        rust="Remove set_write_timeout().",
        see={
            "would-block-closes": "it ends at once, with no time limit",
            "idle-timeout": "it ends a client that is silent, too",
        },
    ),
    _cause(
        "unbounded-buffer",
        "the server goes on reading while a client does not take its answers, and keeps all in "
        "memory",
        "Its memory grows without end while a client does not read.",
        "Stop reading from a client while much waits to be sent to it, and go on when it is sent.",
        python="In asyncio call await writer.drain() after each write(); else read only while "
        "little waits.",
        node="Use socket.pipe(socket), or pause() when write() returns false and resume() at "
        "'drain'.",
        see={"memory-leak": "it grows with each connection, without a slow reader"},
    ),
    _cause(
        "queue-order",
        "pieces that wait to be sent are sent in the wrong order, the newest first",
        "All bytes come back, but some pieces have changed places.",
        "Take from the front of the queue what was put in first.",
        python="Use collections.deque with append() and popleft(), not list.pop().",
        java="Use ArrayDeque with addLast() and pollFirst(), not push() and pop().",
        go="Take queue[0] and keep queue[1:], not the last element.",
        node="Use queue.push() and queue.shift(), not pop().",
        see={"buffer-overwritten": "old bytes are gone, and newer ones stand in their place"},
    ),
    _cause(
        "buffer-overwritten",
        "the buffer is filled again before all of it has been sent",
        "Some bytes are missing, and later ones stand in their place.",
        "Do not read into a buffer from which something still waits to be sent: send first, or "
        "take a new buffer.",
        node="Copy the data that waits: Buffer.from(chunk).",
        go="Copy the bytes before you give them to another goroutine or queue.",
        see={"shared-buffer": "it happens only when several clients are there"},
    ),
    _cause(
        "sent-twice",
        "what was read is sent back twice",
        "Bytes come back two times, though the client reads at once.",
        "Send each read once: look for two calls that send, or for a handler that is registered "
        "twice.",
        see={"send-retried-from-start": "bytes come twice only after a short send"},
    ),
    _cause(
        "stale-buffer",
        "the whole buffer is sent, not only the bytes that were read",
        "The answer is longer than the question: what was in the buffer before comes with it.",
        "Send only as many bytes as the read returned.",
        python="After n = conn.recv_into(buf) call conn.sendall(buf[:n]).",
        c="After n = read(fd, buf, sizeof buf) send n bytes, not sizeof buf or strlen(buf).",
        go="After n, err := conn.Read(buf) call conn.Write(buf[:n]).",
        java="After n = in.read(buf) call out.write(buf, 0, n), not out.write(buf).",
        rust="After n = stream.read(&mut buf)? call write_all(&buf[..n]).",
        see={"fixed-message-size": "what is added is always the same, such as zeros"},
    ),
    _cause(
        "busy-loop-writable",
        "the server asks for 'writable' events also when it has nothing to send",
        "It uses a whole processor while clients do nothing.",
        "Ask for 'writable' only while something waits to be sent.",
        python="Put into the second list of select() only sockets that have data to send.",
        c="Set POLLOUT (or EPOLLOUT) only while data waits, and take it away when all is sent.",
        see={"spins-idle": "the time to wait is zero"},
    ),
    _cause(
        "answers-overtake",
        "each read is answered by a task or a thread of its own, and answers overtake one another",
        "All bytes come back, but not in their order, when many are sent quickly.",
        "Answer the reads of a connection one after another, in the task that reads.",
        python="Call writer.write(data) in the loop that reads, not in a task made for each read.",
        node="Write before anything is awaited, or wait for the write before the next one.",
        go="Write in the goroutine that reads; start no goroutine for each read.",
        see={"queue-order": "pieces are taken from the wrong end of a queue"},
    ),
    _cause(
        "one-behind",
        "each answer is the message before, or what was in a buffer before",
        "The answer to each message comes with the next one, or is an old one.",
        "Send what this read returned: look for two variables that are mixed up or swapped too "
        "early.",
        see={"stale-buffer": "the right bytes come, with old ones behind them"},
    ),
    _cause(
        "buffer-not-filled",
        "what is read never gets into the buffer that is sent: it holds only zeros",
        "Each answer has the right length, and consists of zeros (NUL bytes).",
        "Look which buffer the read fills and which one is sent, and whether it is copied between: "
        "another variable, a new buffer for each answer, or a copy in the wrong direction.",
        python="Send what recv() returned; of recv_into(buf) send buf[:n].",
        c="Give read() and send() the same buffer, and recv() no flag such as MSG_TRUNC.",
        node="Send the chunk itself; source.copy(target) copies from the left to the right.",
        java="Call buffer.flip() after reading, and write the same buffer.",
        see={"one-behind": "the answers hold what was sent earlier, not zeros"},
    ),
    _cause(
        "writable-not-watched",
        "after a short send the server does not wait until the socket is writable again",
        "The rest of an answer stays in the server until the client sends something more.",
        "While something waits to be sent, ask also for 'writable' events, and send the rest then.",
        python="Register EVENT_READ | EVENT_WRITE while the outgoing buffer is not empty.",
        c="Set POLLOUT (or EPOLLOUT) in the events of a client whose outgoing buffer is not empty.",
        see={
            "short-send-ignored": "the rest is lost for good",
            "never-resumes": "nothing helps, also not what the client sends",
        },
    ),
)
