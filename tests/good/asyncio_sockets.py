"""asyncio without transports: a task per client, and a yield after each reply for the others.

Style: asyncio, loop.sock_recv and loop.sock_sendall
Profile: concurrent
"""

import asyncio
import contextlib
import os
import socket


async def serve(conn: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    with conn, contextlib.suppress(OSError):
        while data := await loop.sock_recv(conn, 16384):
            await loop.sock_sendall(conn, data)
            # Neither call gives way while the socket is ready: one busy client would have it all.
            await asyncio.sleep(0)


async def main() -> None:
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()  # the loop itself keeps no task alive
    port = int(os.environ.get("PORT", "0"))
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        listener.setblocking(False)
        while True:
            try:
                conn, _ = await loop.sock_accept(listener)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            task = asyncio.create_task(serve(conn))
            tasks.add(task)
            task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    asyncio.run(main())
