"""
Bug: "with conn:" stands inside the loop, so the connection is closed after the first message and
    the next recv() fails with "Bad file descriptor", which ends the server.
Cause: close-inside-loop
Beside: crash-on-reset
Caught by: chunking/prompt
Profile: sequential
Port: 21021
"""

import socket

HOST = "127.0.0.1"  # Standard loopback interface address (localhost)
PORT = 21021  # Port to listen on

with socket.create_server((HOST, PORT)) as s:
    while True:
        conn, addr = s.accept()
        print(f"Connected by {addr}")
        while True:
            with conn:
                data = conn.recv(1024)
                if not data:
                    break
                conn.sendall(data)
