"""What the machine or the harness lacks is said in a line, and is never the target's breach."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.host import machine
from harness.host.machine import Means, shortfall
from harness.host.shortage import lack, shortage
from harness.launcher.clues import text_of
from tests.main.conftest import Check, Script
from tests.main.running import GOOD, Ran, python

ONCE = ("--only", "launch/listens", "--fuzz", "0")
SERVER = python(GOOD / "sequential_blocking.py")
IN_PYTHON = (sys.executable, "-S", "-c")
NOBODY = 65533


def undecided(ran: Ran) -> str:
    """The message of a run that ended with 4 because of the machine; checked: nothing else is."""
    assert ran.code == 4, ran.said
    assert ran.left == []
    assert "Traceback" not in ran.out + ran.err
    problem = ran.whole["problem"]
    assert problem["whose"] == "machine"
    assert problem["advice"]
    assert ran.whole["counts"]["failed"] == 0
    return str(problem["message"])


def possible(*prefix: str) -> list[str]:
    """``prefix``, to be put before a command.  Skips where the system does not allow it."""
    try:
        subprocess.run([*prefix, "true"], check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"this system does not allow it: {error}")
    return list(prefix)


# --- limits -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("--nofile=16", "open files: the limit is 16"),
        ("--nofile=32", "open files: the limit is 32"),
        (f"--as={128 << 20}", "memory: the limit of address space is 128 MiB"),
        (f"--as={384 << 20}", "memory: the limit of address space is 384 MiB"),
    ],
)
def test_a_low_limit(check: Check, limit: str, words: str) -> None:
    """The run does not begin."""
    message = undecided(check(*ONCE, *SERVER, prefix=possible("prlimit", limit)))
    assert f"the machine is short of {words}" in message


def test_few_processes(check: Check) -> None:
    """A user who may have seven processes; root has no such limit."""
    prefix = ["prlimit", "--nproc=7"]
    if os.geteuid() == 0:
        caps = "+dac_read_search,+dac_override"  # to find this Python, and to write a report
        prefix += ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        prefix += [f"--inh-caps={caps}", f"--ambient-caps={caps}"]
    ran = check(*ONCE, *SERVER, prefix=possible(*prefix))
    assert ran.code == 4, ran.said
    assert "short of processes and threads" in ran.said
    assert "Traceback" not in ran.said


ENOUGH = Means(files=1024, tasks=4000, memory=None)


@pytest.mark.parametrize(
    ("means", "jobs", "words"),
    [
        (ENOUGH, 8, None),
        (Means(), 16, None),
        (ENOUGH._replace(files=machine.FILES), 8, None),
        (ENOUGH._replace(files=machine.FILES - 1), 8, "open files: the limit is 63"),
        (ENOUGH._replace(tasks=50), 1, None),
        (ENOUGH._replace(tasks=50), 8, "processes and threads: 50 more are allowed"),
        (ENOUGH._replace(tasks=-3), 1, "processes and threads: 0 more are allowed"),
        (ENOUGH._replace(memory=512 << 20), 8, "memory: the limit of address space is 512 MiB"),
    ],
)
def test_what_is_missing(means: Means, jobs: int, words: str | None) -> None:
    """Each limit is compared with what a run with so many jobs needs."""
    problem = shortfall(means, jobs)
    assert (problem is None) if words is None else (problem and words in problem.message)


def test_this_machine_has_what_tests_need() -> None:
    """Whatever limits it is under, they are read, and our own loopback is reached."""
    assert machine.unseen() is None
    assert machine.unreachable("127.0.0.1") is None
    assert shortfall(machine.means(), 1) is None


def _told(error: BaseException, cause: BaseException | None = None) -> str | None:
    error.__cause__ = cause
    problem = shortage(error)
    return problem and problem.message


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EMFILE, "x"), "open files"),
        (OSError(errno.ENFILE, "x"), "open files"),
        (BlockingIOError(errno.EAGAIN, "x"), "processes or threads"),
        (RuntimeError("can't start new thread"), "processes or threads"),
        (MemoryError(), "memory"),
        (OSError(errno.ENOMEM, "x"), "memory"),
        (ImportError("x.so: failed to map segment from shared object"), "memory"),
        (ImportError("x.so: cannot open shared object file: Too many open files"), "open files"),
        (ImportError("No module named x"), None),
        (RuntimeError("something else"), None),
        (OSError(errno.EPIPE, "x"), None),
        (KeyError("x"), None),
    ],
    ids=repr,
)
def test_errors_that_say_what_the_machine_lacks(error: Exception, words: str | None) -> None:
    """By themselves, or as what led to another; all others say nothing of the machine."""
    for told in (_told(error), _told(ValueError("a consequence"), error)):
        assert (told is None) if words is None else (told and f"short of {words}" in told)


def test_no_errno_stands_for_nothing() -> None:
    """A launch that failed for a reason without a number is not the machine's."""
    assert lack(0) is None


# --- what surrounds a run -----------------------------------------------------------------------


def test_the_loopback_interface_is_down(check: Check) -> None:
    """Nobody could connect, whatever the server does; what mends it is said."""
    prefix = possible("unshare", "--map-root-user", "--net")
    ran = check(*ONCE, *SERVER, prefix=prefix)
    assert "127.0.0.1 cannot be reached" in undecided(ran)
    assert "ip link set lo up" in ran.said


def test_no_proc(check: Check) -> None:
    """Without /proc nothing is known of processes."""
    cover = ("sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "-")
    prefix = possible("unshare", "--map-root-user", "--mount", *cover)
    assert "/proc is not there" in undecided(check(*ONCE, *SERVER, prefix=prefix))


SIGNALS = """
import os, signal, sys
for name in {ignored!r}:
    signal.signal(getattr(signal, name), signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [getattr(signal, name) for name in {blocked!r}])
os.execvp(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("blocked", "ignored"),
    [(["SIGCHLD", "SIGTERM", "SIGUSR1"], []), ([], ["SIGCHLD", "SIGINT", "SIGPIPE", "SIGHUP"])],
    ids=["blocked", "ignored"],
)
def test_signals_that_were_blocked_or_ignored_before(
    check: Check, blocked: list[str], ignored: list[str]
) -> None:
    """A server for one connection is heard to end, and ends as it should."""
    code = SIGNALS.format(blocked=blocked, ignored=ignored)
    ran = check(
        *("--only", "launch/listens", "--only", "shutdown/exit-status", "--fuzz", "0"),
        *python(GOOD / "oneshot_port.py"),
        prefix=[*IN_PYTHON, code],
    )
    assert ran.code == 0, ran.said
    assert ran.whole["target"]["profile"] == "one-shot"
    assert ran.left == []


GONE = """
import os, sys
os.mkdir("gone"); os.chdir("gone"); os.rmdir("../gone")
os.execvp(sys.argv[1], sys.argv[1:])
"""


def test_the_working_directory_is_gone(check: Check) -> None:
    """One line, exit 2; what needs no folder works all the same."""
    ran = check(*ONCE, *SERVER, prefix=[*IN_PYTHON, GONE])
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert "does not exist any more" in ran.err
    listed = check(prefix=[*IN_PYTHON, GONE], subcommand="list")
    assert (listed.code, listed.err) == (0, "")


def test_no_home_and_nowhere_for_temporary_files(check: Check) -> None:
    """A run needs neither."""
    env = {"HOME": "/nonexistent", "TMPDIR": "/nonexistent"}
    assert check(*ONCE, *SERVER, env=env).code == 0


# --- files that a command names -----------------------------------------------------------------

IN_USE = "import sys; sys.exit('OSError: [Errno 98] Address already in use')\n"


def test_what_a_command_names_is_not_waited_for(
    check_here: Check, script: Script, tmp_path: Path
) -> None:
    """A FIFO, a device, the kernel's log: nothing there explains an address in use."""
    os.mkfifo(tmp_path / "fifo")
    for name in ("/proc/kmsg", str(tmp_path / "fifo"), "/dev/zero"):
        ran = check_here("--start-timeout", "0.2", *script(IN_USE), name)
        assert ran.code == 3, ran.said
        assert ran.left == []


def test_only_small_regular_files_are_read(tmp_path: Path) -> None:
    """The source of a server is one; neither what has no end nor what is huge."""
    source, huge = tmp_path / "server.py", tmp_path / "huge"
    source.write_bytes(b"bind(7007)\xff\n")
    huge.touch()
    os.truncate(huge, 1 << 40)
    os.mkfifo(tmp_path / "fifo")
    assert text_of(source) == "bind(7007)\n"
    for path in (huge, tmp_path / "fifo", tmp_path, tmp_path / "missing", Path("a\0b")):
        assert text_of(path) == ""
    for path in map(Path, ("/proc/kmsg", "/dev/zero", "/dev/tty", "/proc/self/mem")):
        assert text_of(path) == ""


# --- other systems ------------------------------------------------------------------------------

ELSEWHERE = Path(__file__).parent.parent / "hostile" / "elsewhere.py"


def elsewhere(platform: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ELSEWHERE), platform, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(("platform", "name"), [("win32", "Windows"), ("darwin", "macOS")])
def test_another_system(platform: str, name: str) -> None:
    """One sentence, and not the exit code of a server that is broken."""
    for words in (
        ("check", "--", "server.exe"),
        ("fuzz",),
        ("replay", "case.json"),
        ("compare", "x"),
    ):
        ran = elsewhere(platform, *words)
        assert ran.returncode == 2, ran.stderr
        assert ran.stdout == ""
        assert ran.stderr.count("\n") == 1
        assert f"needs Linux to run servers, and this is {name}" in ran.stderr
        assert "WSL" in ran.stderr


def test_what_runs_no_server_works_anywhere() -> None:
    """The contract can be read on Windows."""
    for words in (("list",), ("explain", "chunking/prompt"), ("check", "--help")):
        ran = elsewhere("win32", *words)
        assert (ran.returncode, ran.stderr) == (0, ""), words
        assert ran.stdout
