"""
Bug: eof_received() returns True, which means that the protocol closes the transport by itself, but
    nobody does: the connection stays open for ever.
Cause: never-closes
Also: descriptor-leak, memory-leak
Profile: concurrent
Port: $PORT
"""

import asyncio
import os


class EchoProtocol(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()

    def eof_received(self):
        # Keep the transport open: answers may still be on their way.
        return True


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(EchoProtocol, "127.0.0.1", int(os.environ["PORT"]))
    await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
