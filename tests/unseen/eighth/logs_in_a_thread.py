"""
Bug: the thread that writes the log decodes what clients have sent, and dies of the first bytes that
    are no UTF-8; then nobody empties its queue, and when that is full every client waits for it.
Cause: decodes-text
Profile: concurrent
Port: $PORT
"""

import asyncio
import os
import queue
import sys
import threading
import time

# Bounded: a flood must not eat our memory. 200 entries are plenty, the thread is fast.
log_queue: queue.Queue = queue.Queue(maxsize=200)


def log_writer():
    while True:
        when, peer, data = log_queue.get()
        text = data[:60].decode()
        sys.stderr.write(f"{when:.3f} {peer[0]}:{peer[1]} {text!r}\n")


async def handle(reader, writer):
    peer = writer.get_extra_info("peername")
    try:
        while True:
            data = await reader.read(2**15)
            if not data:
                break
            log_queue.put((time.time(), peer, data))
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main():
    threading.Thread(target=log_writer, name="log", daemon=True).start()
    server = await asyncio.start_server(handle, "127.0.0.1", int(os.environ["PORT"]))
    async with server:
        await server.serve_forever()


asyncio.run(main())
