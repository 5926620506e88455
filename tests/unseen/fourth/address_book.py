"""
Bug: the connections are kept in a dictionary by address, and a client that is reset is neither
    closed nor taken out of it.
Cause: descriptor-leak
Caught by: resources/descriptors
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time

connections = {}


def serve(address):
    conn = connections[address]
    while True:
        try:
            data = conn.recv(1400)
        except ConnectionResetError:
            print(address, "reset the connection")
            return
        if data == b"":
            break
        try:
            conn.sendall(data)
        except OSError:
            break
    del connections[address]
    conn.close()


server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
while True:
    try:
        conn, address = server.accept()
    except OSError:
        time.sleep(0.1)
        continue
    connections[address] = conn
    threading.Thread(target=serve, args=(address,), daemon=True).start()
