"""limits: counters, sizes and quotas."""

from __future__ import annotations

from functools import partial

from harness.diagnosis.catalogue.kind import cause

_cause = partial(cause, "limits")

CAUSES = (
    _cause(
        "counter-wraps",
        "a counter or a length is kept in too few bits, so it begins again at 0",
        "Something goes wrong after 256, 65,536 or 16,777,216 bytes (or exactly at that size).",
        "Keep lengths and counts in a type that is large enough.",
        c="Use size_t or ssize_t for lengths, not char, short or uint16_t.",
        python="Look for & 0xff, & 0xffff, % 65536, and for struct.pack with 'B' or 'H'.",
        java="Use int or long, not byte or short.",
        go="Use int, not uint8 or uint16.",
        rust="Use usize, not u8 or u16; look for 'as u16'.",
        see={"bytes-quota": "the limit is no power of 256, or the connection is ended on purpose"},
    ),
    _cause(
        "bytes-quota",
        "after a number of bytes in all the server stops answering, or closes",
        "A long stream ends or stops, always after the same number of bytes.",
        "Remove the limit: look for a count of bytes that is compared with a maximum.",
        see={
            "reads-quota": "the number of messages decides, not that of bytes",
            "message-size-limit": "a single message is too long, not all of them together",
        },
    ),
    _cause(
        "reads-quota",
        "after a number of reads or messages the server stops answering, or closes",
        "A client that sends many small messages gets no more answers after a certain number.",
        "Remove the limit: look for a count of messages, or a for loop in place of while.",
        python="Use while True: or while data := conn.recv(1024):, not for _ in range(n):.",
        see={"bytes-quota": "the number of bytes decides"},
    ),
    _cause(
        "every-nth-read",
        "at each so-many-th read or message something else is done than to send it back",
        "After a certain number of messages one goes wrong, whatever is in it, and then again.",
        "Treat each read like the others: look for a count and a remainder (%).",
        see={
            "reads-quota": "after that number nothing comes any more",
            "exact-size": "the size of a message decides, not how many there were before",
        },
    ),
    _cause(
        "message-size-limit",
        "messages above a certain size are cut or refused",
        "Short messages come back; of longer ones the rest is missing, or the connection ends.",
        "Remove the limit: send back each piece as it is read, whatever its size.",
        go="bufio.Scanner stops at 64 KiB: use conn.Read() or io.Copy().",
        python="Remove the limit on len(data). In asyncio use read(n), not readline() (64 KiB).",
        see={
            "bytes-quota": "many short messages together reach the limit, too",
            "single-read": "the rest of the message is never read",
        },
    ),
    _cause(
        "short-message-refused",
        "a message below a certain size ends the connection, or is thrown away",
        "Long messages come back. A short one is not answered, and often the connection ends.",
        "Send back whatever a read returns, also a single byte: a read may return any part of what "
        "was sent, and an echo server has no smallest message.",
        python="Remove the condition on len(data): only b'' is the end.",
        c="Remove the condition on n: only 0 is the end, and only -1 an error.",
        see={
            "waits-for-full-buffer": "the short message comes back when more has come",
            "short-read-is-end": "the short message comes back, and then the connection ends",
        },
    ),
    _cause(
        "exact-size",
        "messages of exactly one size (or each multiple of it) go wrong",
        "One size fails; one byte more or less is right.",
        "Look for a comparison with that size (== or %), and remove it.",
        see={"full-read-lost": "that size is the one of the buffer for reading"},
    ),
    _cause(
        "ring-wrap",
        "the ring buffer goes wrong where it begins again, or when it is exactly full",
        "Bytes are lost or in the wrong order after the buffer's size has been passed.",
        "Keep a count of the bytes in the ring: full and empty both have head == tail. Copy in "
        "two parts where the end is passed.",
        see={"buffer-overwritten": "it is no ring: the same place is filled too early"},
    ),
    _cause(
        "recursion",
        "a function calls itself for each message, and calls cannot be nested without end",
        "After some hundred messages the connection or the server ends.",
        "Use a loop: while ..., not a function that calls itself.",
        python="Replace the call of itself by while True:. Python allows about 1,000 nested calls.",
        see={"reads-quota": "a count of messages is compared with a maximum"},
    ),
    _cause(
        "select-too-small",
        "select() takes care of 1,024 descriptors, and a client more than that breaks the server",
        "With more than about 1,000 clients at once it ends, or its memory is damaged.",
        "Use poll() or epoll, which know no such limit, or accept no more clients than select() "
        "can watch.",
        python="Use selectors.DefaultSelector() in place of select.select().",
        c="Use poll() or epoll in place of select(); FD_SET beyond FD_SETSIZE writes anywhere.",
        see={"connection-limit": "who comes too many waits or is turned away, and nothing breaks"},
    ),
)
