"""A server of datagrams that answers each in a task; with --fails some tasks end by an error."""

import asyncio
import os
import sys

FAILS = "--fails" in sys.argv


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport
        self.tasks = set()

    def datagram_received(self, data, peer):
        task = asyncio.ensure_future(self.answer(data, peer))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def answer(self, data, peer):
        self.transport.sendto(data, peer)
        if FAILS and len(data) > 4000:
            raise ValueError("nobody sees this")


async def main():
    loop = asyncio.get_running_loop()
    here = ("127.0.0.1", int(os.environ.get("PORT", "0")))
    await loop.create_datagram_endpoint(Echo, local_addr=here)
    await asyncio.Event().wait()


asyncio.run(main())
