"""
Bug: each client is greeted; and after a mebibyte its connection is closed.
Cause: banner
Cause: bytes-quota
Caught by: identity/nothing-extra, identity/long-stream
Profile: concurrent
Port: $PORT
"""

import asyncio
import os

MOST = 1 << 20


async def on_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    total = 0
    try:
        writer.write(b"220 echo service ready\r\n")
        while total < MOST:
            block = await reader.read(min(32768, MOST - total))
            if not block:
                break
            total += len(block)
            writer.write(block)
            await writer.drain()
    except OSError as e:
        print("client gone", e)
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(on_client, "127.0.0.1", int(os.environ["PORT"]))
    await server.serve_forever()


asyncio.run(main())
