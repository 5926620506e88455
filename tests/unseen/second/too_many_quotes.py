"""
Bug: `b"data"` is sent where the variable `data` is meant, so every answer is the four letters
    "data".
Cause: constant-answer
Profile: sequential
Port: $PORT
"""

import os
import socket
import time

sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.bind(("127.0.0.1", int(os.environ["PORT"])))
sock.listen(5)

while True:
    try:
        connection, client_address = sock.accept()
    except OSError:
        time.sleep(0.1)
        continue
    try:
        print("connection from", client_address)
        while True:
            data = connection.recv(16)
            print("received", len(data), "bytes")
            if data:
                connection.sendall(b"data")
            else:
                print("no more data from", client_address)
                break
    except OSError as error:
        print("error:", error)
    finally:
        connection.close()
