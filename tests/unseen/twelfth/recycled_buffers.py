"""Bug: at the end of a client its buffer is given back to the pool twice, so that two later clients
    get the same one, and each other's data.
Cause: shared-buffer
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time

SIZE = 64 * 1024
KEEP = 256


class BufferPool:
    """Free buffers, the last used first: it is still in the processor's cache."""

    def __init__(self, size, keep):
        self._size = size
        self._keep = keep
        self._free = []

    def acquire(self):
        try:
            return self._free.pop()
        except IndexError:
            return bytearray(self._size)

    def release(self, buffer):
        if len(self._free) < self._keep:
            self._free.append(buffer)


class Session:
    """A connection and the buffer it has borrowed. Reads go straight into it: no copies."""

    def __init__(self, sock, pool):
        self.sock = sock
        self.pool = pool
        self.buffer = pool.acquire()
        self.view = memoryview(self.buffer)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.view.release()
        self.pool.release(self.buffer)
        self.sock.close()
        return exc_info[0] is not None and issubclass(exc_info[0], OSError)

    def step(self):
        """Echo what one read brings; false when the client has finished."""
        count = self.sock.recv_into(self.buffer)
        if count == 0:
            self.finish()
            return False
        self.sock.sendall(self.view[:count])
        return True

    def finish(self):
        self.sock.shutdown(socket.SHUT_WR)
        self.pool.release(self.buffer)


class Server:
    def __init__(self, port):
        self.pool = BufferPool(SIZE, KEEP)
        self.listener = socket.create_server(("127.0.0.1", port), backlog=512)

    def work(self, sock):
        with Session(sock, self.pool) as session:
            while session.step():
                pass

    def forever(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                time.sleep(0.02)
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.work, args=(sock,), daemon=True).start()


if __name__ == "__main__":
    threading.stack_size(256 * 1024)
    Server(int(os.environ["PORT"])).forever()
