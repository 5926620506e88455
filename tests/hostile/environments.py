"""Where the harness may find itself: a correct target, and a machine that lacks something.

What the machine or the harness lacks is never the target's breach, so ``FAILED`` is never right.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.hostile import FEW, SHORT, UNDECIDED, UNTESTABLE, USAGE, Hostile

NOBODY = ("setpriv", "--reuid=65534", "--clear-groups")
ANY_LACK = frozenset({0, UNTESTABLE, UNDECIDED})
NONE_WRITTEN = ("--fuzz", "0", "--patience", "1", *FEW)


def _python(code: str) -> tuple[str, ...]:
    """Words that do ``code`` and become what follows."""
    program = f"import os, resource, signal, sys\n{code}\nos.execvp(sys.argv[1], sys.argv[1:])"
    return (sys.executable, "-S", "-c", program)


def _shell(redirections: str) -> tuple[str, ...]:
    return ("sh", "-c", f'exec "$@" {redirections}', "sh")


def _limit(name: str, value: int) -> tuple[str, ...]:
    return _python(f"resource.setrlimit(resource.{name}, ({value}, {value}))")


def _unshare(*flags: str) -> Callable[[], str | None]:
    """Why namespaces cannot be had here, if so."""

    def reason() -> str | None:
        if shutil.which("unshare") is None:
            return "unshare not found"
        tried = subprocess.run(["unshare", *flags, "true"], capture_output=True, check=False)
        return None if tried.returncode == 0 else "no namespaces here"

    return reason


def _root() -> str | None:
    if os.geteuid() or shutil.which("setpriv") is None:
        return "only root can become another user"
    # By way of env, since the first program is still executed with root's rights.
    words = [*NOBODY, "env", sys.executable, "-c", "import msgspec"]
    tried = subprocess.run(words, capture_output=True, check=False)
    return None if tried.returncode == 0 else "another user cannot run this Python"


def _for_anybody(folder: Path) -> None:
    """Another user may reach the folder, and write there."""
    folder.chmod(0o777)
    for above in folder.parents:
        if above != Path(tempfile.gettempdir()) and above.is_relative_to(tempfile.gettempdir()):
            above.chmod(above.stat().st_mode | 0o011)


def environment(
    name: str, why: str, prefix: tuple[str, ...] = (), *codes: int, **more: object
) -> Hostile:
    options = {"codes": frozenset(codes) or frozenset({0}), "prefix": prefix, **more}
    return Hostile(name, why, **options)  # type: ignore[arg-type]


def _gone(folder: Path) -> None:
    (folder / "gone").mkdir()


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe")


SIGNALS = {
    "sigchld-blocked": "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])",
    "sigchld-ignored": "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
    "sigpipe-default": "signal.signal(signal.SIGPIPE, signal.SIG_DFL)",
    "sigint-ignored": "signal.signal(signal.SIGINT, signal.SIG_IGN)",
    "sigterm-ignored": "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
    "all-signals-blocked": "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))",
}

ENVIRONMENTS = (
    environment("stdin-closed", "There is no stdin.", _shell("<&-")),
    environment("stdout-closed", "There is no stdout.", _shell(">&-")),
    environment("stderr-closed", "There is no stderr.", _shell("2>&-")),
    environment("no-streams", "There is none of the three.", _shell("<&- >&- 2>&-")),
    environment("stdout-full", "stdout is a full disk.", _shell(">/dev/full")),
    environment("stderr-full", "stderr is a full disk.", _shell("2>/dev/full")),
    environment(
        "no-reader", "Nobody reads stdout.", _python("r, w = os.pipe(); os.dup2(w, 1); os.close(r)")
    ),
    environment("stdout-not-writable", "stdout is open for reading only.", _shell("1</dev/null")),
    environment(
        "wide-terminal", "A terminal of 300 million columns.", env={"COLUMNS": "300000000"}
    ),
    environment("narrow-terminal", "A terminal of one column.", env={"COLUMNS": "1", "LINES": "1"}),
    environment(
        "negative-terminal", "A terminal of -5 columns.", env={"COLUMNS": "-5", "LINES": "x"}
    ),
    environment(
        "unknown-terminal",
        "A terminal that nobody knows.",
        env={"TERM": "\x1b[2J", "FORCE_COLOR": "1", "NO_COLOR": ""},
    ),
    environment("ascii", "Output in ASCII.", env={"PYTHONIOENCODING": "ascii:strict", "LANG": "C"}),
    environment(
        "utf-16", "Output in UTF-16.", env={"PYTHONIOENCODING": "utf-16"}, encoding="utf-16"
    ),
    environment("turkish", "A locale that is not installed.", env={"LC_ALL": "tr_TR.ISO-8859-9"}),
    environment(
        "no-environment",
        "An empty environment, but for what the test needs.",
        ("env", "-i", "MARK={mark}"),
    ),
    environment("no-path", "PATH is empty.", env={"PATH": ""}),
    environment(
        "no-home",
        "HOME is not there.",
        env={"HOME": "/no/such/home", "XDG_CACHE_HOME": "/dev/null/x"},
    ),
    environment("no-tmpdir", "TMPDIR is not there.", env={"TMPDIR": "/no/such/folder"}),
    environment(
        "strict-warnings",
        "Python turns warnings into errors.",
        env={"PYTHONWARNINGS": "error", "PYTHONDEVMODE": "1"},
    ),
    environment("optimised", "Python leaves asserts out.", env={"PYTHONOPTIMIZE": "2"}),
    *(
        environment(name, f"{name.replace('-', ' ').capitalize()} on entry.", _python(code))
        for name, code in SIGNALS.items()
    ),
    *(
        environment(
            f"{n}-descriptors", f"At most {n} open files.", _limit("RLIMIT_NOFILE", n), *ANY_LACK
        )
        for n in (24, 32, 64, 128)
    ),
    environment(
        "16-descriptors",
        "At most 16 open files.",
        _limit("RLIMIT_NOFILE", 16),
        *ANY_LACK,
        report=False,
    ),
    *(
        environment(
            f"{n}-mb-of-memory",
            f"At most {n} MB of address space.",
            _limit("RLIMIT_AS", n << 20),
            *ANY_LACK,
            report=False,
        )
        for n in (64, 128, 256, 384)
    ),
    environment(
        "no-core-no-stack", "A stack of 512 KB.", _limit("RLIMIT_STACK", 512 << 10), *ANY_LACK
    ),
    environment(
        "file-size-0", "No file may be written.", _limit("RLIMIT_FSIZE", 0), *ANY_LACK, report=False
    ),
    *(
        environment(
            f"{n}-processes",
            f"At most {n} processes, as another user.",
            (*NOBODY, *_limit("RLIMIT_NPROC", n)),
            *ANY_LACK,
            needs=_root,
            report=False,
            prepare=_for_anybody,
        )
        for n in (3, 5, 8)
    ),
    environment(
        "loopback-down",
        "A network whose loopback is down.",
        ("unshare", "-Urn"),
        *ANY_LACK,
        needs=_unshare("-Urn"),
    ),
    environment(
        "first-process",
        "The harness is process 1 of a container.",
        ("unshare", "-Urpf", "--mount-proc"),
        needs=_unshare("-Urpf", "--mount-proc"),
    ),
    environment(
        "strange-proc",
        "A /proc that belongs to other processes.",
        ("unshare", "-Urpf"),
        *ANY_LACK,
        needs=_unshare("-Urpf"),
        report=False,
    ),
    environment(
        "folder-gone",
        "The working directory was removed.",
        ("sh", "-c", 'cd gone && rmdir ../gone && exec "$@"', "sh"),
        0,
        USAGE,
        prepare=_gone,
        report=False,
    ),
    environment(
        "nothing-may-be-read",
        "umask 777.",
        ("sh", "-c", 'umask 777; exec "$@"', "sh"),
        report=False,
    ),
    environment(
        "report-into-a-pipe",
        "A report is to go into a FIFO that nobody reads.",
        options=(*SHORT, "--report", "html={folder}/pipe"),
        prepare=_pipe,
    ),
    environment(
        "report-onto-a-full-disk",
        "A report finds no room.",
        options=(*SHORT, "--report", "html=/dev/full"),
    ),
    environment(
        "report-into-a-folder",
        "A report is to replace a folder.",
        (),
        0,
        USAGE,
        options=(*SHORT, "--report", "html={folder}"),
        report=False,
    ),
    environment(
        "corpus-in-a-file",
        "The corpus's folder is a file.",
        options=(*FEW, "--fuzz", "5", "--corpus", "/dev/null/corpus"),
    ),
    environment(
        "inherited-descriptors",
        "A hundred descriptors were left open.",
        _python("for _ in range(100): os.set_inheritable(os.dup(0), True)"),
    ),
    environment("lowest-priority", "The lowest priority.", _python("os.nice(19)")),
    environment(
        "bad-numbers",
        "Numbers that are none.",
        (),
        USAGE,
        options=(*SHORT, "--patience", "nan"),
        report=False,
    ),
)
