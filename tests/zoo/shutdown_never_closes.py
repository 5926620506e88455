"""Finished clients stay in the list and are not closed: their sockets rest in CLOSE_WAIT.

Clause: shutdown/releases
Trigger: any end of a connection
Profile: concurrent
Grade: realistic
Cause: never-closes
Beside: descriptor-leak
"""

import os
import socket
import threading
import time

connections: list[socket.socket] = []


def serve(client: socket.socket) -> None:
    try:
        while data := client.recv(1024):
            client.sendall(data)
    except ConnectionError:
        pass


def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        connections.append(client)
        threading.Thread(target=serve, args=(client,), daemon=True).start()


main()
