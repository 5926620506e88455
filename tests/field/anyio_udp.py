"""Echo of datagrams with anyio, after the example of its documentation."""

# mypy: ignore-errors

import sys

import anyio


async def main(host, port):
    """Serve for ever."""
    async with await anyio.create_udp_socket(local_host=host, local_port=port) as udp:
        async for packet, (peer, its_port) in udp:
            await udp.sendto(packet, peer, its_port)


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], int(sys.argv[2]))
