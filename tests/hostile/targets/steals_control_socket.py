"""It takes its parent's descriptors (pidfd_getfd) and shuts each that is a socket."""

import contextlib
import ctypes
import os
import socket

from base import serve

PIDFD_GETFD = 438  # <asm-generic/unistd.h>


def steal() -> None:
    parent = os.pidfd_open(os.getppid())
    for number in range(64):
        descriptor = ctypes.CDLL(None).syscall(PIDFD_GETFD, parent, number, 0)
        if descriptor >= 0:
            with contextlib.suppress(OSError):
                socket.socket(fileno=descriptor).shutdown(socket.SHUT_RDWR)


serve(steal)
