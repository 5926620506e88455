"""What a target may do with its listener."""

from tests.hostile import FAILED, UNDECIDED, UNTESTABLE, target

LISTENERS = (
    target(
        "never-listens",
        "Does nothing.",
        "signal.pause()\n",
        UNTESTABLE,
        options=("--start-timeout", "2"),
        says="listen",
    ),
    target(
        "listens-late",
        "Listens after 1.5 s.",
        """
        time.sleep(1.5)
        serve()
        """,
    ),
    target(
        "ends-after-listening",
        "Listens and ends.",
        """
        listen()
        time.sleep(0.3)
        """,
        FAILED,
        UNTESTABLE,
        UNDECIDED,
    ),
    target(
        "closes-its-listener",
        "Closes its listener after one client, and stays.",
        """
        listener = listen()
        conn, _ = listener.accept()
        listener.close()
        echo(conn)
        signal.pause()
        """,
        FAILED,
    ),
    target(
        "moves-to-another-port",
        "Listens on another port after each client.",
        """
        while True:
            with listen(0) as listener:
                conn, _ = listener.accept()
            echo(conn)
        """,
        FAILED,
        UNDECIDED,
    ),
    target(
        "health-port-first",
        "Opens a port that is not for echo, and the offered one 0.2 s later.",
        """
        other = listen(0)
        time.sleep(0.2)
        serve()
        """,
    ),
    target(
        "two-thousand-ports",
        "Listens on two thousand other ports, and then on the one that was offered.",
        """
        import resource
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        others = [listen(0) for _ in range(min(2000, hard - 200))]
        serve()
        """,
    ),
    target(
        "two-ports-of-its-own",
        "Listens on two ports of its choice, of which nothing says which is for echo.",
        """
        one, two = listen(0), listen(0)
        serve(one)
        """,
        UNTESTABLE,
        says="--port",
    ),
    target(
        "another-loopback-address",
        "Listens on 127.0.0.2.",
        "serve(listen(host='127.0.0.2'))\n",
    ),
    target("ipv6-only", "Listens on ::1.", "serve(listen(host='::1'))\n"),
    target(
        "accepts-nobody",
        "Listens with a backlog of 0 and never accepts.",
        """
        listener = listen(backlog=0)
        signal.pause()
        """,
        FAILED,
    ),
    target(
        "datagram-socket",
        "Binds UDP instead of TCP, and reads nothing.",
        """
        sock = socket.socket(type=socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", PORT))
        signal.pause()
        """,
        FAILED,
        says="UDP",
    ),
    target(
        "connects-to-itself",
        "Keeps connections to its own port.",
        """
        listener = listen()
        own = [socket.create_connection(listener.getsockname()) for _ in range(3)]
        threads = [threading.Thread(target=lambda: echo(listener.accept()[0]), daemon=True)]
        for thread in threads:
            thread.start()
        def every(conn):
            threading.Thread(target=echo, args=(conn,), daemon=True).start()
        serve(listener, every)
        """,
    ),
    target(
        "hands-its-listener-on",
        "Gives its listener to a child in a session of its own, and goes on without it.",
        """
        listener = listen()
        if os.fork() == 0:
            daemonise()
            serve(listener)
        listener.close()
        signal.pause()
        """,
    ),
    target(
        "reads-its-input",
        "Reads stdin to its end first.",
        """
        sys.stdin.read()
        serve()
        """,
    ),
    target(
        "asks-the-terminal",
        "Opens /dev/tty for a password.",
        """
        try:
            open("/dev/tty").readline()
        except OSError:
            pass
        serve()
        """,
    ),
    target(
        "dies-when-it-accepts",
        "Ends when the first client comes.",
        """
        listen().accept()
        os._exit(7)
        """,
        FAILED,
        says="status 7",
    ),
)
