"""A warden: the small process that launches targets for a keeper, and ends them if we are gone.

It launches targets, drains what they write, notices when they end, and outlives the harness just
long enough to end whatever the harness left behind.  It runs in a session of its own, so neither
Ctrl-C nor a signal to the harness's process group reaches it; when the harness goes away, in
whatever way, its end of the control socket closes, and that is the warden's cue.

Being a subreaper (prctl(2), PR_SET_CHILD_SUBREAPER) it also adopts targets that daemonise: they
leave their parent, their group and their session, but stay descendants of the warden.  Should the
warden itself be killed, they all fall to the nursery, which ends them.  (PR_SET_PDEATHSIG would end
them, too, but has to be set between fork and exec, where Python cannot use vfork(2): that doubles
what a launch costs.)

A target may ask to be traced by its parent (ptrace(2), PTRACE_TRACEME): then it stops at each
signal until we say something.  We let go of it at the first, and deliver that signal.

Long because it is one program: it is forked from the nursery (nursery.py), and imports nothing but
the standard library and what lies beside it.

Protocol of a warden: JSON lines over its socket.

    to the warden    {"op": "launch", "id": N, "argv": [...], "cwd": "...",
                      "env": {...}, "without": null}         the whole environment
                     {"op": "launch", ...,
                      "env": {...}, "without": [...]}        what differs from the last whole one
                     {"op": "output", "id": N}      {"op": "forget", "id": N}
                     {"op": "noted", "id": N}
                     {"op": "sweep", "folder": "..."}    at the end, remove it and its files
                     {"op": "isolate"}              from here on launches say in which network:
                     {"op": "launch", ..., "network": M, "ports": [...], "family": F}
                     {"op": "sockets", "network": M, "family": F, "kind": K, "count": C}
                     {"op": "tap", "network": M}    who has it, has all packets from then on
                     {"op": "leave", "network": M}  nobody needs it any more
    from it          {"ev": "born", "pid": P}      the first line
                     {"ev": "launched", "id": N, "pid": P} / {"ev": "failed", "id": N, "errno": E}
                     {"ev": "exited", "id": N, "status": S}        S as from waitpid
                     {"ev": "isolated", "errno": E}                0: it is; else it cannot be
                     {"ev": "network", "network": M, "family": F, "count": C}
                     {"ev": "sockets", "network": M, "family": F, "kind": K, "count": C}
                     {"ev": "reaped", "pid": P, "status": S}       an adopted descendant
                     {"ev": "wrote", "id": N}       its first bytes have come
                     {"ev": "output", "id": N, "text": "...", "dropped": B}
                     {"ev": "notice", "id": N}      it wrote what may be a report (launched.py)
                     {"ev": "noted", "id": N, "text": "..."}       all such parts so far
                     {"ev": "lacking", "errno": E}  the last line of one that could not go on
                     {"ev": "tap", "network": M, "count": 1}
                     {"ev": "ended"}                the last line: nothing is left of any target

With ``network`` (one that is new), ``sockets`` and ``tap`` come descriptors (SCM_RIGHTS): of a
network first the one to ask the system with, then C sockets for clients.  With an ``errno`` none.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import selectors
import signal
import socket

TYPE_CHECKING = False  # importing typing for it takes longer than all that this process does
if TYPE_CHECKING:
    from typing import Any

    from harness.launcher import launched, namespaces, remains, spawning
else:
    import launched  # as the nursery finds them
    import namespaces
    import remains
    import spawning

PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
PTRACE_DETACH = 17  # <linux/ptrace.h>
STREAM = int(socket.SOCK_STREAM)
BATCH = 4  # sockets that come with a network: as many as most instances need
MARK = "ECHO_HARNESS_TARGET"  # in the environment of a target: says which launch it belongs to

try:
    _prctl: Any = ctypes.CDLL(None, use_errno=True).prctl
    _ptrace: Any = ctypes.CDLL(None, use_errno=True).ptrace
    _ptrace.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
except (OSError, AttributeError):  # not Linux
    _prctl = _ptrace = None


class Warden:
    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.children: dict[int, launched.Child] = {}
        self.by_pid: dict[int, int] = {}
        self.selector = selectors.DefaultSelector()
        self.pending = b""
        self.running = True
        self.folder: str | None = None
        self.namespaces: namespaces.Namespaces | None = None
        self.environment: dict[bytes, bytes] = {}

    def serve(self) -> None:
        """Answer the harness until it goes away, then end everything.

        The signals that end a process have handlers already, since the nursery has.  To ignore them
        would not do: what is ignored stays so across exec, in the targets too.
        """
        wake_read, wake_write = os.pipe()
        for fd in (wake_read, wake_write):
            os.set_blocking(fd, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        self.selector.register(self.control, selectors.EVENT_READ, self._on_control)
        self.selector.register(wake_read, selectors.EVENT_READ, self._on_child)
        while self.running:
            for key, _ in self.selector.select():
                key.data(key.fileobj)
        self.end_everything()

    def _on_control(self, control: socket.socket) -> None:
        try:
            chunk = control.recv(65536)
        except OSError:
            chunk = b""
        if not chunk:
            self.running = False
            return
        *lines, self.pending = (self.pending + chunk).split(b"\n")
        for line in lines:
            request = json.loads(line)
            getattr(self, "_op_" + request["op"])(request)

    def tell(self, event: dict[str, Any]) -> None:
        try:
            self.control.sendall(json.dumps(event).encode() + b"\n")
        except OSError:
            self.running = False

    # --- requests -------------------------------------------------------------------------------

    def _op_sweep(self, request: dict[str, Any]) -> None:
        self.folder = request["folder"]

    def _op_isolate(self, request: dict[str, Any]) -> None:
        number = 0
        try:
            self.namespaces = namespaces.Namespaces()
        except (OSError, AttributeError) as error:  # not Linux
            number = getattr(error, "errno", None) or errno.ENOSYS
        self.tell({"ev": "isolated", "errno": number})

    def _op_launch(self, request: dict[str, Any]) -> None:
        ident = request["id"]
        try:
            if self.namespaces is not None:
                self._enter(self.namespaces, request)
        except OSError as error:
            self.tell({"ev": "failed", "id": ident, "errno": error.errno, "where": "network"})
            return
        try:
            environment = self._environment(request)
            # Its standard input is open and silent: many servers stop when it ends.
            process = spawning.spawn(request["argv"], environment, request["cwd"])
        except OSError as error:
            where = "cwd" if isinstance(error, spawning.NoFolder) else "argv"
            self.tell({"ev": "failed", "id": ident, "errno": error.errno, "where": where})
            return
        except MemoryError:
            self.tell({"ev": "failed", "id": ident, "errno": errno.ENOMEM, "where": "argv"})
            return
        except ValueError as error:
            self.tell({"ev": "failed", "id": ident, "errno": 0, "where": str(error)})
            return
        if request["without"] is None:
            self.environment = environment
        child = self.children[ident] = launched.Child(process)
        self.by_pid[process.pid] = ident
        for stream in child.streams:
            os.set_blocking(stream, False)
            self.selector.register(stream, selectors.EVENT_READ, lambda s: self._drain(ident, s))
        self.tell({"ev": "launched", "id": ident, "pid": process.pid})
        if self.namespaces is not None:
            self.namespaces.make_ahead()

    def _environment(self, request: dict[str, Any]) -> dict[bytes, bytes]:
        """Of a launch, which mostly says how it differs from an earlier one.  Raises ValueError."""
        without = request["without"]
        known = {} if without is None else dict(self.environment)
        for name in without or ():
            del known[os.fsencode(name)]
        for name, value in request["env"].items():
            known[os.fsencode(name)] = os.fsencode(value)
        return known

    def _enter(self, spaces: namespaces.Namespaces, request: dict[str, Any]) -> None:
        """Be in the network of a launch.  Raises OSError."""
        number, family = request["network"], request["family"]
        if spaces.enter(number, request["ports"]):
            made = [spaces.question(number), *spaces.sockets(number, family, BATCH)]
            about = {"network": number, "family": family, "kind": STREAM, "count": BATCH}
            self._hand_over({"ev": "network", **about}, made)

    def _op_sockets(self, request: dict[str, Any]) -> None:
        assert self.namespaces is not None
        about = {name: request[name] for name in ("network", "family", "kind", "count")}
        try:
            made = self.namespaces.sockets(**about)
        except OSError as error:
            self.tell({"ev": "sockets", **about, "count": 0, "errno": error.errno})
            return
        self._hand_over({"ev": "sockets", **about}, made)

    def _op_tap(self, request: dict[str, Any]) -> None:
        assert self.namespaces is not None
        about = {"ev": "tap", "network": request["network"]}
        try:
            made = self.namespaces.tap(request["network"])
        except OSError as error:
            self.tell({**about, "count": 0, "errno": error.errno})
            return
        self._hand_over({**about, "count": 1}, [made])

    def _op_leave(self, request: dict[str, Any]) -> None:
        if self.namespaces is not None:
            self.namespaces.leave(request["network"])

    def _hand_over(self, event: dict[str, Any], made: list[socket.socket]) -> None:
        line = json.dumps(event).encode() + b"\n"
        try:
            socket.send_fds(self.control, [line], [sock.fileno() for sock in made])
        except OSError:
            self.running = False
        finally:
            for sock in made:
                sock.close()

    def _op_output(self, request: dict[str, Any]) -> None:
        child = self.children.get(request["id"])
        text = ""
        if child is not None:
            self._drain_all(request["id"], child)
            text = child.written.decode("utf-8", "replace")
        dropped = child.dropped if child else 0
        self.tell({"ev": "output", "id": request["id"], "text": text, "dropped": dropped})

    def _op_noted(self, request: dict[str, Any]) -> None:
        child = self.children.get(request["id"])
        if child is not None:
            self._drain_all(request["id"], child)
        text = child.noted.decode("utf-8", "replace") if child is not None else ""
        self.tell({"ev": "noted", "id": request["id"], "text": text})

    def _op_end_input(self, request: dict[str, Any]) -> None:
        """End the standard input of a target that waits for that."""
        if (child := self.children.get(request["id"])) is not None:
            child.end_input()

    def _op_forget(self, request: dict[str, Any]) -> None:
        child = self.children.pop(request["id"], None)
        if child is None:
            return
        self.by_pid.pop(child.pid, None)
        child.end_input()
        for stream in [*child.streams]:
            self._close(child, stream)

    # --- what the children do -------------------------------------------------------------------

    def _drain_all(self, ident: int, child: launched.Child) -> None:
        for stream in [*child.streams]:
            self._drain(ident, stream)

    def _drain(self, ident: int, stream: int) -> None:
        """Take what a target wrote; at most some hundred KB at a time, so that nobody starves."""
        child = self.children.get(ident)
        if child is None or stream not in child.streams:
            return  # what was told of before this in the same turn has closed it
        for _ in range(8):
            try:
                chunk = os.read(stream, 65536)
            except OSError:  # mostly BlockingIOError
                return
            if not chunk:
                self._close(child, stream)
                return
            if not child.chunks:
                self.tell({"ev": "wrote", "id": ident})
            if child.keep(stream, chunk):
                self.tell({"ev": "notice", "id": ident})

    def _close(self, child: launched.Child, stream: int) -> None:
        child.streams.remove(stream)
        self.selector.unregister(stream)
        os.close(stream)

    def _on_child(self, wake: int) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(wake, 4096)
        self._reap()

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if os.WIFSTOPPED(status):
                _let_go(pid, os.WSTOPSIG(status))
                continue
            ident = self.by_pid.pop(pid, None)
            if ident is None:
                self.tell({"ev": "reaped", "pid": pid, "status": status})
                continue  # a descendant that was adopted: perhaps a daemon that listened
            self._drain_all(ident, self.children[ident])
            self.tell({"ev": "exited", "id": ident, "status": status})

    # --- the end --------------------------------------------------------------------------------

    def end_everything(self) -> None:
        """SIGKILL every descendant until none is left.  Whoever is here was left behind."""
        remains.end_all(_bury)
        if self.folder is not None:
            _remove(self.folder)
        self.tell({"ev": "ended"})


def _remove(folder: str) -> None:
    """The files of Unix sockets are in it, which those leave behind that are killed."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        os.rmdir(folder)


def _bury() -> bool:
    """Wait for the children that have ended; whether any is left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _let_go(pid: int, number: int) -> None:
    """No longer trace ``pid``, which has stopped for us, and let signal ``number`` take its course.

    SIGTRAP only says that a traced process called exec().
    """
    if _ptrace is not None:
        _ptrace(PTRACE_DETACH, pid, None, 0 if number == signal.SIGTRAP else number)


def adopt_orphans() -> None:
    """Whoever loses its parent below this process becomes its child."""
    if _prctl:
        _prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def warden(control: socket.socket) -> None:
    """Be the warden of the harness at the other end of ``control``, until it goes away."""
    nursery = os.getppid()
    with contextlib.suppress(OSError):
        os.setsid()
    adopt_orphans()
    keeper = Warden(control)
    keeper.tell({"ev": "born", "pid": os.getpid()})
    keeper.serve()
    if os.getppid() == nursery:  # somebody may have stopped it, and the harness be gone
        os.kill(nursery, signal.SIGCONT)
