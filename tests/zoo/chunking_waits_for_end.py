"""read() without a size waits for the end of stream: the whole conversation is answered at its end.

Clause: chunking/prompt
Trigger: any message, waiting for its reply before the half-close
Profile: concurrent
Grade: realistic
Cause: waits-for-end
Beside: unbounded-buffer
"""

import asyncio
import os


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        data = await reader.read()
        writer.write(data)
        await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", int(os.environ.get("PORT", "0")))
    async with server:
        await server.serve_forever()


asyncio.run(main())
