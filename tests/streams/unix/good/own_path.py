"""A path that it always takes, beside its program; it removes the file before and after.

Style: blocking, removes its file
Profile: sequential
"""

import contextlib
import os
import signal
import socket
import sys
import time

PATH = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"echo-own-path-{os.getuid()}.sock")


def remove():
    with contextlib.suppress(FileNotFoundError):
        os.unlink(PATH)


def stop(number, frame):
    remove()
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
remove()
with socket.socket(socket.AF_UNIX) as listener:
    listener.bind(PATH)
    listener.listen(16)
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        with connection, contextlib.suppress(OSError):
            while data := connection.recv(1024):
                connection.sendall(data)
