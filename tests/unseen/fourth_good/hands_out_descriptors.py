"""
Style: the parent accepts and hands each connection, as a descriptor over a Unix socket, to one of
    three workers in turn; a worker is an event loop, and ends when the parent has ended.
Profile: concurrent
Port: 29102
"""

import asyncio
import itertools
import os
import socket
import time

PORT = 29102
WORKERS = 3


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def work(channel):
    loop = asyncio.get_running_loop()
    channel.setblocking(False)
    ended = loop.create_future()
    tasks = set()

    def handed():
        try:
            message, numbers, _, _ = socket.recv_fds(channel, 1, 1)
        except (BlockingIOError, InterruptedError):
            return
        if not message:
            ended.set_result(None)
            loop.remove_reader(channel)
        for number in numbers:
            sock = socket.socket(fileno=number)
            sock.setblocking(False)
            task = loop.create_task(loop.connect_accepted_socket(Echo, sock))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    loop.add_reader(channel, handed)
    await ended


def start_worker(listener, others):
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        listener.close()
        ours.close()
        for other in others:
            other.close()
        asyncio.run(work(theirs))
        os._exit(0)
    theirs.close()
    return ours


def main():
    listener = socket.create_server(("127.0.0.1", PORT), backlog=128)
    workers = []
    for _ in range(WORKERS):
        workers.append(start_worker(listener, workers))
    for worker in itertools.cycle(workers):
        while True:
            try:
                sock, _ = listener.accept()
                break
            except OSError:
                time.sleep(0.1)
        with sock:
            socket.send_fds(worker, [b"c"], [sock.fileno()])


main()
