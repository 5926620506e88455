"""
Bug: the thread of a client is started and then joined at once, so the next client is accepted
    when the one before has gone: threads, but one client at a time.
Cause: one-at-a-time
Caught by: sessions/simultaneous
Profile: concurrent
Port: 21011
"""

import logging
import socket
import time
from threading import Thread

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(threadName)s %(message)s")


def handle_client(client_socket, address):
    logging.info("new connection from %s", address)
    try:
        while True:
            request = client_socket.recv(1024)
            if not request:
                break
            client_socket.sendall(request)
    except OSError as e:
        logging.warning("%s", e)
    finally:
        client_socket.close()


def run_server():
    server = socket.create_server(("127.0.0.1", 21011), backlog=128)
    while True:
        try:
            client_socket, address = server.accept()
        except OSError as e:
            logging.warning("accept: %s", e)
            time.sleep(0.1)
            continue
        thread = Thread(target=handle_client, args=(client_socket, address))
        thread.start()
        thread.join()


if __name__ == "__main__":
    run_server()
