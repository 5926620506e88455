"""
Bug: what a client sends goes to every client in the list, as in the chat that the program was made
    from.
Cause: broadcast
Caught by: sessions/simultaneous
Profile: concurrent
Port: $PORT
"""

import asyncio
import os


class ChatProtocol(asyncio.Protocol):
    clients = []

    def connection_made(self, transport):
        self.transport = transport
        self.clients.append(self)

    def data_received(self, data):
        for client in self.clients:
            client.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()

    def connection_lost(self, exc):
        self.clients.remove(self)


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(ChatProtocol, "127.0.0.1", int(os.environ["PORT"]))
    await server.serve_forever()


asyncio.run(main())
