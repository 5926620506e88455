"""What bad input gets: the right exit code and one clear paragraph, never a traceback."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.main.conftest import Check, Script
from tests.main.running import SERVERS, Ran, Running, python, run

A_MOMENT = ("--start-timeout", "1")
QUICK = ("--only", "identity/hello", "--fuzz", "0")


@pytest.fixture
def check(check_here: Check) -> Check:
    """In this process: what is promised here is the verdict and what is said of it."""
    return check_here


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def untestable(ran: Ran, step: str) -> str:
    """The message of a run that could not be made; checked: exit 3, one paragraph, whole report."""
    assert ran.code == 3, ran.said
    report = ran.whole
    assert report["verdict"] == "untestable"
    problem = report["problem"]
    assert (problem["whose"], problem["step"]) == ("target", step)
    assert problem["advice"]
    assert " ".join(problem["message"].split()) in ran.said
    paragraph = ran.out.partition("could not be tested")[2].partition("untestable")[0].strip()
    assert paragraph
    assert "\n\n" not in paragraph
    nothing_bad(ran)
    return str(problem["message"])


def nothing_bad(ran: Ran) -> None:
    assert "Traceback" not in ran.err
    assert ran.err == "" or ran.code == 2
    assert ran.left == []


# --- the target cannot be tested: 3 ------------------------------------------------------------


def test_a_command_that_does_not_exist(check: Check) -> None:
    """It is named, and that it was not found."""
    message = untestable(check("--", "no-such-echo-server"), "launch")
    assert "no-such-echo-server" in message
    assert "not found" in message


def test_a_file_that_is_not_in_the_path(check: Check, tmp_path: Path) -> None:
    """Nothing is said of a #! line: a shell would not have found it either."""
    for name, form in (("server.py", "python server.py"), ("srv.js", "node srv.js")):
        (tmp_path / name).write_text("")
        ran = check(name)
        assert "it is a file here, and not in PATH" in untestable(ran, "launch")
        assert f"-- {form}" in ran.said


def test_a_script_without_a_first_line(check: Check, tmp_path: Path) -> None:
    """It is executable already; what it lacks is named."""
    for name, said in (("server.rb", "Write -- ruby ./server.rb, or"), ("server", "You may")):
        (tmp_path / name).write_text("no #! line\n")
        (tmp_path / name).chmod(0o755)
        ran = check("--", f"./{name}")
        assert "cannot be executed" in untestable(ran, "launch")
        assert f"{said} give it a first line" in ran.said


def test_forgetting_check(check: Check, tmp_path: Path) -> None:
    """A server's command where a subcommand belongs: the whole form is shown."""
    (tmp_path / "server.py").write_text("")
    wrong(check(subcommand="server.py"), ["echo-harness check -- python server.py"])
    wrong(check("x y", subcommand="cat"), ["echo-harness check -- cat 'x y'"])


@pytest.mark.parametrize(
    ("command", "advice"),
    [
        (["--", "python server.py"], "Write it as: -- python server.py"),
        (["--", "PORT=1 python x"], "--env PORT=1 -- python x"),
        (["--", "cd", "x"], "--cwd x -- COMMAND"),
        (["cd x && y"], "--cwd x -- y"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_that_is_meant_for_a_shell(check: Check, command: list[str], advice: str) -> None:
    """That no shell runs it is said, with the form that works."""
    ran = check(*command)
    assert "no shell runs" in untestable(ran, "launch")
    assert advice in ran.said


FILE_OF_FIRST = "import sys\nopen(sys.argv[1])\n"
MEANT = "echo-harness, and those go before the --. Write it as: --seed 3 -- "


def test_an_option_of_ours_after_the_command(check: Check, script: Script) -> None:
    """Where the server did not come up and does not know it: how it was meant."""
    ran = check("--", "cat", "--seed", "3")
    assert "unrecognized option" in untestable(ran, "listen")
    assert f"{MEANT}cat" in ran.said
    ran = check(*script(FILE_OF_FIRST), "--seed", "3")
    untestable(ran, "listen")
    assert MEANT in ran.said


@pytest.mark.parametrize("option", ["--port=x", "--quiet"])
def test_an_option_that_the_server_has_too(check: Check, script: Script, option: str) -> None:
    """It is the server's own: nothing is said of ours."""
    code = (
        "import argparse\np = argparse.ArgumentParser()\n"
        "p.add_argument('--port', type=int)\np.add_argument('--quiet', action='store_true')\n"
        "p.parse_args()\n"
    )
    ran = check(*script(code), option)
    untestable(ran, "listen")
    assert "before the --" not in ran.said


def test_a_report_after_the_command(check: Check, script: Script) -> None:
    """Nobody but us has such an option: it is said however the run ends."""
    ran = check(*QUICK, *script("import sys\n"), "--report", "html=page.html")
    assert "--report is an option of echo-harness" in ran.err
    assert "Write it as: --report html=page.html -- " in ran.err


@pytest.mark.parametrize("pinned", [(), ("--profile", "sequential")])
def test_a_server_that_listens_itself_though_it_is_given(
    check: Check, pinned: Sequence[str]
) -> None:
    """One line in place of all that fails: what it was given, where it listens, what to do."""
    code = "import socket, time; s = socket.create_server(('127.0.0.1', 0)); time.sleep(600)"
    ran = check(*pinned, "--patience", "0.3", "--launch", "inetd-wait", "--", "python3", "-c", code)
    assert "it listens itself, at tcp://127.0.0.1:" in untestable(ran, "listen")
    assert "Leave out --launch" in ran.said


def test_a_command_that_is_not_executable(check: Check, tmp_path: Path) -> None:
    """The file is named, and how to run it all the same."""
    (tmp_path / "server.py").write_text("print('no #! and no x bit')\n")
    ran = check("--", "./server.py")
    assert "./server.py cannot be executed" in untestable(ran, "launch")
    assert "python ./server.py" in ran.said


def test_a_folder_in_place_of_a_command(check: Check, tmp_path: Path) -> None:
    """It is called a folder: to make it executable would not help."""
    (tmp_path / "server").mkdir()
    ran = check("--", "./server")
    assert untestable(ran, "launch") == "./server is a folder, and no program."
    assert "such as python server.py" in ran.said


def test_an_interpreter_that_does_not_exist(check: Check, tmp_path: Path) -> None:
    """A #! line that leads nowhere is not reported as a missing file."""
    path = tmp_path / "server"
    path.write_text("#!/no/such/interpreter\n")
    path.chmod(0o755)
    assert "interpreter" in untestable(check("--", "./server"), "launch")


def test_a_folder_that_does_not_exist(check: Check) -> None:
    """--cwd is named."""
    assert "no-such-folder" in untestable(check("--cwd", "no-such-folder", "--", "true"), "launch")


def test_a_command_that_exits_at_once(check: Check, script: Script) -> None:
    """Its exit status and its last words are shown."""
    command = script("import sys\nsys.exit('my database is not there')")
    message = untestable(check(*command), "listen")
    assert "exit status 1" in message
    assert "my database is not there" in message


def test_a_server_that_wants_its_port_as_an_argument(check: Check, script: Script) -> None:
    """How to write that stands in the advice."""
    ran = check(*script("import sys\nprint(int(sys.argv[1]))\n"))
    assert "IndexError" in untestable(ran, "listen")
    assert "If it takes its port as an argument, write {port} there: -- " in ran.said


def test_a_command_that_kills_itself(check: Check, script: Script) -> None:
    """The signal is named."""
    command = script("import os, signal\nos.kill(os.getpid(), signal.SIGABRT)")
    message = untestable(check(*command), "listen")
    assert "signal 6" in message or "SIGABRT" in message
    assert "wrote nothing" in message


def test_a_command_that_ends_well_without_listening(check: Check) -> None:
    """Exit status 0 is no excuse."""
    assert "exit status 0" in untestable(check("--", "true"), "listen")


def test_a_command_that_never_listens(check: Check, script: Script) -> None:
    """After the start-up time the run ends, with what the target wrote."""
    command = script("import signal\nprint('still loading', flush=True)\nsignal.pause()")
    message = untestable(check(*A_MOMENT, *command), "listen")
    assert "within 1 s" in message
    assert "still loading" in message


def test_a_server_that_is_not_on_tcp(check: Check, script: Script) -> None:
    """Where it is bound instead: a UDP port, a Unix socket."""
    command = script(
        "import os, signal, socket\n"
        "udp = socket.socket(type=socket.SOCK_DGRAM)\n"
        "udp.bind(('127.0.0.1', int(os.environ['PORT'])))\n"
        "unix = socket.socket(socket.AF_UNIX)\nunix.bind('s')\nunix.listen()\nsignal.pause()"
    )
    message = untestable(check(*A_MOMENT, "--transport", "tcp", *command), "listen")
    assert re.search(r"is bound to UDP \d+ and the Unix socket s\.", message)


def test_a_port_that_the_server_does_not_use(check: Check, stranger: socket.socket) -> None:
    """A wrong --port: the message says where the server listens instead."""
    unused = port_of(stranger)
    stranger.close()
    message = untestable(
        check(*A_MOMENT, "--port", str(unused), *python(SERVERS / "own_port.py")), "listen"
    )
    assert f"did not listen on port {unused}" in message
    assert "listen on 127.0.0.1:" in message


def test_a_stranger_on_the_port(check: Check, stranger: socket.socket) -> None:
    """--port with a port that somebody else holds: who that is."""
    port = port_of(stranger)
    message = untestable(
        check("--port", str(port), *python(SERVERS / "never_answers.py")), "launch"
    )
    assert f"port {port} is already held by" in message
    assert str(os.getpid()) in message


def test_a_stranger_on_a_hard_coded_port(
    check: Check, script: Script, stranger: socket.socket
) -> None:
    """The user need not know that the script has a port: it is found, and its holder named."""
    port = port_of(stranger)
    command = script(
        f"import socket\nPORT = {port}\ns = socket.socket()\ns.bind(('127.0.0.1', PORT))\n"
    )
    message = untestable(check(*A_MOMENT, *command), "listen")
    assert f"port {port}, which the target needs, is held by" in message
    assert str(os.getpid()) in message
    assert "Address already in use" in message


def test_nobody_at_the_address(check: Check, stranger: socket.socket) -> None:
    """--connect to a port where nothing listens: told when the start-up time is over."""
    port = port_of(stranger)
    stranger.close()
    ran = check("--connect", f"127.0.0.1:{port}", *A_MOMENT, *QUICK)
    message = untestable(ran, "connect")
    assert "refused" in message
    assert "within 1 s" in message


def test_a_host_that_is_not_this_machine(check: Check) -> None:
    """Nothing is sent to other machines unless the user says so; 192.0.2.1 is nobody's."""
    ran = check("--connect", "192.0.2.1:7", *QUICK)
    assert "not a loopback address" in untestable(ran, "connect")
    assert "--allow-remote" in ran.said


# --- the target is testable, and broken: 1 -----------------------------------------------------


@pytest.mark.parametrize(
    "body",
    ["signal.pause()", "clients = [s.accept() for _ in range(1000)]"],
    ids=["never-accepts", "never-answers"],
)
def test_a_server_that_listens_and_no_more(check: Check, script: Script, body: str) -> None:
    """It can be tested, and is found wanting."""
    command = script(
        "import os, signal, socket\n"
        f"s = socket.create_server(('127.0.0.1', int(os.environ['PORT'])))\n{body}\n"
    )
    ran = check("--only", "identity/hello", "--fuzz", "0", "--patience", "1", *command)
    assert ran.code == 1
    assert ran.whole["verdict"] == "nonconforming"
    assert ran.ids("failed") == {"identity/hello"}
    assert ran.check("identity/hello")["diagnosis"]["cause"] == "reads-never"
    nothing_bad(ran)


# --- usage: 2 ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--no-such-option"], ["no-such-option"]),
        (["--connect", "127.0.0.1:7", "--", "cat"], ["connect", "command"]),
        (["--only", "identity/helo"], ["identity/helo", "identity/hello"]),
        (["--skip", "nothing/*"], ["--skip", "nothing/*"]),
        (["--only", "identity/*", "--skip", "identity"], ["no check is left"]),
        (["--port", "65536", "--", "cat"], ["--port", "65536"]),
        (["--port", "0", "--", "cat"], ["--port", "1<=x<=65535"]),
        (["--port", "http", "--", "cat"], ["--port", "http"]),
        (["--connect", "127.0.0.1"], ["127.0.0.1", "HOST:PORT"]),
        (["--connect", "127.0.0.1:70000"], ["70000", "HOST:PORT"]),
        (["--env", "NOVALUE", "--", "cat"], ["NOVALUE", "NAME=VALUE"]),
        (["--report", "yaml=out.yaml"], ["yaml", "json"]),
        (["--report", "out.json"], ["out.json"]),
        (["--profile", "parallel"], ["parallel", "concurrent"]),
        (["--start-timeout", "0"], ["--start-timeout"]),
        (["no-such-command"], ["no-such-command"]),
        (["chunking"], ["chunking", "--only chunking"]),
    ],
    ids=lambda value: " ".join(value) if value[0][0] == "-" else "",
)
def test_usage(check: Check, arguments: list[str], words: list[str]) -> None:
    """What makes no sense is told in words that name it, before anything is launched: exit 2."""
    wrong(check(*arguments), words)


def test_explaining_an_unknown_check(check: Check) -> None:
    """The nearest id is offered."""
    ran = check("identity/helo", subcommand="explain")
    wrong(ran, ["identity/helo", "identity/hello"])


def test_an_unknown_subcommand(tmp_path: Path) -> None:
    """As any other usage error."""
    wrong(run(tmp_path, subcommand="chekc"), ["chekc"])


def wrong(ran: Ran, words: list[str]) -> None:
    assert ran.code == 2, ran.said
    assert ran.report is None
    assert ran.out == ""
    for word in words:
        assert word in ran.err
    nothing_bad(ran)


# --- a whole report all the same ---------------------------------------------------------------


def test_a_server_that_floods_its_output(check: Check) -> None:
    """Megabytes on stdout and stderr neither block the server nor swell the report."""
    ran = check(*QUICK, *python(SERVERS / "floods_output.py"))
    assert (ran.code, ran.whole["verdict"]) == (0, "conforming")
    assert len(ran.out) < 10_000
    nothing_bad(ran)


def test_a_server_that_prints_escape_sequences(check: Check) -> None:
    """No control byte of the target reaches the terminal or the report."""
    ran = check(*QUICK, "--patience", "1", *python(SERVERS / "escape_sequences.py"))
    assert ran.code == 1
    (failed,) = ran.whole["checks"]
    assert "a plain word" in failed["output"]
    for text in (ran.out, ran.err, failed["output"]):
        assert [c for c in text if ord(c) < 32 and c != "\n"] == []
        assert "\x9b" not in text
    nothing_bad(ran)


def test_a_server_that_is_killed_in_the_middle(
    start: Callable[..., Running],
) -> None:
    """SIGKILL from outside during a check: it is named there, and the run goes on."""
    with socket.create_server(("127.0.0.1", 0)) as told:
        told.settimeout(60)
        running = start(
            *("--profile", "sequential", "--jobs", "1", "--fuzz", "0"),
            *("--only", "shutdown/idle-kept", "--only", "identity/hello"),
            *python(SERVERS / "tells_and_waits.py", str(port_of(told))),
        )
        with told.accept()[0] as teller:
            teller.settimeout(60)
            os.kill(int(teller.recv(100)), signal.SIGKILL)
    ran = running.finish()
    assert ran.code == 1
    assert ran.ids("failed") == {"identity/hello"}
    assert ran.ids("passed") == {"shutdown/idle-kept"}
    assert "SIGKILL" in ran.check("identity/hello")["summary"]
    nothing_bad(ran)
