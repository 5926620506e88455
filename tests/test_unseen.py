"""The unseen servers describe themselves correctly, and those in C compile."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from harness.contract.catalogue import CHECKS, FUZZ
from harness.diagnosis.catalogue import CAUSES
from harness.values.address import LaunchStyle, Transport
from tests import good, unseen, zoo
from tests.servers import CFLAGS

SERVERS = unseen.servers()
BY_FOLDER = {
    folder: [server for server in SERVERS if server.folder == folder] for folder in unseen.FOLDERS
}
C_FILES = [str(server.path) for server in SERVERS if server.path.suffix == ".c"]

BUGS = {
    **dict.fromkeys(unseen.BROKEN, (1, 1)),
    **dict.fromkeys(("sixth", "seventh", "eighth"), (1, 2)),
    "several": (2, 3),
    **dict.fromkeys(unseen.GOOD, (0, 0)),
}
"""How many bugs a server of a folder names, at least and at most."""
HEAD = """/* Bug: it is mute,
 *     for ever.
 * Cause: single-read
 * Also: not-flushed, slow-each-time
 * Caught by: identity/hello, chunking/prompt
 * Profile: sequential
 * Port: 21999
 */
"""
DOC = HEAD.replace(" */", '"""').replace("/* ", '"""').replace(" * ", "")
LINES = "#!/bin/sh\n" + HEAD.replace(" */\n", "").replace("/* ", "# ").replace(" * ", "# ")


def test_there_are_enough() -> None:
    """At least 75 with one bug, 18 with several, 12 with none; a fifth of those that listen on
    TCP has a port of its own."""
    counts = {folder: len(found) for folder, found in BY_FOLDER.items()}
    assert counts["broken"] >= 75
    assert counts["several"] >= 18
    assert counts["good"] >= 12
    tcp = [s for s in SERVERS if (s.transport, s.launch) == (Transport.TCP, LaunchStyle.LISTEN)]
    assert 5 * sum(server.port is not None for server in tcp) >= len(tcp)


def test_languages() -> None:
    """Each language has its part of those with one bug."""
    found = Counter(server.path.suffix for server in BY_FOLDER["broken"])
    least = {".py": 25, ".c": 14, ".js": 14, ".go": 12, ".java": 3, ".rs": 3, ".pl": 2, ".sh": 1}
    assert {suffix: found[suffix] for suffix in least if found[suffix] < least[suffix]} == {}


def test_names_and_ports_are_unique() -> None:
    """A name stands for one server, in the zoo and among the good ones too; so does a port."""
    names = [s.name for s in chain(SERVERS, zoo.inhabitants(), good.servers())]
    ports = [server.port for server in SERVERS if server.port is not None]
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert [port for port, times in Counter(ports).items() if times > 1] == []


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: f"{server.folder}-{server.name}")
def test_description_fits(server: unseen.Unseen) -> None:
    """Its causes are in the list, its checks in the catalogue, and its port in the source."""
    assert {*chain(*server.bugs), *server.also, *server.beside} - {unseen.NAMELESS} <= CAUSES.keys()
    assert {*server.caught_by} <= {check.id for check in (*CHECKS, FUZZ)}
    low, high = BUGS[server.folder]
    assert low <= len(set(server.causes)) == len(server.causes) <= high
    source = server.path.read_text(encoding="utf-8")
    assert source.count(place_of(server)) > 1
    assert server.port is None or server.port < 30000


def place_of(server: unseen.Unseen) -> str:
    """The word by which its source finds its place; empty where it is given one."""
    if server.port is not None:
        return str(server.port)
    if server.launch is not LaunchStyle.LISTEN:
        return ""
    return "SOCKET_PATH" if server.transport is Transport.UNIX else "PORT"


def test_other_transports() -> None:
    """At least 18 broken and 5 correct ones of datagrams; Unix and each way to launch is there."""
    broken, correct = (
        Counter((server.transport, server.launch) for server in BY_FOLDER[folder])
        for folder in ("datagrams", "datagrams_good")
    )
    assert broken["udp", "listen"] >= 18
    assert correct["udp", "listen"] >= 5
    assert min(broken["unix", "listen"], broken["tcp", "inetd"]) >= 4
    assert {*LaunchStyle} == {launch for _, launch in (*broken, *correct)}


def test_how_it_is_reached() -> None:
    """The transport and the way to be launched become options where they are not the usual ones."""
    known = {server.name: unseen.options(server)[2:] for server in BY_FOLDER["datagrams"]}
    assert known["two_lists"] == ["--transport", "udp"]
    assert known["line_handler"] == ["--transport", "unix"]
    assert known["stdio_filter"] == ["--launch", "inetd"]


@pytest.mark.parametrize(
    ("file", "text"), [("mute.c", HEAD), ("mute.py", DOC), ("mute.sh", LINES), ("mute.go", HEAD)]
)
def test_head_is_read(tmp_path: Path, file: str, text: str) -> None:
    """The same words mean the same in each language."""
    path = tmp_path / "broken" / file
    path.parent.mkdir()
    path.write_text(text)
    found = unseen.describe(path)
    assert (found.name, found.folder, found.text) == ("mute", "broken", "it is mute, for ever.")
    assert (found.causes, found.also) == (("single-read",), ("not-flushed", "slow-each-time"))
    assert found.caught_by == ("identity/hello", "chunking/prompt")
    assert unseen.options(found) == ["--profile", "sequential", "--port", "21999"]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("Bug:", "Bgu:", r"mute\.c: does not begin"),
        (" * Cause: single-read\n", "", r"mute\.c: Cause: missing"),
        ("sequential", "sequentially", r"mute\.c: Profile: .*sequentially"),
        ("21999", "any", r"mute\.c: Port: .*any"),
        ("Port: 21999", "Port: $PORT\n * Transport: dup", r"mute\.c: Transport: .*dup"),
        ("Port: 21999", "Port: $PORT\n * Launch: cron", r"mute\.c: Launch: .*cron"),
        ("/* Bug", "# Bug", r"mute\.c: Bug: missing"),
    ],
)
def test_bad_head_is_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    """The message names the file and the field."""
    path = tmp_path / "broken" / "mute.c"
    path.parent.mkdir()
    path.write_text(HEAD.replace(old, new))
    with pytest.raises(ValueError, match=complaint):
        unseen.describe(path)


@pytest.mark.skipif(shutil.which("cc") is None, reason="cc not found")
def test_c_compiles_without_warnings() -> None:
    """A warning would be a second bug."""
    call = ["cc", *CFLAGS, "-Werror", "-fsyntax-only", *C_FILES]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("cc") is None, reason="cc not found")
def test_program_is_kept(tmp_path: Path) -> None:
    """What was compiled once is found again, and what does not compile is said."""
    source = tmp_path / "broken" / "mute.c"
    source.parent.mkdir()
    source.write_text(HEAD + "int main(void) { return 0; }\n")
    found, build = unseen.describe(source), tmp_path / "build"
    assert unseen.missing_tools(found) == []
    assert unseen.command(found, build) == unseen.command(found, build)
    assert len(list(build.iterdir())) == 1
    source.write_text(HEAD + "int main(void) { return nothing; }\n")
    with pytest.raises(RuntimeError, match=r"mute\.c: does not compile:[^$]*nothing"):
        unseen.command(found, build)


def test_python_parses_and_shell_tools_are_known() -> None:
    """A file of an interpreter is launched by it; what is missing is named."""
    for server in SERVERS:
        if server.path.suffix == ".py":
            compile(server.path.read_bytes(), str(server.path), "exec")
        if server.path.suffix in unseen.INTERPRETERS:
            assert unseen.command(server, Path("unused"))[-1] == str(server.path)
