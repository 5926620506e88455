"""A CR at the end of a read is held back until it is known whether LF follows; a client that ends
a message with CR and waits for its echo waits for ever.

Clause: fuzz/plans
Trigger: a read that ends with 0x0D, and a client that waits for the echo
Profile: concurrent
Grade: nasty
Cause: partial-held-back | magic-byte
"""

import asyncio
import os


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.held = b""
        self.lines = 0

    def data_received(self, data):
        data = self.held + data
        cut = len(data) - data.endswith(b"\r")
        self.held = data[cut:]
        self.lines += data.count(b"\r\n", 0, cut)
        self.transport.write(data[:cut])

    def eof_received(self):
        self.transport.write(self.held)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", int(os.environ.get("PORT", "0")))
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
