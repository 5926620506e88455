"""
Bug: a message that is 'quit' or 'exit' ends the connection and is not sent back.
Cause: magic-word
Caught by: identity/looks-like-a-command
Profile: sequential
Port: $PORT
"""

import os
import socket
import time

server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
while True:
    try:
        conn, addr = server.accept()
        with conn:
            while True:
                data = conn.recv(1024)
                if not data or data.strip().lower() in (b"quit", b"exit"):
                    break
                conn.sendall(data)
    except OSError as error:
        print(error)
        time.sleep(0.1)
