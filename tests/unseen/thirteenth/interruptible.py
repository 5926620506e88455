"""
Bug: setdefaulttimeout() is meant for accept(), but the connections get the same time limit: a
    client that is silent for two seconds (or does not read for so long) is disconnected.
Cause: idle-timeout
Also: gives-up-on-slow-reader
Profile: concurrent
Port: $PORT
"""

import os
import socket
import sys
import threading
import time

# accept() must come back now and then, or Ctrl-C does nothing on Windows
socket.setdefaulttimeout(2.0)


def session(conn):
    try:
        while True:
            data = conn.recv(8192)
            if not data:
                break
            conn.sendall(data)
    except OSError:
        pass
    finally:
        conn.close()


def serve(host, port):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(256)
    print(f"listening on {host}:{port}, Ctrl-C to stop", flush=True)
    try:
        while True:
            try:
                conn, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                time.sleep(0.05)
                continue
            threading.Thread(target=session, args=(conn,), daemon=True).start()
    except KeyboardInterrupt:
        print("bye")
    finally:
        listener.close()


if __name__ == "__main__":
    serve("127.0.0.1", int(os.environ["PORT"]))
    sys.exit(0)
