"""
Bug: `args=(client)` is no tuple, for want of a comma; the thread fails at its start with a
    TypeError, and no client is served.
Cause: thread-without-arguments
Profile: concurrent
Port: 28650
"""

import socket
import time
from threading import Thread


def threaded(client):
    with client:
        try:
            while True:
                data = client.recv(4000)
                if not data:
                    return
                client.sendall(data)
        except OSError:
            print("connection lost")


server = socket.create_server(("127.0.0.1", 28650), backlog=50)
print("listening on port 28650")
while True:
    try:
        client, address = server.accept()
    except OSError:
        time.sleep(0.1)
        continue
    Thread(target=threaded, args=(client), daemon=True).start()
