"""Where much waits for a client that does not read it sleeps once, and then reads on: ``if`` where
``while`` is needed, so that the client fills the memory, only more slowly.

Clause: partial-send/bounded-memory
Trigger: a client that sends many megabytes and reads nothing for some seconds
Profile: concurrent
Grade: realistic
Cause: unbounded-buffer
"""

import asyncio
import os

MUCH = 512 * 1024


async def echo(reader, writer):
    try:
        while data := await reader.read(MUCH):
            writer.write(data)
            if writer.transport.get_write_buffer_size() > MUCH and not writer.is_closing():
                await asyncio.sleep(0.04)
    except ConnectionError:
        pass
    writer.close()


async def main():
    port = int(os.environ.get("PORT", "0"))
    server = await asyncio.start_server(echo, "127.0.0.1", port, limit=MUCH)
    await server.serve_forever()


asyncio.run(main())
