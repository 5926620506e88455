"""Starting the process of a target, for the warden: in a session of its own, with three pipes.

posix_spawn(3) does what ``subprocess`` does for half of the processor time, and leaves nothing
behind that would have to be kept in step.  It knows no working folder, so the warden is in it
meanwhile.  No descriptor of ours reaches the target: Python makes all of them close-on-exec.

Part of the warden, this imports nothing but the standard library.
"""

from __future__ import annotations

import errno
import os
import signal

TYPE_CHECKING = False  # importing typing for it takes longer than all that this process does
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

IGNORED = [getattr(signal, name) for name in ("SIGPIPE", "SIGXFSZ") if hasattr(signal, name)]
"""Signals that Python ignores; what is ignored stays so across exec()."""


class Spawned:
    """A process, and our ends of its standard streams: to write to, and two to read from."""

    def __init__(self, pid: int, stdin: int, streams: tuple[int, int]) -> None:
        self.pid = pid
        self.stdin = stdin
        self.streams = streams


class NoFolder(OSError):
    """The process could not be started where it is to be."""


def spawn(argv: Sequence[str], environment: Mapping[bytes, bytes], cwd: str | None) -> Spawned:
    """Start ``argv``, whose program is looked for in PATH if it is no path.

    Raises OSError, of which NoFolder is about ``cwd``; ValueError for what no process can be given.
    """
    pipes: list[tuple[int, int]] = []
    try:
        pipes += (os.pipe() for _ in range(3))
        (theirs_in, ours_in), (ours_out, theirs_out), (ours_err, theirs_err) = pipes
        pid = _start(argv, environment, cwd, (theirs_in, theirs_out, theirs_err))
    except BaseException:
        for descriptor in (end for pipe in pipes for end in pipe):
            os.close(descriptor)
        raise
    for descriptor in (theirs_in, theirs_out, theirs_err):
        os.close(descriptor)
    return Spawned(pid, ours_in, (ours_out, ours_err))


def _start(
    argv: Sequence[str],
    environment: Mapping[bytes, bytes],
    cwd: str | None,
    standard: Sequence[int],
) -> int:
    """The process id.  ``standard``: the descriptors that become 0, 1 and 2."""
    if cwd is None:
        return _started(argv, environment, standard)
    here = os.open(".", getattr(os, "O_PATH", os.O_RDONLY))  # it may be one that we may not read
    try:
        try:
            os.chdir(cwd)
        except OSError as error:
            raise NoFolder(error.errno, error.strerror) from error
        return _started(argv, environment, standard)
    finally:
        os.fchdir(here)
        os.close(here)


def _started(
    argv: Sequence[str], environment: Mapping[bytes, bytes], standard: Sequence[int]
) -> int:
    """Of all places where the program may be, the first that can be started; as execvp(3) does."""
    program, problem = argv[0], None
    for path in [program] if os.sep in program else _places(program, environment):
        try:
            return os.posix_spawn(
                path,
                list(argv),
                environment,
                file_actions=[(os.POSIX_SPAWN_DUP2, fd, n) for n, fd in enumerate(standard)],
                setsid=True,
                setsigmask=(),
                setsigdef=IGNORED,
            )
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            problem = problem or error
    raise problem or FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _places(program: str, environment: Mapping[bytes, bytes]) -> list[str]:
    folders = os.get_exec_path({"PATH": os.fsdecode(environment.get(b"PATH", os.defpath))})
    return [os.path.join(folder, program) for folder in folders]
