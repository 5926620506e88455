"""Echo of datagrams with asyncio, as its documentation has it: each is decoded to be printed."""

import asyncio
import sys
from typing import cast


class EchoServerProtocol(asyncio.DatagramProtocol):
    """Sends back what arrives."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Print it and send it back; `plain`: without printing."""
        if "plain" not in sys.argv:
            message = data.decode()
            print(f"Received {message!r} from {addr}")
        self.transport.sendto(data, addr)


async def main(host: str, port: int) -> None:
    """Serve for ever."""
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(EchoServerProtocol, local_addr=(host, port))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
