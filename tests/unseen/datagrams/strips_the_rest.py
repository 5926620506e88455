"""Bug: the number that recvfrom_into() returns is not used: the zeros at the end of the buffer are
    taken off instead, and with them those of the message
Cause: padding-stripped
Profile: sequential
Transport: udp
Port: $PORT
"""

import os
import socket

SIZE = 65507


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", int(os.environ["PORT"])))
        while True:
            buffer = bytearray(SIZE)
            _, sender = sock.recvfrom_into(buffer)
            sock.sendto(buffer.rstrip(b"\x00"), sender)


if __name__ == "__main__":
    main()
