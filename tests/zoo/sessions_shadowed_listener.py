"""The accepted connection is assigned to the name of the listening socket, so the second accept()
is called on the first client's closed connection.

Clause: sessions/one-after-another
Trigger: a second connection
Profile: sequential
Grade: obvious
Cause: listener-closed
Beside: accept-error-ends | descriptor-famine
"""

import os
import socket


def main():
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    sock.listen()
    while True:
        sock, _ = sock.accept()
        try:
            while data := sock.recv(1024):
                sock.sendall(data)
        except ConnectionError:
            pass
        sock.close()


if __name__ == "__main__":
    main()
