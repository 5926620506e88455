"""reading: how what clients send is read."""

from __future__ import annotations

from functools import partial

from harness.diagnosis.catalogue.kind import cause

_cause = partial(cause, "reading")

CAUSES = (
    _cause(
        "single-read",
        "the server reads once for each connection, answers, and closes",
        "A client gets one answer. What it sends later, or what did not fit one read, is lost.",
        "Read and answer in a loop until the client ends, and close only then.",
        python="Put recv() in a loop: while data := conn.recv(1024): conn.sendall(data).",
        c="Put read() in a loop, until it returns 0: while ((n = read(fd, buf, sizeof buf)) > 0).",
        node="Use socket.on('data', ...), not once(), and socket.write(), not end(data).",
        go="Call conn.Read() in a for loop until it returns io.EOF.",
        java="Call in.read(buffer) in a loop until it returns -1.",
        rust="Call stream.read() in a loop until it returns Ok(0).",
        see={
            "short-read-is-end": "it goes on as long as reads fill the buffer",
            "close-inside-loop": "there is a loop, but close() stands in it",
        },
    ),
    _cause(
        "short-read-is-end",
        "a read that returns less than the buffer holds is taken for the end of the data",
        "The connection ends, or is read no more, after the first message that is shorter than "
        "the buffer.",
        "Do not compare the length of a read with the size of the buffer: a read may return less "
        "at any time. Only an empty read is the end.",
        python="Remove the test of len(data); leave the loop only if data is b'' (if not data).",
        c="Remove the comparison of n with the size of the buffer; only n == 0 is the end.",
        go="Remove the comparison of n with len(buf); only io.EOF is the end.",
        java="Remove the comparison of n with the length of the buffer; only -1 is the end.",
        rust="Remove the comparison of n with buf.len(); only Ok(0) is the end.",
        see={
            "single-read": "it ends after the first read even if that filled the buffer",
            "full-read-is-end": "it ends where a read fills the buffer, not where it does not",
        },
    ),
    _cause(
        "full-read-is-end",
        "a read that fills the buffer exactly ends or breaks the connection",
        "Short messages come back; one that fills a read ends the connection or its answers.",
        "A full buffer is nothing special: send it back and read again. Look for a test of the "
        "length against the buffer's size.",
        see={"full-read-lost": "the connection goes on, and only bytes are missing"},
    ),
    _cause(
        "full-read-lost",
        "a read that fills the buffer, or what follows it, is not sent back",
        "Short messages come back; bytes are missing where a read filled the buffer.",
        "Send back every read, the full ones too. Look for what is done differently when the "
        "length equals the buffer's size, and for lengths that are one off.",
        see={
            "off-by-one-at-full-read": "only one byte of the full read is wrong",
            "short-send-ignored": "bytes are missing only when the client reads slowly",
        },
    ),
    _cause(
        "off-by-one-at-full-read",
        "the last byte of a read that fills the buffer is lost or overwritten: its place is used "
        "for an end mark",
        "One byte is missing or changed at each multiple of the buffer's size.",
        "Put no end mark into the data: use the count that the read returned for the length of "
        "the answer.",
        c="Send n bytes with write(fd, buf, n). If you want buf[n] = 0 make the buffer one byte "
        "larger than what you read.",
        see={"full-read-lost": "all of the full read is missing"},
    ),
    _cause(
        "rest-of-read-discarded",
        "only a part of what a read returned is sent back, such as its first line",
        "When several lines or messages arrive together only the first comes back.",
        "Send back all that the read returned. TCP keeps no borders between messages: one read "
        "may hold several.",
        see={
            "message-size-limit": "each message is cut at a certain length",
            "short-send-ignored": "the rest is lost only when the client reads slowly",
        },
    ),
    _cause(
        "edge-not-drained",
        "after an event only one read is done, though the event comes once for all that is there "
        "(edge-triggered)",
        "A part of a large message comes back. The rest comes when the client sends more.",
        "After each event read in a loop until read() says that there is no more (EAGAIN), or do "
        "not use edge-triggered events.",
        python="Leave out EPOLLET, or call recv() in a loop until BlockingIOError.",
        c="Leave out EPOLLET, or call read() in a loop until it returns -1 with EAGAIN.",
        see={"not-flushed": "the rest was read and waits in the program, not in the system"},
    ),
    _cause(
        "eagain-is-error",
        "'there is nothing to read now' (EAGAIN) is taken for an error or for the end",
        "A connection ends as soon as the client is silent for a moment.",
        "When a non-blocking read reports EAGAIN wait until the connection is readable again, "
        "and keep it open.",
        python="Catch BlockingIOError and go back to select(); do not close the connection.",
        c="When read() returns -1 and errno is EAGAIN or EWOULDBLOCK return to poll(); no close().",
        rust="On ErrorKind::WouldBlock go on; close only on Ok(0) and other errors.",
        see={
            "eintr-is-error": "a signal interrupts it, not silence",
            "idle-timeout": "it ends only after a time of silence",
        },
    ),
    _cause(
        "eintr-is-error",
        "a call that a signal interrupted (EINTR) is taken for an error or for the end",
        "A connection, or the server, ends when it is stopped and continued or gets a signal.",
        "When a call fails with EINTR make the same call again.",
        c="Repeat it: do { n = read(fd, buf, sizeof buf); } while (n < 0 && errno == EINTR).",
        rust="On ErrorKind::Interrupted go on with the loop.",
        see={"signal-breaks": "the program itself does something at the signal"},
    ),
    _cause(
        "waits-for-newline",
        "the server reads whole lines, so it answers only when a newline has come",
        "Nothing comes back until a newline or the end comes, and a very long line may end the "
        "connection.",
        "Read what is there, not whole lines.",
        python="Use recv(1024), not readline() or a loop over makefile().",
        c="Use read() or recv(), not fgets() or getline().",
        node="Use socket.on('data', ...), not the readline module.",
        go="Use conn.Read(buf), not bufio.Scanner or ReadString('\\n').",
        java="Use InputStream.read(buffer), not BufferedReader.readLine().",
        rust="Use stream.read(&mut buf), not read_line() or lines().",
        see={
            "waits-for-full-buffer": "a newline does not help; a full buffer does",
            "waits-for-end": "neither helps; only the end does",
        },
    ),
    _cause(
        "waits-for-full-buffer",
        "the server waits until its buffer is full before it answers",
        "Small messages get no answer until enough bytes or the end have come.",
        "Use the call that returns what is there, and not the one that waits for a full buffer.",
        python="Use recv(1024), or read1() of a makefile(), not read(1024) or readexactly().",
        c="Use read() or recv() without MSG_WAITALL, not fread().",
        go="Use conn.Read(buf), not io.ReadFull().",
        java="Use read(buffer), not readFully() or readNBytes().",
        rust="Use read(), not read_exact().",
        see={"fixed-message-size": "the end does not bring the rest as it was"},
    ),
    _cause(
        "waits-for-end",
        "the server reads all until the client ends, and answers only then",
        "Nothing comes back until the client ends its side.",
        "Send back each piece as soon as it is read, inside the loop.",
        python="Call conn.sendall(data) inside the loop, after each recv(); not read() of all.",
        node="Write in the 'data' handler, not in 'end'.",
        go="Use io.Copy(conn, conn), not io.ReadAll().",
        java="Write after each read(), not after readAllBytes().",
        rust="Write after each read(), not after read_to_end().",
        see={
            "not-flushed": "the answer was written, but a buffer of the program keeps it",
            "send-outside-loop": "at the end only the last piece comes",
        },
    ),
    _cause(
        "fixed-message-size",
        "each message is taken to have one fixed size, and is filled up or held back to that size",
        "Other sizes come back with bytes added, or not at all.",
        "Use the length that the read returned, not a size that you have decided.",
        see={"stale-buffer": "what is added was in the buffer before"},
    ),
    _cause(
        "length-prefix",
        "the first bytes of a message are taken for its length",
        "Some bytes at the start are lost, or the server waits for as many as they say.",
        "Send back every byte that is read. An echo server has no format of its own.",
        see={"waits-for-full-buffer": "how much it waits for does not depend on the content"},
    ),
    _cause(
        "drops-while-busy",
        "what a client sends while an answer is on its way is thrown away",
        "One message after another comes back; of two sent at once the second is lost.",
        "Keep what comes meanwhile in a queue, or do not read again before the answer is sent.",
        see={"would-block-dropped": "the answer is lost, not the new data"},
    ),
    _cause(
        "reads-never",
        "the server does not accept its clients, or does not read from them, or does not answer",
        "A client can connect, and no byte ever comes back.",
        "After accept() read from the connection in a loop, and send back what each read returned.",
        see={"printed-not-sent": "it reads, and prints the data"},
    ),
    _cause(
        "input-for-recv",
        "the server reads the keyboard (input()) where it should read the client's data",
        "A client gets no answer, or the server ends with EOFError.",
        "Read from the connection, not from standard input.",
        python="Use data = conn.recv(1024) in place of input().",
        c="Use read(fd, ...) with the number that accept() returned, not scanf() or fgets(stdin).",
        java="Use client.getInputStream(), not System.in.",
    ),
    _cause(
        "full-read-before-end-lost",
        "after a full read the server looks for more, finds the end, and forgets what it has read",
        "The last bytes are missing when they fill a read and the client ends right behind them.",
        "When the look for more finds the end, send first what was read before, and end then.",
        see={
            "full-read-lost": "full reads are lost also when no end follows",
            "end-with-data-lost": "what comes with the end is lost whatever its size",
        },
    ),
    _cause(
        "waits-after-full-read",
        "a message is read until a read is short, so after a full read the server waits for more",
        "A message that fills a read exactly is answered only when more comes.",
        "Answer each read at once: a stream has no messages, and a full read is not half of one.",
        see={
            "short-read-is-end": "the short read ends the connection",
            "waits-for-full-buffer": "short messages wait, not those that fill a read",
        },
    ),
    _cause(
        "partial-held-back",
        "the end of a read that may be half of something is kept back until more comes",
        "The last byte of a message, a carriage return or part of a character, does not come back.",
        "Send back all that was read at once; do not look at what the bytes mean.",
        python="Echo bytes as they are, without an incremental decoder or a look for b'\\r\\n'.",
        see={"decodes-each-read": "what is half a character comes back changed"},
    ),
    _cause(
        "pause-is-end-of-message",
        "a pause is taken for the end of a message, and what follows is dropped",
        "A message that comes in pieces loses those that come after a pause.",
        "Do not measure the time between reads: bytes come when they come, and all are data.",
        see={"idle-timeout": "the connection is ended after the pause"},
    ),
    _cause(
        "every-other-read-lost",
        "the server reads once to look whether there is data, and again to get it",
        "Every second message is missing, the first one too.",
        "Call recv() once in each round and keep what it returns.",
        python="Write while data := conn.recv(1024): and use data; no second recv() in the loop.",
        see={"first-read-lost": "only the first message is missing"},
    ),
    _cause(
        "first-read-lost",
        "the first message is taken for something else, such as a name or a greeting",
        "The first message of each connection does not come back, all later ones do.",
        "Send back the first read like all others.",
        see={"every-other-read-lost": "it happens again and again"},
    ),
)
