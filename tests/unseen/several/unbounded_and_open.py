"""
Bug: nothing slows down a client that does not read, so its echo fills the memory; and the
    connection is not closed when the client has ended.
Cause: unbounded-buffer
Cause: never-closes
Caught by: partial-send/bounded-memory, shutdown/after-echo
Profile: concurrent
Port: $PORT
"""

import asyncio
import os


class EchoServerProtocol(asyncio.Protocol):
    def connection_made(self, transport):
        peername = transport.get_extra_info("peername")
        print(f"Connection from {peername}")
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def eof_received(self):
        return True


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(EchoServerProtocol, "127.0.0.1", int(os.environ["PORT"]))
    async with server:
        await server.serve_forever()


asyncio.run(main())
