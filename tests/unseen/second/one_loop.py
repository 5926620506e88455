"""
Bug: there is one loop only, with accept() in it, so each client gets one answer and is then
    forgotten for the next client.
Cause: accept-inside-loop
Also: single-read
Profile: sequential
Port: $PORT
"""

import os
import socket
import time


def run(port: int) -> None:
    with socket.create_server(("127.0.0.1", port)) as server:
        while True:
            try:
                connection, address = server.accept()
                data = connection.recv(900)
                print(f"{address[1]}: {data!r}")
                connection.sendall(data)
            except OSError as error:
                print(f"error: {error}")
                time.sleep(0.1)


run(int(os.environ["PORT"]))
