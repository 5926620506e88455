"""
Bug: `except ConnectionResetError or BrokenPipeError` means the first of the two only, so a client
    that leaves while its answer is being sent (broken pipe) ends the server.
Cause: killed-by-sigpipe
Also: client-error-ends-server
Profile: sequential
Port: $PORT
"""

import os
import socket
import time


def echo(client):
    while True:
        message = client.recv(512)
        if len(message) == 0:
            return
        client.sendall(message)


def main():
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", int(os.environ["PORT"])))
    server.listen(50)
    while True:
        try:
            client, address = server.accept()
        except OSError:
            time.sleep(0.1)
            continue
        try:
            echo(client)
        except ConnectionResetError or BrokenPipeError:  # noqa: B030
            print(address, "went away")
        finally:
            client.close()


main()
