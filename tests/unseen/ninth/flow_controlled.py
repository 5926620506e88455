"""
Bug: resume_writing() is a copy of pause_writing(): it calls pause_reading() again in place of
    resume_reading(), so a client that was slow once is never read again.
Cause: never-resumes
Profile: concurrent
Port: $PORT
"""

import asyncio
import os


class FlowControlled(asyncio.Protocol):
    """Base class: stops reading while the peer does not take our answers."""

    transport: asyncio.Transport

    def connection_made(self, transport):
        self.transport = transport
        transport.set_write_buffer_limits(high=128 * 1024, low=32 * 1024)

    def pause_writing(self):
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def resume_writing(self):
        if not self.transport.is_closing():
            self.transport.pause_reading()


class Echo(FlowControlled):
    def data_received(self, data):
        self.transport.write(data)

    def eof_received(self):
        # None: asyncio closes the transport when the buffer has been flushed
        return None


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", int(os.environ["PORT"]), backlog=512)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
