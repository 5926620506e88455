"""Echo with eventlet: `listen`, `serve`, a green thread for each client."""

# mypy: ignore-errors

import sys

import eventlet


def echo(client, address):
    """Serve one connection."""
    while data := client.recv(1024):
        client.sendall(data)


if __name__ == "__main__":
    eventlet.serve(eventlet.listen((sys.argv[1], int(sys.argv[2]))), echo)
