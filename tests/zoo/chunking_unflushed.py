"""Replies go to a buffered file never flushed: they leave when 8 KiB are full, or at the end.

Clause: chunking/prompt
Trigger: fewer than 8192 bytes, waiting for their reply
Profile: concurrent
Grade: nasty
Cause: not-flushed
"""

import os
import socket
import threading
import time


def serve(client: socket.socket) -> None:
    try:
        with client, client.makefile("rwb") as stream:
            while data := stream.read1(1024):
                stream.write(data)
    except ConnectionError:
        pass


def main() -> None:
    with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            threading.Thread(target=serve, args=(client,), daemon=True).start()


main()
