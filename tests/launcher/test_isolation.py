"""Instances in networks of their own: the same port many times, every lever, and nothing left."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.driver import Manner, perform
from harness.errors import MachineProblem
from harness.launcher import namespaces
from harness.launcher.instance import Instance
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.launcher.network import NoIsolation
from harness.launcher.oneshot import OneShotFleet
from harness.launcher.shared import SharedFleet
from harness.system import lingering
from harness.values.plan import (
    AwaitEcho,
    AwaitEnd,
    AwaitExit,
    AwaitRelease,
    Connect,
    HalfClose,
    Literal,
    Measure,
    PauseTarget,
    Plain,
    ReadUntilTaken,
    ResumeTarget,
    Send,
    StartReading,
    StopReading,
    one,
    side_by_side,
)
from harness.values.target import TargetSpec
from tests.support.rough import rough
from tests.support.serving import eventually

PORT = 7007
FIXED = f'listener = socket.create_server(("127.0.0.1", {PORT}), backlog=128)'
ONCE = "connection, _ = listener.accept()\nwith connection: echo(connection)"
NO_REUSE = f'listener = socket.socket()\nlistener.bind(("127.0.0.1", {PORT}))\nlistener.listen(128)'
EXCHANGE = (Connect(), Send(Literal(b"from inside")), HalfClose(), AwaitEnd())


@pytest.fixture
def isolated() -> Iterator[Keeper]:
    """A keeper whose launches have networks of their own; skips where there can be none."""
    try:
        made = Keeper(isolated=True)
    except NoIsolation as error:
        pytest.skip(str(error))
    with contextlib.closing(made):
        yield made


def launcher(keeper: Keeper, code: str = "serve()", listen: str = FIXED) -> Launcher:
    return Launcher(TargetSpec(command=rough(code, listen=listen)), keeper)


def network_of(pid: int) -> str:
    return os.readlink(f"/proc/{pid}/ns/net")


def in_use(network: str) -> bool:
    """Whether any process of this machine is in ``network``, or has it open."""
    for process in psutil.pids():
        with contextlib.suppress(OSError):
            if network_of(process) == network:
                return True
            for entry in Path(f"/proc/{process}/fd").iterdir():
                with contextlib.suppress(OSError):
                    if os.readlink(entry) == network:
                        return True
    return False


def echoes(instance: Instance) -> bool:
    with instance.make_socket(socket.AF_INET) as client:
        client.setblocking(True)
        client.settimeout(10)
        client.connect(instance.address)
        client.sendall(b"x")
        return client.recv(1) == b"x"


def test_many_instances_have_one_port_at_once(isolated: Keeper) -> None:
    """Each is found on it, and each answers its own clients."""
    instances = [launcher(isolated).launch() for _ in range(3)]
    assert {instance.address for instance in instances} == {("127.0.0.1", PORT)}
    assert len({network_of(instance.pid) for instance in instances}) == 3
    assert all(echoes(instance) for instance in instances)


def test_nobody_outside_reaches_it(isolated: Keeper) -> None:
    """Its port is free in our own network, and what listens there is not the target."""
    instance = launcher(isolated).launch()
    with socket.socket() as outside:
        outside.settimeout(5)
        assert outside.connect_ex(instance.address) == errno.ECONNREFUSED
    assert echoes(instance)


def test_it_is_the_same_world_but_for_the_network(isolated: Keeper, tmp_path: Path) -> None:
    """User, group, folder and environment are those of any target."""
    look = f"print(os.getuid(), os.getgid(), os.getcwd(), os.environ['WORD'], flush=True)\n{FIXED}"
    spec = TargetSpec(command=rough(listen=look), cwd=str(tmp_path), env=(("WORD", "mine"),))
    instance = Launcher(spec, isolated).launch()
    assert instance.output() == f"{os.getuid()} {os.getgid()} {tmp_path} mine"


def test_clients_have_many_ports_and_never_that_of_the_target(isolated: Keeper) -> None:
    """A client in TIME_WAIT must not keep the next instance from its port."""
    listen = (
        "for name in ('range', 'reserved_ports'):\n"
        "    name = name.replace('range', 'port_range')\n"
        "    print(open('/proc/sys/net/ipv4/ip_local_' + name).read().split(), flush=True)\n"
        + FIXED
    )
    with contextlib.closing(SharedFleet(launcher(isolated, listen=listen))) as fleet:
        fleet.acquire()
        fleet.discard()  # from here on the port is known
        ports, reserved = fleet.acquire().output().splitlines()
    if ports != str(namespaces.EPHEMERAL.split()):
        pytest.skip("/proc/sys cannot be written here")
    assert str(PORT) in reserved


def test_more_clients_than_sockets_that_came_at_once(isolated: Keeper) -> None:
    """They come in batches, and never run out."""
    instance = launcher(isolated).launch()
    clients = [instance.make_socket(socket.AF_INET) for _ in range(200)]
    six = [instance.make_socket(socket.AF_INET6) for _ in range(3)]
    assert {client.family for client in clients} == {socket.AF_INET}
    assert {client.family for client in six} == {socket.AF_INET6}
    for client in (*clients, *six):
        client.close()
    assert echoes(instance)


def test_a_network_in_which_nothing_is_left_is_used_again(isolated: Keeper) -> None:
    """Making one costs a millisecond, taking one that is there nothing."""
    with contextlib.closing(SharedFleet(launcher(isolated))) as fleet:
        first = network_of(fleet.acquire().pid)
        fleet.discard()
        again = fleet.acquire()
        assert network_of(again.pid) == first
        assert echoes(again)


def test_what_a_connection_left_on_the_port_is_in_nobodys_way(isolated: Keeper) -> None:
    """A server that closes first and sets no SO_REUSEADDR is launched again at once, elsewhere."""
    closes_first = "connection, _ = listener.accept()\nconnection.close()\nsignal.pause()"
    with contextlib.closing(SharedFleet(launcher(isolated, closes_first, NO_REUSE))) as fleet:
        first = fleet.acquire()
        with first.make_socket(socket.AF_INET) as client:
            client.setblocking(True)
            client.connect(first.address)
            assert client.recv(1) == b""
        eventually(lambda: lingering.left_on(PORT, first.through))
        network = network_of(first.pid)
        fleet.discard()
        assert network_of(fleet.acquire().pid) != network
        assert fleet.launcher.notices == []


def test_a_relaunch_finds_what_the_earlier_instance_left(isolated: Keeper) -> None:
    """launch/restarts asks for the same port in the same network."""
    fleet = SharedFleet(launcher(isolated, listen=NO_REUSE))
    with contextlib.closing(fleet):
        network = network_of(fleet.acquire().pid)
        assert network_of(fleet.relaunch().pid) == network


def test_every_lever_works_inside(isolated: Keeper) -> None:
    """Pauses, measurements, what the target has read, and whether it closes its side."""
    plan = one(
        Connect(),
        PauseTarget(),
        Send(Literal(b"at once"), background=True),
        ResumeTarget(),
        AwaitEcho(),
        StopReading(),
        Send(Plain(0, 6 * 1024 * 1024), background=True),
        HalfClose(background=True),
        ReadUntilTaken(size=1 << 20),
        Measure("held"),
        StartReading(),
        AwaitEnd(),
        AwaitRelease(),
    )
    with contextlib.closing(SharedFleet(launcher(isolated))) as fleet:
        fleet.refresh()
        trace = perform(plan, fleet, Manner(patience=20))
    (seen,) = trace.scripts
    assert trace.unable is None
    assert seen.error is None and seen.stuck is None
    assert seen.echoed == seen.sent == 7 + 6 * 1024 * 1024
    assert seen.released
    assert trace.measurements[0].descriptors > 3


def test_one_shot_instances_overlap_on_one_port(isolated: Keeper) -> None:
    """The next is launched while one is in use, and sessions may run side by side."""
    fleet = OneShotFleet(launcher(isolated, ONCE, NO_REUSE))
    session = (*EXCHANGE, AwaitExit())
    with contextlib.closing(fleet):
        trace = perform(side_by_side(session, session, session), fleet, Manner(patience=20))
        pids = set(isolated.pids.values())
    assert [seen.echoed for seen in trace.scripts] == [11, 11, 11]
    assert len(pids) >= 3


def test_a_keeper_that_is_closed_lets_go_of_its_networks(isolated: Keeper) -> None:
    """No process is in them, and nobody has them open."""
    network = network_of(launcher(isolated).launch().pid)
    assert in_use(network)
    isolated.close()
    eventually(lambda: not in_use(network))


KILLED = """
import sys, time
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.values.target import TargetSpec
keeper = Keeper(isolated=True)
instance = Launcher(TargetSpec(command=tuple(sys.argv[1:])), keeper).launch()
print(instance.pid, flush=True)
time.sleep(600)
"""


def test_nothing_of_a_network_stays_when_the_harness_is_killed(isolated: Keeper) -> None:
    """SIGKILL gives nobody time to tidy up."""
    command = [sys.executable, "-c", KILLED, *rough(listen=FIXED)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as harness:
        assert harness.stdout is not None
        network = network_of(int(harness.stdout.readline()))
        assert in_use(network)
        harness.send_signal(signal.SIGKILL)
    eventually(lambda: not in_use(network), "the network is gone")


def test_another_warden_makes_networks_too(isolated: Keeper) -> None:
    """After the first was killed."""
    launcher(isolated).launch()
    os.kill(isolated.pid, signal.SIGKILL)
    with pytest.raises(MachineProblem):
        eventually(lambda: isolated.poll(0.1) and False)
    assert echoes(launcher(isolated).launch())


ORDINARY = """
import sys
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    ctypes.CDLL(None).prctl(4, 1)  # PR_SET_DUMPABLE, as after exec()
before = os.getuid(), os.getgid()
try:
    made = Namespaces()
except OSError as error:
    print("forbidden", error)
    raise SystemExit
made.enter(1, [7007])
assert (os.getuid(), os.getgid()) == before != (0, 0)
assert len(made.sockets(1, socket.AF_INET, 3)) == 3
with open(SYSCTL + "ipv4/ip_local_port_range") as file:
    print(*file.read().split())
"""


def test_an_ordinary_user_may_have_one() -> None:
    """The user id is its own, inside and out, and settings of the network are its to make."""
    code = Path(namespaces.__file__).read_text() + ORDINARY
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )
    if done.stdout.startswith("forbidden"):
        pytest.skip(done.stdout)
    assert done.stdout.strip() in (namespaces.EPHEMERAL, "32768 60999"), done.stderr


@pytest.mark.parametrize("kind", [OneShotFleet, SharedFleet])
def test_an_instance_that_was_relaunched_leaves_its_network_to_the_next(
    isolated: Keeper, kind: type[OneShotFleet | SharedFleet]
) -> None:
    """When the earlier one is let go, the next one's clients still come in."""
    fleet = kind(launcher(isolated))
    with contextlib.closing(fleet):
        fleet.refresh()
        earlier = fleet.current
        assert earlier is not None
        later = fleet.relaunch()
        earlier.forget()
        assert later.network is earlier.network
        assert later.network is not None and not later.network.left
        assert later.listens()
