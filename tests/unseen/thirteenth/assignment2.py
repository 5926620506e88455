"""
Bug: the loop ends when the message is empty after strip(), and so not only at the end of the
    client, but also at a message that is only blanks or line ends.
Cause: strips-whitespace, magic-byte, magic-word
Profile: sequential
Port: $PORT
"""

# CS 372 - Assignment 2: TCP echo server
# Usage: PORT=5000 python3 assignment2.py
import os
import time
from socket import AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, socket

BUFFER_SIZE = 2048


def create_listening_socket(port):
    sock = socket(AF_INET, SOCK_STREAM)
    sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    sock.listen(128)
    return sock


def handle_client(conn):
    """Send everything back until the client is finished. Returns the number of bytes."""
    total = 0
    while True:
        data = conn.recv(BUFFER_SIZE)
        if not data.strip():
            break
        conn.sendall(data)
        total += len(data)
    return total


def main():
    listening = create_listening_socket(int(os.environ["PORT"]))
    print("The server is ready to receive", flush=True)
    while True:
        try:
            conn, addr = listening.accept()
        except OSError:
            time.sleep(0.05)
            continue
        try:
            total = handle_client(conn)
            print("Client", addr, "sent", total, "bytes", flush=True)
        except OSError as e:
            print("Client", addr, "lost:", e, flush=True)
        finally:
            conn.close()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("Server stopped")
