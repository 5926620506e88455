"""
Style: asyncio streams; each piece is worked on in a pool of two processes (it is turned round
    there, and turned back here), and only when it is back and written the next one is read.
Profile: concurrent
Port: $PORT
"""

import asyncio
import os
import signal
from concurrent.futures import ProcessPoolExecutor


def work(data):
    return data[::-1]


def ignore_interrupt():
    signal.signal(signal.SIGINT, signal.SIG_IGN)


async def main():
    loop = asyncio.get_running_loop()
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)

    async def serve(reader, writer):
        try:
            while data := await reader.read(40_000):
                writer.write((await loop.run_in_executor(pool, work, data))[::-1])
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    with ProcessPoolExecutor(2, initializer=ignore_interrupt) as pool:
        await asyncio.gather(*(loop.run_in_executor(pool, work, b"warm") for _ in range(2)))
        server = await asyncio.start_server(
            serve, "127.0.0.1", int(os.environ["PORT"]), backlog=300
        )
        await ending.wait()
        server.close()


if __name__ == "__main__":
    asyncio.run(main())
