"""
Bug: everything is collected and sendall() stands after the loop, so nothing comes back before the
    client has ended.
Cause: send-outside-loop
Also: waits-for-end
Caught by: chunking/prompt
Profile: sequential
Port: $PORT
"""

import os
import socket
import time

HOST, PORT = "127.0.0.1", int(os.environ["PORT"])


def receive_and_return(conn):
    received = b""
    while True:
        data = conn.recv(1024 * 64)
        if not data:
            break
        received = received + data
    conn.sendall(received)


with socket.create_server((HOST, PORT)) as s:
    while True:
        try:
            conn, addr = s.accept()
        except OSError:
            time.sleep(0.1)
            continue
        with conn:
            print("Connected by", addr)
            try:
                receive_and_return(conn)
            except OSError as e:
                print(e)
