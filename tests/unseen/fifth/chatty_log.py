"""
Bug: what was read is decoded to print it, and bytes that are no UTF-8 end the connection.
Cause: decodes-text
Caught by: identity/invalid-utf8
Profile: sequential
Port: 8080
"""

import socket
import time

server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server_socket.bind(("127.0.0.1", 8080))
server_socket.listen(5)

while True:
    try:
        client_socket, client_address = server_socket.accept()
        with client_socket:
            while chunk := client_socket.recv(1024):
                text = chunk.decode("utf-8")
                print(f"{client_address[1]}: {text}")
                client_socket.sendall(text.encode("utf-8"))
    except Exception as exc:
        print("client failed:", exc)
        time.sleep(0.05)
