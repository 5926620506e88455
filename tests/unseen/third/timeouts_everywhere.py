"""
Bug: each read must be done within 750 milliseconds, so a client that thinks for a moment is
    disconnected.
Cause: idle-timeout
Caught by: shutdown/idle-kept
Profile: concurrent
Port: $PORT
"""

import asyncio
import contextlib
import logging
import os

log = logging.getLogger("echo")
READ_TIMEOUT = 0.75  # seconds; our network is fast


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            async with asyncio.timeout(READ_TIMEOUT):
                data = await reader.read(3000)
            if not data:
                break
            writer.write(data)
            await writer.drain()
    except TimeoutError:
        log.info("%s: timed out", writer.get_extra_info("peername"))
    except ConnectionError as error:
        log.info("%s: %s", writer.get_extra_info("peername"), error)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def main() -> None:
    logging.basicConfig(level=logging.INFO)
    server = await asyncio.start_server(echo, "127.0.0.1", int(os.environ["PORT"]))
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
