"""The handler is called where the thread is made: clients are served one at a time.

The textbook server: a thread for each client; hard-coded port, no SO_REUSEADDR.

Clause: sessions/simultaneous
Trigger: a second client while the first is there
Profile: concurrent
Grade: realistic
Cause: thread-called-not-started | one-at-a-time
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
"""

import socket
import threading

HOST = "127.0.0.1"
PORT = 15116


def handle(conn):
    with conn:
        try:
            while True:
                data = conn.recv(1024)
                if not data:
                    break
                conn.sendall(data)
        except ConnectionError:
            print("the client has gone")


with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen()
    while True:
        conn, addr = s.accept()
        print(f"Connected by {addr}")
        thread = threading.Thread(target=handle(conn))
        thread.start()
