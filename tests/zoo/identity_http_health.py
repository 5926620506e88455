"""Data that looks like an HTTP request is answered for the load balancer, in place of being echoed.

Clause: identity/looks-like-a-command
Trigger: a connection that begins with GET /
Profile: concurrent
Grade: nasty
Cause: magic-word
"""

import asyncio
import os

HEALTHY = b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"


async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        data = await reader.read(1024)
        if data.startswith(b"GET /"):
            writer.write(HEALTHY)
            data = b""
        while data:
            writer.write(data)
            await writer.drain()
            data = await reader.read(1024)
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(handle, "127.0.0.1", int(os.environ.get("PORT", "0")))
    await server.serve_forever()


asyncio.run(main())
