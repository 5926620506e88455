"""
Bug: each read is given one second, and a client that is silent for longer is disconnected.
Cause: idle-timeout
Caught by: shutdown/idle-kept
Profile: concurrent
Port: $PORT
"""

import asyncio
import logging
import os

logging.basicConfig(level=logging.INFO)
log = logging.getLogger("echo")


async def handle_echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    peer = writer.get_extra_info("peername")
    log.info("connected: %s", peer)
    try:
        while True:
            data = await asyncio.wait_for(reader.read(4096), timeout=1.0)
            if not data:
                break
            writer.write(data)
            await writer.drain()
    except TimeoutError:
        log.info("timed out: %s", peer)
    except ConnectionError as error:
        log.info("lost: %s: %s", peer, error)
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(handle_echo, "127.0.0.1", int(os.environ["PORT"]))
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
