"""
Bug: eof_received() returns True so that what waits is still sent, which asks asyncio to leave the
    transport open; nobody closes it afterwards, and the client waits for the end.
Cause: never-closes
Also: descriptor-leak
Profile: concurrent
Port: $PORT
"""

import asyncio
import os


class Reflect(asyncio.Protocol):
    """What comes in goes out; reading rests while the transport's buffer is full."""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()

    def eof_received(self):
        return True


async def main(port):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Reflect, "127.0.0.1", port, backlog=200)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(os.environ["PORT"])))
