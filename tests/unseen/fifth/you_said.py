"""
Bug: 'Echo: ' is put before each answer.
Cause: prefix-or-suffix
Caught by: identity/hello
Profile: sequential
Port: 5005
"""

import socket
import time

TCP_IP = "127.0.0.1"
TCP_PORT = 5005
BUFFER_SIZE = 1024

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind((TCP_IP, TCP_PORT))
s.listen(5)
while True:
    try:
        conn, addr = s.accept()
        with conn:
            while data := conn.recv(BUFFER_SIZE):
                conn.sendall(b"Echo: " + data)
    except OSError:
        time.sleep(0.1)
