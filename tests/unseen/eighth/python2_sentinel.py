"""
Bug: the loop over iter(recv, "") ends at an empty str, but at the end Python 3 reads empty bytes,
    which is not equal to it; the loop goes round for ever when a client has ended.
Cause: missing-break
Also: spins-at-end, never-closes
Profile: concurrent
Port: $PORT
"""

# echod - ported from Python 2.7 (print statement, thread module)
import _thread
import os
import socket
import sys
import time


def echo(sock, peer):
    try:
        for block in iter(lambda: sock.recv(8192), ""):
            sock.sendall(block)
    except OSError:
        sys.stderr.write("%s:%d: %s\n" % (peer[0], peer[1], sys.exc_info()[1]))
    sock.close()


def main(argv):
    port = int(os.environ.get("PORT", "7"))
    master = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    master.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    master.bind(("127.0.0.1", port))
    master.listen(64)
    while 1:
        try:
            sock, peer = master.accept()
        except OSError:
            time.sleep(0.25)
            continue
        _thread.start_new_thread(echo, (sock, peer))


if __name__ == "__main__":
    sys.exit(main(sys.argv))
