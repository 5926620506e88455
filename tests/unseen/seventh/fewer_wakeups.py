"""
Bug: SO_RCVLOWAT is 24, so the system does not report a socket as readable before so many bytes are
    there; a shorter message is answered only when more comes, or at the end.
Cause: waits-for-full-buffer
Profile: concurrent
Port: 21948
"""

import selectors
import socket
import time

LOW_WATER = 24  # half of the wake-ups were for a few bytes
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


def open_listener(port):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    listener.setblocking(False)
    return listener


def welcome(selector, listener):
    try:
        sock, _ = listener.accept()
    except BlockingIOError:
        return
    except OSError:
        time.sleep(0.05)
        return
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, LOW_WATER)
    selector.register(sock, READ, bytearray())


def move(sock, waiting):
    """Read or write once; False at the end of the client."""
    try:
        if not waiting:
            data = sock.recv(8192)
            if not data:
                return False
            waiting += data
        del waiting[: sock.send(waiting)]
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True


def main():
    selector = selectors.DefaultSelector()
    listener = open_listener(21948)
    selector.register(listener, READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                welcome(selector, listener)
            elif move(key.fileobj, key.data):
                wanted = WRITE if key.data else READ
                if key.events != wanted:
                    selector.modify(key.fileobj, wanted, key.data)
            else:
                selector.unregister(key.fileobj)
                key.fileobj.close()


if __name__ == "__main__":
    main()
