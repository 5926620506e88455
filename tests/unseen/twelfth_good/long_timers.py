"""
Style: asyncio, a Protocol with flow control; each client has a timer of an hour, which is set anew
    when something comes, and cancelled at the end; a second one writes a line of statistics each
    minute.
Profile: concurrent
Port: 29508
"""

import asyncio
import sys

HOUR = 3600.0


class Echo(asyncio.Protocol):
    here = 0

    def connection_made(self, transport):
        self.transport = transport
        transport.set_write_buffer_limits(high=100_000, low=20_000)
        Echo.here += 1
        self.touch(None)

    def touch(self, timer):
        if timer is not None:
            timer.cancel()
        self.timer = asyncio.get_running_loop().call_later(HOUR, self.transport.abort)

    def data_received(self, data):
        self.touch(self.timer)
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()

    def connection_lost(self, problem):
        Echo.here -= 1
        self.timer.cancel()


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", 29508, backlog=300, reuse_address=True)
    async with server:
        while True:
            await asyncio.sleep(60)
            print(f"{Echo.here} clients", file=sys.stderr)


asyncio.run(main())
