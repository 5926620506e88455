"""The log line asks a closed socket for its peer; the error ends the server after its first client.

Clause: launch/stays-up
Trigger: the end of the first connection
Profile: sequential
Grade: realistic
Cause: crash | client-error-ends-server
Beside: accept-error-ends | descriptor-famine
"""

import os
import socket
import sys


def echo(client: socket.socket) -> int:
    total = 0
    try:
        while data := client.recv(1024):
            client.sendall(data)
            total += len(data)
    except ConnectionError:
        pass
    finally:
        client.close()
    return total


def main() -> None:
    with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
        while True:
            client, _ = listener.accept()
            total = echo(client)
            host, port = client.getpeername()
            print(f"{host}:{port} sent {total} bytes", file=sys.stderr)


main()
