"""Instances in networks of their own: the same verdicts, sooner; and as before where that fails."""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from dpkt import pcap
from dpkt.ethernet import Ethernet
from dpkt.tcp import TH_SYN

from harness.launcher.keeper import Keeper
from harness.launcher.network import NoIsolation
from tests.main.conftest import Check, Script
from tests.main.running import GOOD, Ran, python, run
from tests.main.test_textbook import TEXTBOOK, UNHURRIED, a_copy

ALL = "--fuzz", "8", *UNHURRIED
SOME = ("--only", "launch", "--only", "shutdown", "--only", "chunking", *ALL)
GOOD_ONES = tuple(GOOD / f"{name}.py" for name in ("oneshot_tutorial", "sequential_tutorial"))
BROKEN = tuple(TEXTBOOK[f"textbook_{name}"].path for name in ("recv_once", "short_read_next"))
OTHERS = tuple(
    TEXTBOOK[f"textbook_{name}"].path
    for name in ("break_after_first", "closes_listener", "decodes", "reset_ends_it", "strip")
)
FORBIDS = (
    "echo 0 > /proc/sys/user/max_net_namespaces && echo 0 > /proc/sys/user/max_user_namespaces "
    '&& exec "$@"'
)


@pytest.fixture(scope="module", autouse=True)
def _isolation() -> None:
    """Skips where the system allows none."""
    try:
        Keeper(isolated=True).close()
    except NoIsolation as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def forbidden() -> list[str]:
    """Words before a command for which no namespace can be made."""
    prefix = ["unshare", "--user", "--map-root-user", "sh", "-c", FORBIDS, "sh"]
    try:
        subprocess.run([*prefix, "true"], check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"nothing can be forbidden here: {error}")
    return prefix


def statuses(ran: Ran) -> dict[str, str]:
    return {c["id"]: c["status"] for c in ran.whole["checks"]}


def the_same_with_and_without(
    check: Check, server: Path, options: Sequence[str], *modes: str
) -> None:
    words = [*options, *python(server)]
    without = check("--isolate", "never", *words)
    assert "isolated" not in without.whole["target"]
    for mode in modes:
        ran = check("--isolate", mode, *words)
        assert ran.left == []
        assert ran.whole["target"]["isolated"], ran.said
        assert "isolated" in ran.out
        assert statuses(ran) == statuses(without)
        assert ran.code == without.code


@pytest.mark.slow
@pytest.mark.parametrize("path", [GOOD_ONES[0], BROKEN[1]], ids=lambda path: path.stem)
def test_checks_end_the_same(check: Check, path: Path, tmp_path: Path) -> None:
    """With networks of their own, where they help, and without."""
    the_same_with_and_without(check, a_copy(path, tmp_path), SOME, "auto")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", [*GOOD_ONES, *BROKEN, *OTHERS], ids=lambda path: path.stem)
def test_every_check_ends_the_same(check: Check, path: Path, tmp_path: Path) -> None:
    """The whole contract, each way."""
    the_same_with_and_without(check, a_copy(path, tmp_path), ALL, "auto", "always")


def test_always_isolates_who_needs_it_not(check_here: Check) -> None:
    """A server with a port of its choice conforms in networks of its own, too."""
    ran = check_here("--isolate", "always", *SOME, *python(GOOD / "threaded.py"))
    assert (ran.code, ran.ids("failed", "inconclusive", "flaky")) == (0, set()), ran.said
    assert ran.whole["target"]["isolated"]


def test_auto_isolates_nobody_who_needs_it_not(check_here: Check) -> None:
    """Who takes the port that it is offered runs as always."""
    ran = check_here("--only", "identity", *python(GOOD / "oneshot_port.py"))
    assert ran.code == 0
    assert "isolated" not in ran.whole["target"]


def test_where_namespaces_are_forbidden_the_run_goes_on(
    check: Check, forbidden: list[str], tmp_path: Path
) -> None:
    """As it would without; nobody is told but who asks with -v."""
    server = python(a_copy(GOOD_ONES[0], tmp_path))
    ran = check("-v", "--only", "identity", *server, prefix=forbidden)
    assert ran.code == 0, ran.said
    assert "isolated" not in ran.whole["target"]
    assert "unshare" in ran.whole["target"]["not_isolated"]
    assert ran.whole["notices"] == []
    assert "one after another" in ran.said


def test_the_reference_conforms_where_namespaces_are_forbidden(
    check: Check, forbidden: list[str]
) -> None:
    """The first command of the README."""
    assert check("--fuzz", "8", *UNHURRIED, prefix=forbidden).code == 0


def test_always_says_that_namespaces_are_forbidden(check: Check, forbidden: list[str]) -> None:
    """It is the machine's lack, and nobody is judged."""
    ran = check("--isolate", "always", *python(GOOD / "threaded.py"), prefix=forbidden)
    assert ran.code == 4
    assert ran.whole["problem"]["whose"] == "machine"
    assert "allows no network" in ran.said


OUTWARD = """
import socket
socket.create_connection(("127.0.0.1", {outside}), timeout=5).close()
with socket.create_server(("127.0.0.1", {port})) as listener:
    while True:
        connection, _ = listener.accept()
        with connection:
            while data := connection.recv(1024):
                connection.sendall(data)
"""


@pytest.fixture
def outward(script: Script, stranger: socket.socket) -> list[str]:
    """A server with a port of its own that needs somebody outside of its network."""
    port = random.Random().randint(10_000, 31_000)
    return script(OUTWARD.format(outside=stranger.getsockname()[1], port=port))


def test_who_needs_the_world_outside_is_judged_without(
    check_here: Check, outward: list[str]
) -> None:
    """Which is said once."""
    ran = check_here("--only", "identity", *outward)
    assert (ran.code, ran.ids("failed", "inconclusive")) == (0, set()), ran.said
    assert "isolated" not in ran.whole["target"]
    assert len(ran.whole["notices"]) == 1
    assert "network of its own" in ran.whole["notices"][0]


def test_always_says_that_it_does_not_come_up(check_here: Check, outward: list[str]) -> None:
    """As an error of the target."""
    ran = check_here("--isolate", "always", "--only", "identity", *outward)
    assert ran.code == 3
    assert "refused" in ran.said


def test_a_server_that_runs_already_cannot_be_isolated(check_here: Check) -> None:
    """It is where it is."""
    ran = check_here("--isolate", "always", "--connect", "127.0.0.1:7")
    assert ran.code == 2
    assert "isolate" in ran.err


def test_the_command_that_repeats_a_check_isolates_too(check_here: Check, tmp_path: Path) -> None:
    server = a_copy(BROKEN[0], tmp_path)
    ran = check_here("--isolate", "always", "--only", "chunking/cumulative", *python(server))
    assert ran.code == 1
    assert "--isolate always" in ran.check("chunking/cumulative")["repeat"]


# --- captures -----------------------------------------------------------------------------------

CAPTURED = ("--only", "chunking/cumulative", "--only", "identity/hello")


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A run in which one of two checks fails."""
    folder = tmp_path_factory.mktemp("captured")
    server = python(a_copy(BROKEN[0], folder))
    ran = run(folder, "--isolate", "always", "--pcap", str(folder / "seen"), *CAPTURED, *server)
    assert ran.ids("failed") == {"chunking/cumulative"}
    return ran


def test_each_failed_check_comes_with_a_capture(captured: Ran) -> None:
    """Of its repetition: packets of a whole connection, with what the client sent in them."""
    path = Path(captured.check("chunking/cumulative")["capture"])
    assert [*path.parent.iterdir()] == [path]
    assert path.name in captured.out
    assert captured.check("identity/hello").get("capture") is None
    with path.open("rb") as file:
        segments = [Ethernet(packet).data.data for _, packet in pcap.Reader(file)]
    port = int(captured.whole["target"]["address"].rpartition(":")[2])
    assert any(segment.flags & TH_SYN and segment.dport == port for segment in segments)
    assert any(segment.data and segment.sport == port for segment in segments)


def test_wireshark_reads_a_capture(captured: Ran) -> None:
    """It knows the packets for TCP."""
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    path = captured.check("chunking/cumulative")["capture"]
    words = ["tshark", "-n", "-r", path, "-T", "fields", "-e", "ip.src", "-e", "tcp.flags.syn"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "127.0.0.1\t1" in done.stdout.replace("True", "1")


def test_without_a_network_of_its_own_nothing_is_captured(
    check_here: Check, tmp_path: Path
) -> None:
    """Which is said."""
    ran = check_here("--pcap", str(tmp_path / "seen"), "--only", "identity/hello")
    assert ran.code == 0
    assert "--isolate always gives it one" in " ".join(ran.whole["notices"])
    assert [*(tmp_path / "seen").iterdir()] == []


def test_a_folder_for_captures_that_cannot_be_is_an_error(
    check_here: Check, tmp_path: Path
) -> None:
    """Told before anything is launched."""
    (tmp_path / "file").write_text("")
    ran = check_here("--pcap", str(tmp_path / "file" / "seen"), "--only", "identity/hello")
    assert ran.code == 2
    assert "--pcap" in ran.err
