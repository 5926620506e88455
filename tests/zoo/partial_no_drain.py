"""The coroutine calls write() and never awaits drain(), so nothing slows a client that sends and
does not read; the transport's buffer grows without a limit.

Clause: partial-send/bounded-memory
Trigger: a client that sends many megabytes and reads nothing
Profile: concurrent
Grade: realistic
Cause: unbounded-buffer
"""

import asyncio
import os


async def handle(reader, writer):
    try:
        while not reader.at_eof():
            writer.write(await reader.read(4096))
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
