"""The protocol writes to its transport whatever comes, and has no pause_writing(): while the
client does not read, all it sends piles up in the server's memory.

Clause: partial-send/bounded-memory
Trigger: a client that sends many megabytes and reads nothing
Profile: concurrent
Grade: realistic
Cause: unbounded-buffer
"""

import asyncio
import os


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def eof_received(self):
        return False  # the transport sends what it holds, then closes


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", int(os.environ.get("PORT", "0")))
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
