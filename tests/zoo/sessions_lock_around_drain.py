"""One lock for all clients is held over "await drain()", so that a client who does not read makes
every other one wait.

Clause: sessions/stalled-client-aside
Trigger: a client that sends and does not read until the buffers are full
Profile: concurrent
Grade: realistic
Cause: blocked-by-stalled-reader
"""

import asyncio
import os


class Echo:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.echoed = 0

    async def __call__(self, reader, writer):
        try:
            while data := await reader.read(8192):
                async with self.lock:
                    writer.write(data)
                    await writer.drain()
                    self.echoed += len(data)
            writer.close()
            await writer.wait_closed()
        except ConnectionError:
            writer.close()


async def main():
    server = await asyncio.start_server(Echo(), "127.0.0.1", int(os.environ.get("PORT", "0")))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
