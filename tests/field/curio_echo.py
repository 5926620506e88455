"""Echo with curio: `tcp_server` and a task for each client."""

# mypy: ignore-errors

import sys

import curio


async def echo(client, address):
    """Serve one connection."""
    while data := await client.recv(1000):
        await client.sendall(data)


if __name__ == "__main__":
    curio.run(curio.tcp_server, sys.argv[1], int(sys.argv[2]), echo)
