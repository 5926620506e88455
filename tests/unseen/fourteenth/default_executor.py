"""
Bug: ThreadPoolExecutor() has by default as many workers as processors and four more, and each
    client keeps one while it is connected: those above wait until somebody leaves.
Cause: connection-limit
Also: blocked-by-idle-client
Profile: concurrent
Port: $PORT
"""

import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor


def handle_client(client_socket: socket.socket, address) -> None:
    """Echo everything back until the client is done."""
    try:
        while True:
            data = client_socket.recv(4096)
            if not data:
                break
            client_socket.sendall(data)
    except OSError:
        # client went away
        pass
    finally:
        client_socket.close()


def start_server(host: str = "127.0.0.1", port: int = 9000) -> None:
    """Start the multi-threaded echo server."""
    server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server_socket.bind((host, port))
    server_socket.listen(200)
    print(f"Echo server listening on {host}:{port}")

    with ThreadPoolExecutor() as executor:
        while True:
            try:
                client_socket, address = server_socket.accept()
            except OSError as e:
                print(f"Accept failed: {e}")
                time.sleep(0.2)
                continue
            executor.submit(handle_client, client_socket, address)


if __name__ == "__main__":
    start_server(port=int(os.environ.get("PORT", 9000)))
