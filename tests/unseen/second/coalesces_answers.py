"""
Bug: the answer is sent five milliseconds later, from the buffer into which the next read goes
    meanwhile; two reads within this time leave only the second.
Cause: buffer-overwritten
Profile: concurrent
Port: $PORT
"""

from __future__ import annotations

import asyncio
import os

DELAY = 0.005  # seconds; many small answers become one packet


class CoalescingEcho(asyncio.BufferedProtocol):
    transport: asyncio.Transport

    def __init__(self) -> None:
        self.buffer = bytearray(3000)
        self.count = 0
        self.timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def get_buffer(self, sizehint: int) -> bytearray:
        return self.buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.count = nbytes
        if self.timer is None:
            self.timer = asyncio.get_running_loop().call_later(DELAY, self.flush)

    def flush(self) -> None:
        self.timer = None
        self.transport.write(bytes(self.buffer[: self.count]))

    def eof_received(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.flush()

    def connection_lost(self, error: Exception | None) -> None:
        if self.timer is not None:
            self.timer.cancel()

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(CoalescingEcho, "127.0.0.1", int(os.environ["PORT"]))
    await server.serve_forever()


asyncio.run(main())
