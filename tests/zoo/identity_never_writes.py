"""The coroutine that sends the reply is called without await: it never runs, nothing comes back.

Clause: identity/hello
Trigger: any exchange
Profile: concurrent
Grade: realistic
Cause: reads-never
"""

import asyncio
import os
import socket


async def echo(client: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    with client:
        try:
            while data := await loop.sock_recv(client, 1024):
                loop.sock_sendall(client, data)  # type: ignore[unused-coroutine]
        except ConnectionError:
            pass


async def main() -> None:
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()
    with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
        listener.setblocking(False)
        while True:
            try:
                client, _ = await loop.sock_accept(listener)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            task = asyncio.create_task(echo(client))
            tasks.add(task)
            task.add_done_callback(tasks.discard)


asyncio.run(main())
