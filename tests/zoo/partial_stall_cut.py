"""A client that has taken nothing for a second is given up and closed, though it is only slow and
echo promises all of its bytes back.

Clause: partial-send/stalled-reader
Trigger: a reader that stalls for more than a second with the buffers full
Profile: concurrent
Grade: realistic
Cause: gives-up-on-slow-reader | would-block-closes
"""

import asyncio
import os


async def handle(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await asyncio.wait_for(writer.drain(), timeout=1.0)
        writer.close()
        await writer.wait_closed()
    except (ConnectionError, TimeoutError):
        writer.transport.abort()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", int(os.environ.get("PORT", "0")))
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
