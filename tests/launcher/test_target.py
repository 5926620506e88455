"""The target: launched, found without a touch, watched, paused, ended to the last child."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.driver import Manner, perform
from harness.errors import MachineProblem, TargetProblem, UsageProblem
from harness.launcher.complaints import stranger_on
from harness.launcher.instance import STOP_WITHIN, Instance
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.launcher.launching import Launching
from harness.launcher.network import Network
from harness.launcher.nowhere import never_listened
from harness.launcher.oneshot import OneShotFleet
from harness.launcher.output import MAX_COLUMNS
from harness.launcher.remote import RemoteFleet
from harness.launcher.shared import SharedFleet
from harness.system import proc, sock_diag, sockets, tree, waiting
from harness.values.address import Address, LaunchStyle, TcpAddress, Transport
from harness.values.plan import (
    AwaitEcho,
    AwaitEnd,
    Close,
    Connect,
    HalfClose,
    Literal,
    Send,
    in_turn,
    one,
)
from harness.values.target import TargetSpec, is_loopback, parse_address
from tests.support.rough import LISTEN, Launch, rough
from tests.support.serving import eventually

ROOT = Path(__file__).parents[2]
GOOD = ROOT / "tests" / "good"
HOSTILE = ROOT / "tests" / "hostile" / "targets"
WORD = Literal(b"hello")
SESSION = (Connect(), Send(WORD), AwaitEcho(), HalfClose(), AwaitEnd())
HAS_IPV6 = socket.has_dualstack_ipv6()


def gone(pid: int) -> bool:
    """Whether the process has ended, waited for or not."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def serves(instance: Instance) -> bool:
    fleet = RemoteFleet(TargetSpec(connect=instance.address))
    return perform(one(*SESSION), fleet, Manner(patience=10.0)).scripts[0].echoed == 5


def problem(keeper: Keeper, *command: str, **options: object) -> TargetProblem:
    """Why it could not be launched."""
    spec = TargetSpec(command=command, **options)  # type: ignore[arg-type]
    with pytest.raises(TargetProblem) as raised:
        Launcher(spec, keeper).launch()
    assert raised.value.exit_code == 3
    return raised.value


@pytest.fixture
def free_port() -> int:
    """A port that nobody holds and that no client is given."""
    with socket.socket() as probe:
        for port in range(20_000 + os.getpid() % 9_000, 32_000):
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise AssertionError("no port is free")


@pytest.fixture
def stranger() -> Iterator[tuple[int, int]]:
    """A port on which another process listens, and that process's id.  It counts its clients."""
    code = "serve(lambda c: print('somebody came', flush=True))"
    with subprocess.Popen(
        rough(code), env={**os.environ, "PORT": "0"}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            eventually(lambda: sockets.listeners([process.pid]))
            yield sockets.listeners([process.pid])[0][1], process.pid
        finally:
            process.kill()
            assert process.stdout is not None
            assert process.stdout.read() == "", "somebody connected to the stranger"


# --- finding the listener -----------------------------------------------------------------------


def test_the_port_in_the_environment(launch: Launch) -> None:
    """A server that takes PORT needs nothing else."""
    instance = launch(*rough())
    assert instance.address[0] == "127.0.0.1"
    assert instance.ready_s is not None
    assert instance.ready_s > 0
    assert serves(instance)


def test_placeholders(launch: Launch) -> None:
    """``{port}`` and ``{host}`` are filled in wherever they stand."""
    listen = "h, p = sys.argv[1].split('=')\nlistener = socket.create_server((h, int(p)))"
    instance = launch(*rough("print(sys.argv); serve()", listen=listen), "{host}={port}")
    eventually(lambda: f"127.0.0.1={instance.address[1]}" in instance.output())
    assert serves(instance)


def test_discovery_of_a_port_of_its_own(launch: Launch) -> None:
    """A server that asks the system for a port, and pays no attention to PORT."""
    instance = launch(*rough(listen="listener = socket.create_server(('127.0.0.1', 0))"))
    assert instance.listens()
    assert serves(instance)


def test_a_hard_coded_port(launch: Launch, free_port: int) -> None:
    """Found by itself, and also when it is named."""
    listen = f"listener = socket.create_server(('127.0.0.1', {free_port}))"
    for options in ({}, {"port": free_port}):
        instance = launch(*rough(listen=listen), **options)
        assert instance.address == ("127.0.0.1", free_port)
        instance.stop()


def test_a_server_in_a_grandchild(launch: Launch) -> None:
    """A wrapper script is no obstacle: the listener may belong to anyone in the tree."""
    instance = launch(sys.executable, str(GOOD / "grandchild.py"))
    assert sockets.listeners([instance.pid]) == []
    assert serves(instance)


def test_readiness_is_passive(launch: Launch) -> None:
    """Nobody connects before the first session: a probe would use up a one-shot server."""
    code = "serve(lambda c: (print('accepted', flush=True), echo(c)))"
    instance = launch(*rough(code))
    assert instance.listens()
    assert instance.output() == ""
    assert serves(instance)
    assert instance.output() == "accepted"


@pytest.mark.skipif(not HAS_IPV6, reason="this machine has no IPv6")
def test_a_dual_stack_listener(launch: Launch) -> None:
    """``::`` takes IPv4 clients too, or is reached by ::1."""
    instance = launch(sys.executable, str(GOOD / "dual_stack.py"))
    assert instance.address[0] in ("127.0.0.1", "::1")
    assert serves(instance)


def test_a_slow_start_is_waited_for(launch: Launch) -> None:
    """Up to the start-up time, and no fixed sleep before it."""
    instance = launch(sys.executable, str(GOOD / "slow_start.py"))
    assert serves(instance)


def test_a_listener_on_every_address_is_reached_by_loopback(launch: Launch) -> None:
    """0.0.0.0 is nowhere one can connect to."""
    instance = launch(*rough(listen="listener = socket.create_server(('0.0.0.0', port))"))
    assert instance.address == ("127.0.0.1", instance.address[1])
    assert instance.listeners() == [("0.0.0.0", instance.address[1])]


# --- what can go wrong --------------------------------------------------------------------------


def test_a_command_that_does_not_exist(keeper: Keeper) -> None:
    """Its name, and what to check."""
    found = problem(keeper, "no-such-server-anywhere")
    assert "'no-such-server-anywhere' was not found" in found.message
    assert found.step == "launch"
    assert "was not found" in problem(keeper, "./no/such/server").message


def test_a_file_that_cannot_be_executed(keeper: Keeper, tmp_path: Path) -> None:
    """Not executable; no program at all; a script whose interpreter does not exist."""
    script = tmp_path / "server.py"
    script.write_text("print('hello')\n")
    found = problem(keeper, str(script))
    assert "cannot be executed: Permission denied" in found.message
    assert "python" in found.advice
    script.chmod(0o755)
    assert "cannot be executed: Exec format error" in problem(keeper, str(script)).message
    script.write_text("#!/no/such/interpreter\n")
    assert "its interpreter" in problem(keeper, str(script)).message


def test_a_folder_that_does_not_exist(keeper: Keeper, tmp_path: Path) -> None:
    """It is the folder's fault, not the command's."""
    found = problem(keeper, *rough(), cwd=str(tmp_path / "nowhere"))
    assert "nowhere cannot be entered: No such file or directory" in found.message
    assert "--cwd" in found.advice


def test_the_folder_and_the_environment_are_the_targets(launch: Launch, tmp_path: Path) -> None:
    """A relative program is looked up in that folder."""
    program = tmp_path / "server"
    program.write_text(f"#!{sys.executable} -S\n" + rough("print(os.getcwd(), os.environ['K']); "
                       "sys.stdout.flush(); serve()")[-1])  # fmt: skip
    program.chmod(0o755)
    instance = launch("./server", cwd=str(tmp_path), env=(("K", "value"),))
    eventually(lambda: instance.output() == f"{tmp_path} value")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("sys.exit('no configuration found')", ["(exit status 1)", "no configuration found"]),
        ("sys.exit(0)", ["(exit status 0)", "It wrote nothing"]),
        ("os.kill(os.getpid(), signal.SIGSEGV)", ["(signal SIGSEGV)"]),
    ],
)
def test_a_target_that_ends_at_once(keeper: Keeper, code: str, words: list[str]) -> None:
    """With its status or signal, and its last words."""
    silent = (sys.executable, "-S", "-c", f"import os, signal, sys; {code}")
    found = problem(keeper, *silent)
    assert "before it listened on any TCP port" in found.message
    for word in words:
        assert word in found.message
    assert found.step == "listen"


def test_a_target_that_never_listens(keeper: Keeper) -> None:
    """The start-up time ends, and nothing of it is left."""
    code = "import time; print('thinking', flush=True); time.sleep(600)"
    sleeper = (sys.executable, "-S", "-c", code)
    found = problem(keeper, *sleeper, start_timeout=0.8)
    assert "did not listen on any TCP port within 0.8 s" in found.message
    assert "--start-timeout" in found.advice
    eventually(lambda: all(gone(pid) for pid in keeper.pids.values()))


@pytest.mark.parametrize(
    ("transport", "call"),
    [(None, "listen()"), (Transport.UDP, "bind()"), (Transport.UNIX, "listen()")],
)
def test_a_target_that_runs_and_never_listens_is_told_what_it_lacks(
    transport: Transport | None, call: str
) -> None:
    """More time mends only one that is slow."""
    found = never_listened(TargetSpec(("x",), transport=transport), [], "", None)
    assert found.advice.endswith(f"see whether it comes to {call}.")


def test_a_target_that_listens_elsewhere(keeper: Keeper, free_port: int) -> None:
    """A wrong --port is answered with the ports that it does listen on."""
    elsewhere = rough(listen="listener = socket.create_server(('127.0.0.1', 0))")
    found = problem(keeper, *elsewhere, port=free_port, start_timeout=1.5)
    assert f"did not listen on port {free_port} within" in found.message
    assert re.search(r"Its processes listen on 127\.0\.0\.1:\d+\.", found.message)
    assert "--port" in found.advice


def test_a_stranger_on_the_port(keeper: Keeper, stranger: tuple[int, int]) -> None:
    """Named, before anything is launched; and nobody connects to it."""
    port, pid = stranger
    with pytest.raises(TargetProblem) as raised:
        stranger_on(TargetSpec(command=("server",), port=port))
    assert f"port {port} is already held by" in raised.value.message
    assert f"(pid {pid})" in raised.value.message


def test_a_stranger_is_never_taken_for_the_target(
    keeper: Keeper, stranger: tuple[int, int]
) -> None:
    """The target could not bind: the error names who holds the port."""
    port, pid = stranger
    code = "print('[Errno 98] Address already in use'); sys.exit(1)"
    silent = (sys.executable, "-S", "-c", f"import sys; {code}  # port {port}")
    for options in ({"port": port}, {}):
        found = problem(keeper, *silent, **options)
        assert f"port {port}, which the target needs, is held by" in found.message
        assert f"(pid {pid})" in found.message
        assert "exit status 1" in found.message


def test_a_target_beside_a_stranger_never_listens(
    keeper: Keeper, stranger: tuple[int, int]
) -> None:
    """It lives on without the port: still the stranger is not tested in its place."""
    port, pid = stranger
    silent = (sys.executable, "-S", "-c", "import time; time.sleep(600)")
    found = problem(keeper, *silent, port=port, start_timeout=0.6)
    assert f"(pid {pid}), which is not part of the target" in found.message


def test_a_port_that_was_lost_to_somebody_else_is_replaced(
    keeper: Keeper, stranger: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race for a free port is run again with another one."""
    ports = iter([TcpAddress("127.0.0.1", stranger[0])])
    real = Launcher.begin

    def begin(
        self: Launcher, again: Address | None = None, network: Network | None = None
    ) -> Launching:
        return real(self, next(ports, again), network)

    monkeypatch.setattr(Launcher, "begin", begin)
    listen = LISTEN.replace("port)", "int(sys.argv[1]))")
    launcher = Launcher(TargetSpec(command=(*rough(listen=listen), "{port}")), keeper)
    instance = launcher.launch()
    assert launcher.launches == 2
    assert instance.address[1] != stranger[0]
    assert serves(instance)


def test_an_address_that_others_may_reach_needs_permission(keeper: Keeper) -> None:
    """Test traffic goes to loopback unless the user says otherwise."""
    with pytest.raises(TargetProblem, match="not a loopback address"):
        RemoteFleet(TargetSpec(connect=TcpAddress("192.0.2.1", 7)))
    with pytest.raises(TargetProblem, match="cannot be resolved"):
        RemoteFleet(TargetSpec(connect=TcpAddress("no-such-host.invalid", 7), allow_remote=True))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:7", ("127.0.0.1", 7)),
        ("localhost:65535", ("localhost", 65535)),
        ("[::1]:7007", ("::1", 7007)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    """As one types them."""
    assert parse_address(text) == address
    assert is_loopback(address[0])


@pytest.mark.parametrize("text", ["7007", ":7007", "host:", "host:0", "host:65536", "host:http"])
def test_what_is_no_address(text: str) -> None:
    """Told with an example of one."""
    with pytest.raises(UsageProblem) as raised:
        parse_address(text)
    assert "127.0.0.1:7007" in raised.value.advice


# --- its output ---------------------------------------------------------------------------------


def test_a_flood_of_output_blocks_nobody_and_fills_nothing(launch: Launch) -> None:
    """Megabytes to both streams while it serves; only the end is kept."""
    code = "line = 'x' * 99 + '\\n'\n"
    code += "for n in range(40_000):\n    (sys.stdout, sys.stderr)[n % 2].write(line)\n"
    code += "serve(lambda c: (print('served', flush=True), echo(c)))"
    instance = launch(*rough(code))
    # Between two pipes there is no order: what one of them still holds may come after.
    eventually(lambda: serves(instance) and "served" in instance.output(2000))
    assert len(instance.output(100_000)) <= 2 * 64 * 1024 + 100


def test_chatter_on_stdout_leaves_what_stderr_said(launch: Launch) -> None:
    """A traceback is still there after a megabyte of log lines."""
    code = (
        "os.write(2, b'Traceback: it broke\\n')\nfor _ in range(1000): os.write(1, b'x' * 1000)\n"
    )
    instance = launch(*rough(code + "serve(lambda c: (print('served', flush=True), echo(c)))"))
    eventually(lambda: serves(instance) and "served" in instance.output(2000))
    assert "Traceback: it broke" in instance.output(100_000)


def test_no_escape_sequence_of_the_target_is_shown(launch: Launch) -> None:
    """Nor a line as long as a screen."""
    code = "print('\\x1b[31mred\\x1b[0m \\x1b]0;title\\x07' + 'y' * 1000, flush=True)\nserve()"
    instance = launch(*rough(code))
    eventually(instance.output)
    assert instance.output() == "red " + "y" * (MAX_COLUMNS - 4) + " [...]"


def test_bytes_that_are_no_text_are_shown_all_the_same(launch: Launch) -> None:
    """A target may write anything."""
    instance = launch(*rough("os.write(1, b'\\xff\\xfe text\\n')\nserve()"))
    eventually(instance.output)
    assert instance.output().endswith(" text")


# --- its death ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status", "number"),
    [
        ("serve(lambda c: os._exit(7))", 7, None),
        ("serve(lambda c: os.kill(os.getpid(), signal.SIGKILL))", None, signal.SIGKILL),
    ],
)
def test_death_is_noticed(
    launch: Launch, code: str, status: int | None, number: int | None
) -> None:
    """Told by the warden as soon as it happens, with status or signal."""
    instance = launch(*rough(code))
    assert instance.alive
    perform(
        one(Connect(), AwaitEnd()),
        RemoteFleet(TargetSpec(connect=instance.address)),
        Manner(patience=5.0),
    )
    eventually(lambda: instance.keeper.poll(0.1) or not instance.alive)
    eventually(lambda: not instance.alive)
    assert instance.exit is not None
    assert (instance.exit.status, instance.exit.signal) == (status, number)
    assert not instance.listens()


RUNNING_AWAY = """
import os, signal
for _ in range(500):
    if os.fork():
        os._exit(0)
signal.pause()
"""


@pytest.mark.parametrize("_again", range(5))
def test_what_forks_and_ends_all_the_time_does_not_get_away(_again: int) -> None:
    """A daemon in the making may be between two processes when everything is ended."""
    mark = str(os.getpid())
    env = {**os.environ, "RUNNING_AWAY": mark}

    def left() -> list[int]:
        others = (pid for pid in psutil.pids() if pid != os.getpid())
        return [pid for pid in others if tree.marked(pid, "RUNNING_AWAY") == mark]

    keeper = Keeper()
    with contextlib.closing(keeper):
        keeper.launch([sys.executable, "-S", "-c", RUNNING_AWAY], env, None)
        eventually(lambda: (keeper.poll(0.01), keeper.reaped)[1])
    escaped = left()
    for pid in escaped:
        os.kill(pid, signal.SIGKILL)
    assert escaped == []


# --- pause and resume ---------------------------------------------------------------------------

FAMILY = """
def spin():
    while True: time.sleep(0.001)
if os.fork() == 0:
    threading.Thread(target=spin, daemon=True).start()
    if os.fork() == 0:
        os.setsid()
    spin()
threading.Thread(target=spin, daemon=True).start()
serve()
"""
"""Three processes in two sessions, with five threads."""


def states(instance: Instance) -> list[str]:
    return [state for pid in instance.members() for state in tree.thread_states(pid)]


def test_the_whole_tree_is_paused(launch: Launch) -> None:
    """Every thread of every process, also one that has left the session, is stopped at return."""
    instance = launch(*rough(FAMILY))
    eventually(lambda: len(states(instance)) == 5)
    for _ in range(5):
        instance.levers.pause()
        assert states(instance) == ["T"] * 5
        assert instance.levers.paused
        assert not instance.levers.stopped_by_other()
        instance.levers.resume()
        eventually(lambda: "T" not in states(instance))
        assert not instance.levers.paused
    assert serves(instance)


def test_an_interruption_leaves_it_running(launch: Launch) -> None:
    """Paused and resumed; nothing stays stopped."""
    instance = launch(*rough())
    for _ in range(20):
        instance.levers.interrupt()
    eventually(lambda: "T" not in states(instance))
    assert serves(instance)


def test_who_stopped_it_is_known(launch: Launch) -> None:
    """A debugger or a shell is told from the harness."""
    instance = launch(*rough())
    os.kill(instance.pid, signal.SIGSTOP)
    eventually(lambda: tree.is_stopped(instance.pid))
    assert instance.levers.stopped_by_other()
    os.kill(instance.pid, signal.SIGCONT)
    eventually(lambda: not instance.levers.stopped_by_other())


# --- stopping -----------------------------------------------------------------------------------


ENDS_WITH_5 = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))"
IGNORES_SIGTERM = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"


def ends_with_5(launch: Launch) -> Instance:
    """A target that ends with status 5 on SIGTERM, waiting in a system call: a signal that comes
    just before one is heard of only after it."""
    instance = launch(*rough(listen=f"{ENDS_WITH_5}\n{LISTEN}"))
    eventually(instance.asleep)
    return instance


def test_stop_is_sigterm_first(launch: Launch) -> None:
    """A server that ends by itself has time to."""
    instance = ends_with_5(launch)
    instance.stop()
    assert gone(instance.pid)
    assert instance.exit is not None
    assert instance.exit.status == 5
    assert instance.stop_asked


def test_stop_escalates(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that ignores SIGTERM is killed when patience ends."""
    assert STOP_WITHIN == 2.0
    monkeypatch.setattr("harness.launcher.instance.STOP_WITHIN", 0.2)
    instance = launch(*rough(listen=f"{IGNORES_SIGTERM}\n{LISTEN}"))
    instance.stop()
    assert gone(instance.pid)
    assert instance.exit is not None
    assert instance.exit.signal == signal.SIGKILL


def test_who_was_asked_to_end_is_only_waited_for(launch: Launch) -> None:
    """retire() asks and returns, so that many end side by side; stop() takes what is left of the
    time since then."""
    instance = ends_with_5(launch)
    instance.retire()
    assert instance.stop_asked
    eventually(lambda: instance.keeper.poll(0.01) or not instance.alive)
    instance.stop()
    assert gone(instance.pid)
    assert instance.exit is not None
    assert instance.exit.status == 5


def test_stop_reaches_the_paused(launch: Launch) -> None:
    """A stopped process takes no SIGTERM; it is continued first."""
    instance = ends_with_5(launch)
    instance.levers.pause()
    instance.stop()
    assert instance.exit is not None
    assert instance.exit.status == 5


@pytest.mark.parametrize("way", ["stop", "kill"])
def test_children_that_left_the_group_are_ended_too(launch: Launch, way: str) -> None:
    """Neither another session nor another parent saves them."""
    instance = launch(*rough(FAMILY))
    eventually(lambda: len(states(instance)) == 5)
    members = instance.members()
    assert len(members) == 3
    os.kill(members[1], signal.SIGKILL)  # its child is an orphan now
    eventually(lambda: gone(members[1]))
    eventually(lambda: members[2] in instance.members())
    getattr(instance, way)()
    assert all(gone(pid) for pid in members)


def test_a_daemon_is_found_and_ended(launch: Launch) -> None:
    """Its parent, its group and its session are others, and the command ended with 0."""
    instance = launch(sys.executable, str(GOOD / "daemon.py"))
    assert serves(instance)
    eventually(lambda: instance.keeper.poll(0.05) or instance.main_pid != instance.pid
               or instance.ident in instance.keeper.exits)  # fmt: skip
    assert instance.alive
    daemon = instance.main_pid
    assert daemon != instance.pid
    assert os.getsid(daemon) != os.getsid(0)
    instance.levers.pause()
    assert tree.is_stopped(daemon)
    instance.levers.resume()
    instance.stop()
    assert gone(daemon)
    assert not instance.alive


def test_the_death_of_a_daemon_is_noticed(launch: Launch) -> None:
    """With its own status or signal, not that of the command that started it."""
    instance = launch(sys.executable, str(GOOD / "daemon.py"))
    eventually(lambda: instance.keeper.poll(0.05) or instance.main_pid != instance.pid
               or instance.ident in instance.keeper.exits)  # fmt: skip
    assert instance.alive
    os.kill(instance.main_pid, signal.SIGKILL)
    eventually(lambda: instance.keeper.poll(0.05) or not instance.alive)
    eventually(lambda: not instance.alive)
    assert instance.exit is not None
    assert instance.exit.signal == signal.SIGKILL


def test_closing_the_keeper_ends_everything(keeper: Keeper) -> None:
    """Also what nobody stopped."""
    launcher = Launcher(TargetSpec(command=rough(FAMILY)), keeper)
    one_of_them, other = launcher.launch(), launcher.launch()
    members = [*one_of_them.members(), *other.members()]
    keeper.close()
    eventually(lambda: all(gone(pid) for pid in members))
    assert gone(keeper.pid)
    assert one_of_them.output() == ""


# --- nothing survives ---------------------------------------------------------------------------

HARNESS = """
import sys, time
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.values.target import TargetSpec
keeper = Keeper()
pids = [keeper.pid]
for command in {commands!r}:
    instance = Launcher(TargetSpec(command=command), keeper).launch()
    pids += instance.members()
print(*pids, flush=True)
time.sleep(600)
"""


@contextlib.contextmanager
def another_harness(
    *commands: tuple[str, ...],
) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A process that launched ``commands``; its warden and their processes, the warden first."""
    code = HARNESS.format(commands=commands)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        pids: list[int] = []
        try:
            assert process.stdout is not None
            pids = [int(pid) for pid in process.stdout.readline().split()]
            yield process, pids
        finally:
            process.kill()
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_survives_the_harness(number: int) -> None:
    """Whatever kills it: its servers, their children and a daemon end with it, the warden last."""
    stubborn = rough(FAMILY, listen=f"{IGNORES_SIGTERM}\n{LISTEN}")
    daemon = (sys.executable, str(GOOD / "daemon.py"))
    with another_harness(stubborn, daemon) as (process, pids):
        assert len(pids) >= 3
        assert not any(gone(pid) for pid in pids[1:2])
        os.kill(process.pid, number)
        eventually(lambda: all(gone(pid) for pid in pids), "all processes are gone")


def test_direct_children_end_with_the_warden() -> None:
    """Should somebody kill the warden, the kernel kills what it launched; the harness is told."""
    with another_harness(rough(), rough()) as (_, pids):
        os.kill(pids[0], signal.SIGKILL)
        eventually(lambda: all(gone(pid) for pid in pids), "all processes are gone")


def test_a_lost_warden_is_replaced(keeper: Keeper, launch: Launch) -> None:
    """Told once, as what it is: no target is accused, nothing is left, and the next is launched."""
    lost = keeper.pid
    instance = launch(*rough(FAMILY))
    eventually(lambda: len(instance.members()) > 1, "it has a child")
    members = instance.members()
    os.kill(lost, signal.SIGKILL)
    with pytest.raises(MachineProblem, match="was killed"):
        launch(*rough())
    assert not instance.alive
    eventually(lambda: all(gone(pid) for pid in members))
    assert serves(launch(*rough()))
    assert keeper.pid != lost
    keeper.close()
    eventually(lambda: gone(keeper.pid))


def test_what_a_killed_warden_has_left_is_ended(keeper: Keeper, launch: Launch) -> None:
    """Also what left its parent, its session and its environment behind."""
    instance = launch(sys.executable, str(HOSTILE / "kills_warden.py"))
    eventually(lambda: len(tree.children(keeper.pid)) == 2, "the child has become the warden's")
    (stays,) = set(tree.children(keeper.pid)) - {instance.pid}
    eventually(lambda: tree.marked(stays, "PATH") is None, "it has forgotten its environment")
    os.kill(keeper.pid, signal.SIGKILL)
    eventually(lambda: gone(stays), "the nursery has inherited and ended it")
    eventually(lambda: gone(instance.pid))


def stop_it(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    eventually(lambda: gone(pid) or not tree.is_stopped(pid) or tree.is_held(pid))


def test_a_stopped_warden_is_continued(keeper: Keeper, launch: Launch) -> None:
    """At once, by the nursery; whatever is asked meanwhile is answered."""
    for _ in range(3):
        stop_it(keeper.pid)
        assert serves(launch(*rough()))


def test_a_warden_and_a_nursery_that_are_stopped_are_continued(
    keeper: Keeper, launch: Launch
) -> None:
    """By the harness, when nobody answers; also when all that is left to do is to end."""
    instance = launch(*rough(FAMILY))
    members = instance.members()
    nursery = psutil.Process(keeper.pid).ppid()
    for use in (lambda: launch(*rough()), keeper.close):
        os.kill(nursery, signal.SIGSTOP)
        os.kill(keeper.pid, signal.SIGSTOP)
        eventually(lambda: tree.is_held(nursery) and tree.is_held(keeper.pid))
        use()
    assert all(gone(pid) for pid in members)


def test_a_stopped_warden_outlives_no_harness() -> None:
    """The harness is killed while its warden cannot hear of it: the nursery sees to the end."""
    with another_harness(rough(FAMILY)) as (process, pids):
        os.kill(pids[0], signal.SIGSTOP)
        process.kill()
        eventually(lambda: all(gone(pid) for pid in pids), "all processes are gone")


def test_a_killed_nursery_is_replaced(keeper: Keeper, launch: Launch) -> None:
    """Its wardens go on, and others are forked from a new one."""
    nursery = psutil.Process(keeper.pid).ppid()
    instance = launch(*rough())
    os.kill(nursery, signal.SIGKILL)
    eventually(lambda: gone(nursery))
    assert serves(instance)
    with contextlib.closing(Keeper()) as another:
        assert serves(Launcher(TargetSpec(command=rough()), another).launch())
        assert psutil.Process(another.pid).ppid() != nursery


def test_who_asks_to_be_traced_is_let_go(launch: Launch) -> None:
    """A stop is no end: the target is paused, continued and asked to end like any other."""
    instance = launch(sys.executable, str(HOSTILE / "asks_to_be_traced.py"))
    instance.levers.interrupt()
    assert serves(instance)
    instance.terminate()
    eventually(lambda: instance.keeper.poll(0.05) or not instance.alive)
    assert instance.exit is not None
    assert instance.exit.signal == signal.SIGTERM


def test_a_target_inherits_three_descriptors_and_no_signals() -> None:
    """Nothing of ours is open in it, and nothing that our own parent has blocked or ignored is."""
    look = (
        "fds = sorted(os.listdir('/proc/self/fd'), key=int)[:-1]\n"  # the last is the folder's own
        "status = dict(l.split(':') for l in open('/proc/self/status'))\n"
        # From 32 on they are the C library's, and not to be set from Python.
        "print(*fds, int(status['SigBlk'], 16), int(status['SigIgn'], 16) % 2**31, flush=True)\n"
    )
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD, signal.SIGUSR1])
    ignored = signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    try:
        with contextlib.closing(Keeper()) as keeper:
            command = rough(listen=look + LISTEN)
            instance = Launcher(TargetSpec(command=command), keeper).launch()
            said = instance.output()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        signal.signal(signal.SIGUSR2, ignored)
    own = 1 << signal.SIGPIPE - 1 | 1 << signal.SIGXFSZ - 1  # what Python ignores by itself
    assert said == f"0 1 2 0 {own}"


# --- fleets -------------------------------------------------------------------------------------

ONCE = "connection, _ = listener.accept()\nwith connection: echo(connection)"


def test_one_shot_instances_are_launched_ahead(keeper: Keeper) -> None:
    """While one is in use the next starts: the two run side by side."""
    fleet = OneShotFleet(Launcher(TargetSpec(command=rough(ONCE)), keeper))
    with contextlib.closing(fleet):
        first = fleet.acquire()
        assert len(keeper.pids) == 2
        assert not any(gone(pid) for pid in keeper.pids.values())
        assert serves(first)
        fleet.release(first)
        second = fleet.acquire()
        assert second.pid in keeper.pids.values()
        assert second.pid != first.pid
        assert serves(second)
        fleet.release(second)
    assert all(gone(pid) for pid in keeper.pids.values())


def test_no_one_shot_instance_is_launched_for_nobody(keeper: Keeper) -> None:
    """Where it is known how many sessions are to come, so many are launched."""
    fleet = OneShotFleet(Launcher(TargetSpec(command=rough(ONCE)), keeper))
    with contextlib.closing(fleet):
        fleet.ahead, fleet.wanted = 4, 2
        for _ in range(2):
            instance = fleet.acquire()
            assert serves(instance)
            fleet.release(instance)
        assert len(keeper.pids) == 2


def running(keeper: Keeper) -> set[int]:
    return {pid for pid in keeper.pids.values() if not gone(pid)}


def test_a_discarded_instance_is_replaced_when_one_is_needed(keeper: Keeper) -> None:
    """Not before: nobody waits for a launch that may not be wanted."""
    fleet = SharedFleet(Launcher(TargetSpec(command=rough()), keeper))
    with contextlib.closing(fleet):
        first = fleet.acquire()
        fleet.discard()
        assert gone(first.pid)
        assert fleet.current is None
        assert running(keeper) == set()
        second = fleet.acquire()
        assert serves(second)
        assert running(keeper) == {second.pid}


def test_spares_are_launched_while_one_is_in_use(keeper: Keeper) -> None:
    """Who needs a fresh instance again and again never waits for a whole launch."""
    fleet = SharedFleet(Launcher(TargetSpec(command=rough()), keeper))
    with contextlib.closing(fleet):
        first = fleet.acquire()
        fleet.spares = True
        fleet.discard()
        assert gone(first.pid)
        (coming,) = running(keeper)
        assert fleet.acquire().pid == coming
        assert len(running(keeper)) == 2
        assert serves(fleet.acquire())
    assert all(gone(pid) for pid in keeper.pids.values())


def test_one_shot_instances_with_a_port_of_their_own_follow_one_another(
    keeper: Keeper, free_port: int
) -> None:
    """A hard-coded port cannot be shared: the next waits until the one before has ended."""
    listen = f"listener = socket.create_server(('127.0.0.1', {free_port}))"
    launcher = Launcher(TargetSpec(command=rough(ONCE, listen=listen)), keeper)
    fleet = OneShotFleet(launcher)
    with contextlib.closing(fleet):
        trace = perform(in_turn(*((SESSION,) * 4)), fleet, Manner(patience=10.0))
        assert [seen.echoed for seen in trace.scripts] == [5, 5, 5, 5]
        assert trace.unable is None
        assert launcher.exclusive
        assert launcher.fixed_port == free_port
        assert [death.status for death in trace.deaths][:3] == [0, 0, 0]


def test_a_port_in_time_wait_is_waited_for(keeper: Keeper, free_port: int) -> None:
    """A target without SO_REUSEADDR comes up when the address is free again; the user is told."""
    listen = f"listener = socket.socket(); listener.bind(('127.0.0.1', {free_port}))"
    command = rough(listen=f"{listen}; listener.listen()")
    launcher = Launcher(TargetSpec(command=command), keeper)
    launcher.fixed_port = free_port
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", free_port))  # bound, but nobody listens: as TIME_WAIT looks
        real = launcher._await_free

        def let_go(port: int | None, deadline: float) -> None:
            holder.close()
            real(port, deadline)

        launcher._await_free = let_go  # type: ignore[method-assign]
        instance = launcher.launch()
    assert instance.address == ("127.0.0.1", free_port)
    assert launcher.notices == [f"port {free_port} is still in use; waiting for it to become free."]


def test_a_dead_shared_target_is_launched_again(keeper: Keeper) -> None:
    """``refresh`` leaves a healthy one alone, and replaces one that died."""
    fleet = SharedFleet(Launcher(TargetSpec(command=rough()), keeper))
    with contextlib.closing(fleet):
        fleet.refresh()
        first = fleet.current
        assert first is not None
        fleet.refresh()
        assert fleet.current is first
        os.kill(first.pid, signal.SIGKILL)
        eventually(lambda: keeper.poll(0.05) or not first.alive)
        fleet.refresh()
        assert fleet.current is not first
        assert fleet.current is not None
        assert serves(fleet.current)
        assert fleet.relaunches == 1


def test_a_target_that_no_longer_listens_is_launched_again(keeper: Keeper) -> None:
    """It lives, but serves nobody."""
    fleet = SharedFleet(Launcher(TargetSpec(command=rough(ONCE + "\nlistener.close()\n"
                        "time.sleep(600)")), keeper))  # fmt: skip
    with contextlib.closing(fleet):
        fleet.refresh()
        first = fleet.current
        assert first is not None
        assert serves(first)
        eventually(lambda: not first.listens())
        fleet.refresh()
        assert fleet.current is not first
        assert gone(first.pid)


# --- the system's sockets -----------------------------------------------------------------------


@pytest.fixture(params=["sock_diag", "psutil"])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to ask the system."""
    if request.param == "psutil":

        def unavailable(*states: int, **_: object) -> list[sock_diag.Entry]:
            raise sock_diag.Unavailable

        monkeypatch.setattr(sock_diag, "in_state", unavailable)
    return str(request.param)


@pytest.mark.usefixtures("source")
def test_listeners_of_a_process() -> None:
    """Of both families, sorted by port; nothing of another process."""
    me = [os.getpid()]
    before = sockets.listeners(me)
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(socket.create_server(("127.0.0.1", 0)))]
        if HAS_IPV6:
            opened.append(
                stack.enter_context(socket.create_server(("::1", 0), family=socket.AF_INET6))
            )
        expected = {server.getsockname()[:2] for server in opened}
        found = sockets.listeners(me)
        assert set(found) - set(before) == expected
        assert [port for _, port in found] == sorted(port for _, port in found)
        assert not expected & set(sockets.listeners([os.getppid()]))
    assert sockets.listeners(me) == before
    assert sockets.listeners([]) == []


@pytest.mark.skipif(not HAS_IPV6, reason="this machine has no IPv6")
@pytest.mark.usefixtures("source")
def test_a_mapped_address(launch: Launch) -> None:
    """::ffff:127.0.0.1 is loopback, and reached by IPv4."""
    listen = "listener = socket.socket(socket.AF_INET6)\n"
    listen += "listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)\n"
    listen += "listener.bind(('::ffff:127.0.0.1', port)); listener.listen()"
    instance = launch(*rough(listen=listen))
    assert instance.address[0] == "127.0.0.1"
    assert serves(instance)


@pytest.mark.usefixtures("source")
def test_close_wait() -> None:
    """Seen when the peer has closed and we have not; by process, and in the whole system."""
    me = [os.getpid()]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, peer = listener.accept()
        port = listener.getsockname()[1]
        with server:
            assert not sockets.in_close_wait(me, port, peer[1])
            client.close()
            eventually(lambda: sockets.in_close_wait(me, port, peer[1]))
            assert sockets.in_close_wait(None, port, peer[1])
            assert not sockets.in_close_wait([os.getppid()], port, peer[1])
            assert not sockets.in_close_wait(me, port, peer[1] + 1)
        eventually(lambda: not sockets.in_close_wait(None, port, peer[1]))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the limit of a backlog")
@pytest.mark.parametrize("told", [0, 1, 5])
def test_the_backlog_of_a_listener(told: int) -> None:
    """One more than listen(2) was told: so many connections are established unaccepted."""
    with socket.create_server(("127.0.0.1", 0), backlog=told) as server:
        address = server.getsockname()
        limit = told + 1
        assert sockets.queues(address[1]) == (0, limit, 1)
        with contextlib.ExitStack() as stack:
            for _ in range(limit):
                stack.enter_context(socket.create_connection(address, timeout=5.0))
            assert sockets.queues(address[1]) == (limit, limit, 1)
            one_more = stack.enter_context(socket.socket())
            one_more.setblocking(False)
            one_more.connect_ex(address)
            assert not select.select([], [one_more], [], 0.2)[1]
    assert sockets.queues(address[1]) is None


@pytest.mark.usefixtures("source")
def test_who_holds_a_port() -> None:
    """The command and the process id; None when nobody does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        holder = sockets.holder_of(port)
        assert holder is not None
        assert f"(pid {os.getpid()})" in holder
    assert sockets.holder_of(port) is None


def test_both_ways_agree(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    """What sock_diag tells of a server is what psutil tells."""
    instance = launch(*rough())
    try:
        quick = sock_diag.in_state(sock_diag.LISTEN)
    except sock_diag.Unavailable:
        pytest.skip("the system has no sock_diag")
    assert instance.address in {(entry.host, entry.port) for entry in quick}
    assert sockets.listeners([instance.pid]) == [instance.address]
    assert sockets._by_psutil([instance.pid], sock_diag.LISTEN) == [(*instance.address, 0)]


def test_a_process_that_is_gone_has_nothing() -> None:
    """No error, whoever is asked about."""
    with subprocess.Popen([sys.executable, "-S", "-c", ""]) as process:
        process.wait()
    assert proc.inodes_of(process.pid) == set()
    assert sockets._by_psutil([process.pid], sock_diag.LISTEN) == []
    assert tree.thread_states(process.pid) == []
    assert tree.is_stopped(process.pid)
    assert tree.children(process.pid) == []
    assert tree.marked(process.pid, "PATH") is None
    assert tree.cpu_of([process.pid]) == 0.0
    assert tree.Usage([process.pid]).processes == 0


def test_a_zombie_is_counted_apart() -> None:
    """It holds nothing any more but its place."""
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    try:
        eventually(lambda: tree.is_zombie(process.pid))
        usage = tree.Usage([process.pid, os.getpid()])
        assert (usage.zombies, usage.processes) == (1, 1)
        assert tree.is_stopped(process.pid)
    finally:
        process.wait()


def test_time_is_kept_by_the_launch(launch: Launch) -> None:
    """The time until it listened is that of the launch, not more than has passed."""
    before = time.monotonic()
    instance = launch(*rough())
    assert instance.ready_s is not None
    assert instance.ready_s <= time.monotonic() - before


def test_the_plain_end_of_a_session_is_no_death(keeper: Keeper) -> None:
    """A server that lives on after its clients is alive, and what it served is closed."""
    fleet = SharedFleet(Launcher(TargetSpec(command=rough()), keeper))
    with contextlib.closing(fleet):
        fleet.refresh()
        trace = perform(in_turn(SESSION, (Connect(), Close())), fleet, Manner(patience=10.0))
        assert trace.deaths == ()
        assert fleet.current is not None
        assert fleet.current.alive


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sock_diag(7) is Linux's")
@pytest.mark.parametrize(
    ("family", "listens_on", "connects_to"),
    [
        (socket.AF_INET, "127.0.0.1", "127.0.0.1"),
        (socket.AF_INET6, "::1", "::1"),
        (socket.AF_INET6, "::", "127.0.0.1"),
    ],
)
def test_what_a_server_has_not_read_yet(
    family: socket.AddressFamily, listens_on: str, connects_to: str
) -> None:
    """Wherever it waits, in the server's system or the client's; the end counts as one."""
    size = 8 * 1024 * 1024
    dual = listens_on == "::"
    try:
        listener = socket.create_server((listens_on, 0), family=family, dualstack_ipv6=dual)
    except OSError as error:
        pytest.skip(f"this machine has no IPv6: {error}")
    with listener, socket.create_connection((connects_to, listener.getsockname()[1])) as client:
        client.setblocking(False)
        connection, _ = listener.accept()
        with connection:
            sent = client.send(bytes(size))
            client.shutdown(socket.SHUT_WR)
            eventually(lambda: waiting.untaken(client) == sent + 1)
            connection.recv(1000, socket.MSG_WAITALL)
            eventually(lambda: waiting.untaken(client) == sent + 1 - 1000)
            connection.recv(size, socket.MSG_WAITALL)
            eventually(lambda: (waiting.untaken(client) or 0) <= 1)
        client.setblocking(True)
        assert client.recv(1) == b""
        eventually(lambda: waiting.untaken(client) is None)


def test_a_signal_without_a_name(keeper: Keeper) -> None:
    """A real-time signal ends a target like any other, and is told by its number."""
    number = signal.SIGRTMIN + 3
    code = f"serve(lambda c: (c.recv(5), os.kill(os.getpid(), {number})))"
    fleet = SharedFleet(Launcher(TargetSpec(command=rough(code)), keeper))
    with contextlib.closing(fleet):
        fleet.refresh()
        trace = perform(one(Connect(), Send(WORD), AwaitEnd()), fleet, Manner(patience=10.0))
        assert [death.signal for death in trace.deaths] == [str(int(number))]
        assert str(keeper.exits[1]) == f"signal {int(number)}"


@pytest.mark.parametrize(
    "error", [FileNotFoundError(2, "gone"), IndexError(), psutil.AccessDenied(1)]
)
def test_whatever_the_system_says_of_a_process_that_ends(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may end between two looks: then it holds nothing, and nothing is wrong with us."""

    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(psutil, "Process", fail)
    me = os.getpid()
    assert not tree.is_zombie(me)
    assert tree.descends(me, me)
    monkeypatch.setattr(tree, "content", fail)
    monkeypatch.setattr(tree, "of_threads", fail)
    assert tree.Usage([me]).processes == 0
    assert tree.cpu_of([me]) == 0.0
    assert tree.thread_states(me) == []
    assert tree.children(me) == []


def test_a_filter_is_told_how_it_can_be_launched(keeper: Keeper) -> None:
    """As cat is: it reads its standard input to the end, and ends."""
    assert "--launch inetd" in problem(keeper, "cat").advice
    assert "--launch" not in problem(keeper, "false").advice
    given = problem(keeper, "cat", launch=LaunchStyle.INETD_WAIT).advice
    assert "accept() on its standard input" in given and "--launch inetd " in given


DATAGRAMS = "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0)); "


@pytest.mark.parametrize("mistake", ["s.listen()", "s.accept()"])
def test_who_listens_for_streams_with_a_socket_of_datagrams_is_told(
    keeper: Keeper, mistake: str
) -> None:
    """SOCK_DGRAM by mistake, or listen(): what each of TCP and UDP needs."""
    command = (sys.executable, "-I", "-S", "-c", f"import socket; {DATAGRAMS}{mistake}")
    found = problem(keeper, *command)
    assert "Operation not supported" in found.message
    assert "SOCK_STREAM" in found.advice
    assert "recvfrom()" in found.advice


def test_a_keeper_knows_which_launches_live(keeper: Keeper) -> None:
    """So that a thousand earlier ones cost nothing when somebody asks whose a process is."""
    lives = keeper.launch(["/bin/sleep", "60"], {}, None)
    for _ in range(3):
        ends = keeper.launch(["/bin/true"], {}, None)
        eventually(lambda ident=ends: [keeper.poll(0.01), ident in keeper.exits][1])  # type: ignore[misc]
    assert keeper.living == {keeper.pids[lives]}
    os.kill(keeper.pids[lives], signal.SIGKILL)
    eventually(lambda: [keeper.poll(0.01), lives in keeper.exits][1])
    assert keeper.living == set()
