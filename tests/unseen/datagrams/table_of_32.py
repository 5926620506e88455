"""Bug: each address gets a row in a table of 32, and no row is ever given back, so the 33rd client
    is not answered
Cause: connections-used-up
Also: connection-limit
Beside: empty-datagram-ignored
Profile: sequential
Transport: udp
Port: $PORT
"""

import asyncio
import os

ROWS = 32


class Peer:
    def __init__(self, address):
        self.address = address
        self.packets = 0
        self.octets = 0


class Accounting(asyncio.DatagramProtocol):
    def __init__(self):
        self.table = {}

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        peer = self.table.get(addr)
        if peer is None:
            if len(self.table) >= ROWS:
                return
            peer = self.table[addr] = Peer(addr)
        peer.packets += 1
        peer.octets += len(data)
        self.transport.sendto(data, peer.address)


async def main():
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(
        Accounting, local_addr=("127.0.0.1", int(os.environ["PORT"]))
    )
    await asyncio.Event().wait()


asyncio.run(main())
