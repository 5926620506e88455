"""When accept() fails the listener is taken out of the event loop, so as not to spin; nothing
ever puts it back, and new clients wait for ever.

Clause: resilience/descriptor-famine
Trigger: a client connects while no descriptor is free, and one becomes free later
Profile: concurrent
Grade: nasty
Cause: accept-error-ends | descriptor-famine
"""

import asyncio
import os
import socket


async def echo(loop, conn):
    with conn:
        try:
            while data := await loop.sock_recv(conn, 4096):
                await loop.sock_sendall(conn, data)
        except OSError:
            pass


async def main():
    loop = asyncio.get_running_loop()
    tasks = set()
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    listener.setblocking(False)

    def on_connection():
        try:
            conn, _ = listener.accept()
        except BlockingIOError:
            return
        except OSError:
            loop.remove_reader(listener)
            return
        conn.setblocking(False)
        task = loop.create_task(echo(loop, conn))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    loop.add_reader(listener, on_connection)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
