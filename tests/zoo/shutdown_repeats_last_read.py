"""The reply is sent before the end is looked for, so the last read goes back a second time.

Clause: shutdown/after-echo
Trigger: a half-close after some data
Profile: concurrent
Grade: realistic
Cause: sent-twice
"""

import os
import socket
import threading
import time


def serve(client: socket.socket) -> None:
    buffer = memoryview(bytearray(1024))
    length = 0
    ended = False
    with client:
        try:
            while not ended:
                count = client.recv_into(buffer)
                if count:
                    length = count
                else:
                    ended = True
                client.sendall(buffer[:length])
        except ConnectionError:
            pass


with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=serve, args=(client,), daemon=True).start()
