"""
Bug: the connection is read as a file, line by line, so nothing comes back until the client sends
    a newline or ends.
Cause: waits-for-newline
Caught by: chunking/prompt
Profile: sequential
Port: 21006
"""

import socket
import sys
import time


def converse(rfile, wfile):
    for line in rfile:
        wfile.write(line)
        wfile.flush()


def main(host="127.0.0.1", port=21006):
    listener = socket.create_server((host, port))
    while True:
        try:
            sock, peer = listener.accept()
        except OSError as exc:
            print(exc, file=sys.stderr)
            time.sleep(0.1)
            continue
        rfile, wfile = sock.makefile("rb"), sock.makefile("wb")
        try:
            converse(rfile, wfile)
        except OSError as exc:
            print(peer, exc, file=sys.stderr)
        finally:
            for thing in (rfile, wfile, sock):
                try:
                    thing.close()
                except OSError:
                    pass


main()
