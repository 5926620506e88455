"""Echo of datagrams with trio's sockets."""

# mypy: ignore-errors

import sys

import trio


async def main(host, port):
    """Serve for ever."""
    with trio.socket.socket(trio.socket.AF_INET, trio.socket.SOCK_DGRAM) as server:
        await server.bind((host, port))
        while True:
            data, peer = await server.recvfrom(65536)
            await server.sendto(data, peer)


if __name__ == "__main__":
    trio.run(main, sys.argv[1], int(sys.argv[2]))
