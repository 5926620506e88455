"""Bug: the probe of the load balancer is answered on the same port: what a client sends is taken
    for one if a read is just PING, and is answered with PONG.
Cause: magic-word
Profile: concurrent
Port: $PORT
"""

import asyncio
import json
import os
import signal
import time
from collections import Counter

MAX_CONNECTIONS = 4096
CHUNK = 32 * 1024


class Metrics:
    def __init__(self):
        self.started = time.monotonic()
        self.counters = Counter()
        self.active = 0

    def snapshot(self):
        uptime = round(time.monotonic() - self.started, 1)
        return json.dumps({"uptime": uptime, "active": self.active, **self.counters})


class EchoService:
    """The echo service behind the load balancer."""

    def __init__(self, metrics):
        self.metrics = metrics

    async def on_connect(self, reader, writer):
        if self.metrics.active >= MAX_CONNECTIONS:
            self.metrics.counters["rejected"] += 1
            writer.transport.abort()
            return
        self.metrics.active += 1
        self.metrics.counters["accepted"] += 1
        try:
            await self.converse(reader, writer)
        except ConnectionError:
            self.metrics.counters["broken"] += 1
        finally:
            self.metrics.active -= 1
            writer.close()

    async def converse(self, reader, writer):
        while chunk := await reader.read(CHUNK):
            if self.is_probe(chunk):
                self.metrics.counters["probes"] += 1
                writer.write(b"PONG\r\n")
            else:
                self.metrics.counters["bytes"] += len(chunk)
                writer.write(chunk)
            await writer.drain()

    @staticmethod
    def is_probe(chunk):
        """HAProxy and the watchdog script check us with a PING line."""
        return len(chunk) <= 6 and chunk.strip() == b"PING"


async def main():
    metrics = Metrics()
    service = EchoService(metrics)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    loop.add_signal_handler(signal.SIGUSR1, lambda: print(metrics.snapshot(), flush=True))
    server = await asyncio.start_server(
        service.on_connect, "127.0.0.1", int(os.environ["PORT"]), backlog=1024
    )
    await stopping.wait()
    server.close()
    print(metrics.snapshot(), flush=True)
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
