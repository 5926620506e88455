"""
Bug: what cannot be sent yet waits in a heap, ordered by the time in whole seconds; pieces of the
    same second are ordered by what is in them, and not as they came.
Cause: queue-order
Profile: concurrent
Port: $PORT
"""

import asyncio
import heapq
import os
import time


class EchoProtocol(asyncio.Protocol):
    """Echo with an outbox of its own, the oldest piece first."""

    HIGH_WATER = 8

    def __init__(self):
        self.outbox = []
        self.may_write = True
        self.ended = False

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, exc):
        self.outbox.clear()

    def pause_writing(self):
        self.may_write = False

    def resume_writing(self):
        self.may_write = True
        self.send_waiting()

    def data_received(self, data):
        heapq.heappush(self.outbox, (int(time.time()), data))
        self.send_waiting()
        if len(self.outbox) >= self.HIGH_WATER:
            self.transport.pause_reading()

    def eof_received(self):
        self.ended = True
        self.send_waiting()
        return True

    def send_waiting(self):
        while self.outbox and self.may_write:
            _, data = heapq.heappop(self.outbox)
            self.transport.write(data)
        if self.outbox or self.transport.is_closing():
            return
        if self.ended:
            # Not at once: this may run inside the transport's own writing.
            asyncio.get_running_loop().call_soon(self.transport.close)
        else:
            self.transport.resume_reading()


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(EchoProtocol, "127.0.0.1", int(os.environ["PORT"]))
    await server.serve_forever()


asyncio.run(main())
