"""
Bug: one recv() and one sendall() for each connection, which is closed then.
Cause: single-read
Caught by: shutdown/not-early
Profile: sequential
Port: 12345
"""

import socket
import time

HOST, PORT = "127.0.0.1", 12345

sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.bind((HOST, PORT))
sock.listen()

while True:
    try:
        client, address = sock.accept()
        message = client.recv(1024)
        print("Received", len(message), "bytes")
        client.sendall(message)
        client.close()
    except OSError as err:
        print("Error:", err)
        time.sleep(0.2)
