"""at_eof() is asked between read and reply: the last data is dropped if the FIN is there.

Clause: shutdown/data-with-fin
Trigger: data and FIN both there before the read
Profile: concurrent
Grade: nasty
Cause: end-with-data-lost | half-close-ends-at-once
"""

import asyncio
import os


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            data = await reader.read(1024)
            await asyncio.sleep(0)  # let the other clients have their turn
            if reader.at_eof():
                break
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
