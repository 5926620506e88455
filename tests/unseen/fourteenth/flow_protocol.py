"""
Bug: pause_writing() stops reading, but resume_writing() only notes that writing goes on again and
    never calls resume_reading(): a client that was slow once is not read from any more.
Cause: never-resumes
Profile: concurrent
Port: $PORT
"""

import asyncio
import logging
import os

log = logging.getLogger("echo")


class EchoProtocol(asyncio.Protocol):
    """Sends everything back, and respects the speed of the client."""

    def __init__(self, sessions):
        self.sessions = sessions
        self.transport = None
        self.paused = False
        self.received = 0

    def connection_made(self, transport):
        self.transport = transport
        self.sessions.add(self)
        log.debug("connected: %s", transport.get_extra_info("peername"))

    def data_received(self, data):
        self.received += len(data)
        self.transport.write(data)

    def pause_writing(self):
        self.paused = True
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def resume_writing(self):
        self.paused = False

    def eof_received(self):
        return False

    def connection_lost(self, exc):
        self.sessions.discard(self)
        log.debug("disconnected after %d bytes: %s", self.received, exc)


async def main():
    logging.basicConfig(level=logging.INFO)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    sessions = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: EchoProtocol(sessions),
        "127.0.0.1",
        int(os.environ["PORT"]),
        backlog=1024,
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
