"""
Bug: at the end of a session its peer's name is asked for while a lock is held; of a client that
    has reset its connection there is no name any more, the error passes by release(), and every
    later session waits for the lock.
Cause: lock-kept
Profile: concurrent
Port: $PORT
"""

import collections
import os
import socket
import threading
import time


class Accounting:
    """Bytes per remote host and the number of sessions that are open."""

    def __init__(self):
        self._lock = threading.Lock()
        self.open_sessions = 0
        self.bytes_by_host = collections.Counter()

    def begin(self):
        self._lock.acquire()
        self.open_sessions += 1
        self._lock.release()

    def end(self, conn, total):
        self._lock.acquire()
        self.open_sessions -= 1
        host, _port = conn.getpeername()
        self.bytes_by_host[host] += total
        self._lock.release()


class Session(threading.Thread):
    def __init__(self, conn, accounting):
        super().__init__(daemon=True)
        self.conn = conn
        self.accounting = accounting

    def run(self):
        try:
            self.accounting.begin()
            total = 0
            try:
                total = self.echo()
            finally:
                self.accounting.end(self.conn, total)
        except OSError:
            pass
        finally:
            self.conn.close()

    def echo(self):
        total = 0
        while True:
            data = self.conn.recv(16384)
            if not data:
                return total
            self.conn.sendall(data)
            total += len(data)


def main():
    accounting = Accounting()
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=256) as server:
        while True:
            try:
                conn, _ = server.accept()
            except OSError:
                time.sleep(0.05)
                continue
            Session(conn, accounting).start()


main()
