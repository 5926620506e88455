"""
Bug: one protocol object is made and given to all connections, so each new client takes the place
    of the one before, and the answers to all go to the newest
Cause: shared-buffer, shared-loop-variable
Also: answers-wrong-client
Profile: concurrent
Port: $PORT
"""

import asyncio
import os


class EchoProtocol(asyncio.Protocol):
    def __init__(self, name):
        self.name = name
        self.transport = None
        self.received = 0

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.received += len(data)
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()

    def eof_received(self):
        return None


async def main():
    loop = asyncio.get_running_loop()
    protocol = EchoProtocol("echo")
    server = await loop.create_server(
        lambda: protocol, "127.0.0.1", int(os.environ["PORT"]), backlog=1024
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
