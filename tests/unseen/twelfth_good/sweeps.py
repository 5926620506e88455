"""
Style: threads; whoever has ended is answered and shut down at once, but its socket is only closed
    by a janitor that comes every second and a half, as it does in servers with a table of
    sessions.
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time

ended = []


def serve(client):
    try:
        while data := client.recv(12_000):
            client.sendall(data)
        client.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    ended.append(client)


def sweep():
    while True:
        time.sleep(1.5)
        while ended:
            ended.pop().close()


threading.Thread(target=sweep, daemon=True).start()
with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=300) as server:
    while True:
        try:
            peer, _ = server.accept()
        except OSError:
            time.sleep(0.1)
            continue
        try:
            threading.Thread(target=serve, args=(peer,), daemon=True).start()
        except RuntimeError:
            peer.close()
