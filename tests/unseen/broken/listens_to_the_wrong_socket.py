"""
Bug: recv() is called on the listening socket instead of on the connection that accept() returned;
    the first client makes it fail with "Transport endpoint is not connected".
Cause: recv-on-listener
Caught by: identity/hello
Profile: sequential
Port: 21019
"""

import socket

server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server_socket.bind(("localhost", 21019))
server_socket.listen(5)
print("listening ...")

while True:
    client_socket, address = server_socket.accept()
    print(f"connection from {address}")
    while True:
        data = server_socket.recv(1024)
        if not data:
            break
        client_socket.sendall(data)
    client_socket.close()
