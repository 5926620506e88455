"""Echo with anyio: a TCP listener, a task for each client."""

# mypy: ignore-errors

import sys

import anyio


async def echo(client):
    """Serve one connection."""
    async with client:
        async for data in client:
            await client.send(data)


async def main(host, port):
    """Serve for ever."""
    listener = await anyio.create_tcp_listener(local_host=host, local_port=port)
    await listener.serve(echo)


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], int(sys.argv[2]))
