"""
Bug: the buffer is made once, in the class, and not for each connection: clients that send at the
    same time have their bytes put together, and whoever is flushed first gets all of them.
Cause: shared-buffer
Profile: concurrent
Port: $PORT
"""

import asyncio
import os


class EchoProtocol(asyncio.Protocol):
    """Collects what comes in one turn of the loop and answers with one write."""

    transport = None
    loop = None
    buffer = bytearray()
    flush_planned = False

    def connection_made(self, transport):
        self.transport = transport
        self.loop = asyncio.get_running_loop()

    def data_received(self, data):
        self.buffer.extend(data)
        if not self.flush_planned:
            self.flush_planned = True
            self.loop.call_soon(self.flush)

    def flush(self):
        self.flush_planned = False
        if self.buffer and not self.transport.is_closing():
            self.transport.write(bytes(self.buffer))
            self.buffer.clear()

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def eof_received(self):
        self.flush()
        return False

    def connection_lost(self, exc):
        self.transport = NullTransport()


class NullTransport:
    """In place of the transport of a connection that is lost."""

    def is_closing(self):
        return True


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        EchoProtocol, "127.0.0.1", int(os.environ["PORT"]), backlog=256
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
