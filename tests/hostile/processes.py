"""What a target may do to the processes around it, and to itself."""

from tests.hostile import FAILED, UNDECIDED, UNTESTABLE, target

PROCESSES = (
    target(
        "stops-its-parent",
        "SIGSTOP to the process that watches it.",
        """
        os.kill(os.getppid(), signal.SIGSTOP)
        serve()
        """,
        0,
        UNTESTABLE,
        UNDECIDED,
    ),
    target(
        "stops-its-parent-later",
        "SIGSTOP to the process that watches it, after the first client.",
        """
        def once(conn):
            echo(conn)
            os.kill(os.getppid(), signal.SIGSTOP)
        serve(echo=once)
        """,
        0,
        UNTESTABLE,
        UNDECIDED,
    ),
    target(
        "kills-its-parent",
        "SIGKILL to the process that watches it.",
        """
        os.kill(os.getppid(), signal.SIGKILL)
        serve()
        """,
        UNTESTABLE,
        UNDECIDED,
    ),
    target(
        "kills-its-parent-and-hides",
        "The same as a daemon, whose brother goes on without a watcher.",
        """
        watcher = os.getppid()
        listener = listen()
        if os.fork():
            signal.pause()
        daemonise()
        os.kill(watcher, signal.SIGKILL)
        serve(listener)
        """,
        UNTESTABLE,
        UNDECIDED,
    ),
    target(
        "kills-its-group",
        "SIGKILL to its whole process group, itself included.",
        """
        listener = listen()
        listener.accept()
        os.killpg(0, signal.SIGKILL)
        """,
        FAILED,
        says="SIGKILL",
    ),
    target(
        "terminates-its-session",
        "SIGTERM to every process of its session, which is not the harness's.",
        """
        import glob
        def once(conn):
            echo(conn)
            for stat in glob.glob("/proc/[0-9]*/stat"):
                try:
                    fields = open(stat).read().rpartition(")")[2].split()
                    if int(fields[3]) == os.getsid(0):
                        os.kill(int(stat.split("/")[2]), signal.SIGTERM)
                except OSError:
                    pass
        serve(echo=once)
        """,
        FAILED,
    ),
    target(
        "stops-itself",
        "SIGSTOP to itself once it listens.",
        """
        listener = listen()
        os.kill(os.getpid(), signal.SIGSTOP)
        serve(listener)
        """,
        UNDECIDED,
        UNTESTABLE,
        says="stopped",
    ),
    target(
        "stops-itself-later",
        "SIGSTOP to itself with a client.",
        """
        def once(conn):
            conn.recv(1)
            os.kill(os.getpid(), signal.SIGSTOP)
        serve(echo=once)
        """,
        UNDECIDED,
        UNTESTABLE,
        says="stopped",
    ),
    target(
        "asks-for-ptrace",
        "PTRACE_TRACEME: each of its signals stops it, and its parent is told of that.",
        """
        listener = listen()
        ctypes.CDLL(None).ptrace(0, 0, 0, 0)
        serve(listener)
        """,
    ),
    target(
        "writes-to-all-descriptors",
        "Writes rubbish into every descriptor that it has inherited.",
        """
        for number in range(256):
            try:
                os.write(number, b"rubbish\\n" * 10)
            except OSError:
                pass
        serve()
        """,
    ),
    target(
        "shuts-all-descriptors-down",
        "shutdown() and close() of every descriptor that it has inherited.",
        """
        for number in range(256):
            try:
                socket.socket(fileno=os.dup(number)).shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        os.closerange(0, 256)
        serve()
        """,
    ),
    target(
        "makes-pipes-nonblocking",
        "Sets O_NONBLOCK on its inherited streams and fills them.",
        """
        for number in (0, 1, 2):
            os.set_blocking(number, False)
        for _ in range(100):
            try:
                os.write(1, b"x" * 65536)
            except BlockingIOError:
                pass
        serve()
        """,
    ),
    target(
        "daemon",
        "Leaves its parent, group and session.",
        """
        daemonise()
        serve()
        """,
    ),
    target(
        "daemon-without-a-mark",
        "A daemon that runs itself again with an empty environment.",
        """
        if "PORT" in os.environ:
            daemonise()
            os.execve(sys.executable, [sys.executable, sys.argv[0], str(PORT)], {})
        serve(listen(int(sys.argv[1])))
        """,
    ),
    target(
        "adopts-its-descendants",
        "PR_SET_CHILD_SUBREAPER: orphans become its children instead of the watcher's.",
        """
        prctl(36, 1)
        if os.fork() == 0:
            daemonise()
            signal.pause()
        serve()
        """,
    ),
    target(
        "child-that-ignores-sigterm",
        "Leaves children that cannot be asked to end.",
        """
        for _ in range(5):
            if os.fork() == 0:
                os.setsid()
                for number in range(1, 32):
                    if number not in (9, 19):
                        signal.signal(number, signal.SIG_IGN)
                while True:
                    signal.pause()
        serve()
        """,
    ),
    target(
        "one-shot-with-a-child",
        "Ends after its first client, but leaves a child that holds its streams.",
        """
        if os.fork() == 0:
            time.sleep(300)
            os._exit(0)
        serve_once()
        """,
    ),
    target(
        "walks-from-child-to-child",
        "Every 20 ms a child goes on in its place, 200 times; the listener wanders along.",
        """
        listener = listen()
        for _ in range(200):
            if os.fork():
                time.sleep(0.02)
                os._exit(0)
        serve(listener)
        """,
        0,
        FAILED,
        UNDECIDED,
    ),
    target(
        "forty-children",
        "Forty children that do nothing.",
        """
        for _ in range(40):
            if os.fork() == 0:
                signal.pause()
        serve()
        """,
    ),
    target(
        "two-hundred-threads",
        "Two hundred threads that sleep.",
        """
        for _ in range(200):
            threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
        serve()
        """,
    ),
    target(
        "nine-hundred-descriptors",
        "Keeps nine hundred files open.",
        """
        import resource
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        kept = [os.open("/dev/null", os.O_RDONLY) for _ in range(min(900, soft - 100))]
        serve()
        """,
    ),
    target(
        "no-descriptors",
        "Lowers its limit of descriptors to the three that it has and the listener.",
        """
        import resource
        listener = listen()
        resource.setrlimit(resource.RLIMIT_NOFILE, (listener.fileno() + 1,) * 2)
        serve(listener)
        """,
        FAILED,
    ),
    target(
        "odd-name",
        "Calls itself `x) R 1 (` with a newline, to confuse whoever reads /proc/PID/stat.",
        """
        prctl(15, ctypes.c_char_p(b"x) R 1 1\\n("))
        if os.fork() == 0:
            signal.pause()
        serve()
        """,
    ),
    target(
        "cannot-be-dumped",
        "PR_SET_DUMPABLE 0: ordinary users may not read what /proc says of it.",
        """
        prctl(4, 0)
        serve()
        """,
        0,
        UNTESTABLE,
        UNDECIDED,
    ),
    target(
        "ignores-every-signal",
        "Ignores all that can be ignored.",
        """
        for number in range(1, 32):
            if number not in (9, 19):
                signal.signal(number, signal.SIG_IGN)
        serve()
        """,
    ),
    target(
        "slow-to-end",
        "Takes two seconds to end when asked.",
        """
        def end(*_):
            time.sleep(2)
            os._exit(0)
        signal.signal(signal.SIGTERM, end)
        serve()
        """,
    ),
    target(
        "removes-its-folder",
        "Removes its own source and working directory.",
        """
        import shutil, tempfile
        os.chdir(tempfile.mkdtemp())
        os.rmdir(os.getcwd())
        os.unlink(sys.argv[0])
        serve()
        """,
    ),
    target(
        "replaces-itself",
        "exec of itself after each client; the listener goes along.",
        """
        if len(sys.argv) == 1:
            listener = listen()
        else:
            listener = socket.socket(fileno=int(sys.argv[1]))
        listener.set_inheritable(True)
        conn, _ = listener.accept()
        echo(conn)
        os.execv(sys.executable, [sys.executable, sys.argv[0], str(listener.fileno())])
        """,
        0,
        FAILED,
    ),
    target(
        "burns-cpu",
        "A thread that never rests.",
        """
        def burn():
            while True:
                pass
        threading.Thread(target=burn, daemon=True).start()
        serve()
        """,
    ),
    target(
        "eats-memory",
        "Takes 150 MB for itself.",
        """
        kept = bytearray(150 << 20)
        serve()
        """,
    ),
    target(
        "leaves-zombies",
        "Never waits for the children that it forks for each client.",
        """
        listener = listen()
        while True:
            conn, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                echo(conn)
                os._exit(0)
            conn.close()
        """,
    ),
    target("aborts", "Ends by SIGABRT at once.", "os.abort()\n", UNTESTABLE, says="SIGABRT"),
    target("ends-at-once", "Ends with status 0 at once.", "", UNTESTABLE, says="status 0"),
    target(
        "ends-with-a-failure", "Ends with status 3.", "sys.exit(3)\n", UNTESTABLE, says="status 3"
    ),
    target(
        "segfaults-with-a-client",
        "Reads from address 0 when the first bytes come.",
        """
        def crash(conn):
            conn.recv(1)
            ctypes.string_at(0)
        serve(echo=crash)
        """,
        FAILED,
        says="SIGSEGV",
    ),
    target(
        "signals-the-harness",
        "SIGCONT, SIGWINCH, SIGCHLD and SIGURG to every process up to the harness.",
        """
        def parent(pid):
            return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])
        listener = listen()
        pid = os.getppid()
        for _ in range(4):
            if pid <= 1:
                break
            for number in (signal.SIGCONT, signal.SIGWINCH, signal.SIGCHLD, signal.SIGURG):
                os.kill(pid, number)
            pid = parent(pid)
        serve(listener)
        """,
    ),
)
