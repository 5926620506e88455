"""
Bug: the sockets are registered with EPOLLET, and only one recv(1000) follows each event, so the
    rest of a larger message stays unread until more comes.
Cause: edge-not-drained
Caught by: chunking/one-write-many-reads
Profile: concurrent
Port: 29011
"""

import socket
import time
from select import EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN, EPOLLOUT, epoll

PORT = 29011


class Conn:
    def __init__(self, sock):
        self.sock = sock
        self.pending = bytearray()
        self.ended = False

    def readable(self):
        try:
            data = self.sock.recv(1000)
        except BlockingIOError:
            return
        self.pending += data
        self.ended = not data

    def writable(self):
        while self.pending:
            try:
                n = self.sock.send(self.pending)
            except BlockingIOError:
                return
            del self.pending[:n]


def main():
    server = socket.create_server(("127.0.0.1", PORT), backlog=128)
    server.setblocking(False)
    poll = epoll()
    poll.register(server, EPOLLIN)
    conns = {}
    while True:
        for fd, event in poll.poll():
            if fd == server.fileno():
                try:
                    sock, _ = server.accept()
                except OSError:
                    time.sleep(0.05)
                    continue
                sock.setblocking(False)
                conns[sock.fileno()] = Conn(sock)
                poll.register(sock, EPOLLIN | EPOLLOUT | EPOLLET)
                continue
            conn = conns[fd]
            try:
                if event & (EPOLLIN | EPOLLHUP | EPOLLERR):
                    conn.readable()
                conn.writable()
            except OSError:
                conn.pending.clear()
                conn.ended = True
            if conn.ended and not conn.pending:
                poll.unregister(fd)
                conns.pop(fd).sock.close()


main()
