"""
Bug: recv_into() fills the front of a buffer of 4096 bytes and the whole buffer is sent back, so a
    short message comes back with zeros, or with pieces of older ones, behind it.
Cause: stale-buffer
Caught by: identity/hello
Profile: sequential
Port: $PORT
"""

from os import environ
from socket import SO_REUSEADDR, SOL_SOCKET, socket
from time import sleep


def chat(connection):
    buffer = bytearray(4096)
    count = connection.recv_into(buffer)
    while count > 0:
        connection.sendall(buffer)
        count = connection.recv_into(buffer)


with socket() as server:
    server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    server.bind((environ.get("HOST", "127.0.0.1"), int(environ["PORT"])))
    server.listen()
    while True:
        try:
            connection, _address = server.accept()
        except OSError:
            sleep(0.1)
            continue
        with connection:
            try:
                chat(connection)
            except OSError as error:
                print("connection lost:", error)
