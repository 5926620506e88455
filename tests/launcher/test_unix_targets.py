"""Targets on Unix stream sockets: found, offered a path, started again, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from harness.driver import Manner, perform
from harness.errors import MachineProblem, TargetProblem
from harness.launcher import socket_files
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.launcher.network import NoIsolation
from harness.launcher.remote import RemoteFleet
from harness.launcher.shared import SharedFleet
from harness.values.address import LONGEST_PATH, Address, Transport, UnixAddress
from harness.values.plan import AwaitEcho, AwaitEnd, Connect, HalfClose, Literal, Send, one
from harness.values.target import TargetSpec
from tests.support.rough import LISTEN, ROUGH, Launch
from tests.support.serving import eventually

WORD = Literal(b"hello")
SESSION = one(Connect(), Send(WORD), AwaitEcho(), HalfClose(), AwaitEnd())
TAKES = "listener = socket.socket(socket.AF_UNIX); listener.bind({}); listener.listen()"
OFFERED = TAKES.format("os.environ['SOCKET_PATH']")
UNIX = Transport.UNIX


def rough(code: str = "serve()", *, listen: str) -> tuple[str, ...]:
    """As `tests.support.rough.rough`, without a port: none is offered for a Unix socket."""
    return (sys.executable, "-S", "-c", f"{ROUGH}{listen}\n{code}")


def serves(address: Address) -> bool:
    fleet = RemoteFleet(TargetSpec(connect=address))
    return perform(SESSION, fleet, Manner(patience=10.0)).scripts[0].echoed == 5


def test_the_offered_path(keeper: Keeper, launch: Launch) -> None:
    """It is in SOCKET_PATH, in a folder that is gone with whoever launched the target."""
    instance = launch(*rough(listen=OFFERED))
    assert instance.address == UnixAddress(instance.offer.path)
    assert serves(instance.address)
    folder = Path(instance.offer.path).parent
    assert folder.is_dir()
    keeper.close()
    assert not folder.exists()


def test_the_folder_is_gone_when_only_the_warden_is_left(launch: Launch) -> None:
    """As after a kill of the harness: whoever ends the targets removes what they leave."""
    instance = launch(*rough(listen=OFFERED))
    folder = Path(instance.offer.path).parent
    instance.keeper.dismiss()
    eventually(lambda: not folder.exists())


@pytest.mark.parametrize("transport", [None, UNIX])
def test_a_placeholder(launch: Launch, transport: Transport | None) -> None:
    """The path stands in the command line."""
    command = (*rough(listen=TAKES.format("sys.argv[1]")), "{path}")
    instance = launch(*command, transport=transport)
    assert instance.address == UnixAddress(instance.offer.path)
    assert instance.took_offer


@pytest.mark.parametrize("name", ["plain.sock", "@echo-abstract", "relative"])
def test_a_path_of_its_own(launch: Launch, tmp_path: Path, name: str) -> None:
    """Found among the sockets of its processes, whatever kind of name it is."""
    own = {"@echo-abstract": f"@echo-{os.getpid()}", "relative": "own.sock"}
    path = own.get(name, str(tmp_path / name))
    bound = repr("\0" + path[1:] if path.startswith("@") else path)
    instance = launch(*rough(listen=TAKES.format(bound)), cwd=str(tmp_path), transport=UNIX)
    expected = str(tmp_path / path) if name == "relative" else path
    assert instance.address == UnixAddress(expected)
    assert serves(instance.address)


def test_a_relative_path_in_a_deep_folder(launch: Launch, tmp_path: Path) -> None:
    """Its absolute path is longer than a client may name, and it is reached all the same."""
    deep = tmp_path / ("d" * LONGEST_PATH)
    deep.mkdir()
    listen = TAKES.format("'deep.sock'")
    instance = launch(*rough(listen=listen), cwd=str(deep), transport=UNIX)
    assert serves(instance.address)


def test_what_an_instance_leaves_is_in_nobodys_way(keeper: Keeper, tmp_path: Path) -> None:
    """A server that does not remove its file starts again for the harness, and the file is gone at
    the end; but not where the question is whether it starts again."""
    path = str(tmp_path / "s")
    spec = TargetSpec(command=rough(listen=TAKES.format(repr(path))), transport=UNIX)
    launcher = Launcher(spec, keeper)
    fleet = SharedFleet(launcher)
    fleet.refresh()
    fleet.discard()
    assert Path(path).exists()
    fleet.refresh()
    assert fleet.current is not None
    assert serves(fleet.current.address)
    assert not launcher.may_overlap
    with pytest.raises(TargetProblem, match=f"the path {path} exists"):
        fleet.relaunch()
    fleet.close()
    launcher.free_port()
    assert not Path(path).exists()


def test_a_socket_of_somebody_else_is_left_alone(keeper: Keeper, tmp_path: Path) -> None:
    """What stands there by now is not what the instance made."""
    path = str(tmp_path / "s")
    spec = TargetSpec(command=rough(listen=TAKES.format(repr(path))), transport=UNIX)
    launcher = Launcher(spec, keeper)
    launcher.launch().kill()
    os.unlink(path)
    with socket.socket(socket.AF_UNIX) as another:
        another.bind(path)
        launcher.free_port()
        assert Path(path).exists()


def test_a_path_that_exists(keeper: Keeper, tmp_path: Path) -> None:
    """The problem says what stands there: a socket that is dead, one that is held, or a file."""
    path = tmp_path / "s.sock"
    command = rough(listen=TAKES.format(repr(str(path))))
    for kind in ("exists: a socket on which nobody listens", "is held by", "is no socket"):
        with socket.socket(socket.AF_UNIX) as stands_there:
            if kind == "is no socket":
                path.touch()
            else:
                stands_there.bind(str(path))
            if kind == "is held by":
                stands_there.listen()
            with pytest.raises(TargetProblem) as raised:
                Launcher(TargetSpec(command=command), keeper).launch()
        path.unlink()
        assert kind in raised.value.message
        assert str(path) in raised.value.message
        assert raised.value.advice


def test_what_it_speaks_instead(keeper: Keeper) -> None:
    """A transport that was asked for and does not come: one line names what there is."""
    for asked, listen, said in (
        (Transport.TCP, OFFERED, r"on any TCP port .* bound to the Unix socket /\S+\.sock\."),
        (UNIX, "listener = socket.create_server(('', 0))", r"on any Unix socket .* TCP \d+\."),
    ):
        env = (("SOCKET_PATH", f"/tmp/echo-test-{os.getpid()}.sock"),)
        spec = TargetSpec(
            command=rough("time.sleep(600)", listen=listen),
            transport=asked,
            start_timeout=0.7,
            env=env,
        )
        try:
            with pytest.raises(TargetProblem, match=said) as raised:
                Launcher(spec, keeper).launch()
        finally:
            Path(env[0][1]).unlink(missing_ok=True)
        assert "--transport" in raised.value.advice
        assert raised.value.message.count("\n") == 0


def test_a_unix_socket_of_datagrams_is_named_as_such(keeper: Keeper, tmp_path: Path) -> None:
    """Nothing is tested there; what is tested is named, and the file of the socket is removed."""
    path = tmp_path / "here.sock"
    bind = f"s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind({str(path)!r})"
    spec = TargetSpec(command=rough("time.sleep(600)", listen=bind), start_timeout=0.7)
    launcher = Launcher(spec, keeper)
    with pytest.raises(TargetProblem, match=f"the Unix datagram socket {path}") as raised:
        launcher.launch()
    assert "SOCK_STREAM" in raised.value.advice and "UDP" in raised.value.advice
    launcher.left.remove()
    assert not path.exists()


def test_nobody_answers_at_a_path(tmp_path: Path) -> None:
    """With --connect; the reason is the system's."""
    spec = TargetSpec(connect=UnixAddress(str(tmp_path / "none")), start_timeout=0.1)
    with pytest.raises(TargetProblem, match=r"within 0\.1 s: No such file"):
        RemoteFleet(spec).start()


def test_what_is_at_a_path_where_nobody_answers(tmp_path: Path) -> None:
    """A file that is no socket, or a socket that a server has left: the system refuses both."""
    file, left = tmp_path / "file", tmp_path / "left"
    file.touch()
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(left))
    for path, why in ((file, "there is a file, which is no socket"), (left, "nobody listens on")):
        spec = TargetSpec(connect=UnixAddress(str(path)), start_timeout=0.1)
        with pytest.raises(TargetProblem, match=why):
            RemoteFleet(spec).start()


def test_a_server_that_runs_is_watched(tmp_path: Path) -> None:
    """Its processes are found by its socket."""
    path = str(tmp_path / "s")
    with subprocess.Popen(rough(listen=TAKES.format(repr(path)))) as process:
        try:
            fleet = RemoteFleet(TargetSpec(connect=UnixAddress(path)))
            fleet.start()
            assert fleet.watched is not None
            assert fleet.watched.members() == [process.pid]
            assert fleet.backlog(None).has_room()
        finally:
            process.terminate()


def test_no_folder_for_a_path(
    keeper: Keeper, launch: Launch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that must have one cannot be tested here; another is launched without."""
    monkeypatch.setattr(socket_files, "ROOMS", ())
    monkeypatch.setenv("TMPDIR", str(tmp_path / ("d" * LONGEST_PATH)))
    with pytest.raises(MachineProblem, match="no folder can be made"):
        Launcher(TargetSpec(command=("server", "{path}")), keeper).launch()
    listen = LISTEN.replace("port", "0 if 'SOCKET_PATH' not in os.environ else -1")
    instance = launch(*rough(listen=listen))
    assert serves(instance.address)


def test_in_a_network_of_its_own(tmp_path: Path) -> None:
    """A path is not the network's: the file of an instance that runs stays."""
    try:
        isolated = Keeper(isolated=True)
    except NoIsolation as error:
        pytest.skip(str(error))
    with contextlib.closing(isolated):
        launcher = Launcher(TargetSpec(command=rough(listen=OFFERED)), isolated)
        first, second = launcher.launch(), launcher.launch()
        for instance in (first, second):
            fleet = SharedFleet.around(launcher, instance)
            assert perform(SESSION, fleet, Manner(patience=10.0)).scripts[0].echoed == 5
