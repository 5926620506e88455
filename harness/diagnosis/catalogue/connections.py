"""connections: how clients are accepted and served."""

# Long because it is one group of a table.

from __future__ import annotations

from functools import partial

from harness.diagnosis.catalogue.kind import cause

_cause = partial(cause, "connections")

CAUSES = (
    _cause(
        "no-accept-loop",
        "accept() is not in a loop: one client is served, and nobody accepts the next",
        "The first client is served. The next is refused, or waits for ever.",
        "Put accept() and all that serves a client into a loop that does not end.",
        python="Put it in a loop: while True: conn, address = listener.accept(), then serve conn.",
        c="Put it in a loop: for (;;) { int fd = accept(listener, NULL, NULL); ... }.",
        node="Use server.on('connection', ...), not once(), and do not call server.close() in it.",
        go="Call listener.Accept() in a loop: for { conn, err := listener.Accept() ... }.",
        java="Put it in a loop: while (true) { Socket client = server.accept(); ... }.",
        rust="Loop over the clients: for stream in listener.incoming() { ... }.",
        see={
            "accept-error-ends": "it accepts several clients, until accept() reports an error",
            "client-error-ends-server": "it ends only when a client fails, not after each client",
        },
    ),
    _cause(
        "accept-inside-loop",
        "accept() is called again for each message, so the first client is forgotten after one "
        "answer",
        "A client gets one answer. Its second message is never answered, until another comes.",
        "Use two loops: the outer one calls accept(), the inner one reads from that client until "
        "it ends.",
        see={"single-read": "the connection is closed after one answer, not left alone"},
    ),
    _cause(
        "listener-closed",
        "the listening socket is closed together with the first connection",
        "The first client is served. Later ones are refused, though the program still runs.",
        "Close only the socket that accept() returned. Close the listening socket when the whole "
        "program ends.",
        node="Call socket.end() for a client; call server.close() only when the program ends.",
        see={"no-accept-loop": "the listening socket stays open, but nobody calls accept()"},
    ),
    _cause(
        "recv-on-listener",
        "the server reads from (or writes to) the listening socket, not the one that accept() "
        "returned",
        "It dies with 'Transport endpoint is not connected', or clients get no answer.",
        "Read from and write to the new socket that accept() returned. The listening socket is "
        "only for accept().",
        python="Use conn.recv() and conn.sendall(), with the conn of conn, address = s.accept().",
        c="Give read() and write() the number that accept() returned, not the one of socket().",
    ),
    _cause(
        "accept-error-ends",
        "an error of accept() ends the server, though the error concerns one client only",
        "It serves clients until one leaves while it waits, or descriptors run out; then it stops.",
        "When accept() fails, report it and go on with the loop. Wait a moment first if too many "
        "files are open.",
        go="When Accept() returns an error log it and continue; do not return or log.Fatal.",
        node="Handle server.on('error', ...), and do not end the process there.",
        rust="Match on the result of accept(): on Err report it and continue; no unwrap().",
        see={"descriptor-famine": "only the lack of descriptors (EMFILE) is handled wrongly"},
    ),
    _cause(
        "client-error-ends-server",
        "an error of one client's connection is not caught, and ends the whole server",
        "After one client has failed nobody is served any more.",
        "Catch errors of a client around the code that serves that client: close its connection, "
        "and go on with the others.",
        python="Put try: ... except OSError: ... around what serves one client; close it in "
        "finally.",
        c="When read() or write() returns -1 close that descriptor and go on; do not exit().",
        node="Give each socket a handler: socket.on('error', () => socket.destroy()).",
        go="Return from the handler of that connection; do not panic or log.Fatal.",
        java="Catch IOException inside the loop, around what serves one client.",
        rust="Handle the Err of read and write for that client; no unwrap() and no ? in main.",
        see={"crash-on-reset": "the error is always a client's reset, no other"},
    ),
    _cause(
        "wakeup-accepts-one",
        "only one client is accepted for each event, and the others that came then are forgotten",
        "When several clients come in the same moment, some are never served.",
        "After an event on the listening socket call accept() in a loop until it reports that "
        "nobody waits (EAGAIN).",
        see={"one-at-a-time": "the others are served when the first has gone"},
    ),
    _cause(
        "first-ready-only",
        "of several connections that are ready at once only the first is served",
        "One client that keeps sending is served; the others wait.",
        "Serve every connection that select(), poll() or epoll_wait() reports, in a loop, and "
        "not only the first.",
        see={"one-at-a-time": "others are not even looked at while one is connected"},
    ),
    _cause(
        "wrong-nfds",
        "the first argument of select() is not above the highest descriptor, so some clients are "
        "not looked at",
        "A client that was served gets no answer from when another has come, until more come.",
        "Give select() one more than the highest descriptor of all that are open, not that of the "
        "newest client.",
        c="After accept() write if (fd > maxfd) maxfd = fd; and call select(maxfd + 1, ...). Or "
        "use poll(), which has no such number.",
        see={
            "removes-wrong-client": "the client is forgotten for ever when another leaves",
            "connection-limit": "it is always the clients above a certain number",
        },
    ),
    _cause(
        "select-set-used-up",
        "select() takes whoever is not ready out of the set that it is given, and the program "
        "gives it the same set again",
        "The first clients are served. Once one has talked alone, nobody else gets an answer.",
        "Keep a set of all, and give select() a fresh copy of it each time.",
        c="Write fd_set ready = all; select(nfds, &ready, NULL, NULL, NULL); and use FD_SET and "
        "FD_CLR on all.",
        see={
            "wrong-nfds": "who is forgotten comes back when more clients come",
            "one-at-a-time": "the others are served when the first has gone",
        },
    ),
    _cause(
        "one-at-a-time",
        "clients are served one after another, though many at once were promised",
        "A second client gets no answer until the first has gone.",
        "Serve each client in a thread or task of its own, or all with one loop over select(). If "
        "one after another is meant: --profile sequential.",
        python="Start threading.Thread(target=handle, args=(conn,)).start() after each accept(), "
        "or use --profile sequential if one after another is meant.",
        go="Start a goroutine for each client: go handle(conn).",
        java="Start a thread for each client: new Thread(() -> handle(client)).start().",
        rust="Start a thread for each client: thread::spawn(move || handle(stream)).",
        c="Start a thread (pthread_create) or a child (fork) for each client, or use poll().",
        see={"thread-called-not-started": "a thread is made, but the work is done before"},
    ),
    _cause(
        "leaver-blocks-accept",
        "when one client has left, the server waits for the others to leave, too, before it "
        "accepts anybody",
        "Clients that come together are served. When one has left, nobody new is, as long as "
        "another one stays.",
        "Find what waits when a client has left, such as a wait for all children or all threads: "
        "it must not wait for those who still serve.",
        python="Call os.waitpid(-1, os.WNOHANG), and stop when it returns 0; join only threads "
        "that have ended (not t.is_alive()).",
        c="Call waitpid(-1, NULL, WNOHANG), and stop when it returns 0 or -1.",
        go="Do not call WaitGroup.Wait() before the program is to end.",
        see={
            "one-at-a-time": "a second client waits although nobody has left",
            "connections-used-up": "nobody is served any more, though all have left",
        },
    ),
    _cause(
        "thread-called-not-started",
        "the handler is called where the thread is made, so it runs in the main thread",
        "A second client gets no answer until the first has gone, in spite of the threads.",
        "Give the thread the function itself, and its arguments apart. Do not call it there.",
        python="Write Thread(target=handle, args=(conn,)).start(), not target=handle(conn).",
        java="Call start() of the thread, not run().",
        go="Write go handle(conn), with the word go.",
        see={"one-at-a-time": "there is no thread at all"},
    ),
    _cause(
        "thread-without-arguments",
        "the thread's function is started without the arguments that it needs",
        "Each client is accepted and gets no answer; the output shows a TypeError.",
        "Give the thread the connection that it shall serve, as its argument.",
        python="Write Thread(target=handle, args=(conn,)).start(); mind the comma in (conn,).",
        c="Give pthread_create() as its last argument a pointer to the descriptor.",
    ),
    _cause(
        "accept-blocks-others",
        "the loop that serves the clients hangs in accept(), which waits until a new client comes",
        "Clients that were served get no answer any more, until somebody else connects.",
        "Make the listening socket non-blocking, and go on with the others when accept() says that "
        "nobody is there: another process may have taken the client, or it has left.",
        python="Call listener.setblocking(False), and catch BlockingIOError around accept().",
        c="Set O_NONBLOCK on the listening socket with fcntl(), and go on when accept() returns -1 "
        "with EAGAIN.",
        see={
            "one-at-a-time": "a new client does not help; one that was there has to leave",
            "wakeup-accepts-one": "it is the new clients that wait",
        },
    ),
    _cause(
        "shared-loop-variable",
        "threads share one variable that the accept loop changes, so a thread may serve another's "
        "client",
        "When two clients come close together one gets no answer or the other's.",
        "Give each thread its own copy of the connection: as an argument, not through a variable "
        "that the loop changes.",
        python="Pass the value: Thread(target=handle, args=(conn,)), or lambda conn=conn: ....",
        c="Give each thread an int of its own (malloc), or the number itself: (void *)(long)fd.",
        go="Pass conn as an argument: go func(c net.Conn) { ... }(conn).",
        see={"shared-buffer": "the connections are right, but their data goes into one buffer"},
    ),
    _cause(
        "blocked-by-idle-client",
        "the server waits for data of one client, and serves nobody else meanwhile",
        "While one client is silent the others get no answer.",
        "Read only from connections that select() or poll() has reported, or give each client its "
        "own thread.",
        node="Do no waiting work in a handler: no *Sync calls and no loops that wait.",
        see={
            "one-at-a-time": "the others wait until the client has gone, also when it is busy",
            "blocked-by-stalled-reader": "it waits for a client that does not read",
        },
    ),
    _cause(
        "blocked-by-stalled-reader",
        "the server waits until one client takes its data, and serves nobody else meanwhile",
        "While one client does not read, all others get no answer.",
        "Never wait in send(): make the sockets non-blocking, keep what send() does not take, and "
        "send it when select() says that there is room. Or give each client its own thread.",
        see={"blocked-by-idle-client": "it waits for a client that sends nothing"},
    ),
    _cause(
        "connection-limit",
        "only a fixed number of clients can be connected at once",
        "The clients above that number are refused, closed, or never answered.",
        "Remove the limit: look for a pool of fixed size, a maximum, or an array for clients.",
        python="Start a thread for each client, or raise max_workers of the ThreadPoolExecutor.",
        node="Remove server.maxConnections.",
        java="Use Executors.newCachedThreadPool(), not newFixedThreadPool(n).",
        c="Let the array of clients grow (realloc), or use poll() with as many entries as needed.",
        see={"connections-used-up": "clients that have gone are counted, too"},
    ),
    _cause(
        "connections-used-up",
        "after a number of clients in all no more are served: a place is not given back when a "
        "client goes",
        "The first clients are served well; from a certain one on nobody is.",
        "Give back what a client takes (a slot, a count, a worker) whenever it goes, after errors "
        "too. Accept in an endless loop.",
        python="Give it back in finally:, and accept with while True, not for ... in range(n).",
        see={
            "connection-limit": "places become free when clients go",
            "descriptor-leak": "what is not given back is the socket itself",
        },
    ),
    _cause(
        "not-listening",
        "the server never begins to listen: listen() is missing, or comes after something that "
        "waits",
        "The program runs, and no client can connect.",
        "Call socket(), bind(), listen() in this order, and then accept().",
        python="Call listener.listen() after bind(); in asyncio await server.serve_forever().",
        c="Call listen(fd, 128) after bind(), and look at what each call returns.",
        node="Call server.listen(port, host).",
        see={"wrong-interface": "it listens, but at another address or port"},
    ),
    _cause(
        "datagram-socket",
        "the socket is for datagrams (UDP), and TCP is meant",
        "The program runs, and no TCP client can connect.",
        "Make a stream socket: SOCK_STREAM, not SOCK_DGRAM. If UDP is meant, neither listen nor "
        "accept: answer each datagram at the address that came with it.",
        python="Write socket.socket(socket.AF_INET, socket.SOCK_STREAM). If UDP is meant, leave "
        "out listen() and accept(), and answer recvfrom() by sendto().",
        node="Use require('net'), not require('dgram').",
        go='Use net.Listen("tcp", address), not net.ListenPacket("udp", address).',
        java="Use ServerSocket, not DatagramSocket.",
        rust="Use TcpListener, not UdpSocket.",
    ),
    _cause(
        "wrong-interface",
        "the server listens at another address or port than clients use",
        "The program runs, and clients are refused.",
        "Listen at the address and port that clients use: 127.0.0.1 and the number in PORT. A "
        "port in text must be made a number.",
        c="Fill sin_port with htons(port) and sin_addr with htonl(INADDR_LOOPBACK).",
        see={"not-listening": "it listens nowhere"},
    ),
    _cause(
        "restart-fails",
        "SO_REUSEADDR is not set before bind(), so the port stays blocked for a minute after a "
        "stop",
        "Started again at once, it ends with 'Address already in use'.",
        "Set SO_REUSEADDR on the listening socket after it is made and before bind().",
        python="Call s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1) before s.bind(...).",
        c="Call setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) before bind().",
        java="Make it unbound: new ServerSocket(), setReuseAddress(true), then bind(...).",
        rust="Rust's TcpListener sets it on Linux; with another library, set it before bind().",
    ),
    _cause(
        "stale-socket-file",
        "the file of a Unix socket stays when the server ends, and bind() fails while it exists",
        "Started again, it ends with 'Address already in use', until somebody removes the file.",
        "Remove the file before bind(), and better at the end too.",
        python="Call os.unlink(path) before bind(), under suppress(FileNotFoundError).",
        c="Call unlink(path) before bind().",
        node="Call fs.rmSync(path, { force: true }) before listen().",
        go="Call os.Remove(path) before net.Listen.",
        see={"restart-fails": "it is a TCP port that stays in use"},
    ),
    _cause(
        "needs-stdin",
        "the program reads its standard input, and ends or waits where there is none",
        "It works in a terminal, and ends at once or answers nothing under the harness.",
        "Do not read the keyboard: no input() to wait or to stop. Let the accept loop keep the "
        "program running.",
        python="Remove input() and sys.stdin; keep the program running with while True: accept().",
        c="Remove getchar() and scanf(); the accept loop keeps the program running.",
        see={"input-for-recv": "input() stands where the client's data should be read"},
    ),
    _cause(
        "never-accepts",
        "the server listens, but accept() is never called",
        "Clients can connect, since the system does that, and nothing ever comes back.",
        "Call accept() in a loop that really runs: look for a thread or a task that is made and "
        "not started.",
        python="Call thread.start(), or server.serve_forever(), for the loop that calls accept().",
        see={
            "reads-never": "clients are accepted, and then nobody reads",
            "wrong-nfds": "select() looks at no descriptor at or above its first argument",
        },
    ),
    _cause(
        "closed-under-thread",
        "the connection is closed where it was accepted, while its thread still serves it",
        "The connection ends at once or after a message, with an answer or without.",
        "Let the thread that serves a connection close it, and nobody else.",
        python="Put 'with conn:' into the thread's function, not around the line that starts it.",
        see={"closes-before-client": "who serves the connection closes it"},
    ),
    _cause(
        "daemon-thread-exit",
        "the main program ends before the threads that serve the clients",
        "The server ends by itself, with status 0, whatever clients are doing.",
        "Let the main program wait for as long as the server is to run.",
        python="Call thread.join() without a timeout, or run the accept loop in the main thread.",
        go="Let main() wait: a program ends with main(), whatever its goroutines do.",
        see={"no-accept-loop": "the main program is at its end after one client"},
    ),
    _cause(
        "newest-client-first",
        "clients that wait are served last in, first out",
        "As long as new clients come, the one who came first waits.",
        "Take the client that has waited longest: use a queue, not a stack.",
        python="Use queue.Queue(), not LifoQueue(); popleft() or pop(0), not pop().",
        node="Use waiting.shift(), not waiting.pop().",
        see={"queue-order": "data of one connection is in the wrong order, not clients"},
    ),
)
