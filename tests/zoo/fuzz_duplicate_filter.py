"""A chunk equal to the one before is dropped as a retransmission, a protection that TCP gives
already.

Clause: fuzz/plans
Trigger: two reads in succession with the same content
Profile: concurrent
Grade: realistic
Cause: repetitions-dropped
"""

import asyncio
import os
import zlib


async def handle(reader, writer):
    last = None
    try:
        while data := await reader.read(4096):
            fingerprint = (len(data), zlib.crc32(data))
            if fingerprint == last:
                continue
            last = fingerprint
            writer.write(data)
            await writer.drain()
        writer.close()
        await writer.wait_closed()
    except ConnectionError:
        writer.close()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", int(os.environ.get("PORT", "0")))
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
