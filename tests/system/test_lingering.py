"""What closed connections leave on a port is found and ended, and nobody else is touched."""

from __future__ import annotations

import random
import socket
import struct
import sys
from collections.abc import Iterator

import pytest

from harness.errors import TargetProblem
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.running.fleets import Fleets
from harness.settings.run import Settings
from harness.system import lingering, sock_diag
from harness.system.free_ports import can_bind, free_port
from harness.values.address import TcpAddress
from harness.values.target import TargetSpec
from tests.support.rough import rough

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the harness runs on Linux only"
)
HOST = "127.0.0.1"


@pytest.fixture
def port() -> Iterator[int]:
    """A free port, on which nothing is left afterwards."""
    number = free_port(HOST, random.Random())
    yield number
    assert lingering.free(number)


@pytest.fixture(params=["sock_diag", "psutil"])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to ask the system."""
    if request.param == "psutil":

        def unavailable(*states: int, **_: object) -> list[sock_diag.Entry]:
            raise sock_diag.Unavailable

        monkeypatch.setattr(sock_diag, "in_state", unavailable)


def closed_first(
    port: int,
    times: int = 1,
    *,
    host: str = HOST,
    connects_to: str = HOST,
    client_port: int | None = None,
    reuse: bool = False,
) -> None:
    """Leave ``times`` connections to ``port`` that the server has closed before its client.

    ``reuse``: it sets SO_REUSEADDR.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
        listener.bind((host, port))
        listener.listen(times)
        for _ in range(times):
            client = socket.socket(socket.AF_INET6 if ":" in connects_to else socket.AF_INET)
            with client:
                if client_port is not None:
                    choose_port(client, client_port)
                client.connect((connects_to, port))
                listener.accept()[0].close()
                assert client.recv(1) == b""


def choose_port(client: socket.socket, port: int) -> None:
    """Let connect() take ``port``, also when connections to others have it.  Skips if it cannot."""
    try:
        value = struct.pack("=I", port << 16 | port)
        client.setsockopt(socket.IPPROTO_IP, lingering._LOCAL_PORT_RANGE, value)
    except OSError:
        pytest.skip("needs Linux 6.3")


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize("times", [1, 12])
def test_it_is_found_and_ended(port: int, times: int) -> None:
    """A server without SO_REUSEADDR has its port again at once."""
    closed_first(port, times)
    assert not can_bind(HOST, port)
    assert len(lingering.left_on(port)) == times
    assert port in lingering.ports()
    assert lingering.free(port)
    assert can_bind(HOST, port)
    assert lingering.left_on(port) == []
    assert port not in lingering.ports()


@pytest.mark.parametrize(("host", "connects_to"), [("::1", "::1"), ("::", HOST)])
def test_of_either_family(port: int, host: str, connects_to: str) -> None:
    """Also a client by IPv4 of a server for both."""
    try:
        closed_first(port, host=host, connects_to=connects_to)
    except OSError as error:
        pytest.skip(f"this machine has no IPv6: {error}")
    assert not can_bind(host, port)
    assert lingering.free(port)
    assert can_bind(host, port)


@pytest.mark.usefixtures("source")
def test_who_listens_gets_no_client(port: int) -> None:
    """Who sets SO_REUSEADDR has the port again already, and is not disturbed."""
    closed_first(port, reuse=True)
    with socket.create_server((HOST, port)) as listener:
        assert not lingering.free(port)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert len(lingering.left_on(port)) == 1


def test_a_client_port_that_others_share(port: int) -> None:
    """A port of ours from which a connection to somebody else is in TIME_WAIT is no obstacle."""
    with socket.create_server((HOST, 0)) as other, socket.socket() as client:
        client.connect(other.getsockname())
        shared = client.getsockname()[1]
        client.close()  # first: TIME_WAIT is ours
        other.accept()[0].close()
    with socket.socket() as probe, pytest.raises(OSError, match="in use"):
        probe.bind((HOST, shared))
    closed_first(port, client_port=shared)
    assert lingering.free(port)
    assert can_bind(HOST, port)


def test_where_nothing_is_left_there_is_nothing_to_do(port: int) -> None:
    """And that is told as success."""
    assert lingering.left_on(port) == []
    assert lingering.free(port)


# --- targets ------------------------------------------------------------------------------------


def server(port: int, *, before: str = "") -> tuple[str, ...]:
    """A server without SO_REUSEADDR; ``before`` comes before bind()."""
    listen = f"{before}\nlistener = socket.socket(); listener.bind(('{HOST}', {port}))"
    return rough(listen=f"{listen}\nlistener.listen()")


def test_a_target_that_closed_first_is_launched_again_at_once(keeper: Keeper, port: int) -> None:
    """The user is told why it failed by itself, and what to do; once, however often it happens."""
    launcher = Launcher(TargetSpec(command=server(port)), keeper)
    for _ in range(3):
        launcher.launch().kill()
        closed_first(port)
    (told,) = launcher.notices
    assert told.startswith(f"the server could not start again on port {port}: it had closed a conn")
    assert "set SO_REUSEADDR on the listening socket before bind()" in told
    assert launcher.launches == 4, "the port is freed before each launch once it had to be"


def test_a_target_that_says_nothing_when_it_ends(keeper: Keeper, port: int) -> None:
    """The system's table tells why."""
    code = server(port, before="sys.excepthook = lambda *error: None")
    launcher = Launcher(TargetSpec(command=code, port=port), keeper)
    closed_first(port)
    assert launcher.launch().address == (HOST, port)
    assert len(launcher.notices) == 1


def test_what_an_earlier_run_has_left(keeper: Keeper, port: int) -> None:
    """The first launch fails already: the port stands in the command or in the source."""
    launcher = Launcher(TargetSpec(command=server(port)), keeper)
    closed_first(port)
    assert launcher.launch().address == (HOST, port)
    assert f"port {port}" in launcher.notices[0]


def test_where_the_port_cannot_be_freed_it_is_waited_for(
    keeper: Keeper, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with ``net.ipv4.tcp_rfc1337``: the cause is told, whoever frees it later."""
    real = lingering.free
    answers = iter([lambda port: False])
    monkeypatch.setattr(lingering, "free", lambda port: next(answers, real)(port))
    launcher = Launcher(TargetSpec(command=server(port)), keeper)
    closed_first(port)
    assert launcher.launch().address == (HOST, port)
    (told,) = launcher.notices
    assert "closed a connection before its client did" in told
    assert "wait a minute" in told


def test_restarts_is_judged_as_it_would_be_by_hand(keeper: Keeper, port: int) -> None:
    """Nothing is freed for a launch that is there to see whether it works."""
    launcher = Launcher(TargetSpec(command=server(port)), keeper)
    for _ in range(2):
        launcher.launch().kill()
        closed_first(port)
    before = launcher.notices
    with pytest.raises(TargetProblem, match="before it listened"):
        launcher.launch(TcpAddress(HOST, port), wait_for_address=False)
    assert launcher.notices == before


def test_a_run_leaves_the_port_free(port: int) -> None:
    """Whoever starts the server next, by hand or in another run, gets its port."""
    fleets = Fleets(Settings(target=TargetSpec(command=server(port))))
    fleets.start()
    fleets.close()
    closed_first(port)
    fleets.close()
    assert can_bind(HOST, port)
