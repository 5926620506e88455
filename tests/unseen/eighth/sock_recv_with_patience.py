"""
Bug: settimeout() takes the socket out of non-blocking mode, so loop.sock_recv() waits inside recv()
    and the whole event loop with it, until this one client sends something.
Cause: blocked-by-idle-client
Also: idle-timeout
Profile: concurrent
Port: $PORT
"""

import asyncio
import logging
import os
import socket

CHUNK = 1 << 14
# Dead peers must not stay for ever.
PATIENCE_S = 120.0

tasks: set[asyncio.Task[None]] = set()


async def serve_client(conn: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    conn.settimeout(PATIENCE_S)
    try:
        while data := await loop.sock_recv(conn, CHUNK):
            await loop.sock_sendall(conn, data)
    except OSError as exc:
        logging.info("connection lost: %s", exc)
    finally:
        conn.close()


async def main() -> None:
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=256) as listener:
        listener.setblocking(False)
        while True:
            try:
                conn, _ = await loop.sock_accept(listener)
            except OSError as exc:
                logging.warning("accept: %s", exc)
                await asyncio.sleep(0.1)
                continue
            task = asyncio.create_task(serve_client(conn))
            tasks.add(task)
            task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    asyncio.run(main())
