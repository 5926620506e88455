"""
Bug: the finally that closes the connection belongs to the try inside the loop, so the connection
    is closed after the first message.
Cause: close-inside-loop
Also: closes-before-client, single-read
Profile: sequential
Port: $PORT
"""

import os
import socket

HOST = "127.0.0.1"
PORT = int(os.environ["PORT"])


def handle_client(conn, addr):
    print("Connected by", addr, flush=True)
    while True:
        try:
            data = conn.recv(1024)
            if not data:
                print("Client closed the connection", flush=True)
                break
            conn.sendall(data)
        except OSError as e:
            print("Error:", e, flush=True)
            break
        finally:
            conn.close()


def main():
    server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server_socket.bind((HOST, PORT))
    server_socket.listen(128)
    print("Server started, waiting for connections...", flush=True)
    while True:
        conn, addr = server_socket.accept()
        handle_client(conn, addr)


main()
