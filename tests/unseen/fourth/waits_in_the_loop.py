"""
Bug: where a socket has no room the coroutine waits with select(), which stops the whole event loop
    until that one client reads.
Cause: blocked-by-stalled-reader
Caught by: sessions/stalled-client-aside
Profile: concurrent
Port: $PORT
"""

import asyncio
import os
import select
import socket


def send_everything(sock, data):
    sent = 0
    while sent < len(data):
        try:
            sent += sock.send(data[sent:])
        except BlockingIOError:
            select.select([], [sock], [])


async def client_connected(loop, sock):
    with sock:
        try:
            while data := await loop.sock_recv(sock, 8192):
                send_everything(sock, data)
        except (OSError, ValueError):
            return


async def main():
    loop = asyncio.get_running_loop()
    tasks = set()
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100)
    listener.setblocking(False)
    while True:
        try:
            sock, _ = await loop.sock_accept(listener)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        sock.setblocking(False)
        task = asyncio.create_task(client_connected(loop, sock))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


asyncio.run(main())
