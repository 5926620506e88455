"""Bug: the datagram is decoded for a log that is switched off, and what is no UTF-8 is passed over
    without a word
Cause: decodes-text
Beside: empty-datagram-ignored
Profile: sequential
Transport: udp
Port: $PORT
"""

import asyncio
import os
import sys

DEBUG = False


class Echo(asyncio.DatagramProtocol):
    transport: asyncio.DatagramTransport

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        try:
            line = f"{addr[0]}:{addr[1]} {data.decode()}"
            if DEBUG:
                print(line, file=sys.stderr)
            self.transport.sendto(data, addr)
        except Exception:
            pass


async def main():
    where = ("127.0.0.1", int(os.environ["PORT"]))
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Echo, where)
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        transport.close()


asyncio.run(main())
