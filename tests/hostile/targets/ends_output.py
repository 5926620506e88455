"""It fills its output without end in a thread, and closes stdin and stderr."""

import os
import threading

from base import serve


def chatter() -> None:
    while True:
        os.write(1, b"\x1b]0;title\x07" + b"y" * 65000 + b"\n")


os.close(0)
os.close(2)
threading.Thread(target=chatter, daemon=True).start()
serve()
