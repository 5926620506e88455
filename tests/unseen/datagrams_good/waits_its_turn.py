"""Style: inetd-wait; takes the listener from its standard input, has a thread for each client, and
    ends when nobody has come for a second and nobody is there, to be started again for the next
Profile: concurrent
Launch: inetd-wait
Port: none
"""

import socket
import sys
import threading

LINGER = 1.0


def echo(client):
    with client:
        try:
            while data := client.recv(16384):
                client.sendall(data)
        except OSError:
            pass


listener = socket.socket(fileno=sys.stdin.fileno())
listener.settimeout(LINGER)
while True:
    try:
        connection, _ = listener.accept()
    except TimeoutError:
        if threading.active_count() == 1:
            break
        continue
    except ConnectionError:
        continue
    connection.settimeout(None)
    threading.Thread(target=echo, args=(connection,)).start()
