"""
Bug: a client that has reset its connection while it waited in the queue has no address any more;
    getpeername() stands outside the try, and its error ends the server.
Cause: crash-on-reset
Also: client-error-ends-server
Profile: sequential
Port: $PORT
"""

import os
import socket
import time

HOST = "127.0.0.1"
PORT = int(os.environ["PORT"])


def log(text):
    print(time.strftime("%H:%M:%S"), text)


def echo(conn):
    try:
        while True:
            data = conn.recv(1024)
            if data == b"":
                return
            conn.sendall(data)
    except OSError:
        log("connection lost")


def get_client(server):
    while True:
        try:
            conn, _ = server.accept()
            return conn
        except OSError:
            time.sleep(0.1)


server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind((HOST, PORT))
server.listen(20)
log("server is up")
while True:
    conn = get_client(server)
    ip, port = conn.getpeername()
    log(f"{ip} came from port {port}")
    echo(conn)
    conn.close()
    log(f"{ip} left")
