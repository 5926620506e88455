"""
Bug: reading is paused when the write buffer is full, but the method that should resume it is
    called resumed_writing, and asyncio never calls it: after one stall the client is never read
    again.
Cause: never-resumes
Caught by: partial-send/stalled-reader
Profile: concurrent
Port: 21012
"""

import asyncio


class EchoProtocol(asyncio.Protocol):
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resumed_writing(self) -> None:
        self.transport.resume_reading()


async def serve(port: int = 21012) -> None:
    server = await asyncio.get_running_loop().create_server(EchoProtocol, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


asyncio.run(serve())
