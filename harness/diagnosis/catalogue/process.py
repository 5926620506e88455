"""process: crashes, signals, leaks, and processors that are kept busy."""

from __future__ import annotations

from functools import partial

from harness.diagnosis.catalogue.kind import cause

_cause = partial(cause, "process")

CAUSES = (
    _cause(
        "crash-on-reset",
        "a client that breaks off its connection (reset) ends the server, because that error is "
        "not caught",
        "After one client is reset nobody is served any more.",
        "Catch the error of reading and writing for each client, close that client, and go on.",
        python="Put try: ... except ConnectionError: pass around what serves one client.",
        c="When read() or write() returns -1 close that descriptor, and go on with the others.",
        node="Add socket.on('error', () => socket.destroy()): without it an error ends Node.",
        go="Return from that client's handler on an error; no panic and no log.Fatal.",
        java="Catch IOException around what serves one client, inside the loop.",
        rust="Handle Err for that client; unwrap() and expect() end the program.",
        see={
            "killed-by-sigpipe": "a signal kills it when it writes",
            "client-error-ends-server": "other errors of a client end it, too",
        },
    ),
    _cause(
        "killed-by-sigpipe",
        "writing to a client that has gone kills the server: nobody handles SIGPIPE or its error "
        "EPIPE",
        "The server dies when a client leaves before its answer comes.",
        "Ignore the signal SIGPIPE, and handle the error EPIPE of writing: close that client, and "
        "go on.",
        c="Call signal(SIGPIPE, SIG_IGN) at the start, or send with MSG_NOSIGNAL.",
        python="Catch BrokenPipeError around sendall(); do not set SIGPIPE to SIG_DFL.",
        node="Add socket.on('error', () => socket.destroy()).",
        see={"crash-on-reset": "reading or writing reports an error, and no signal comes"},
    ),
    _cause(
        "signal-breaks",
        "a signal that should do nothing, such as stop and continue, ends or breaks the server",
        "After it was stopped and continued it does not answer, or it has ended.",
        "Leave SIGCONT, SIGURG and SIGWINCH alone, or let their handlers change nothing that "
        "serving needs.",
        see={"eintr-is-error": "a call that was interrupted is taken for an error"},
    ),
    _cause(
        "urgent-data",
        "an urgent byte of a client (TCP out-of-band data) breaks the connection or the server",
        "After a client has sent an urgent byte it gets no more answers.",
        "Do not ask for urgent data (the third list of select(), POLLPRI), or read it with "
        "MSG_OOB and go on.",
        go="io.Copy() from one connection to another uses splice(2), which stops at an urgent "
        "byte: call Read() and Write() in a loop.",
        see={"signal-breaks": "SIGURG breaks it, without any look at the data"},
    ),
    _cause(
        "descriptor-leak",
        "sockets of clients that have gone are not closed",
        "The number of open descriptors grows, until no client can be accepted.",
        "Close the socket whatever way its handler ends, after errors too.",
        python="Use with conn: around what serves the client, or close it in finally.",
        c="Call close(fd) on every way out of the handler.",
        go="Write defer conn.Close() at the start of the handler.",
        java="Use try (Socket s = client) { ... }.",
        node="Call socket.destroy() at 'error'; let allowHalfOpen be false.",
        see={"never-closes": "clients that end in order do not see the server's end, either"},
    ),
    _cause(
        "thread-leak",
        "threads or tasks of clients that have gone never end",
        "The number of threads grows with each client.",
        "Let the thread end when its client has gone; tell threads that wait, for a queue or a "
        "lock, to end as well.",
        python="Put an end mark (None) into the queue for the writer; cancel() asyncio tasks.",
        go="Close the channel that the goroutine reads, when the client goes.",
        see={"descriptor-leak": "it is the sockets that stay, not the threads"},
    ),
    _cause(
        "memory-leak",
        "something of each connection or message is kept for ever",
        "The memory grows with each connection, also when all clients have gone.",
        "Remove from lists, dicts and logs what belongs to a client when the client goes.",
        c="Call free() for what you took with malloc() for that client.",
        see={"unbounded-buffer": "it grows only while a client does not read"},
    ),
    _cause(
        "zombies",
        "children that have ended are not waited for",
        "Each client leaves an ended process ('defunct') behind.",
        "Collect the children that have ended: wait for them, or tell the system that you do not "
        "want to.",
        python="Call signal.signal(SIGCHLD, SIG_IGN), or os.waitpid(-1, os.WNOHANG) in the loop.",
        c="Call signal(SIGCHLD, SIG_IGN), or waitpid(-1, NULL, WNOHANG) in a loop.",
        see={"child-goes-on": "the children do not end at all"},
    ),
    _cause(
        "child-goes-on",
        "the child process of a client does not end when the client has gone: it goes on with the "
        "accept loop",
        "The number of processes grows with each client, and so do descriptors and memory.",
        "End the child when it has served its client, after errors too, so that it never gets back "
        "to the accept loop.",
        python="Call os._exit(0) in the child, in finally, after the client is served.",
        c="Call _exit(0) in the child after serve(fd): if (fork() == 0) { serve(fd); _exit(0); }.",
        see={
            "zombies": "the children end, and nobody collects them",
            "thread-leak": "it is threads that stay, in one process",
            "copy-kept-open": "the client does not see the end of its connection, either",
        },
    ),
    _cause(
        "descriptor-famine",
        "when it has no descriptors left (EMFILE) the server dies, or never serves again",
        "After very many clients at once it is dead or deaf, also when they have gone.",
        "When accept() fails with EMFILE wait a moment and try again: descriptors become free "
        "when clients go.",
        python="Catch OSError of accept(), time.sleep(0.1), and continue.",
        c="When accept() returns -1 with EMFILE or ENFILE sleep a little, and go on.",
        go="When Accept() returns an error sleep a little and continue.",
        see={
            "accept-error-ends": "any error of accept() ends it",
            "spins-at-accept": "it goes on, with a processor that is busy",
        },
    ),
    _cause(
        "spins-at-end",
        "the server burns processor time after a client's end, because it looks at the ended "
        "connection again and again",
        "After a client has ended the server uses a whole processor.",
        "When a read returns nothing take the connection out of the loop (select, poll, epoll) "
        "and close it.",
        python="Call selector.unregister(conn) and conn.close() when recv() returns b''.",
        c="Remove the descriptor from the poll array (or close it) when read() returns 0.",
        see={"missing-break": "the loop that reads is the one that turns"},
    ),
    _cause(
        "spins-idle",
        "the server asks again and again without waiting, also when nothing happens",
        "It uses a whole processor while no client does anything.",
        "Wait until something happens: give select() or poll() no timeout of 0, and make no loop "
        "over non-blocking calls.",
        python="Call select(...) without a timeout, not with 0.",
        c="Give poll() and epoll_wait() the timeout -1, not 0.",
        see={"busy-loop-writable": "it asks for 'writable', which is nearly always so"},
    ),
    _cause(
        "spins-at-accept",
        "the server tries accept() again and again without waiting",
        "It uses a whole processor while it waits for a client, or when descriptors run out.",
        "Wait for the listening socket with select() or a blocking accept(); sleep a little after "
        "an error of accept().",
        see={"descriptor-famine": "it dies or is deaf, and burns nothing"},
    ),
    _cause(
        "spins-when-full",
        "the server burns processor time while a client does not read, because it tries to send "
        "again and again",
        "A client that is slow to read makes it use processor time, up to a whole core; the bytes "
        "are right.",
        "When a send takes nothing (EAGAIN) wait until the socket is writable, and take what was "
        "ready out of the set.",
        python="Register EVENT_WRITE and wait in select(); do not repeat send() in a loop, nor "
        "after a short sleep.",
        c="Wait with poll() for POLLOUT, and do not repeat send() after EAGAIN.",
        java="Clear selectedKeys() after each select(), and register OP_WRITE until all is sent.",
        see={
            "busy-loop-writable": "it burns also while all clients are idle",
            "spins-idle": "it burns also while nobody is connected",
        },
    ),
    _cause(
        "famine-drops-clients",
        "when accept() fails the server drops the clients that it has, though they have nothing "
        "to do with it",
        "While descriptors (EMFILE) or memory run short, connected clients are dropped as well.",
        "Let an error of accept() concern nobody else: wait a little, and accept again.",
        python="Catch OSError of accept() there, time.sleep(0.1), and leave the others alone.",
        see={
            "descriptor-famine": "it ends, or never accepts again",
            "accept-error-ends": "the server itself ends",
        },
    ),
    _cause(
        "lock-kept",
        "a lock (or a place) is not given back when a client fails",
        "After one client has failed nobody else is served.",
        "Give the lock back whatever happens.",
        rust="Do nothing that can panic while you hold the lock: a panic poisons it, and then each "
        "lock().unwrap() panics, too.",
        python="Use with lock:, not acquire() and release().",
        go="Write defer mu.Unlock() directly after mu.Lock().",
        java="Call unlock() in finally, or use synchronized.",
        c="Call pthread_mutex_unlock() on every way out, after errors too.",
        see={"workers-die": "several failures are needed until nobody is served"},
    ),
    _cause(
        "workers-die",
        "each client that fails ends a worker, until none is left",
        "After some clients have failed nobody is served any more.",
        "Catch the errors of a client inside the worker's loop, so that the worker lives on.",
        python="Put try: ... except OSError: ... inside the worker's while loop, not around it.",
        see={"lock-kept": "one failure is enough"},
    ),
    _cause(
        "slow-each-time",
        "the work for each message or client grows, or there is a sleep in it",
        "It becomes slower the more there has been, or is slow each time.",
        "Remove sleep(), and do not search or copy all that came before for each new piece.",
        python="Append to a list or bytearray, not data = data + more; use sets, not lists, to "
        "search.",
    ),
    _cause(
        "crash",
        "the server dies of an error of its own",
        "The process ends while clients are connected; its output tells the error.",
        "Read the last lines of its output: the kind of error, and the line of your source where "
        "it happened. Mend that line.",
        see={"crash-on-reset": "it is a client's reset that ends it"},
    ),
)
