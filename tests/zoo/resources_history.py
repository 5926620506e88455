"""Every chunk that was echoed is also appended to a list, "for debugging", that nobody ever
empties.

Clause: resources/memory
Trigger: many connections or many bytes
Profile: concurrent
Grade: realistic
Cause: memory-leak
"""

import asyncio
import os
import time

history = []


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        history.append((time.time(), self.transport.get_extra_info("peername"), data))
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", int(os.environ.get("PORT", "0")))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
