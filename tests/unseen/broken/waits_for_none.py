"""
Bug: the loop ends when recv() returns None, but at the end of the stream it returns b""; the
    server goes round for ever, is never free for the next client and burns a processor.
Cause: missing-break
Also: spins-at-end, never-closes
Caught by: shutdown/after-echo
Profile: sequential
Port: 21020
"""

import socket


def main():
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 21020))
    sock.listen(10)

    while True:
        connection, client_address = sock.accept()
        try:
            print("client connected:", client_address)
            while True:
                data = connection.recv(512)
                if data is not None:
                    connection.sendall(data)
                else:
                    print("no more data from", client_address)
                    break
        except OSError as err:
            print(err)
        finally:
            connection.close()


main()
